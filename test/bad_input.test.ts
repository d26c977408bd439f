import * as ad from "adjoint";
import {
  ArgumentError,
  DisposedError,
  DTypeError,
  GradientError,
  grad,
  gradients,
  hessian,
  jacobian,
  LinAlgError,
  linalg,
  nn,
  optim,
  random,
  ShapeError,
  type Tensor,
  tensor,
  valueAndGrad,
  variable,
  vjp,
} from "adjoint";
import { afterEach, describe, expect, test } from "vitest";
import { expectError } from "./error_assertions.js";
import { randomTensor } from "./random_values.js";

type Row = [name: string, body: () => unknown, ...parts: (string | RegExp)[]];
const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
/** What TypeScript would refuse. */
// biome-ignore lint/suspicious/noExplicitAny: wrong types on purpose
const wrong = (value: unknown): any => value;

/** Tensors that every refused call must leave as they are. */
const bystanders = [randomTensor([5, 7], 1), randomTensor([200, 100], 2), variable([1, 2, 3])];
const checksum = (): number[] =>
  bystanders.map((x) =>
    (x.toTypedArray() as Float64Array).reduce((total, value, i) => total + value * (i + 1), 0),
  );
const expected = checksum();
afterEach(() => {
  expect(checksum()).toEqual(expected);
  expect(grad((x: Tensor) => x.mul(grad((y: Tensor) => x.add(y))(1)))(2).item()).toBe(1);
});

const zeros = (...shape: number[]): Tensor => ad.zeros(shape);
const shapeRows: Row[] = [
  ["vecdot, batches", () => linalg.vecdot(zeros(2, 3), zeros(4, 3)), /^vecdot: /, "[2,3]", "[4,3]"],
  ["cross, batches", () => linalg.cross(zeros(2, 3), zeros(4, 3)), /^cross: /, "[2,3]", "[4,3]"],
  ["kron, batches", () => linalg.kron(zeros(2, 1, 1), zeros(3, 1, 1)), /^kron: /, "[2]", "[3]"],
  ["add", () => ad.add(zeros(2, 3), zeros(4)), /^add: /, "[2,3]", "[4]"],
  ["add of three axes", () => zeros(2, 1, 3).add(zeros(2, 2)), "[2,1,3]", "[2,2]"],
  ["less", () => ad.less(zeros(2), zeros(3)), /^less: /, "[2]", "[3]"],
  ["where", () => ad.where([true, false], zeros(3), 0), /^where: /, "[2]", "[3]"],
  ["maximum", () => ad.maximum(zeros(2), zeros(3)), /^maximum: /],
  ["reshape", () => zeros(2, 3).reshape([4]), /^reshape: float64\[2,3\] has 6 elements, \[4\] needs 4/],
  ["reshape with -1 that does not divide", () => zeros(2, 3).reshape([4, -1]), /^reshape: /, "[2,3]"],
  ["reshape with two -1", () => zeros(2, 3).reshape([-1, -1]), /^reshape: /],
  ["reshape with a fraction", () => zeros(4).reshape([1.5, 2]), /^reshape: /, "1.5"],
  ["reshape with NaN", () => zeros(4).reshape([nan]), /^reshape: /, "NaN"],
  ["broadcastTo", () => zeros(2, 3).broadcastTo([3, 3]), /^broadcastTo: /, "[2,3]", "[3,3]"],
  ["broadcastTo fewer axes", () => zeros(2, 3).broadcastTo([3]), /^broadcastTo: /],
  ["matrixTranspose", () => zeros(3).mT, /^matrixTranspose: /, "float64[3]"],
  ["squeeze", () => zeros(2, 1).squeeze(0), /^squeeze: /, "float64[2,1]", "2"],
  ["concat", () => ad.concat([zeros(2, 3), zeros(2, 4)]), /^concat: /, "float64[2,3]", "float64[2,4]"],
  [
    "concat of other ranks",
    () => ad.concat([zeros(2), zeros(2, 1)]),
    /^concat: /,
    "float64[2]",
    "float64[2,1]",
  ],
  ["stack", () => ad.stack([zeros(2), zeros(3)]), /^stack: /, "float64[2]", "float64[3]"],
  ["matmul", () => ad.matmul(zeros(2, 3), zeros(4, 2)), /^matmul: /, "[2,3]", "[4,2]"],
  ["matmul of a scalar", () => ad.matmul(zeros(2, 2), 3), /^matmul: /, "float64[]", "mul"],
  ["matmul of vectors", () => ad.matmul(zeros(2), zeros(3)), /^matmul: /],
  ["matmul of batches", () => ad.matmul(zeros(2, 3, 3), zeros(3, 3, 3)), /^matmul: /, "[2", "[3"],
  ["einsum, extents", () => ad.einsum("ij,jk->ik", zeros(2, 3), zeros(4, 2)), /^einsum: /, "3", "4"],
  ["einsum, rank", () => ad.einsum("ijk->i", zeros(2, 3)), /^einsum: /, "float64[2,3]"],
  ["outer", () => linalg.outer(1, [1, 2]), /^outer: /, "float64[]"],
  ["tril", () => ad.tril(zeros(3)), /^tril: /, "float64[3]"],
  ["triu", () => ad.triu(1), /^triu: /, "float64[]"],
  ["diag", () => ad.diag(3), /^diag: /, "float64[]"],
  ["diagonal", () => ad.diagonal(zeros(3)), /^diagonal: /, "float64[3]"],
  ["zeros, negative", () => ad.zeros([2, -1]), /^zeros: /, "-1"],
  ["zeros, fraction", () => ad.zeros([1.5]), /^zeros: /, "1.5"],
  ["zeros, NaN", () => ad.zeros([nan]), /^zeros: /, "NaN"],
  ["zeros, no shape", () => ad.zeros(wrong("ab")), /^zeros: /, "ab"],
  ["zeros, null", () => ad.zeros(wrong(null)), /^zeros: /, "null"],
  ["zeros, too many axes", () => ad.zeros(Array(33).fill(1)), /^zeros: /, "33"],
  ["expandDims, too many axes", () => ad.zeros(Array(32).fill(1)).expandDims(0), /^expandDims: /, "33"],
  ["tensor, shape", () => tensor([1, 2, 3], { shape: [2, 2] }), /^tensor: /, "[2,2]", "4", "3"],
  ["tensor, ragged", () => tensor(wrong([[1, 2], [3]])), /^tensor: ragged/, "2", "[1]", "1"],
  [
    "tensor, ragged deep",
    () =>
      tensor(
        wrong([
          [[1], [2]],
          [[3], [4, 5]],
        ]),
      ),
    /ragged/,
    "[1][1]",
  ],
  ["tensor, number beside an array", () => tensor(wrong([[1], 2])), /ragged/],
  ["tensor, array beside a number", () => tensor(wrong([1, [2]])), /ragged/],
  ["add, ragged", () => ad.add(wrong([[1], [2, 3]]), 1), /^add: ragged/],
  ["variable, ragged", () => variable(wrong([[1], [2, 3]])), /^variable: ragged/],
  ["assign", () => variable([1, 2]).assign([1]), /^assign: /, "float64[2]", "float64[1]"],
  ["multivariateNormal", () => random.randomState(0).multivariateNormal([0, 0], [[1]]), "[2]", "[1,1]"],
  [
    "solve, right-hand side",
    () => linalg.solve(zeros(2, 2), zeros(3)),
    /^solve: /,
    "float64[2,2]",
    "float64[3]",
  ],
  ["solve, right-hand matrix", () => linalg.solve(zeros(2, 2), zeros(3, 2)), /^solve: /, "float64[3,2]"],
  ["solve, scalar", () => linalg.solve(zeros(2, 2), 1), /^solve: /, "float64[]"],
  [
    "solve, batches",
    () => linalg.solve(ad.eye(2).broadcastTo([3, 2, 2]), zeros(2, 2, 1)),
    /^solve: /,
    "[3]",
    "[2]",
  ],
  ["choleskySolve", () => linalg.choleskySolve(ad.eye(2), zeros(3)), /^choleskySolve: /, "float64[3]"],
  ["solveTriangular", () => linalg.solveTriangular(ad.eye(2), zeros(3)), /^solveTriangular: /, "float64[3]"],
];

describe("shapes that do not fit", () => {
  test.each(shapeRows)("%s", (_name, body, ...parts) => {
    expectError(body, ShapeError, "ERR_ADJOINT_SHAPE", ...parts);
  });
});

const squareOnly: Record<string, (a: Tensor) => unknown> = {
  inv: linalg.inv,
  det: linalg.det,
  slogdet: linalg.slogdet,
  cholesky: linalg.cholesky,
  eig: linalg.eig,
  eigvals: linalg.eigvals,
  eigh: linalg.eigh,
  eigvalsh: linalg.eigvalsh,
  "eigh, subset": (a) => linalg.eigh(a, { subset: [0, 1] }),
  "eigh, b": (a) => linalg.eigh(ad.eye(3), a),
  expm: linalg.expm,
  logm: linalg.logm,
  sqrtm: linalg.sqrtm,
  sylvester: (a) => linalg.sylvester(a, a, a),
  lyapunov: (a) => linalg.lyapunov(a, zeros(3, 3)),
  solve: (a) => linalg.solve(a, zeros(3)),
  "solve, positive": (a) => linalg.solve(a, zeros(3), { assume: "positive" }),
  choleskySolve: (a) => linalg.choleskySolve(a, zeros(3)),
  solveTriangular: (a) => linalg.solveTriangular(a, zeros(3)),
};
const matrixOnly = { ...squareOnly, svd: linalg.svd, svdvals: linalg.svdvals } as typeof squareOnly;
describe.each(Object.entries(matrixOnly))("%s", (name, f) => {
  const operation = name.split(",")[0];
  test.each([
    ["a scalar", []],
    ["a vector", [3]],
  ])("of %s", (_what, shape) => {
    const error = expectError(() => f(zeros(...shape)), ShapeError, "ERR_ADJOINT_SHAPE", `float64[${shape}]`);
    expect(error.operation).toBe(operation);
  });
  if (name in squareOnly)
    test("of a matrix that is not square, or a batch of them", () => {
      expectError(
        () => f(zeros(3, 4)),
        ShapeError,
        "ERR_ADJOINT_SHAPE",
        /expected square matrices/,
        "float64[3,4]",
      );
      expectError(() => f(zeros(2, 4, 3)), ShapeError, "ERR_ADJOINT_SHAPE", "float64[2,4,3]");
    });
});

const int32 = (...values: number[]): Tensor => tensor(Int32Array.from(values));
const large = tensor([2 ** 31 - 1, 2 ** 31 - 1, 1], { dtype: "int32" });
const dtypeRows: Row[] = [
  ["oneHot, unknown dtype", () => nn.oneHot([0], 2, { dtype: wrong("int8") }), /^oneHot: /, "int8"],
  ["vecdot of large integers", () => linalg.vecdot(large, large), /^vecdot: /, "int32"],
  ["tensordot of large integers", () => linalg.tensordot(large, large, 1), /^tensordot: /, "int32"],
  ["einsum of large integers", () => ad.einsum("i,i", large, large), /^einsum: /, "int32"],
  ["kron of large integers", () => linalg.kron(large, large), /^kron: /, "int32"],
  ["outer of large integers", () => linalg.outer(large, large), /^outer: /, "int32"],
  ["cross of large integers", () => linalg.cross(large, large.flip()), /^cross: /, "int32"],
  ["clip of int32 at a fraction", () => tensor([1], { dtype: "int32" }).clip(0.5, 2), /^clip: /, "0.5"],
  [
    "tensor, unknown dtype",
    () => tensor([1], { dtype: wrong("float16") }),
    /^tensor: /,
    "float16",
    "float64",
  ],
  ["zeros, unknown dtype", () => ad.zeros([1], { dtype: wrong("int") }), /^zeros: /, '"int"'],
  ["cast, unknown dtype", () => ad.cast([1], wrong("string")), /^cast: /, '"string"'],
  ["tensor of a string", () => tensor(wrong("12")), /^tensor: /, '"12"'],
  ["tensor of null", () => tensor(wrong(null)), /^tensor: /, "null"],
  ["tensor of undefined", () => tensor(wrong(undefined)), /^tensor: /, "undefined"],
  ["tensor of an object", () => tensor(wrong({ a: 1 })), /^tensor: /, "an object"],
  ["tensor of a date", () => tensor(wrong(new Date())), /^tensor: /, "Date"],
  ["tensor of a function", () => tensor(wrong(() => 1)), /^tensor: /, "function"],
  ["tensor of a bigint", () => tensor(wrong([1n])), /^tensor: /, "1n", "[0]"],
  ["tensor of strings", () => tensor(wrong([1, "2"])), /^tensor: /, '"2"', "[1]"],
  ["tensor of holes", () => tensor(wrong(new Array(2))), /^tensor: /, "undefined", "[0]"],
  ["tensor of tensors", () => tensor(wrong([zeros(2), zeros(2)])), /^tensor: /, "stack"],
  ["tensor of numbers and booleans", () => tensor(wrong([1, true])), /^tensor: /, "booleans"],
  ["tensor of a BigInt64Array", () => tensor(wrong(new BigInt64Array(1))), /^tensor: /, "BigInt64Array"],
  ["tensor of a Uint16Array", () => tensor(wrong(new Uint16Array(1))), /^tensor: /, "Uint16Array"],
  ["tensor of a DataView", () => tensor(wrong(new DataView(new ArrayBuffer(8)))), /^tensor: /, "DataView"],
  ["int32 that does not fit", () => tensor([2 ** 31], { dtype: "int32" }), /^tensor: /, "2147483648"],
  ["int32 of NaN", () => tensor([nan], { dtype: "int32" }), /^tensor: /, "NaN"],
  ["full, int32 fraction", () => ad.full([2], 1.5, { dtype: "int32" }), /^full: /, "1.5"],
  ["cast that does not fit", () => tensor([3e9]).cast("int32"), /^cast: /, "int32"],
  ["cast of NaN", () => tensor([nan]).cast("int32"), /^cast: /],
  ["int32 and a fraction", () => int32(1).add(0.5), /^add: 0.5/, "cast"],
  ["a fraction and int32", () => ad.mul(0.5, int32(1)), /^mul: 0.5/, "cast"],
  ["int32 and a number that does not fit", () => int32(1).add(2 ** 31), /^add: 2147483648/, "cast"],
  ["overflow of add", () => int32(2 ** 31 - 1).add(1), /^add: /, "int32", "cast"],
  ["overflow of sub", () => int32(-(2 ** 31)).sub(1), /^sub: /, "int32"],
  ["overflow of mul", () => int32(2 ** 16).mul(2 ** 15), /^mul: /, "int32"],
  ["overflow of neg", () => int32(-(2 ** 31)).neg(), /^neg: /, "int32"],
  ["overflow of abs", () => int32(-(2 ** 31)).abs(), /^abs: /, "int32"],
  ["overflow of square", () => int32(2 ** 16).square(), /^square: /, "int32"],
  ["overflow of pow", () => int32(2).pow(31), /^pow: /, "int32"],
  ["overflow of sum", () => int32(2 ** 31 - 1, 1).sum(), /^sum: /, "int32"],
  ["overflow of matmul", () => ad.matmul(int32(2 ** 20, 1), int32(2 ** 20, 1)), /^matmul: /, "int32"],
  ["where, condition", () => ad.where(wrong([1, 0]), 1, 2), /^where: /, "float64[2]", "bool"],
  ["logicalAnd of floats", () => ad.logicalAnd([1], [0]), /^logicalAnd: /, "bool", "float64"],
  ["max of booleans", () => ad.max([true]), /^max: /, "bool[1]"],
  [
    "toTypedArray of another dtype",
    () => tensor([1]).toTypedArray("float32"),
    /^toTypedArray: /,
    "float32",
    "float64",
  ],
  ["assign", () => variable([1]).assign(tensor(Float32Array.of(1))), /^assign: /, "float64", "float32"],
  ["grad of int32", () => grad((x: Tensor) => x.sum())(int32(1)), /^grad: /, "int32[1]", "float64"],
];

describe("dtypes that are not taken", () => {
  test.each(dtypeRows)("%s", (_name, body, ...parts) => {
    expectError(body, DTypeError, "ERR_ADJOINT_DTYPE", ...parts);
  });
});

const identity = (x: Tensor): Tensor => x;
const argumentRows: Row[] = [
  ["sum, axis", () => zeros(2, 3).sum(2), /^sum: axis 2/, "2 axes"],
  ["sum, negative axis", () => zeros(2, 3).sum(-3), /^sum: axis -3/],
  ["sum, fractional axis", () => zeros(2, 3).sum(0.5), "0.5"],
  ["sum, axis twice", () => zeros(2, 3).sum([0, -2]), /^sum: /, "twice"],
  ["sum, axis of a scalar", () => tensor(1).sum(0), /^sum: axis 0/, "0 axes"],
  ["sum, axis of another type", () => zeros(2).sum(wrong("0")), /^sum: /],
  ["mean, axis", () => zeros(2, 3).mean(5), "5"],
  ["variance, axis", () => zeros(2, 3).variance(5), "5"],
  ["max, axis", () => zeros(2, 3).max(5), /^max: axis 5/],
  ["max of nothing", () => zeros(0).max(), /^max: /, "float64[0]"],
  ["min over an empty axis", () => zeros(2, 0).min(1), /^min: /, "float64[2,0]"],
  ["logsumexp, axis", () => zeros(2).logsumexp(1), /axis 1/],
  ["softmax, axis", () => nn.softmax(zeros(2), 1), /^softmax: axis 1/],
  ["logSoftmax of a scalar", () => nn.logSoftmax(tensor(1)), /^logSoftmax: axis -1/],
  ["transpose, count", () => zeros(2, 3).transpose([0]), /^transpose: /, "float64[2,3]"],
  ["transpose, twice", () => zeros(2, 3).transpose([0, 0]), /^transpose: /, "twice"],
  ["moveAxis", () => zeros(2, 3).moveAxis([0, 1], 0), /^moveAxis: /],
  ["moveAxis, axis", () => zeros(2, 3).moveAxis(2, 0), /^moveAxis: axis 2/],
  ["expandDims", () => zeros(2).expandDims(3), /^expandDims: axis 3/],
  ["squeeze, axis", () => zeros(2).squeeze(1), /^squeeze: axis 1/],
  ["flip, axis", () => zeros(2).flip(1), /^flip: axis 1/],
  ["concat of nothing", () => ad.concat([]), /^concat: /],
  ["concat, axis", () => ad.concat([zeros(2)], 1), /^concat: axis 1/],
  ["stack without an axis", () => ad.stack([zeros(2)], wrong(null)), /^stack: .*axis, got null/],
  ["sort without an axis", () => ad.sort(zeros(2), wrong(null)), /^sort: .*axis, got null/],
  ["std, option", () => ad.std(zeros(2), wrong({ ddof: 1 })), /^std: /, "ddof"],
  ["concat of no array", () => ad.concat(wrong(zeros(2))), /^concat: /],
  ["stack of nothing", () => ad.stack([]), /^stack: /],
  ["stack, axis", () => ad.stack([zeros(2)], 2), /^stack: axis 2/],
  ["slice, index", () => zeros(2, 3).slice(0, 3), /^slice: index 3/, "axis 1", "float64[2,3]"],
  ["slice, negative index", () => zeros(2, 3).slice(-3), /^slice: index -3/],
  ["slice, fraction", () => zeros(2).slice(0.5), /^slice: index 0.5/],
  ["slice, NaN", () => zeros(2).slice(nan), /^slice: index NaN/],
  ["slice, too many", () => zeros(2).slice(0, 0), /^slice: 2 indices/, "float64[2]"],
  ["slice, step 0", () => zeros(2).slice([0, 2, 0]), /^slice: /, "step"],
  ["slice, fractional bound", () => zeros(2).slice([0.5, 1]), /^slice: /, "0.5"],
  ["slice, two ellipses", () => zeros(2).slice("...", "..."), /^slice: /],
  ["slice, string", () => zeros(2).slice(wrong("1:2")), /^slice: /, "1:2"],
  ["at, count", () => zeros(2, 3).at(0), /^at: /, "[2,3]"],
  ["at, range", () => zeros(2, 3).at(0, 3), /^at: index 3/, "axis 1", "[2,3]"],
  ["item of many", () => zeros(2).item(), /^item: /, "float64[2]"],
  ["diagonal, offset", () => ad.diagonal(zeros(2, 2), { offset: 0.5 }), /^diagonal: /, "0.5"],
  ["tril, k", () => ad.tril(zeros(2, 2), { k: nan }), /^tril: /, "NaN"],
  ["eye, k", () => ad.eye(2, { k: 0.5 }), /^eye: /, "0.5"],
  ["arange, step 0", () => ad.arange(0, 1, 0), /^arange: /],
  ["arange, infinite", () => ad.arange(infinity), /^arange: /, "Infinity"],
  ["einsum, letters", () => ad.einsum("i1->i", zeros(2, 2)), /^einsum: /, '"1"'],
  ["einsum, operands", () => ad.einsum("ij,jk", zeros(2, 2)), /^einsum: /, "2", "1"],
  ["einsum, output", () => ad.einsum("ij->k", zeros(2, 2)), /^einsum: /, '"k"'],
  ["einsum, output twice", () => ad.einsum("ij->ii", zeros(2, 2)), /^einsum: /, "twice"],
  ["einsum, two arrows", () => ad.einsum("ij->i->j", zeros(2, 2)), /^einsum: /],
  ["einsum, no equation", () => ad.einsum(wrong(zeros(2))), /^einsum: /],
  [
    "eigh, triangle",
    () => linalg.eigh(zeros(2, 2), { triangle: wrong("Lower") }),
    /^eigh: triangle/,
    '"Lower"',
    "both",
  ],
  ["svd, degenerate", () => linalg.svd(ad.eye(2), { degenerate: wrong("nan") }), /^svd: degenerate/, "warn"],
  ["eigh, subset", () => linalg.eigh(zeros(3, 3), { subset: [1, 4] }), /^eigh: subset is \[1, 4\]/, "<= 3"],
  ["eigh, subset, negative", () => linalg.eigh(zeros(3, 3), { subset: [-1, 2] }), /^eigh: subset/, "[-1, 2]"],
  ["eigh, subset, reversed", () => linalg.eigh(zeros(3, 3), { subset: [2, 1] }), /^eigh: subset/, "[2, 1]"],
  ["eigh, subset, fraction", () => linalg.eigh(zeros(3, 3), { subset: [0, 1.5] }), "[0, 1.5]", "integers"],
  ["eigh, subset, NaN", () => linalg.eigh(zeros(3, 3), { subset: [nan, 1] }), "[NaN, 1]"],
  ["eigh, subset, a number", () => linalg.eigh(zeros(3, 3), { subset: wrong(2) }), "subset is 2"],
  ["eigh, subset, three", () => linalg.eigh(zeros(3, 3), { subset: wrong([0, 1, 2]) }), "[0, 1, 2]"],
  [
    "eigvalsh, subset",
    () => linalg.eigvalsh(zeros(2, 3, 3), { subset: [0, 9] }),
    /^eigvalsh: subset/,
    "float64[2,3,3]",
  ],
  [
    "cholesky, onFailure",
    () => linalg.cholesky(ad.eye(2), { onFailure: wrong("NaN") }),
    /^cholesky: onFailure/,
    "nan",
  ],
  [
    "solve, assume",
    () => linalg.solve(ad.eye(2), zeros(2), { assume: wrong("spd") }),
    /^solve: assume/,
    '"spd"',
  ],
  ["sizes beyond memory", () => ad.zeros([1e9, 1e9]), /^zeros: /, "8000000000000000000 bytes"],
  ["sizes beyond numbers", () => ad.ones([1e200, 1e200]), /^ones: /, "Infinity"],
  ["sizes of one axis", () => ad.full([2 ** 52], 1), /^full: /, "bytes"],
  ["a product beyond memory", () => zeros(1).broadcastTo([1e9, 1e9]).add(1), /^add: /, "bytes"],
  [
    "an outer product beyond memory",
    () => linalg.outer(zeros(1).broadcastTo([1e9]), zeros(1).broadcastTo([1e9])),
    "bytes",
  ],
  [
    "a matrix product beyond memory",
    () => ad.matmul(zeros(1, 1).broadcastTo([1e9, 1]), zeros(1, 1).broadcastTo([1, 1e9])),
    "bytes",
  ],
  ["division of int32 by zero", () => int32(1).floorDivide(0), /^floorDivide: /, "zero"],
  ["remainder of int32 by zero", () => int32(1).remainder(0), /^remainder: /, "zero"],
  ["int32 to a negative power", () => int32(2).pow(-1), /^pow: /, "negative"],
  ["iteration of a scalar", () => [...tensor(1)], "0-d"],
  ["grad of no function", () => grad(wrong(3)), /^grad: /, "3"],
  ["vjp of no function", () => vjp(wrong(null), 1), /^vjp: /],
  ["grad, argnums", () => grad(identity, { argnums: 1 })(tensor(1)), /^grad: argnums 1/, "1 arguments"],
  ["grad, negative argnums", () => grad(identity, { argnums: -1 })(tensor(1)), /^grad: argnums -1/],
  ["hessian, argnums", () => hessian(identity, { argnums: [0, 2] })(1), "argnums 2"],
  ["grad of a class instance", () => grad(wrong(() => 1))(wrong(new Map())), /^grad: /, "Map"],
  ["grad of a function argument", () => grad(wrong(() => 1))(wrong({ f: () => 1 })), /^grad: /, "function"],
  ["gradients, xs", () => gradients(zeros(1), wrong("x")), /^gradients: /, "xs"],
  [
    "gradients, number of gradYs",
    () => gradients(variable(1), variable(1), { gradYs: [zeros(), zeros()] }),
    "1 ys",
    "2",
  ],
  ["gradients, unconnected", () => gradients(zeros(), variable(1), { unconnected: wrong("none") }), "none"],
  ["onWarning", () => ad.onWarning(wrong(1)), /^onWarning: /, "1"],
  ["adam, learning rate", () => optim.adam({ learningRate: -1 }), /^adam: learningRate is -1/],
  ["adam, NaN", () => optim.adam({ learningRate: nan }), /^adam: learningRate is NaN/],
  ["adam, beta1", () => optim.adam({ beta1: 1 }), /^adam: beta1 is 1/],
  ["adam, variables", () => optim.adam().minimize(() => variable(1).square(), [wrong(tensor(1))]), /^adam: /],
  ["randomState, seed", () => random.randomState(-1), "-1"],
  ["randomState, NaN", () => random.randomState(nan), "NaN"],
  ["x + y", () => wrong(zeros(2)) + wrong(zeros(2)), "add"],
  ["x < y", () => wrong(zeros(2)) < wrong(tensor([1, 2])), "less"],
  ["+x", () => +wrong(tensor(1)), "item"],
  ["x * 2", () => wrong(tensor(1)) * 2, "mul"],
  ["setPrintOptions", () => ad.setPrintOptions({ precision: -1 }), "precision", "-1"],
];

describe("arguments that make no sense", () => {
  test.each(argumentRows)("%s", (_name, body, ...parts) => {
    expectError(body, ArgumentError, "ERR_ADJOINT_ARGUMENT", ...parts);
  });
});

const x22 = (): Tensor => ad.eye(2);
const optionRows: [name: string, body: (options: never) => unknown, known: string][] = [
  ["tensor", (o) => tensor([1], o), "dtype, shape"],
  ["zeros", (o) => ad.zeros([1], o), "dtype"],
  ["ones", (o) => ad.ones([1], o), "dtype"],
  ["full", (o) => ad.full([1], 1, o), "dtype"],
  ["zerosLike", (o) => ad.zerosLike([1], o), "dtype"],
  ["onesLike", (o) => ad.onesLike([1], o), "dtype"],
  ["eye", (o) => ad.eye(2, o), "dtype"],
  ["arange", (o) => ad.arange(2, o), "dtype"],
  ["linspace", (o) => ad.linspace(0, 1, 2, o), "endpoint"],
  ["variable", (o) => variable(1, o), "dtype"],
  ["sum", (o) => x22().sum(o), "keepDims"],
  ["max", (o) => x22().max(0, o), "keepDims"],
  ["mean", (o) => x22().mean(0, o), "keepDims"],
  ["countNonzero", (o) => x22().countNonzero(0, o), "keepDims"],
  ["variance", (o) => x22().variance(0, o), "correction"],
  ["std", (o) => x22().std(o), "correction"],
  ["logsumexp", (o) => x22().logsumexp(o), "keepDims"],
  ["tril", (o) => ad.tril(x22(), o), "k"],
  ["diagonal", (o) => ad.diagonal(x22(), o), "offset"],
  ["inv", (o) => linalg.inv(x22(), o), "onFailure"],
  ["solve", (o) => linalg.solve(x22(), [1, 2], o), "assume"],
  ["cholesky", (o) => linalg.cholesky(x22(), o), "upper"],
  ["eig", (o) => linalg.eig(x22(), o), "onFailure"],
  ["eigvals", (o) => linalg.eigvals(x22(), o), "onFailure"],
  ["eigh", (o) => linalg.eigh(x22(), o), "triangle"],
  ["eigvalsh", (o) => linalg.eigvalsh(x22(), o), "triangle"],
  ["eigh, b", (o) => linalg.eigh(x22(), ad.eye(2), o), "subset"],
  ["svd", (o) => linalg.svd(x22(), o), "fullMatrices"],
  ["svdvals", (o) => linalg.svdvals(x22(), o), "onFailure"],
  ["solveTriangular", (o) => linalg.solveTriangular(x22(), [1, 2], o), "lower"],
  ["logm", (o) => linalg.logm(x22(), o), "onFailure"],
  ["sqrtm", (o) => linalg.sqrtm(x22(), o), "onFailure"],
  ["sylvester", (o) => linalg.sylvester(x22(), x22(), x22(), o), "onFailure"],
  ["lyapunov", (o) => linalg.lyapunov(x22(), x22(), o), "onFailure"],
  ["grad", (o) => grad(identity, o), "argnums"],
  ["valueAndGrad", (o) => valueAndGrad(identity, o), "hasAux"],
  ["jacobian", (o) => jacobian(identity, o), "argnums"],
  ["hessian", (o) => hessian(identity, o), "argnums"],
  ["gradients", (o) => gradients(variable(1), variable(1), o), "gradYs"],
  ["adam", (o) => optim.adam(o), "learningRate"],
];

describe("unknown options", () => {
  test.each(optionRows)("%s", (_name, body, known) => {
    expectError(() => body({ typo: 1 } as never), ArgumentError, "ERR_ADJOINT_ARGUMENT", '"typo"', known);
  });
});

const factorisations: Record<string, [routine: string, f: (a: Tensor, onFailure?: "nan") => Tensor]> = {
  inv: ["getri", (a, onFailure) => linalg.inv(a, { ...(onFailure && { onFailure }) })],
  solve: ["getrf", (a, onFailure) => linalg.solve(a, [1, 2], { ...(onFailure && { onFailure }) })],
  "solve, positive": [
    "potrf",
    (a, onFailure) => linalg.solve(a, [1, 2], { assume: "positive", ...(onFailure && { onFailure }) }),
  ],
  cholesky: ["potrf", (a, onFailure) => linalg.cholesky(a, { ...(onFailure && { onFailure }) })],
  eigh: ["syevd", (a, onFailure) => linalg.eigh(a, { ...(onFailure && { onFailure }) }).values],
  eigvalsh: ["syevd", (a, onFailure) => linalg.eigvalsh(a, { ...(onFailure && { onFailure }) })],
  svd: ["gesdd", (a, onFailure) => linalg.svd(a, { ...(onFailure && { onFailure }) }).s],
  svdvals: ["gesdd", (a, onFailure) => linalg.svdvals(a, { ...(onFailure && { onFailure }) })],
  logm: ["gees", (a, onFailure) => linalg.logm(a, { ...(onFailure && { onFailure }) })],
  sqrtm: ["gees", (a, onFailure) => linalg.sqrtm(a, { ...(onFailure && { onFailure }) })],
  lyapunov: ["gees", (a, onFailure) => linalg.lyapunov(a, x22(), { ...(onFailure && { onFailure }) })],
};

/** Three good matrices with one bad one among them. */
const batchWith = (bad: number[][]): Tensor => ad.stack([x22(), tensor(bad), x22().mul(2)]);

describe.each(Object.entries(factorisations))("%s of matrices that are not finite", (name, [routine, f]) => {
  test.each([nan, infinity, -infinity])("%d", (value) => {
    for (const matrix of [
      [
        [value, 0],
        [0, 1],
      ],
      [
        [1, value],
        [value, 1],
      ],
      [
        [1, 0],
        [0, value],
      ],
    ]) {
      const error = expectError(
        () => f(tensor(matrix)),
        LinAlgError,
        "ERR_ADJOINT_NONFINITE",
        /NaN or Infinity/,
      );
      expect(error).toMatchObject({ operation: name.split(",")[0], batchIndex: [] });
      expect((error as LinAlgError).routine).toContain(routine.slice(0, 5));
      expectError(() => f(tensor(matrix).cast("float32")), LinAlgError, "ERR_ADJOINT_NONFINITE");
    }
  });

  test("in a batch the matrix is named", () => {
    const bad = batchWith([
      [nan, 0],
      [0, 1],
    ]);
    const error = expectError(
      () => f(bad),
      LinAlgError,
      "ERR_ADJOINT_NONFINITE",
      "[1]",
    ) as Error as LinAlgError;
    expect(error.batchIndex).toEqual([1]);
    const nested = ad.stack([ad.ones([3, 2, 2]).mul(ad.eye(2)), bad]);
    const inner = expectError(
      () => f(nested),
      LinAlgError,
      "ERR_ADJOINT_NONFINITE",
      "[1,1]",
    ) as Error as LinAlgError;
    expect(inner.batchIndex).toEqual([1, 1]);
  });

  test('with onFailure "nan" the others are right', () => {
    const found = f(
      batchWith([
        [nan, 0],
        [0, 1],
      ]),
      "nan",
    );
    expect(found.slice(1).isNaN().any().item()).toBe(true);
    expect(found.slice(0).toArray()).toEqual(f(x22()).toArray());
    expect(found.slice(2).toArray()).toEqual(f(x22().mul(2)).toArray());
  });
});

describe("singular matrices", () => {
  const singular = [
    [1, 2],
    [2, 4],
  ];
  test.each([
    ["inv", (a: Tensor) => linalg.inv(a)],
    ["solve", (a: Tensor) => linalg.solve(a, [1, 2])],
  ])("%s", (name, f) => {
    const error = expectError(
      () => f(tensor(singular)),
      LinAlgError,
      "ERR_ADJOINT_SINGULAR",
      /singular/,
      "position 1",
    );
    expect(error).toMatchObject({ operation: name, info: 2, batchIndex: [] });
    const inBatch = expectError(() => f(batchWith(singular)), LinAlgError, "ERR_ADJOINT_SINGULAR", "[1]");
    expect(inBatch).toMatchObject({ batchIndex: [1], info: 2 });
  });

  test("a zero on the diagonal of a triangular matrix", () => {
    const body = () =>
      linalg.solveTriangular(
        [
          [1, 0],
          [2, 0],
        ],
        [1, 2],
      );
    expectError(body, LinAlgError, "ERR_ADJOINT_SINGULAR", /^solveTriangular: /, "position 1");
    const byFactor = () => linalg.choleskySolve([[0]], [1]);
    expectError(byFactor, LinAlgError, "ERR_ADJOINT_SINGULAR", /^choleskySolve: /, "position 0");
    expect(
      linalg
        .solveTriangular(
          [
            [1, 0],
            [2, 0],
          ],
          [1, 2],
          { unitDiagonal: true },
        )
        .toArray(),
    ).toEqual([1, 0]);
  });

  test('onFailure "nan"', () => {
    const found = linalg.inv(batchWith(singular), { onFailure: "nan" });
    expect(found.slice(1).isNaN().all().item()).toBe(true);
    expect(found.slice(2).add(0).toArray()).toEqual([
      [0.5, 0],
      [0, 0.5],
    ]);
    const solved = linalg.solve(batchWith(singular), [1, 2], { onFailure: "nan" });
    expect(solved.slice(1).isNaN().all().item()).toBe(true);
    expect(solved.slice(0).toArray()).toEqual([1, 2]);
  });
});

describe("matrices that are not positive definite", () => {
  const indefinite = [
    [1, 2],
    [2, 1],
  ];
  test.each([
    ["cholesky", (a: Tensor) => linalg.cholesky(a)],
    ["solve", (a: Tensor) => linalg.solve(a, [1, 2], { assume: "positive" })],
  ])("%s", (name, f) => {
    const error = expectError(
      () => f(tensor(indefinite)),
      LinAlgError,
      "ERR_ADJOINT_NOT_POSITIVE_DEFINITE",
      /not positive definite/,
      "potrf",
      "order 2",
    );
    expect(error).toMatchObject({ operation: name, routine: "potrf", info: 2 });
    const inBatch = expectError(
      () => f(batchWith(indefinite)),
      LinAlgError,
      "ERR_ADJOINT_NOT_POSITIVE_DEFINITE",
      "[1]",
    );
    expect(inBatch).toMatchObject({ batchIndex: [1] });
  });

  test('onFailure "nan"', () => {
    const found = linalg.cholesky(batchWith(indefinite), { onFailure: "nan" });
    expect(found.slice(1).isNaN().any().item()).toBe(true);
    expect(found.slice(0).toArray()).toEqual([
      [1, 0],
      [0, 1],
    ]);
  });
});

const gradientRows: Row[] = [
  ["of a vector", () => grad((x: Tensor) => x)([1, 2]), /^grad: /, "float64[2]", "jacobian", "gradients"],
  ["of a matrix", () => valueAndGrad((x: Tensor) => x)([[1, 2]]), /^valueAndGrad: /, "float64[1,2]"],
  ["hessian of a vector", () => hessian((x: Tensor) => x)([1, 2]), "float64[2]"],
  [
    "of an unconnected x",
    () => gradients(variable(1).square(), variable([1, 2], { name: "w" })),
    "w",
    "float64[2]",
  ],
  ["of a constant", () => gradients(zeros(2), variable(1)), /do not depend/],
  [
    "hasAux without a pair",
    () =>
      grad(
        wrong((x: Tensor) => x),
        { hasAux: true },
      )(1),
    "[value, aux]",
  ],
  [
    "a cotangent of another shape",
    () => vjp((x: Tensor) => x, zeros(2))[1](zeros(3)),
    "float64[2]",
    "float64[3]",
  ],
  [
    "gradYs of another shape",
    () => gradients(variable([1]), variable([1]), { gradYs: zeros(2) }),
    "[1]",
    "[2]",
  ],
  [
    "a loss that is no scalar",
    () => optim.adam().minimize(() => variable([1, 2]).square(), []),
    /^adam: /,
    "float64[2]",
  ],
  [
    "a loss that is no tensor",
    () =>
      optim.adam().minimize(
        wrong(() => 3),
        [],
      ),
    /^adam: /,
  ],
  [
    "a loss that ignores a variable",
    () => optim.adam().minimize(() => variable(1).square(), [variable(2, { name: "bias" })]),
    "bias",
  ],
];

describe("gradients that do not exist", () => {
  test.each(gradientRows)("%s", (_name, body, ...parts) => {
    expectError(body, GradientError, "ERR_ADJOINT_GRADIENT", ...parts);
  });
});

describe("use after dispose", () => {
  const disposed = (): Tensor => {
    const x = randomTensor([2, 2], 3);
    x.dispose();
    return x;
  };
  const uses: [string, (x: Tensor) => unknown][] = [
    ["add", (x) => x.add(1)],
    ["exp", (x) => x.exp()],
    ["sum", (x) => x.sum()],
    ["matmul", (x) => x.matmul(x)],
    ["slice", (x) => x.slice(0)],
    ["inv", (x) => linalg.inv(x)],
    ["concat", (x) => ad.concat([x, x])],
    ["item", (x) => x.item()],
    ["at", (x) => x.at(0, 0)],
    ["toArray", (x) => x.toArray()],
    ["toTypedArray", (x) => x.toTypedArray()],
    ["toString", (x) => `${x}`],
    ["JSON", (x) => JSON.stringify(x)],
    ["grad", (x) => grad((y: Tensor) => y.sum())(x)],
    ["variable", (x) => variable(x)],
    ["iteration", (x) => [...x]],
  ];
  test.each(uses)("%s", (_name, use) => {
    expectError(() => use(disposed()), DisposedError, "ERR_ADJOINT_DISPOSED", /after dispose\(\)/);
  });

  test("views, results and saved values stay valid", () => {
    const x = randomTensor([100, 100], 4);
    const copy = x.toTypedArray();
    const row = x.slice(3);
    const f = (y: Tensor) => {
      const square = y.square();
      const result = square.mul(square).sum();
      square.dispose();
      return result;
    };
    const g = grad(f)(x);
    expect(g.slice(0, 0).item()).toBe(4 * copy[0] ** 3);
    const other = randomTensor([100, 100], 5);
    expect([...row.toTypedArray()]).toEqual([...copy.subarray(300, 400)]);
    expect(other.size).toBe(10_000);
    x.dispose();
    x.dispose();
    expect([...row.toTypedArray()]).toEqual([...copy.subarray(300, 400)]);
  });

  test("using", () => {
    let kept: Tensor;
    {
      using x = tensor([1, 2]);
      kept = x.add(1);
    }
    expect(kept.toArray()).toEqual([2, 3]);
  });

  test("a recycled buffer never shows through", () => {
    const keep = randomTensor([64, 64], 6);
    const before = keep.toTypedArray();
    for (let i = 0; i < 50; i++) {
      const t = keep.add(i);
      const u = t.T;
      if (i % 2 === 0) u.dispose();
      t.dispose();
      const fresh = ad.full([64, 64], i);
      expect(fresh.at(63, 63)).toBe(i);
      if (i % 2 === 1) expect(u.at(0, 0)).toBe(before[0] + i);
    }
    expect(keep.toTypedArray()).toEqual(before);
  });
});

test("NaN seeds and data give NaN, not errors", () => {
  const x = variable([1, 2]);
  expect(gradients(x.square(), x, { gradYs: tensor([nan, 1]) }).toArray()).toEqual([nan, 4]);
  expect(grad((y: Tensor) => y.mul(nan).sum())([1, 2]).toArray()).toEqual([nan, nan]);
  expect(tensor([nan, -infinity]).exp().toArray()).toEqual([nan, 0]);
});
