import * as ad from "adjoint";
import { io, linalg, nn, optim, random, type Tensor, tensor, testing, tree, variable } from "adjoint";
import { wrong } from "./refusals.js";

// For every exported function, calls with a hole: what stands in one of its places is the argument.

// biome-ignore lint/suspicious/noExplicitAny: anything may be put into the hole
export type Place = (x: any) => unknown;
export type Places = Readonly<Record<string, readonly Place[]>>;

const matrix = () =>
  tensor([
    [2, 1],
    [1, 3],
  ]);
const vector = () => tensor([1, 2]);
const mask = () => tensor([true, false]);
const identity = (x: Tensor): Tensor => x;
const sum = (x: Tensor): Tensor => x.sum();
const npy = { format: "npy" } as const;
const generator = () => random.generator(0);
const state = () => random.randomState(0);

const all = ad as unknown as Record<string, (...args: unknown[]) => unknown>;
const network = nn as unknown as Record<string, (...args: unknown[]) => unknown>;

const unaryNames =
  "neg abs sign reciprocal square sqrt rsqrt exp expm1 log log1p log2 log10 sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh floor ceil round trunc erf erfc lgamma digamma isFinite isInf isNaN logicalNot zerosLike onesLike stopGradient diag nonzero unique uniqueInverse uniqueCounts real imag conj angle matrixTranspose tril triu transpose squeeze flip sort argsort cumsum cumprod argmax argmin sum prod mean max min variance std logsumexp all any countNonzero median cov corrcoef unstack variable tensor".split(
    " ",
  );
const binaryNames =
  "add sub mul div pow maximum minimum atan2 hypot logaddexp remainder floorDivide copysign equal notEqual less lessEqual greater greaterEqual matmul searchSorted allClose".split(
    " ",
  );
const logicalNames = ["logicalAnd", "logicalOr", "logicalXor"];
const activationNames = "softmax logSoftmax sigmoid logSigmoid softplus relu elu gelu silu".split(" ");

/** Where a tensor, a number or a nested array is expected. */
export const tensorPlaces: Places = {
  ...Object.fromEntries(unaryNames.map((name) => [name, [(x: unknown) => all[name](x)]])),
  ...Object.fromEntries(
    binaryNames.map((name) => [
      name,
      [(x: unknown) => all[name](x, vector()), (x: unknown) => all[name](vector(), x)],
    ]),
  ),
  ...Object.fromEntries(
    logicalNames.map((name) => [
      name,
      [(x: unknown) => all[name](x, mask()), (x: unknown) => all[name](mask(), x)],
    ]),
  ),
  ...Object.fromEntries(activationNames.map((name) => [`nn.${name}`, [(x: unknown) => network[name](x)]])),
  complex: [(x) => ad.complex(x, vector()), (x) => ad.complex(vector(), x)],
  fullLike: [(x) => ad.fullLike(x, 1)],
  cast: [(x) => ad.cast(x, "float64")],
  clip: [(x) => ad.clip(x, 0, 1)],
  where: [(x) => ad.where(x, 1, 2), (x) => ad.where(mask(), x, 2), (x) => ad.where(mask(), vector(), x)],
  quantile: [(x) => ad.quantile(x, 0.5), (x) => ad.quantile(vector(), x)],
  reshape: [(x) => ad.reshape(x, [2])],
  moveAxis: [(x) => ad.moveAxis(x, 0, 0)],
  expandDims: [(x) => ad.expandDims(x, 0)],
  broadcastTo: [(x) => ad.broadcastTo(x, [2])],
  roll: [(x) => ad.roll(x, 1)],
  tile: [(x) => ad.tile(x, 2)],
  repeat: [(x) => ad.repeat(x, 2), (x) => ad.repeat(vector(), x)],
  concat: [(x) => ad.concat([vector(), x])],
  stack: [(x) => ad.stack([vector(), x])],
  meshgrid: [(x) => ad.meshgrid(x, vector())],
  split: [(x) => ad.split(x, 2)],
  pad: [(x) => ad.pad(x, 1)],
  slice: [(x) => ad.slice(x, 0)],
  setSlice: [(x) => ad.setSlice(x, [0], 1), (x) => ad.setSlice(vector(), [0], x)],
  addSlice: [(x) => ad.addSlice(x, [0], 1), (x) => ad.addSlice(vector(), [0], x)],
  maskedSelect: [(x) => ad.maskedSelect(x, mask()), (x) => ad.maskedSelect(vector(), x)],
  take: [(x) => ad.take(x, [0]), (x) => ad.take(vector(), x)],
  takeAlongAxis: [(x) => ad.takeAlongAxis(x, [0]), (x) => ad.takeAlongAxis(vector(), x)],
  putAlongAxis: [
    (x) => ad.putAlongAxis(x, [0], 1),
    (x) => ad.putAlongAxis(vector(), x, 1),
    (x) => ad.putAlongAxis(vector(), [0], x),
  ],
  scatterAdd: [
    (x) => ad.scatterAdd(x, [0], 1),
    (x) => ad.scatterAdd(vector(), x, 1),
    (x) => ad.scatterAdd(vector(), [0], x),
  ],
  diagonal: [(x) => ad.diagonal(x)],
  einsum: [(x) => ad.einsum("i,i->i", x, vector()), (x) => ad.einsum("i,i->i", vector(), x)],
  "linalg.inv": [(x) => linalg.inv(x)],
  "linalg.solve": [(x) => linalg.solve(x, vector()), (x) => linalg.solve(matrix(), x)],
  "linalg.solveTriangular": [
    (x) => linalg.solveTriangular(x, vector()),
    (x) => linalg.solveTriangular(matrix(), x),
  ],
  "linalg.cholesky": [(x) => linalg.cholesky(x)],
  "linalg.choleskySolve": [
    (x) => linalg.choleskySolve(x, vector()),
    (x) => linalg.choleskySolve(matrix(), x),
  ],
  "linalg.lu": [(x) => linalg.lu(x)],
  "linalg.qr": [(x) => linalg.qr(x)],
  "linalg.eigh": [(x) => linalg.eigh(x), (x) => linalg.eigh(x, matrix())],
  "linalg.eigvalsh": [(x) => linalg.eigvalsh(x)],
  "linalg.svd": [(x) => linalg.svd(x)],
  "linalg.svdvals": [(x) => linalg.svdvals(x)],
  "linalg.eig": [(x) => linalg.eig(x)],
  "linalg.eigvals": [(x) => linalg.eigvals(x)],
  "linalg.pinv": [(x) => linalg.pinv(x)],
  "linalg.lstsq": [(x) => linalg.lstsq(x, vector()), (x) => linalg.lstsq(matrix(), x)],
  "linalg.det": [(x) => linalg.det(x)],
  "linalg.slogdet": [(x) => linalg.slogdet(x)],
  "linalg.expm": [(x) => linalg.expm(x)],
  "linalg.logm": [(x) => linalg.logm(x)],
  "linalg.sqrtm": [(x) => linalg.sqrtm(x)],
  "linalg.sylvester": [
    (x) => linalg.sylvester(x, matrix(), matrix()),
    (x) => linalg.sylvester(matrix(), x, matrix()),
    (x) => linalg.sylvester(matrix(), matrix(), x),
  ],
  "linalg.lyapunov": [(x) => linalg.lyapunov(x, matrix()), (x) => linalg.lyapunov(matrix(), x)],
  "linalg.matrixPower": [(x) => linalg.matrixPower(x, 2)],
  "linalg.matrixNorm": [(x) => linalg.matrixNorm(x)],
  "linalg.vectorNorm": [(x) => linalg.vectorNorm(x)],
  "linalg.cond": [(x) => linalg.cond(x)],
  "linalg.matrixRank": [(x) => linalg.matrixRank(x)],
  "linalg.trace": [(x) => linalg.trace(x)],
  "linalg.outer": [(x) => linalg.outer(x, vector()), (x) => linalg.outer(vector(), x)],
  "linalg.kron": [(x) => linalg.kron(x, vector()), (x) => linalg.kron(vector(), x)],
  "linalg.vecdot": [(x) => linalg.vecdot(x, vector()), (x) => linalg.vecdot(vector(), x)],
  "linalg.tensordot": [(x) => linalg.tensordot(x, vector(), 1), (x) => linalg.tensordot(vector(), x, 1)],
  "linalg.cross": [(x) => linalg.cross(x, [1, 2, 3]), (x) => linalg.cross([1, 2, 3], x)],
  "linalg.multiDot": [(x) => linalg.multiDot([x, matrix()]), (x) => linalg.multiDot([matrix(), x])],
  "nn.oneHot": [(x) => nn.oneHot(x, 3)],
  "nn.crossEntropy": [(x) => nn.crossEntropy(x, [0]), (x) => nn.crossEntropy([[1, 2]], x)],
  "random.Generator.permutation": [(x) => generator().permutation(x)],
  "random.Generator.choice": [(x) => generator().choice(x)],
  "random.Generator.categorical": [(x) => generator().categorical(x)],
  "random.Generator.multivariateNormal": [
    (x) => generator().multivariateNormal(x, matrix()),
    (x) => generator().multivariateNormal(vector(), x),
  ],
  "random.RandomState.multivariateNormal": [
    (x) => state().multivariateNormal(x, matrix()),
    (x) => state().multivariateNormal(vector(), x),
  ],
  "io.serialize": [(x) => io.serialize(x, npy), (x) => io.serialize({ x }, { format: "npz" })],
  "testing.assertAllClose": [
    (x) => testing.assertAllClose(x, vector()),
    (x) => testing.assertAllClose(vector(), x),
  ],
  "Variable.assign": [(x) => variable([1, 2]).assign(x)],
};

/** Where a tensor may stand, but need not: null is nothing, and an object may be options. */
export const optionalTensorPlaces: Places = {
  clip: [(x) => ad.clip(vector(), x, 1), (x) => ad.clip(vector(), 0, x)],
  cov: [(x) => ad.cov(vector(), x)],
  corrcoef: [(x) => ad.corrcoef(vector(), x)],
};

/** Where a function is expected. */
export const functionPlaces: Places = {
  grad: [(f) => ad.grad(f)],
  valueAndGrad: [(f) => ad.valueAndGrad(f)],
  vjp: [(f) => ad.vjp(f, vector())],
  jvp: [(f) => ad.jvp(f, [vector()], [vector()])],
  linearize: [(f) => ad.linearize(f, vector())],
  jacobian: [(f) => ad.jacobian(f)],
  hessian: [(f) => ad.hessian(f)],
  hvp: [(f) => ad.hvp(f, [vector()], [vector()])],
  vmap: [(f) => ad.vmap(f)],
  checkpoint: [(f) => ad.checkpoint(f)],
  customVjp: [
    (f) => ad.customVjp({ forward: f, backward: wrong(identity) }),
    (f) => ad.customVjp({ forward: wrong(identity), backward: f }),
  ],
  customJvp: [
    (f) => ad.customJvp({ forward: f, tangent: wrong(identity) }),
    (f) => ad.customJvp({ forward: identity, tangent: f }),
  ],
  gradcheck: [(f) => ad.gradcheck(f, [vector()])],
  tidy: [(f) => ad.tidy(f)],
  onWarning: [(f) => ad.onWarning(f)],
  "tree.map": [(f) => tree.map(f, [vector()])],
};

/** Where a tree of tensors is expected that is differentiated, mapped or taken apart. */
export const treePlaces: Places = {
  grad: [(x) => ad.grad(sum)(x)],
  valueAndGrad: [(x) => ad.valueAndGrad(sum)(x)],
  vjp: [(x) => ad.vjp(sum, x), (x) => ad.vjp(identity, vector())[1](x)],
  jvp: [(x) => ad.jvp(identity, [x], [vector()]), (x) => ad.jvp(identity, [vector()], [x])],
  linearize: [(x) => ad.linearize(identity, x), (x) => ad.linearize(identity, vector())[1](x)],
  jacobian: [(x) => ad.jacobian(identity)(x)],
  hessian: [(x) => ad.hessian(sum)(x)],
  hvp: [(x) => ad.hvp(sum, [x], [vector()]), (x) => ad.hvp(sum, [vector()], [x])],
  vmap: [(x) => ad.vmap(identity)(x)],
  checkpoint: [(x) => ad.checkpoint(identity)(x)],
  customVjp: [(x) => ad.customVjp({ forward: (y: Tensor) => [y, y], backward: (_, g) => g })(x)],
  customJvp: [(x) => ad.customJvp({ forward: identity, tangent: ([y], [t]) => [y, t] })(x)],
  "tree.map": [(x) => tree.map(identity, x), (x) => tree.map(identity, [vector()], x)],
  "tree.leaves": [(x) => tree.leaves(x)],
  "tree.ravel": [(x) => tree.ravel(x)],
  "optim.adam": [
    (x) => optim.adam().init(x),
    (x) => optim.adam().update(x, optim.adam().init([vector()]), [vector()]),
    (x) => optim.adam().update([vector()], optim.adam().init([vector()]), x),
  ],
};

/** Where a list is expected, of tensors or of something else. */
export const listPlaces: Places = {
  concat: [(xs) => ad.concat(xs)],
  stack: [(xs) => ad.stack(xs)],
  "linalg.multiDot": [(xs) => linalg.multiDot(xs)],
  jvp: [(xs) => ad.jvp(identity, xs, [vector()]), (xs) => ad.jvp(identity, [vector()], xs)],
  hvp: [(xs) => ad.hvp(sum, xs, [vector()]), (xs) => ad.hvp(sum, [vector()], xs)],
  gradcheck: [(xs) => ad.gradcheck(identity, xs), (xs) => ad.gradcheck(identity, [vector()], { modes: xs })],
  gradients: [
    (xs) => ad.gradients(xs, variable(1)),
    (xs) => ad.gradients(variable(1), xs),
    (xs) => ad.gradients(variable(1), variable(1), { gradYs: xs }),
  ],
  setSlice: [(xs) => ad.setSlice(vector(), xs, 1)],
  addSlice: [(xs) => ad.addSlice(vector(), xs, 1)],
  "optim.adam": [
    (xs) => optim.adam().applyGradients(xs),
    (xs) => optim.adam().minimize(() => variable(1).square(), xs),
    (xs) => optim.adam().computeGradients(() => variable(1).square(), xs),
  ],
};

/** Where an axis of a tensor with two axes is expected. */
export const axisPlaces: Places = {
  ...Object.fromEntries(
    "sum prod mean max min variance std logsumexp all any countNonzero median cumsum cumprod argmax argmin sort argsort flip squeeze unstack expandDims"
      .split(" ")
      .map((name) => [
        name,
        [(axis: unknown) => all[name](name === "expandDims" ? vector() : matrix(), axis)],
      ]),
  ),
  quantile: [(axis) => ad.quantile(matrix(), 0.5, axis)],
  moveAxis: [(axis) => ad.moveAxis(matrix(), axis, 0), (axis) => ad.moveAxis(matrix(), 0, axis)],
  transpose: [(axis) => ad.transpose(matrix(), [0, axis])],
  roll: [(axis) => ad.roll(matrix(), 1, axis)],
  repeat: [(axis) => ad.repeat(matrix(), 2, axis)],
  concat: [(axis) => ad.concat([matrix(), matrix()], axis)],
  stack: [(axis) => ad.stack([vector(), vector()], axis)],
  split: [(axis) => ad.split(matrix(), 2, axis)],
  take: [(axis) => ad.take(matrix(), [0], axis)],
  takeAlongAxis: [(axis) => ad.takeAlongAxis(matrix(), [[0]], axis)],
  putAlongAxis: [(axis) => ad.putAlongAxis(matrix(), [[0]], 1, axis)],
  scatterAdd: [(axis) => ad.scatterAdd(matrix(), [[0]], 1, axis)],
  "linalg.vectorNorm": [(axis) => linalg.vectorNorm(matrix(), { axis })],
  "linalg.tensordot": [(axis) => linalg.tensordot(matrix(), matrix(), [axis, 0])],
  "linalg.cross": [(axis) => linalg.cross([[1, 2, 3]], [[1, 2, 3]], axis)],
  "nn.softmax": [(axis) => nn.softmax(matrix(), axis)],
  "nn.logSoftmax": [(axis) => nn.logSoftmax(matrix(), axis)],
  vmap: [
    (axis) => ad.vmap(identity, { inAxes: [axis] })(matrix()),
    (axis) => ad.vmap(identity, { outAxes: axis })(matrix()),
  ],
};

/** Where a shape is expected. */
export const shapePlaces: Places = {
  zeros: [(shape) => ad.zeros(shape)],
  ones: [(shape) => ad.ones(shape)],
  full: [(shape) => ad.full(shape, 1)],
  tensor: [(shape) => tensor([1, 2], { shape })],
  reshape: [(shape) => ad.reshape(vector(), shape)],
  broadcastTo: [(shape) => ad.broadcastTo(vector(), shape)],
  tile: [(reps) => ad.tile(vector(), reps)],
  "random.Generator.normal": [(shape) => generator().normal(shape)],
  "random.Generator.uniform": [(shape) => generator().uniform(shape)],
  "random.Generator.integers": [(shape) => generator().integers(0, 2, shape)],
  "random.Generator.choice": [(shape) => generator().choice(3, shape)],
  "random.Generator.categorical": [(shape) => generator().categorical([0, 0], shape)],
  "random.Generator.multivariateNormal": [
    (shape) => generator().multivariateNormal(vector(), matrix(), shape),
  ],
  "random.RandomState.multivariateNormal": [(shape) => state().multivariateNormal(vector(), matrix(), shape)],
  "random.RandomState.randn": [(extent) => state().randn(extent)],
  "random.RandomState.rand": [(extent) => state().rand(extent)],
};

/** Where a finite number is expected. */
export const numberPlaces: Places = {
  arange: [
    (stop) => ad.arange(stop),
    (stop) => ad.arange(0, stop ?? "a"),
    (step) => ad.arange(0, 1, step ?? "a"),
  ],
  linspace: [(start) => ad.linspace(start, 1, 3), (stop) => ad.linspace(0, stop, 3)],
};

/** Where a whole number is expected, mostly in a range. */
export const integerPlaces: Places = {
  eye: [(n) => ad.eye(n), (m) => ad.eye(2, m ?? "a"), (k) => ad.eye(2, { k: k ?? "a" })],
  linspace: [(num) => ad.linspace(0, 1, num)],
  roll: [(shift) => ad.roll(vector(), shift)],
  split: [(parts) => ad.split(vector(), parts)],
  pad: [(width) => ad.pad(vector(), width), (width) => ad.pad(vector(), [[width, 0]])],
  tril: [(k) => ad.tril(matrix(), { k: k ?? "a" })],
  triu: [(k) => ad.triu(matrix(), { k: k ?? "a" })],
  diagonal: [(offset) => ad.diagonal(matrix(), { offset: offset ?? "a" })],
  slice: [(i) => ad.slice(vector(), i ?? "a"), (i) => ad.slice(vector(), [i ?? "a"])],
  setSlice: [(i) => ad.setSlice(vector(), [i ?? "a"], 1)],
  addSlice: [(i) => ad.addSlice(vector(), [i ?? "a"], 1)],
  "linalg.matrixPower": [(n) => linalg.matrixPower(matrix(), n)],
  "linalg.tensordot": [(n) => linalg.tensordot(matrix(), matrix(), n)],
  "nn.oneHot": [(n) => nn.oneHot([0], n)],
  "random.randomState": [(seed) => random.randomState(seed)],
  "random.generator": [(seed) => random.generator(typeof seed === "bigint" ? -1n : seed)],
  "random.Generator.integers": [
    (low) => generator().integers(low, 3),
    (high) => generator().integers(0, high),
  ],
  setNumThreads: [(count) => ad.setNumThreads(count)],
  grad: [(i) => ad.grad(sum, { argnums: i ?? "a" })(vector())],
  valueAndGrad: [(i) => ad.valueAndGrad(sum, { argnums: [i] })(vector())],
  jacobian: [(i) => ad.jacobian(identity, { argnums: i ?? "a" })(vector())],
  hessian: [(i) => ad.hessian(sum, { argnums: [i] })(vector())],
  "Tensor.at": [(i) => vector().at(i)],
};

type Kind = "boolean" | "number" | "string" | "choice" | "tensors" | "any";

/** Calls with a hole for options, and what the options of these names hold. */
export const optionPlaces: Readonly<Record<string, readonly [call: Place, Readonly<Record<string, Kind>>]>> =
  {
    tensor: [(o) => tensor([1], o), { dtype: "choice", shape: "any" }],
    zeros: [(o) => ad.zeros([1], o), { dtype: "choice" }],
    ones: [(o) => ad.ones([1], o), { dtype: "choice" }],
    full: [(o) => ad.full([1], 1, o), { dtype: "choice" }],
    zerosLike: [(o) => ad.zerosLike([1], o), { dtype: "choice" }],
    onesLike: [(o) => ad.onesLike([1], o), { dtype: "choice" }],
    fullLike: [(o) => ad.fullLike([1], 1, o), { dtype: "choice" }],
    eye: [(o) => ad.eye(2, 2, o), { k: "number", dtype: "choice" }],
    arange: [(o) => ad.arange(0, 2, 1, o), { dtype: "choice" }],
    linspace: [(o) => ad.linspace(0, 1, 2, o), { endpoint: "boolean", dtype: "choice" }],
    meshgrid: [(o) => ad.meshgrid([1], [2], o), { indexing: "choice" }],
    variable: [(o) => variable(1, o), { dtype: "choice", name: "string" }],
    ...Object.fromEntries(
      "sum prod mean max min logsumexp all any countNonzero median argmax argmin"
        .split(" ")
        .map((name): [string, [Place, Record<string, Kind>]] => [
          name,
          [(o) => all[name](matrix(), 0, o), { keepDims: "boolean" }],
        ]),
    ),
    quantile: [(o) => ad.quantile(matrix(), 0.5, 0, o), { keepDims: "boolean" }],
    variance: [(o) => ad.variance(matrix(), 0, o), { keepDims: "boolean", correction: "number" }],
    std: [(o) => ad.std(matrix(), 0, o), { keepDims: "boolean", correction: "number" }],
    cov: [(o) => ad.cov(matrix(), null, o), { correction: "number" }],
    sort: [(o) => ad.sort(matrix(), 0, o), { descending: "boolean", stable: "boolean" }],
    argsort: [(o) => ad.argsort(matrix(), 0, o), { descending: "boolean", stable: "boolean" }],
    searchSorted: [(o) => ad.searchSorted(vector(), vector(), o), { side: "choice" }],
    allClose: [(o) => ad.allClose(1, 1, o), { rtol: "number", atol: "number" }],
    tril: [(o) => ad.tril(matrix(), o), { k: "number" }],
    triu: [(o) => ad.triu(matrix(), o), { k: "number" }],
    diagonal: [(o) => ad.diagonal(matrix(), o), { offset: "number" }],
    pad: [(o) => ad.pad(vector(), 1, o), { value: "choice" }],
    "linalg.inv": [(o) => linalg.inv(matrix(), o), { onFailure: "choice" }],
    "linalg.solve": [
      (o) => linalg.solve(matrix(), vector(), o),
      { assume: "choice", triangle: "choice", onFailure: "choice" },
    ],
    "linalg.solveTriangular": [
      (o) => linalg.solveTriangular(matrix(), vector(), o),
      { lower: "boolean", transpose: "boolean", unitDiagonal: "boolean" },
    ],
    "linalg.cholesky": [
      (o) => linalg.cholesky(matrix(), o),
      { upper: "boolean", triangle: "choice", onFailure: "choice" },
    ],
    "linalg.lu": [(o) => linalg.lu(matrix(), o), { onFailure: "choice" }],
    "linalg.qr": [(o) => linalg.qr(matrix(), o), { mode: "choice", onFailure: "choice" }],
    "linalg.svd": [(o) => linalg.svd(matrix(), o), { fullMatrices: "boolean", onFailure: "choice" }],
    "linalg.svdvals": [(o) => linalg.svdvals(matrix(), o), { onFailure: "choice" }],
    "linalg.eigh": [(o) => linalg.eigh(matrix(), matrix(), o), { triangle: "choice", onFailure: "choice" }],
    "linalg.eigvalsh": [
      (o) => linalg.eigvalsh(matrix(), matrix(), o),
      { triangle: "choice", onFailure: "choice" },
    ],
    "linalg.eig": [(o) => linalg.eig(matrix(), o), { onFailure: "choice" }],
    "linalg.eigvals": [(o) => linalg.eigvals(matrix(), o), { onFailure: "choice" }],
    "linalg.expm": [(o) => linalg.expm(matrix(), o), { assume: "choice", triangle: "choice" }],
    "linalg.logm": [
      (o) => linalg.logm(matrix(), o),
      { assume: "choice", triangle: "choice", onFailure: "choice" },
    ],
    "linalg.sqrtm": [
      (o) => linalg.sqrtm(matrix(), o),
      { assume: "choice", triangle: "choice", onFailure: "choice" },
    ],
    "linalg.sylvester": [(o) => linalg.sylvester(matrix(), matrix(), matrix(), o), { onFailure: "choice" }],
    "linalg.lyapunov": [(o) => linalg.lyapunov(matrix(), matrix(), o), { onFailure: "choice" }],
    "linalg.pinv": [(o) => linalg.pinv(matrix(), o), { rtol: "number" }],
    "linalg.lstsq": [(o) => linalg.lstsq(matrix(), vector(), o), { rtol: "number" }],
    "linalg.matrixRank": [(o) => linalg.matrixRank(matrix(), o), { tol: "number", rtol: "number" }],
    "linalg.matrixNorm": [(o) => linalg.matrixNorm(matrix(), o), { ord: "choice", keepDims: "boolean" }],
    "linalg.vectorNorm": [
      (o) => linalg.vectorNorm(matrix(), o),
      { ord: "choice", keepDims: "boolean", axis: "any" },
    ],
    "nn.elu": [(o) => nn.elu(vector(), o), { alpha: "number" }],
    "nn.oneHot": [(o) => nn.oneHot([0], 1, o), { dtype: "choice" }],
    "nn.crossEntropy": [(o) => nn.crossEntropy([[1, 2]], [0], o), { reduction: "choice" }],
    "random.Generator.normal": [(o) => generator().normal([], o), { mean: "number", std: "number" }],
    "random.Generator.uniform": [(o) => generator().uniform([], o), { low: "number", high: "number" }],
    "random.Generator.integers": [(o) => generator().integers(0, 2, [], o), { dtype: "choice" }],
    "random.Generator.choice": [
      (o) => generator().choice(3, [], o),
      { replace: "boolean", probabilities: "any" },
    ],
    "optim.sgd": [(o) => optim.sgd(o), { learningRate: "number", momentum: "number", nesterov: "boolean" }],
    "optim.adam": [
      (o) => optim.adam(o),
      { learningRate: "number", beta1: "number", beta2: "number", epsilon: "number" },
    ],
    "optim.adamw": [
      (o) => optim.adamw(o),
      { learningRate: "number", beta1: "number", beta2: "number", epsilon: "number", weightDecay: "number" },
    ],
    "optim.rmsprop": [
      (o) => optim.rmsprop(o),
      { learningRate: "number", decay: "number", momentum: "number", epsilon: "number" },
    ],
    grad: [(o) => ad.grad(sum, o)(vector()), { argnums: "choice", hasAux: "boolean" }],
    valueAndGrad: [(o) => ad.valueAndGrad(sum, o)(vector()), { argnums: "choice", hasAux: "boolean" }],
    jacobian: [
      (o) => ad.jacobian(identity, o)(vector()),
      { argnums: "choice", mode: "choice", chunkSize: "number" },
    ],
    hessian: [(o) => ad.hessian(sum, o)(vector()), { argnums: "choice", chunkSize: "number" }],
    vmap: [(o) => ad.vmap(identity, o)(vector()), { inAxes: "choice", outAxes: "choice" }],
    gradients: [
      (o) => ad.gradients(variable(1), variable(1), o),
      { gradYs: "tensors", unconnected: "choice" },
    ],
    gradcheck: [
      (o) => ad.gradcheck(identity, [vector()], o),
      { order: "choice", modes: "choice", eps: "number", tolerance: "number" },
    ],
    customVjp: [(o) => ad.customVjp(o), { forward: "any", backward: "any" }],
    customJvp: [(o) => ad.customJvp(o), { forward: "any", tangent: "any" }],
    "io.parse": [
      (o) => io.parse(io.serialize(1, npy), o),
      { format: "choice", names: "any", wideIntegers: "choice", maxBytes: "number" },
    ],
    "io.serialize": [(o) => io.serialize(1, o), { format: "choice", compress: "boolean", metadata: "any" }],
    "testing.assertAllClose": [(o) => testing.assertAllClose(1, 1, o), { rtol: "number", atol: "number" }],
    setPrintOptions: [
      (o) => ad.setPrintOptions(o),
      { precision: "number", threshold: "number", edgeItems: "number", suppress: "boolean" },
    ],
  };

/** Functions without arguments: nothing can be wrong. */
export const withoutArguments = ["info", "memory", "getNumThreads", "getPrintOptions"];
