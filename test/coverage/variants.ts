import * as ad from "adjoint";
import { linalg, nn, type Tensor } from "adjoint";
import { generalMatrices, positiveMatrices, randomTensor, spreadTensor } from "../random_values.js";
import { constant, differentiable, refused, type Sample } from "./samples.js";

// What options, axes, ranks and broadcasting make of operations; samples.ts has each in its plain form.

const cube = () => spreadTensor([2, 3, 4], 21);
const positiveCube = () => randomTensor([2, 3, 4], 22, 0.5, 2);
const matrix = () => spreadTensor([2, 3], 23);
const column = () => randomTensor([2, 1], 24, 0.6, 1.9);
const vector = () => spreadTensor([4], 25);
const scalar = () => randomTensor([], 26, 0.6, 1.9);
const square = () => generalMatrices([], 3, 27);
const squares = () => generalMatrices([2], 3, 28);
const symmetric = () => positiveMatrices([], 3, 29);
const tangent = (f: (x: Tensor) => Tensor, a: Tensor, e: Tensor): Tensor => ad.jvp(f, [a], [e])[1];
const symmetrics = () => positiveMatrices([2], 3, 30);
const metrics = () => positiveMatrices([2], 3, 36).div(10).add(ad.eye(3));
const tall = () => generalMatrices([], 4, 31).slice(null, [0, 3]);
const wide = () => generalMatrices([], 4, 32).slice([0, 3]);
/** Two complex eigenvalues. */
const turned = () => square().add(ad.tensor([[0, -3, 0], [3, 0, 0], [0, 0, 0]])); // biome-ignore format: a matrix
const rightSides = () => randomTensor([3, 2], 33);
const rightSide = () => randomTensor([3], 34);
const bottom = () => square().tril();
const int = (values: readonly unknown[]): Tensor => ad.cast(values as number[], "int32");

type Rows = Record<string, Sample>;

/** A function of each of several options, at one point. */
const over = <O>(options: Record<string, O>, sample: (option: O) => Sample): Rows =>
  Object.fromEntries(Object.entries(options).map(([name, option]) => [name, sample(option)]));

const axes = {
  "axis 0": [0, {}],
  "axis -1, keepDims": [-1, { keepDims: true }],
  "axes [0, 2]": [[0, 2], {}],
  "all axes, keepDims": [null, { keepDims: true }],
} as const;
const oneAxis = { "axis 0": 0, "axis 1": 1 } as const;

type Reduce = (x: Tensor, axis: number | number[] | null, options: { keepDims?: boolean }) => Tensor;
const reducing = (f: Reduce, at = cube): Rows =>
  over<readonly [number | readonly number[] | null, { keepDims?: boolean }]>(axes, ([axis, options]) =>
    differentiable((x) => f(x, axis as number, options), at()),
  );

const shapesOfTwo: Record<string, () => [Tensor, Tensor]> = {
  "[2, 3, 4] and [3, 1]": () => [positiveCube(), randomTensor([3, 1], 35, 0.6, 1.9)],
  "[2, 1] and [3]": () => [column(), randomTensor([3], 36, 2.1, 3)],
  "a scalar and [2, 1]": () => [scalar(), column().add(1.5)],
};
const broadcast = (f: (x: Tensor, y: Tensor) => Tensor): Rows =>
  over(shapesOfTwo, (at) => differentiable(f, ...at()));

const triangles = { both: "both", lower: "lower", upper: "upper" } as const;
const flags = [false, true];

const eigenpairs = ({ values, vectors }: linalg.EighResult): Tensor[] => [
  values,
  vectors.square(),
  vectors.matmul(values.exp().expandDims(-1).mul(vectors.mT)),
];

const nan = { onFailure: "nan" } as const;
/** A matrix that does not fail is computed as ever. */
const unfailing = (f: Sample["f"], ...at: Tensor[]): Rows => ({
  'onFailure "nan"': differentiable(f, ...at),
});

/** Elementwise functions of tensors that are no plain rows of numbers. */
const layouts = (names: string, at: () => Tensor): Record<string, Rows> =>
  Object.fromEntries(
    names.split(" ").map((name) => {
      const f = (ad as unknown as Record<string, (x: Tensor) => Tensor>)[name];
      return [
        name,
        {
          "a transposed view with steps": differentiable((x) => f(x.T.slice([null, null, -2])), at()),
          "a broadcast view": differentiable((x) => f(x.slice(0).broadcastTo([2, 3])), at()),
          "0-d": differentiable((x) => f(x), at().slice(1, 2)),
        },
      ];
    }),
  );

/** By the operation's name, then by what is special. */
export const variants: Record<string, Rows> = {
  // Reductions.
  sum: reducing(ad.sum),
  mean: reducing(ad.mean),
  prod: reducing(ad.prod, positiveCube),
  max: reducing(ad.max),
  min: reducing(ad.min),
  logsumexp: reducing(ad.logsumexp),
  median: reducing(ad.median),
  variance: {
    ...reducing(ad.variance),
    correction: differentiable((x) => ad.variance(x, 1, { correction: 1 }), cube()),
  },
  std: { ...reducing(ad.std), correction: differentiable((x) => ad.std(x, { correction: 1 }), cube()) },
  quantile: {
    ...reducing((x, axis, options) => ad.quantile(x, 0.3, axis, options)),
    "several q, keepDims": differentiable((x) => ad.quantile(x, [[0.2, 0.6]], 1, { keepDims: true }), cube()),
    "with respect to q": differentiable((x, q) => ad.quantile(x, q, -1), cube(), ad.tensor([0.21, 0.58])),
  },
  all: over(axes, ([axis, options]) =>
    refused("all", (x) => ad.all(x.greater(0), axis as number, options), cube()),
  ),
  any: over(axes, ([axis, options]) =>
    refused("any", (x) => ad.any(x.greater(0), axis as number, options), cube()),
  ),
  argmax: over(oneAxis, (axis) => refused("argmax", (x) => ad.argmax(x, axis, { keepDims: true }), cube())),
  argmin: over(oneAxis, (axis) => refused("argmin", (x) => ad.argmin(x, axis), cube())),
  argsort: over(oneAxis, (axis) =>
    refused("argsort", (x) => ad.argsort(x, axis, { descending: true }), cube()),
  ),
  sort: over(oneAxis, (axis) => differentiable((x) => ad.sort(x, axis, { descending: true }), cube())),
  cumsum: over(oneAxis, (axis) => differentiable((x) => ad.cumsum(x, axis), cube())),
  cumprod: {
    ...over(oneAxis, (axis) => differentiable((x) => ad.cumprod(x, axis), cube())),
    "a zero among the factors": differentiable(
      (x) => ad.cumprod(x.mul(ad.cast([1, 0, 1, 1], x.dtype))),
      vector(),
    ),
  },
  cov: {
    "two tensors": differentiable((x, y) => ad.cov(x, y), matrix(), randomTensor([1, 3], 37)),
    "correction 0": differentiable((x) => ad.cov(x, { correction: 0 }), tall()),
    "one variable": differentiable((x) => ad.cov(x), vector()),
  },
  corrcoef: {
    "two tensors": differentiable((x, y) => ad.corrcoef(x, y), tall().mT, randomTensor([2, 4], 38)),
  },

  // Elementwise, of views and scalars.
  ...layouts("abs neg square exp expm1 sin cos tan atan sinh cosh tanh asinh erf erfc", matrix),
  ...layouts("reciprocal sqrt rsqrt log log1p log2 log10 lgamma digamma", () =>
    randomTensor([2, 3], 47, 0.5, 2),
  ),
  ...layouts("asin acos atanh", () => randomTensor([2, 3], 48, -0.8, 0.8)),
  ...layouts("acosh", () => randomTensor([2, 3], 49, 1.2, 3)),

  // Elementwise, broadcast.
  add: broadcast(ad.add),
  sub: broadcast(ad.sub),
  mul: broadcast(ad.mul),
  div: broadcast(ad.div),
  pow: {
    ...broadcast(ad.pow),
    "a whole exponent": differentiable((x) => ad.pow(x, 3), matrix()),
    "a negative whole exponent": differentiable((x) => ad.pow(x, -2), positiveCube().sub(2.6)),
    "a number as base": differentiable((x) => ad.pow(2, x), matrix()),
    "exponent 0.5": differentiable((x) => ad.pow(x, 0.5), positiveCube()),
  },
  maximum: broadcast(ad.maximum),
  minimum: broadcast(ad.minimum),
  atan2: broadcast(ad.atan2),
  hypot: broadcast(ad.hypot),
  logaddexp: broadcast(ad.logaddexp),
  remainder: broadcast(ad.remainder),
  copysign: broadcast(ad.copysign),
  where: {
    broadcast: differentiable((x, y) => ad.where([[true], [false]], x, y), rightSide(), scalar()),
    numbers: differentiable((x) => ad.where(x.greater(0), x.square(), 3), matrix()),
  },
  clip: {
    "no lower bound": differentiable((x, y) => ad.clip(x, null, y), matrix(), scalar().div(7)),
    "no upper bound": differentiable((x) => ad.clip(x, -0.2, null), matrix()),
  },

  // Shapes.
  reshape: { "to a vector": differentiable((x) => ad.reshape(x.T, [-1]), cube()) },
  transpose: over({ "[1, 2, 0]": [1, 2, 0], "[-1, 0, 1]": [-1, 0, 1] }, (order) =>
    differentiable((x) => ad.transpose(x, order), cube()),
  ),
  matrixTranspose: { batch: differentiable((x) => ad.matrixTranspose(x), cube()) },
  moveAxis: { "several axes": differentiable((x) => ad.moveAxis(x, [0, 1], [-1, 0]), cube()) },
  expandDims: { "several axes": differentiable((x) => ad.expandDims(x, [0, -1]), matrix()) },
  squeeze: { "all axes": differentiable((x) => ad.squeeze(x), randomTensor([1, 3, 1], 39)) },
  broadcastTo: {
    "from 0-d": differentiable((x) => ad.broadcastTo(x, [2, 3]), scalar()),
    "an inner axis": differentiable((x) => ad.broadcastTo(x, [3, 2, 4]), column()),
  },
  flip: over({ "axis 1": 1, "axes [0, -1]": [0, -1] }, (axis) =>
    differentiable((x) => ad.flip(x, axis), cube()),
  ),
  roll: {
    "all axes": differentiable((x) => ad.roll(x, 5), matrix()),
    "several axes": differentiable((x) => ad.roll(x, [1, -2], [0, 2]), cube()),
  },
  tile: {
    "more axes than the tensor": differentiable((x) => ad.tile(x, [2, 1, 3]), matrix()),
    "a number": differentiable((x) => ad.tile(x, 2), vector()),
  },
  repeat: {
    "all axes": differentiable((x) => ad.repeat(x, 2), matrix()),
    "a count for each": differentiable((x) => ad.repeat(x, [2, 0, 3], 1), matrix()),
  },
  concat: {
    "axis 0, three": differentiable((x, y, z) => ad.concat([x, y, z]), matrix(), rightSides().mT, matrix()),
    "no axis": differentiable((x, y) => ad.concat([x, y], null), matrix(), vector()),
  },
  stack: { "axis 0, a view": differentiable((x, y) => ad.stack([x, y.mT]), matrix(), rightSides()) },
  unstack: { "axis 0": differentiable((x) => ad.unstack(x), cube()) },
  split: { "equal parts": differentiable((x) => ad.split(x, 2, 2), cube()) },
  meshgrid: { ij: differentiable((x, y) => ad.meshgrid(x, y, { indexing: "ij" }), vector(), rightSide()) },
  pad: {
    "a number and a value": differentiable((x) => ad.pad(x, 1, { value: 0.5 }), matrix()),
  },
  diag: { batch: differentiable((x) => ad.diag(x), matrix()) },
  diagonal: over({ "-1": -1, "2": 2 }, (offset) => differentiable((x) => ad.diagonal(x, { offset }), cube())),
  tril: over({ "-1": -1, "1": 1 }, (k) => differentiable((x) => ad.tril(x, { k }), cube())),
  triu: over({ "-1": -1, "1": 1 }, (k) => differentiable((x) => ad.triu(x, { k }), cube())),

  // Indexing.
  slice: {
    "an index behind others": differentiable((x) => ad.slice(x, "...", -1), cube()),
    "steps, backwards": differentiable((x) => ad.slice(x, null, [null, null, -2], [1, null, 2]), cube()),
    nothing: differentiable((x) => ad.slice(x, [1, 1]).sum().add(x.sum()), matrix()),
  },
  setSlice: {
    "a range, broadcast": differentiable(
      (x, y) => ad.setSlice(x, [null, [0, null, 2]], y),
      matrix(),
      scalar(),
    ),
    backwards: differentiable((x, y) => ad.setSlice(x, [[null, null, -1]], y), matrix(), rightSides().mT),
  },
  addSlice: {
    "a range, broadcast": differentiable(
      (x, y) => ad.addSlice(x, [null, [0, null, 2]], y),
      matrix(),
      scalar(),
    ),
  },
  take: {
    "a number drops the axis": differentiable((x) => ad.take(x, -1, 1), cube()),
    "indices of two axes": differentiable(
      (x) =>
        ad.take(
          x,
          [
            [0, 1],
            [1, 1],
          ],
          -1,
        ),
      cube(),
    ),
  },
  takeAlongAxis: {
    "axis 1, broadcast": differentiable((x) => ad.takeAlongAxis(x, int([[[2], [0]]]), 1), cube()),
    "with argsort": differentiable((x) => ad.takeAlongAxis(x, ad.argsort(x)), matrix()),
  },
  putAlongAxis: {
    "one place twice": differentiable(
      (x, y) =>
        ad.putAlongAxis(
          x,
          int([
            [0, 0],
            [2, 1],
          ]),
          y,
        ),
      matrix(),
      rightSides().mT.slice(null, [0, 2]),
    ),
    "one value": differentiable((x, y) => ad.putAlongAxis(x, int([[1]]), y, 0), matrix(), scalar()),
  },
  scatterAdd: {
    "one place twice": differentiable(
      (x, y) =>
        ad.scatterAdd(
          x,
          int([
            [0, 0],
            [2, 1],
          ]),
          y,
        ),
      matrix(),
      rightSides().mT.slice(null, [0, 2]),
    ),
    "axis 0": differentiable((x, y) => ad.scatterAdd(x, int([[1, 0, 1]]), y, 0), matrix(), rightSide()),
  },

  // Products.
  matmul: {
    "vector by matrix": differentiable((x, y) => ad.matmul(x, y), rightSide(), rightSides()),
    "matrix by vector": differentiable((x, y) => ad.matmul(x, y), matrix(), rightSide()),
    vectors: differentiable((x, y) => ad.matmul(x, y), rightSide(), rightSide().add(0.3)),
    "batches, broadcast": differentiable(
      (x, y) => ad.matmul(x, y),
      randomTensor([2, 1, 2, 3], 40),
      randomTensor([3, 3, 2], 41),
    ),
    "transposed views": differentiable((x, y) => ad.matmul(x.mT, y.mT), rightSides(), matrix()),
  },
  einsum: {
    trace: differentiable((x) => ad.einsum("ii", x), square()),
    diagonal: differentiable((x) => ad.einsum("ii->i", x), square()),
    "sum over one": differentiable((x) => ad.einsum("ij->j", x), matrix()),
    outer: differentiable((x, y) => ad.einsum("i,j", x, y), vector(), rightSide()),
    batches: differentiable((x, y) => ad.einsum("bij,bjk->bik", x, y), cube(), randomTensor([2, 4, 2], 42)),
    "all at once": differentiable((x, y) => ad.einsum("ij,ij->", x, y), matrix(), matrix().sin()),
    "three operands": differentiable(
      (x, y, z) => ad.einsum("ij,jk,k->i", x, y, z),
      matrix(),
      square(),
      rightSide(),
    ),
    ellipsis: differentiable((x, y) => ad.einsum("...ij,jk->...ik", x, y), cube(), randomTensor([4, 2], 43)),
  },

  // Linear algebra.
  inv: {
    batch: differentiable((a) => linalg.inv(a), squares()),
    ...unfailing((a) => linalg.inv(a, nan), squares()),
    ...over(triangles, (triangle) =>
      differentiable((a) => linalg.inv(a, { assume: "positive", triangle }), symmetrics()),
    ),
    symmetric: differentiable((a) => linalg.inv(a, { assume: "symmetric" }), symmetrics().sub(1)),
  },
  solve: {
    vector: differentiable((a, b) => linalg.solve(a, b), square(), rightSide()),
    "batch, broadcast": differentiable((a, b) => linalg.solve(a, b), squares(), rightSides()),
    ...unfailing((a, b) => linalg.solve(a, b, nan), squares(), rightSides()),
    "not refined": differentiable((a, b) => linalg.solve(a, b, { refine: false }), squares(), rightSide()),
    "one matrix, batch": differentiable((a, b) => linalg.solve(a, b), square(), randomTensor([2, 3, 2], 44)),
    ...over(triangles, (triangle) =>
      differentiable(
        (a, b) => linalg.solve(a, b, { assume: "positive", triangle }),
        symmetric(),
        rightSides(),
      ),
    ),
    refined: differentiable((a, b) => linalg.solve(a, b, { refine: true }), squares(), rightSides()),
    "positive, refined": differentiable(
      (a, b) => linalg.solve(a, b, { assume: "positive", refine: true }),
      symmetric(),
      rightSide(),
    ),
    ...Object.fromEntries(
      Object.entries(triangles).map(([name, triangle]) => [
        `symmetric, ${name}`,
        differentiable(
          (a, b) => linalg.solve(a, b, { assume: "symmetric", triangle }),
          symmetric().sub(1),
          rightSide(),
        ),
      ]),
    ),
  },
  solveTriangular: Object.fromEntries(
    flags.flatMap((lower) =>
      flags.flatMap((transpose) =>
        flags.map((unitDiagonal) => [
          JSON.stringify({ lower, transpose, unitDiagonal }),
          differentiable(
            (a, b) => linalg.solveTriangular(a, b, { lower, transpose, unitDiagonal }),
            squares().div(2),
            rightSides(),
          ),
        ]),
      ),
    ),
  ),
  cholesky: {
    ...over(triangles, (triangle) => differentiable((a) => linalg.cholesky(a, { triangle }), symmetrics())),
    upper: differentiable((a) => linalg.cholesky(a, { upper: true }), symmetric()),
    ...unfailing((a) => linalg.cholesky(a, nan), symmetrics()),
  },
  choleskySolve: {
    vector: differentiable((l, b) => linalg.choleskySolve(l, b), bottom(), rightSide()),
    batch: differentiable((l, b) => linalg.choleskySolve(l, b), squares().tril(), rightSides()),
  },
  lu: {
    tall: differentiable((a) => linalg.lu(a), tall()),
    ...unfailing((a) => linalg.lu(a, nan), squares()),
    wide: differentiable((a) => linalg.lu(a), wide()),
    "batch, rows exchanged": differentiable((a) => linalg.lu(a), squares().flip(-2)),
  },
  qr: {
    wide: differentiable((a) => linalg.qr(a), wide()),
    ...unfailing((a) => linalg.qr(a, nan), squares()),
    square: differentiable((a) => linalg.qr(a, { mode: "complete" }), squares()),
    "r alone": differentiable((a) => linalg.qr(a, { mode: "r" }), tall()),
    "r of a complete one": differentiable((a) => linalg.qr(a, { mode: "complete" }).r, tall()),
    "determined columns of a complete one": differentiable(
      (a) => linalg.qr(a, { mode: "complete" }).q.slice("...", [0, 3]),
      tall(),
    ),
  },
  eigh: {
    ...over(triangles, (triangle) =>
      differentiable((a) => eigenpairs(linalg.eigh(a, { triangle })), symmetrics()),
    ),
    "a part": differentiable(
      (a) => eigenpairs(linalg.eigh(a, { subset: [1, 2], triangle: "lower" })),
      positiveMatrices([2], 5, 31),
    ),
    ...unfailing((a) => eigenpairs(linalg.eigh(a, nan)), symmetrics()),
    generalised: differentiable((a, b) => eigenpairs(linalg.eigh(a, b)), symmetrics(), metrics()),
  },
  eigvalsh: {
    ...over(triangles, (triangle) => differentiable((a) => linalg.eigvalsh(a, { triangle }), symmetrics())),
    "a part": differentiable((a) => linalg.eigvalsh(a, { subset: [1, 2] }), positiveMatrices([2], 17, 32)),
    "tangents of a part": differentiable(
      (a, e) => tangent((x) => linalg.eigvalsh(x, { subset: [1, 2] }), a, e),
      positiveMatrices([2], 5, 33),
      randomTensor([2, 5, 5], 34),
    ),
    ...unfailing((a) => linalg.eigvalsh(a, nan), symmetrics()),
    generalised: differentiable((a, b) => linalg.eigvalsh(a, b), symmetrics(), metrics()),
    "tangents along a direction": differentiable(
      (a, e) => tangent((x) => linalg.eigvalsh(x), a, e),
      symmetrics(),
      randomTensor([2, 3, 3], 31),
    ),
  },
  svd: {
    wide: differentiable((a) => {
      const { u, s, vh } = linalg.svd(a);
      return [u.square(), s, vh.square(), u.matmul(vh)];
    }, wide()),
    "full matrices, square": differentiable((a) => {
      const { u, s, vh } = linalg.svd(a, { fullMatrices: true });
      return [u.square(), s, u.matmul(vh)];
    }, squares()),
    "full matrices, the determined columns": differentiable((a) => {
      const { u, s, vh } = linalg.svd(a, { fullMatrices: true });
      return [u.slice(null, [0, 3]).square(), s, vh.square()];
    }, tall()),
  },
  svdvals: {
    ...unfailing((a) => linalg.svdvals(a, nan), squares()),
    wide: differentiable((a) => linalg.svdvals(a), wide()),
    batch: differentiable((a) => linalg.svdvals(a), squares()),
    "tangents along a direction": differentiable(
      (a, e) => tangent((x) => linalg.svdvals(x), a, e),
      wide(),
      randomTensor(wide().shape, 32),
    ),
  },
  polar: {
    left: differentiable((a) => linalg.polar(a, { side: "left" }), wide()),
    batch: differentiable((a) => linalg.polar(a), squares()),
  },
  matrixFunction: over(triangles, (triangle) =>
    differentiable((a) => linalg.matrixFunction(a, (w) => w.log().mul(w), { triangle }), symmetrics()),
  ),
  spectralProjector: over(triangles, (triangle) =>
    differentiable((a) => linalg.spectralProjector(a, [1, 2], { triangle }), symmetrics()),
  ),
  pinv: {
    ...unfailing((a) => linalg.pinv(a, nan), squares()),
    rtol: differentiable((a) => linalg.pinv(a, { rtol: 1e-3 }), squares()),
    wide: differentiable((a) => linalg.pinv(a), wide()),
    batch: differentiable((a) => linalg.pinv(a), squares()),
  },
  lstsq: {
    ...unfailing((a, b) => linalg.lstsq(a, b, nan), tall(), vector()),
    vector: differentiable((a, b) => linalg.lstsq(a, b), tall(), vector()),
    wide: differentiable((a, b) => linalg.lstsq(a, b).solution, wide(), rightSides()),
  },
  det: {
    "1x1": differentiable((a) => linalg.det(a), generalMatrices([], 1, 45)),
    batch: differentiable((a) => linalg.det(a), squares()),
  },
  slogdet: {
    batch: differentiable((a) => linalg.slogdet(a), squares()),
    negative: differentiable((a) => linalg.slogdet(a), squares().flip(-1)),
    ...unfailing((a) => linalg.slogdet(a, nan), squares()),
    ...over(triangles, (triangle) =>
      differentiable((a) => linalg.slogdet(a, { assume: "positive", triangle }), symmetrics()),
    ),
    "positive and empty": differentiable(
      (a) => linalg.slogdet(a, { assume: "positive" }),
      ad.zeros([2, 0, 0]),
    ),
  },
  expm: {
    ...over(triangles, (triangle) =>
      differentiable((a) => linalg.expm(a.div(4), { assume: "symmetric", triangle }), symmetrics()),
    ),
    batch: differentiable((a) => linalg.expm(a), squares().div(4)),
    "large norm": differentiable((a) => linalg.expm(a).div(100), square().mul(1.5)),
  },
  logm: {
    ...over(triangles, (triangle) =>
      differentiable((a) => linalg.logm(a, { assume: "symmetric", triangle }), symmetrics()),
    ),
    ...unfailing((a) => linalg.logm(a, { ...nan, assume: "symmetric" }), symmetrics()),
    batch: differentiable((a) => linalg.logm(a), squares()),
    "complex eigenvalues": differentiable((a) => linalg.logm(a), turned()),
  },
  sqrtm: {
    ...over(triangles, (triangle) =>
      differentiable((a) => linalg.sqrtm(a, { assume: "symmetric", triangle }), symmetrics()),
    ),
    ...unfailing((a) => linalg.sqrtm(a, { ...nan, assume: "symmetric" }), symmetrics()),
    batch: differentiable((a) => linalg.sqrtm(a), squares()),
    "complex eigenvalues": differentiable((a) => linalg.sqrtm(a), turned()),
  },
  sylvester: {
    "batch, broadcast": differentiable(
      (a, b, c) => linalg.sylvester(a, b, c),
      squares(),
      generalMatrices([], 2, 46),
      rightSides(),
    ),
    "complex eigenvalues": differentiable(
      (a, b, c) => linalg.sylvester(a, b, c),
      turned(),
      turned().mT.add(ad.eye(3)),
      square(),
    ),
  },
  lyapunov: {
    "batch, broadcast": differentiable((a, q) => linalg.lyapunov(a, q), squares(), square()),
  },
  matrixPower: over({ "5": 5, "1": 1, "-1": -1, "-2": -2 }, (n) =>
    differentiable((a) => linalg.matrixPower(a, n), squares().div(2)),
  ),
  matrixNorm: {
    ...over(
      { fro: "fro", nuc: "nuc", "1": 1, "-1": -1, "2": 2, "-2": -2, inf: "inf", "-inf": "-inf" } as const,
      (ord) => differentiable((a) => linalg.matrixNorm(a, { ord }), squares()),
    ),
    keepDims: differentiable((a) => linalg.matrixNorm(a, { keepDims: true }), squares()),
    wide: differentiable((a) => linalg.matrixNorm(a, { ord: "nuc" }), wide()),
  },
  vectorNorm: {
    ...over({ "1": 1, "2": 2, "3": 3, "0.5": 0.5, "-1": -1, inf: "inf", "-inf": "-inf" } as const, (ord) =>
      differentiable((x) => linalg.vectorNorm(x, { ord, axis: -1 }), cube()),
    ),
    "0": constant("a count is piecewise constant", (x) => linalg.vectorNorm(x, { ord: 0, axis: 0 }), cube()),
    "several axes, keepDims": differentiable(
      (x) => linalg.vectorNorm(x, { axis: [0, 2], keepDims: true }),
      cube(),
    ),
    "all axes": differentiable((x) => linalg.vectorNorm(x), cube()),
  },
  cond: { batch: differentiable((a) => linalg.cond(a), squares()) },
  trace: { "batch, wide": differentiable((a) => linalg.trace(a), cube()) },
  outer: { "the same vector": differentiable((x) => linalg.outer(x, x), vector()) },
  kron: { vectors: differentiable((x, y) => linalg.kron(x, y), vector(), rightSide()) },
  vecdot: { "batch, broadcast": differentiable((x, y) => linalg.vecdot(x, y), cube(), vector()) },
  tensordot: {
    "named axes": differentiable(
      (x, y) =>
        linalg.tensordot(x, y, [
          [0, 2],
          [1, 0],
        ]),
      cube(),
      randomTensor([4, 2, 2], 46),
    ),
    outer: differentiable((x, y) => linalg.tensordot(x, y, 0), matrix(), rightSide()),
  },
  cross: { "axis 0": differentiable((x, y) => linalg.cross(x, y, 0), rightSides(), rightSides().cos()) },
  multiDot: {
    "vectors at the ends": differentiable(
      (x, y, z) => linalg.multiDot([x, y, y, z]),
      rightSide(),
      square(),
      rightSide().cos(),
    ),
  },

  // Networks.
  softmax: over(oneAxis, (axis) => differentiable((x) => nn.softmax(x, axis), cube())),
  logSoftmax: over(oneAxis, (axis) => differentiable((x) => nn.logSoftmax(x, axis), cube())),
  elu: { alpha: differentiable((x) => nn.elu(x, { alpha: 0.3 }), matrix()) },
  crossEntropy: {
    ...over({ mean: "mean", sum: "sum", none: "none" } as const, (reduction) =>
      differentiable(
        (x) =>
          nn.crossEntropy(
            x,
            int([
              [0, 3, 1],
              [2, 2, 0],
            ]),
            { reduction },
          ),
        cube(),
      ),
    ),
    probabilities: differentiable((x, p) => nn.crossEntropy(x, p), cube(), nn.softmax(cube().sin())),
  },
};
