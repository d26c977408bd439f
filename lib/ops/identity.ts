import { lift } from "../convert.js";
import { leadingAxes } from "../core/batching.js";
import { bindOne } from "../core/bind.js";
import { define } from "../core/define.js";
import { notDifferentiable } from "../core/primitive.js";
import { methods } from "../core/registry.js";
import { type Method, type Tensor, type TensorLike, withNode } from "../tensor.js";

const stopGradientPrimitive = define({
  name: "stopGradient",
  inputs: ["x"],
  outputs: ["y"],
  shape: ([x], _params: null) => [x],
  run: ([x]) => [withNode(x, null)],
  derivative: notDifferentiable("stopGradient is a constant by definition"),
  batch: leadingAxes(),
});

/**
 * The same value as a constant: no derivative passes, in any mode.
 * @example grad((x) => x.mul(stopGradient(x)))(3) // 3
 */
export const stopGradient = (x: TensorLike): Tensor =>
  bindOne(stopGradientPrimitive, [lift("stopGradient", x)], null);

methods({ stopGradient });

declare module "../tensor.js" {
  interface Tensor {
    stopGradient: Method<typeof stopGradient>;
  }
}
