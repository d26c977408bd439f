import { lift, liftPair } from "../convert.js";
import { binary, select } from "../core/elementwise.js";
import { methods } from "../core/registry.js";
import { bool } from "../dtype.js";
import { DTypeError, underName } from "../errors.js";
import { showOperand } from "../shape.js";
import { type Method, ownHandle, type Tensor, type TensorLike } from "../tensor.js";

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

/** y where it is not beyond a bound; what is chosen is the bound where that is NaN. */
function limited(y: Tensor, bound: TensorLike | null, beyond: (y: Tensor, bound: Tensor) => Tensor): Tensor {
  if (bound === null || bound === undefined) return y;
  const [x, limit] = liftPair("clip", y, bound);
  const outside = beyond(x, limit);
  const isNumber = typeof bound === "number" && !Number.isNaN(bound);
  return (isNumber ? outside : outside.logicalOr(limit.isNaN())).where(limit, x);
}

/**
 * x limited to [low, high]; a bound that is null does not limit, where it is NaN so is the result. The derivative is 1
 * inside and at the bounds.
 * @example clip([-1, 0.5, 2], 0, 1) // [0, 0.5, 1]
 */
export function clip(input: TensorLike, low: TensorLike | null, high: TensorLike | null): Tensor {
  const x = lift("clip", input);
  return underName("clip", () => {
    const y = limited(x, low, (a, b) => a.less(b));
    const z = limited(y, high, (a, b) => a.greater(b));
    return z === x ? ownHandle(x) : z;
  });
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
