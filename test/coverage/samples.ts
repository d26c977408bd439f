import * as ad from "adjoint";
import { type DType, linalg, nn, type Tensor } from "adjoint";
import { generalMatrices, positiveMatrices, randomTensor, spreadTensor } from "../random_values.js";

/** An operation at a point, with the mathematical reasons for what it does not have. */
export interface Sample {
  readonly f: (...xs: Tensor[]) => Tensor | Iterable<Tensor>;
  readonly at: readonly Tensor[];
  /** Why every derivative is zero: said by the primitive of that name, or here. */
  readonly constant?: { readonly primitive: string } | { readonly reason: string };
  /** Why it cannot be mapped; then vmap throws. */
  readonly unmapped?: string;
  /** The dtype of float32 inputs' result where it is another than that of float64 ones, or float32. */
  readonly float32?: DType;
}

/** What makes tensors of plain numbers: no argument to differentiate, none to map. */
export type Creation = (dtype: "float32" | "float64") => Tensor;

type F = Sample["f"];

export const differentiable = (f: F, ...at: Tensor[]): Sample => ({ f, at });
export const refused = (primitive: string, f: F, ...at: Tensor[]): Sample => ({
  f,
  at,
  constant: { primitive },
});
export const constant = (reason: string, f: F, ...at: Tensor[]): Sample => ({ f, at, constant: { reason } });
const eager = (sample: Sample, unmapped: string): Sample => ({ ...sample, unmapped });

// Points: no corner and no tie is near, every domain is kept.
const any = () => spreadTensor([2, 3], 1);
const other = () => spreadTensor([2, 3], 2).add(0.013);
const positive = () => randomTensor([2, 3], 3, 0.5, 2);
const inside = () => randomTensor([2, 3], 4, -0.8, 0.8);
const above = () => randomTensor([2, 3], 5, 1.2, 3);
const row = () => randomTensor([3], 6, 0.6, 1.9);
const vector = () => spreadTensor([5], 7);
const square = () => generalMatrices([], 3, 8);
const symmetric = () => positiveMatrices([], 3, 9);
const tall = () => generalMatrices([], 4, 10).slice(null, [0, 3]);
const columns = () => randomTensor([3, 2], 11);
const lower = () => generalMatrices([], 3, 12).tril();
const three = () => randomTensor([3, 4, 2], 13);

const dataDependent = "the shape of the result depends on values, which differ along a mapped axis";
const isConstant = "the result depends on the shape alone";
const places = [
  [1, 0, 1],
  [0, 1, 0],
];
const indices = ad.cast(places, "int32");
const labels = ad.cast([2, 0], "int32");

const unary = (names: readonly string[], at: () => Tensor): Record<string, Sample> =>
  Object.fromEntries(
    names.map((name) => {
      const f = (ad as unknown as Record<string, (x: Tensor) => Tensor>)[name];
      return [name, differentiable((x) => f(x), at())];
    }),
  );

const binary = (names: readonly string[], at: () => Tensor): Record<string, Sample> =>
  Object.fromEntries(
    names.map((name) => {
      const f = (ad as unknown as Record<string, (x: Tensor, y: Tensor) => Tensor>)[name];
      return [name, differentiable((x, y) => f(x, y), at(), row())];
    }),
  );

/** Operations whose primitive, of the same name, says why it has no derivative. */
const withoutDerivative = (names: readonly string[], ...at: Tensor[]): Record<string, Sample> =>
  Object.fromEntries(
    names.map((name) => {
      const f = (ad as unknown as Record<string, F>)[name];
      return [name, refused(name, (...xs) => f(...xs), ...at)];
    }),
  );

const truths = (names: readonly string[], count: number): Record<string, Sample> =>
  Object.fromEntries(
    names.map((name) => {
      const f = (ad as unknown as Record<string, (...xs: Tensor[]) => Tensor>)[name];
      const at = [any(), other()].slice(0, count);
      return [name, refused(name, (...xs) => f(...xs.map((x) => x.greater(0))), ...at)];
    }),
  );

const top: Record<string, Sample> = {
  ...unary(
    "abs neg square exp expm1 sin cos tan atan sinh cosh tanh asinh erf erfc max min mean prod".split(" "),
    any,
  ),
  ...unary(
    "sum std variance median logsumexp cumsum cumprod sort matrixTranspose tril triu diag".split(" "),
    any,
  ),
  ...unary("transpose squeeze flip stopGradient tensor".split(" "), any),
  ...unary("reciprocal sqrt rsqrt log log1p log2 log10 lgamma digamma".split(" "), positive),
  ...unary("asin acos atanh".split(" "), inside),
  ...unary(["acosh"], above),
  ...binary("add sub mul div maximum minimum atan2 hypot logaddexp remainder copysign".split(" "), any),
  ...binary(["pow"], positive),
  ...withoutDerivative(
    "sign floor ceil round trunc isFinite isInf isNaN argmax argmin argsort".split(" "),
    any(),
  ),
  ...withoutDerivative(
    "floorDivide equal notEqual less lessEqual greater greaterEqual".split(" "),
    any(),
    row(),
  ),
  ...truths("logicalAnd logicalOr logicalXor".split(" "), 2),
  ...truths("logicalNot all any".split(" "), 1),
  countNonzero: constant("a count is piecewise constant", (x) => ad.countNonzero(x, 1), any()),
  searchSorted: refused("searchSorted", (x, y) => ad.searchSorted(x.sort(), y), vector(), row()),
  stopGradient: refused("stopGradient", (x) => ad.stopGradient(x), any()),
  zerosLike: constant(isConstant, (x) => ad.zerosLike(x), any()),
  onesLike: constant(isConstant, (x) => ad.onesLike(x), any()),
  fullLike: constant(isConstant, (x) => ad.fullLike(x, 3), any()),
  nonzero: eager(
    constant("an index is piecewise constant", (x) => ad.nonzero(x), any()),
    dataDependent,
  ),
  allClose: eager(
    constant("a truth value is piecewise constant", (x, y) => ad.tensor(ad.allClose(x, y)), any(), any()),
    "the result is one JavaScript boolean, which cannot stand for many",
  ),
  unique: eager(
    differentiable((x) => ad.unique(x), any()),
    dataDependent,
  ),
  uniqueCounts: eager(
    differentiable((x) => ad.uniqueCounts(x), any()),
    dataDependent,
  ),
  uniqueInverse: eager(
    differentiable((x) => ad.uniqueInverse(x), any()),
    dataDependent,
  ),
  maskedSelect: eager(
    differentiable((x) => ad.maskedSelect(x, x.greater(0)), any()),
    dataDependent,
  ),
  cast: { ...differentiable((x) => ad.cast(x, "float64"), any()), float32: "float64" },
  clip: differentiable((x, y, z) => ad.clip(x, y, z), any(), row().neg().div(4), row().div(4)),
  where: differentiable((x, y) => ad.where(x.greater(0), x, y), any(), row()),
  quantile: differentiable((x) => ad.quantile(x, [0.2, 0.7], 1), any()),
  cov: differentiable((x) => ad.cov(x), tall()),
  corrcoef: differentiable((x) => ad.corrcoef(x), tall()),
  reshape: differentiable((x) => ad.reshape(x, [3, -1]), any()),
  moveAxis: differentiable((x) => ad.moveAxis(x, 0, -1), three()),
  expandDims: differentiable((x) => ad.expandDims(x, 1), any()),
  squeeze: differentiable((x) => ad.squeeze(x, 1), randomTensor([3, 1, 2], 14)),
  broadcastTo: differentiable((x) => ad.broadcastTo(x, [2, 3]), row()),
  roll: differentiable((x) => ad.roll(x, 1, 1), any()),
  tile: differentiable((x) => ad.tile(x, [2, 1]), any()),
  repeat: differentiable((x) => ad.repeat(x, 2, 1), any()),
  concat: differentiable((x, y) => ad.concat([x, y], 1), any(), other()),
  stack: differentiable((x, y) => ad.stack([x, y], -1), any(), other()),
  unstack: differentiable((x) => ad.unstack(x, 1), any()),
  split: differentiable((x) => ad.split(x, [1, 2], 1), any()),
  meshgrid: differentiable((x, y) => ad.meshgrid(x, y), vector(), row()),
  pad: differentiable(
    (x) =>
      ad.pad(x, [
        [1, 0],
        [0, 2],
      ]),
    any(),
  ),
  slice: differentiable((x) => ad.slice(x, 1, [null, null, -2]), any()),
  setSlice: differentiable((x, y) => ad.setSlice(x, [1], y), any(), row()),
  addSlice: differentiable((x, y) => ad.addSlice(x, [1], y), any(), row()),
  take: differentiable((x) => ad.take(x, [2, 0, 2], 1), any()),
  takeAlongAxis: differentiable((x) => ad.takeAlongAxis(x, indices, 0), any()),
  putAlongAxis: differentiable((x, y) => ad.putAlongAxis(x, indices, y, 0), any(), other()),
  scatterAdd: differentiable((x, y) => ad.scatterAdd(x, indices, y, 1), any(), other()),
  complex: differentiable((x, y) => ad.complex(x, y).square().real(), any(), row()),
  real: differentiable((x, y) => ad.real(ad.complex(x, y).exp()), any(), row()),
  imag: differentiable((x, y) => ad.imag(ad.complex(x, y).exp()), any(), row()),
  conj: differentiable((x, y) => ad.conj(ad.complex(x, y)).square().imag(), any(), row()),
  angle: differentiable((x, y) => ad.angle(ad.complex(x, y)), any(), row()),
  diagonal: differentiable((x) => ad.diagonal(x, { offset: 1 }), any()),
  matmul: differentiable((x, y) => ad.matmul(x, y), any(), columns()),
  einsum: differentiable((x, y) => ad.einsum("ij,jk->ki", x, y), any(), columns()),
};

const linearAlgebra: Record<string, Sample> = {
  inv: differentiable((a) => linalg.inv(a), square()),
  solve: differentiable((a, b) => linalg.solve(a, b), square(), columns()),
  solveTriangular: differentiable((a, b) => linalg.solveTriangular(a, b), lower(), columns()),
  cholesky: differentiable((a) => linalg.cholesky(a), symmetric()),
  choleskySolve: differentiable((l, b) => linalg.choleskySolve(l, b), lower(), columns()),
  lu: differentiable((a) => linalg.lu(a), square()),
  qr: differentiable((a) => linalg.qr(a), tall()),
  eigh: differentiable((a) => {
    const { values, vectors } = linalg.eigh(a);
    return [values, vectors.square(), vectors.matmul(values.exp().expandDims(-1).mul(vectors.mT))];
  }, symmetric()),
  eig: differentiable((a) => {
    const { values, vectors } = linalg.eig(a);
    return [values.abs(), values.imag().square(), vectors.abs()];
  }, square()),
  eigvals: differentiable((a) => linalg.eigvals(a).real(), square()),
  eigvalsh: differentiable((a) => linalg.eigvalsh(a), symmetric()),
  svd: differentiable((a) => {
    const { u, s, vh } = linalg.svd(a);
    return [u.square(), s, vh.square(), u.matmul(vh)];
  }, tall()),
  svdvals: differentiable((a) => linalg.svdvals(a), tall()),
  matrixFunction: differentiable((a) => linalg.matrixFunction(a, (w) => w.mul(0.5).exp()), symmetric()),
  invSqrtm: differentiable((a) => linalg.invSqrtm(a), symmetric()),
  powm: differentiable((a) => linalg.powm(a, 0.7), symmetric()),
  spectralProjector: differentiable((a) => linalg.spectralProjector(a, [0, 2]), symmetric()),
  eigSum: differentiable((a) => linalg.eigSum(a, [1, 3]), symmetric()),
  polar: differentiable((a) => linalg.polar(a), tall()),
  kyFanNorm: differentiable((a) => linalg.kyFanNorm(a, 2), tall()),
  schattenNorm: differentiable((a) => linalg.schattenNorm(a, 3), tall()),
  vech: differentiable((a) => linalg.vech(a), square()),
  unvech: differentiable((x) => linalg.unvech(x), randomTensor([6], 16)),
  pinv: differentiable((a) => linalg.pinv(a), tall()),
  lstsq: differentiable((a, b) => linalg.lstsq(a, b), tall(), randomTensor([4, 2], 15)),
  det: differentiable((a) => linalg.det(a), square()),
  slogdet: differentiable((a) => linalg.slogdet(a), square()),
  expm: differentiable((a) => linalg.expm(a), square().div(3)),
  logm: differentiable((a) => linalg.logm(a), square()),
  sqrtm: differentiable((a) => linalg.sqrtm(a), square()),
  sylvester: differentiable(
    (a, b, c) => linalg.sylvester(a, b, c),
    square(),
    symmetric(),
    randomTensor([3, 3], 16),
  ),
  lyapunov: differentiable((a, q) => linalg.lyapunov(a, q), square(), randomTensor([3, 3], 16)),
  matrixPower: differentiable((a) => linalg.matrixPower(a, 3), square().div(2)),
  matrixNorm: differentiable((a) => linalg.matrixNorm(a), square()),
  vectorNorm: differentiable((x) => linalg.vectorNorm(x, { axis: 1 }), any()),
  cond: differentiable((a) => linalg.cond(a), square()),
  matrixRank: constant("a rank is piecewise constant", (a) => linalg.matrixRank(a), tall()),
  trace: differentiable((a) => linalg.trace(a), square()),
  outer: differentiable((x, y) => linalg.outer(x, y), vector(), row()),
  kron: differentiable((x, y) => linalg.kron(x, y), any(), columns()),
  vecdot: differentiable((x, y) => linalg.vecdot(x, y), any(), row()),
  tensordot: differentiable((x, y) => linalg.tensordot(x, y, 1), any(), columns()),
  cross: differentiable((x, y) => linalg.cross(x, y), any(), row()),
  multiDot: differentiable((x, y, z) => linalg.multiDot([x, y, z]), any(), square(), columns()),
};

const network: Record<string, Sample> = {
  softmax: differentiable((x) => nn.softmax(x), any()),
  logSoftmax: differentiable((x) => nn.logSoftmax(x), any()),
  sigmoid: differentiable((x) => nn.sigmoid(x), any()),
  logSigmoid: differentiable((x) => nn.logSigmoid(x), any()),
  softplus: differentiable((x) => nn.softplus(x), any()),
  relu: differentiable((x) => nn.relu(x), any()),
  elu: differentiable((x) => nn.elu(x), any()),
  gelu: differentiable((x) => nn.gelu(x), any()),
  silu: differentiable((x) => nn.silu(x), any()),
  crossEntropy: differentiable((x) => nn.crossEntropy(x, labels), any()),
  oneHot: {
    ...constant(
      "the argument is an integer, which takes no small steps",
      (x) => nn.oneHot(x.greater(0).cast("int32"), 2),
      any(),
    ),
    float32: "float64",
  },
};

/** By the heading of the table and the namespace. */
export const samples: Record<string, Record<string, Sample>> = {
  adjoint: top,
  linalg: linearAlgebra,
  nn: network,
};

export const creations: Record<string, Creation> = {
  zeros: (dtype) => ad.zeros([2, 3], { dtype }),
  ones: (dtype) => ad.ones([2, 3], { dtype }),
  full: (dtype) => ad.full([2, 3], 0.1, { dtype }),
  eye: (dtype) => ad.eye(2, 3, { k: 1, dtype }),
  arange: (dtype) => ad.arange(1, 2, 0.3, { dtype }),
  linspace: (dtype) => ad.linspace(0, 1, 4, { dtype }),
};

/** Exports that are no operations on tensors. */
export const notOperations: ReadonlySet<string> = new Set(
  [
    "ArgumentError DTypeError DisposedError FormatError GradientError LinAlgError ShapeError Tensor Variable",
    "checkpoint compile customJvp customVjp grad gradcheck gradients hessian hvp jacobian jvp linearize valueAndGrad vjp vmap",
    "io linalg nn optim random testing tree",
    "getNumThreads getPrintOptions info memory onWarning setNumThreads setPrintOptions tidy variable",
    "UniqueCountsResult UniqueInverseResult EigResult EighResult LstsqResult PolarResult LuResult QrResult SlogdetResult SvdResult TriangleOfQrResult",
  ].flatMap((names) => names.split(" ")),
);
