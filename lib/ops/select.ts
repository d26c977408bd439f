import { lift, liftPair } from "../convert.js";
import { binary, select } from "../core/elementwise.js";
import { methods } from "../core/registry.js";
import { bool } from "../dtype.js";
import { DTypeError } from "../errors.js";
import { showOperand } from "../shape.js";
import type { Method, Tensor, TensorLike } from "../tensor.js";

const selectByCondition = select("where", [
  ["", (t) => t],
  ["x", (t, condition) => condition.where(t, 0)],
  ["x", (t, condition) => condition.where(0, t)],
]);

/**
 * x where the condition holds, else y; all three broadcast. Derivatives flow to the chosen elements only;
 * those of what computes the other ones must still be finite there (0 times ∞ is NaN), which another `where` for its
 * argument ensures: `where(x > 0, sqrt(where(x > 0, x, 1)), 0)`.
 * @example where([true, false], [1, 2], 0) // [1, 0]
 */
export function where(condition: TensorLike, x: TensorLike, y: TensorLike): Tensor {
  const c = lift("where", condition);
  if (c.element !== bool) throw new DTypeError("where", `expected a bool condition, got ${showOperand(c)}`);
  const [a, b] = liftPair("where", x, y);
  return selectByCondition(c, a, b);
}

/** Ties share the derivative in halves. */
const chosen = (t: Tensor, mine: Tensor, other: Tensor, z: Tensor): Tensor =>
  mine.equal(z).where(mine.equal(other).where(t.mul(0.5), t), 0);

/**
 * The larger of corresponding elements; NaN wins. Where both are equal each gets half of the derivative.
 * @example maximum([1, 5], 3) // [3, 5]
 */
export const maximum = binary("maximum", [
  ["xyz", (t, x, y, z) => chosen(t, x, y, z)],
  ["xyz", (t, x, y, z) => chosen(t, y, x, z)],
]);

/**
 * The smaller of corresponding elements; NaN wins. Where both are equal each gets half of the derivative.
 * @example minimum([1, 5], 3) // [1, 3]
 */
export const minimum = binary("minimum", [
  ["xyz", (t, x, y, z) => chosen(t, x, y, z)],
  ["xyz", (t, x, y, z) => chosen(t, y, x, z)],
]);

/**
 * x limited to [low, high]; a bound that is null does not limit. The derivative is 1 inside and at the bounds.
 * @example clip([-1, 0.5, 2], 0, 1) // [0, 0.5, 1]
 */
export function clip(x: TensorLike, low: TensorLike | null, high: TensorLike | null): Tensor {
  let y = lift("clip", x);
  if ((low ?? null) === null && (high ?? null) === null) return y.cast(y.dtype);
  if (low !== null && low !== undefined) y = y.less(low).where(low, y);
  if (high !== null && high !== undefined) y = y.greater(high).where(high, y);
  return y;
}

methods({ where, maximum, minimum, clip });

declare module "../tensor.js" {
  interface Tensor {
    where: Method<typeof where>;
    maximum: Method<typeof maximum>;
    minimum: Method<typeof minimum>;
    clip: Method<typeof clip>;
  }
}
