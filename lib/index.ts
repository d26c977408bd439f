export type { TensorOptions } from "./convert.js";
export { tidy } from "./core/tidy.js";
export type { Cotangent, Liftable, TensorArgument, TreeLike, TreeOf } from "./core/tree_types.js";
export type { Complex, DType, ElementValue, TypedArray } from "./dtype.js";
export {
  ArgumentError,
  DisposedError,
  DTypeError,
  FormatError,
  GradientError,
  LinAlgError,
  ShapeError,
} from "./errors.js";
export { getNumThreads, type Info, info, type Memory, memory, setNumThreads } from "./info.js";
export * as io from "./io/index.js";
export * as linalg from "./linalg.js";
export { matmul } from "./matmul.js";
export { allClose, type CloseOptions } from "./ops/all_close.js";
export * from "./ops/arithmetic.js";
export { broadcastTo } from "./ops/broadcast.js";
export { cast } from "./ops/cast.js";
export * from "./ops/comparison.js";
export { angle, complex, conj, imag, real } from "./ops/complex.js";
export * from "./ops/creation.js";
export { cumprod, cumsum } from "./ops/cumulative.js";
export {
  maskedSelect,
  nonzero,
  UniqueCountsResult,
  UniqueInverseResult,
  unique,
  uniqueCounts,
  uniqueInverse,
} from "./ops/data_dependent.js";
export { type DiagonalOptions, diag, diagonal } from "./ops/diagonal.js";
export * from "./ops/exponential.js";
export { digamma, lgamma } from "./ops/gamma.js";
export * from "./ops/gather.js";
export { stopGradient } from "./ops/identity.js";
export { type ConcatOptions, concat, type JoinOptions, stack } from "./ops/join.js";
export { einsum } from "./ops/linalg/einsum.js";
export { type MeshgridOptions, meshgrid } from "./ops/meshgrid.js";
export * as nn from "./ops/nn/index.js";
export { type PadOptions, pad } from "./ops/pad.js";
export {
  all,
  any,
  countNonzero,
  logsumexp,
  max,
  mean,
  min,
  prod,
  type ReduceOptions,
  std,
  sum,
  type VarianceOptions,
  variance,
} from "./ops/reduce.js";
export { repeat, tile } from "./ops/repetition.js";
export * from "./ops/reshape.js";
export { roll } from "./ops/roll.js";
export * from "./ops/rounding.js";
export {
  type ArgExtremeOptions,
  argmax,
  argmin,
  type SearchSortedOptions,
  searchSorted,
} from "./ops/search.js";
export * from "./ops/select.js";
export { addSlice, setSlice } from "./ops/setting.js";
export { flip, slice } from "./ops/slice.js";
export { argsort, type SortOptions, sort } from "./ops/sort.js";
export { erf, erfc } from "./ops/special.js";
export { split, unstack } from "./ops/split.js";
export {
  type CovarianceOptions,
  corrcoef,
  cov,
  median,
  type QuantileOptions,
  quantile,
} from "./ops/statistics.js";
export { type TriangleOptions, tril, triu } from "./ops/triangle.js";
export * from "./ops/trigonometric.js";
export * as optim from "./optim/index.js";
export { getPrintOptions, type PrintOptions, setPrintOptions } from "./print.js";
export * as random from "./random/index.js";
export type { SliceIndex, SliceRange } from "./ranges.js";
export { type MoveOptions, type NestedArray, Tensor, type TensorLike, type Transferable } from "./tensor.js";
export * as testing from "./testing.js";
export { type Compiled, type CompileOptions, type CompileStats, compile } from "./transforms/compile.js";
export {
  type CustomJvpRule,
  type CustomVjpRule,
  checkpoint,
  customJvp,
  customVjp,
} from "./transforms/custom.js";
export { type GradOptions, grad, valueAndGrad, vjp } from "./transforms/grad.js";
export { type GradcheckOptions, gradcheck } from "./transforms/gradcheck.js";
export { type GradientsOptions, gradients } from "./transforms/gradients.js";
export { hessian, type JacobianOptions, jacobian } from "./transforms/jacobian.js";
export { jvp } from "./transforms/jvp.js";
export { hvp, linearize } from "./transforms/linearize.js";
export type {
  Argnums,
  ArgumentsOf,
  GradientOf,
  GradientsOf,
  HessianOf,
  JacobianOf,
  OfTensorFirst,
  OfTensors,
  OfTrees,
  ParametersOf,
  ResultOf,
  Scalar,
} from "./transforms/signatures.js";
export * as tree from "./transforms/tree.js";
export { type MappedAxes, type VmapOptions, vmap } from "./transforms/vmap.js";
export { Variable, type VariableOptions, variable } from "./variable.js";
export {
  type AdjointWarning,
  type GaugeWarning,
  type IllConditionedWarning,
  onWarning,
  type WarningHandler,
} from "./warnings.js";
