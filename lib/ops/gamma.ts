import { leadingAxes } from "../core/batching.js";
import { bindOne } from "../core/bind.js";
import { define } from "../core/define.js";
import { unary } from "../core/elementwise.js";
import type { Primitive } from "../core/primitive.js";
import { methods } from "../core/registry.js";
import { executeBroadcast, kernel, kernelFor } from "../instruction.js";
import { empty, type Method } from "../tensor.js";

const polygammaKernel = kernel("polygamma");

/** The derivative of digamma of an order n ≥ 1; its own derivative is that of the next order. */
const polygamma: Primitive<number> = define<"x", "y", number>({
  name: "polygamma",
  inputs: ["x"],
  outputs: ["y"],
  shape: ([x]) => [x],
  run([x], [{ shape, element }], order) {
    const y = empty("polygamma", shape, element);
    if (y.size > 0)
      executeBroadcast("polygamma", kernelFor("polygamma", polygammaKernel, element), shape, [x, y], [order]);
    return [y];
  },
  derivative: {
    saves: { x: ["x"] },
    vjp: ([g], [x], _wanted, order) => [g!.mul(bindOne(polygamma, [x], order + 1))],
    jvp: ([t], [x], order) => [t?.mul(bindOne(polygamma, [x], order + 1))],
  },
  batch: leadingAxes(),
});

/**
 * log |Γ(x)|, for integers as float64; infinite at 0 and the negative whole numbers. Its derivative is digamma.
 * @see DLMF 5.2.2
 * @example lgamma([1, 5]) // [0, 3.1780538303479458]
 */
export const lgamma = unary("lgamma", ["x", (t, x) => t.mul(x.digamma())]);

/**
 * Γ′(x)/Γ(x), for integers as float64; NaN at the negative whole numbers. Its derivatives are the polygamma functions.
 * @see DLMF 5.2.2 and 5.15
 * @example digamma([1, 2]) // [-0.5772156649015323, 0.42278433509846747]
 */
export const digamma = unary("digamma", ["x", (t, x) => t.mul(bindOne(polygamma, [x], 1))]);

methods({ lgamma, digamma });

declare module "../tensor.js" {
  interface Tensor {
    lgamma: Method<typeof lgamma>;
    digamma: Method<typeof digamma>;
  }
}
