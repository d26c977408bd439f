import { unary } from "../core/elementwise.js";
import { methods } from "../core/registry.js";
import type { Method } from "../tensor.js";

const TWO_OVER_SQRT_PI = 2 / Math.sqrt(Math.PI);

/** The error function. @example erf(0) // 0 */
export const erf = unary("erf", ["x", (t, x) => t.mul(x.square().neg().exp().mul(TWO_OVER_SQRT_PI))]);

/** 1 − erf(x) without cancellation. @example erfc(0) // 1 */
export const erfc = unary("erfc", ["x", (t, x) => t.mul(x.square().neg().exp().mul(-TWO_OVER_SQRT_PI))]);

/** 1/(1 + e⁻ˣ), stable in both tails. @example nn.sigmoid(0) // 0.5 */
export const sigmoid = unary("sigmoid", ["xy", (t, x, y) => t.mul(y.mul(x.neg().sigmoid()))]);

methods({ erf, erfc, sigmoid });

declare module "../tensor.js" {
  interface Tensor {
    erf: Method<typeof erf>;
    erfc: Method<typeof erfc>;
    sigmoid: Method<typeof sigmoid>;
  }
}
