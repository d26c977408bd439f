import { unary } from "../core/elementwise.js";
import { notDifferentiable } from "../core/primitive.js";
import { methods } from "../core/registry.js";
import type { Method } from "../tensor.js";

const steps = notDifferentiable("rounding is piecewise constant");

/** The largest integer not above x. @example floor([-1.5, 1.5]) // [-2, 1] */
export const floor = unary("floor", steps);

/** The smallest integer not below x. @example ceil([-1.5, 1.5]) // [-1, 2] */
export const ceil = unary("ceil", steps);

/** The nearest integer, halves to the even one. @example round([0.5, 1.5, 2.5]) // [0, 2, 2] */
export const round = unary("round", steps);

/** The integer part. @example trunc([-1.5, 1.5]) // [-1, 1] */
export const trunc = unary("trunc", steps);

methods({ floor, ceil, round, trunc });

declare module "../tensor.js" {
  interface Tensor {
    floor: Method<typeof floor>;
    ceil: Method<typeof ceil>;
    round: Method<typeof round>;
    trunc: Method<typeof trunc>;
  }
}
