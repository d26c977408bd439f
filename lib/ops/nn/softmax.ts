import { lift } from "../../convert.js";
import { methods } from "../../core/registry.js";
import { normalizeAxis } from "../../shape.js";
import type { Method, Tensor, TensorLike } from "../../tensor.js";

/** The operand as floats, and the axis that it is normalised along. */
function along(operation: string, input: TensorLike, axis: number | undefined): [Tensor, number] {
  const operand = lift(operation, input);
  const x = operand.element.floating ? operand : operand.cast("float64");
  return [x, normalizeAxis(operation, axis ?? -1, x.ndim)];
}

/** x minus its maximum along an axis, a constant to derivatives: it cancels. */
const shifted = (x: Tensor, axis: number): Tensor => x.sub(x.max(axis, { keepDims: true }).stopGradient());

/**
 * eˣ / Σ eˣ along an axis (the last by default), without overflow.
 * @example nn.softmax([0, 0]) // [0.5, 0.5]
 */
export function softmax(input: TensorLike, axis?: number): Tensor {
  const [x, place] = along("softmax", input, axis);
  if (x.size === 0) return x.exp();
  const e = shifted(x, place).exp();
  return e.div(e.sum(place, { keepDims: true }));
}

/**
 * x − log Σ eˣ along an axis (the last by default), without overflow.
 * @example nn.logSoftmax([0, 0]) // [-0.6931471805599453, -0.6931471805599453]
 */
export function logSoftmax(input: TensorLike, axis?: number): Tensor {
  const [x, place] = along("logSoftmax", input, axis);
  if (x.size === 0) return x.exp();
  const y = shifted(x, place);
  return y.sub(y.exp().sum(place, { keepDims: true }).log());
}

methods({ softmax, logSoftmax });

declare module "../../tensor.js" {
  interface Tensor {
    softmax: Method<typeof softmax>;
    logSoftmax: Method<typeof logSoftmax>;
  }
}
