import { lift } from "../convert.js";
import { unary } from "../core/elementwise.js";
import { notDifferentiable } from "../core/primitive.js";
import { methods } from "../core/registry.js";
import type { Method, Tensor, TensorLike } from "../tensor.js";

const steps = notDifferentiable("rounding is piecewise constant");

/** Integers are what they round to. */
function rounding(name: string): (x: TensorLike) => Tensor {
  const roundFloats = unary(name, steps);
  return (x) => {
    const operand = lift(name, x);
    return operand.element.floating ? roundFloats(operand) : operand.cast("int32");
  };
}

/** The largest integer not above x. @example floor([-1.5, 1.5]) // [-2, 1] */
export const floor = rounding("floor");

/** The smallest integer not below x. @example ceil([-1.5, 1.5]) // [-1, 2] */
export const ceil = rounding("ceil");

/** The nearest integer, halves to the even one. @example round([0.5, 1.5, 2.5]) // [0, 2, 2] */
export const round = rounding("round");

/** The integer part. @example trunc([-1.5, 1.5]) // [-1, 1] */
export const trunc = rounding("trunc");

methods({ floor, ceil, round, trunc });

declare module "../tensor.js" {
  interface Tensor {
    floor: Method<typeof floor>;
    ceil: Method<typeof ceil>;
    round: Method<typeof round>;
    trunc: Method<typeof trunc>;
  }
}
