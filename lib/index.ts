export { ArgumentError, DTypeError, DisposedError, GradientError, LinAlgError, ShapeError } from "./errors.js";
export type { DType, TypedArray } from "./dtype.js";
export { Tensor, type NestedArray, type TensorLike } from "./tensor.js";
export { Variable, variable, type VariableOptions } from "./variable.js";
export { getPrintOptions, setPrintOptions } from "./print.js";
export { onWarning, type AdjointWarning, type WarningHandler } from "./warnings.js";

export * from "./ops/creation.js";
export * from "./ops/arithmetic.js";
export * from "./ops/exponential.js";
export * from "./ops/trigonometric.js";
export * from "./ops/rounding.js";
export { erf, erfc } from "./ops/special.js";
export * from "./ops/comparison.js";
export * from "./ops/select.js";
export { cast } from "./ops/cast.js";
export { stopGradient } from "./ops/identity.js";
export {
  all,
  any,
  countNonzero,
  logsumexp,
  max,
  mean,
  min,
  std,
  sum,
  variance,
  type ReduceOptions,
  type VarianceOptions,
} from "./ops/reduce.js";
export { broadcastTo } from "./ops/broadcast.js";
export * from "./ops/reshape.js";
export { flip, slice, type SliceIndex, type SliceRange } from "./ops/slice.js";
export { concat, stack, type JoinOptions } from "./ops/join.js";
export { tril, triu, type TriangleOptions } from "./ops/triangle.js";
export { diag, diagonal, type DiagonalOptions } from "./ops/diagonal.js";
export { matmul } from "./ops/linalg/matmul.js";
export { einsum } from "./ops/linalg/einsum.js";
export * as linalg from "./ops/linalg/index.js";
export * as nn from "./ops/nn/index.js";

export { grad, valueAndGrad, vjp, type GradOptions } from "./transforms/grad.js";
export { hessian, jacobian, type JacobianOptions } from "./transforms/jacobian.js";
export { gradients, type GradientsOptions } from "./transforms/gradients.js";

export * as optim from "./optim/index.js";
export * as random from "./random/index.js";
