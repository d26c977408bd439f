import { binary, unary } from "../core/elementwise.js";
import { methods } from "../core/registry.js";
import type { Method, Tensor, TensorLike } from "../tensor.js";

/** The sine, of radians. @example sin(0) // 0 */
export const sin = unary("sin", ["x", (t, x) => t.mul(x.cos())]);

/** The cosine, of radians. @example cos(0) // 1 */
export const cos = unary("cos", ["x", (t, x) => t.mul(x.sin().neg())]);

/** The tangent, of radians. @example tan(0) // 0 */
export const tan = unary("tan", ["y", (t, _x, y) => t.mul(y.square().add(1))]);

/** The angle in [−π/2, π/2] with sine x. @example asin(1) // 1.5707963267948966 */
export const asin = unary("asin", ["x", (t, x) => t.mul(x.neg().add(1).mul(x.add(1)).rsqrt())]);

/** The angle in [0, π] with cosine x. @example acos(1) // 0 */
export const acos = unary("acos", ["x", (t, x) => t.mul(x.neg().add(1).mul(x.add(1)).rsqrt()).neg()]);

/** The angle in [−π/2, π/2] with tangent x. @example atan(1) // 0.7853981633974483 */
export const atan = unary("atan", ["x", (t, x) => t.div(x.square().add(1))]);

/** The hyperbolic sine. @example sinh(0) // 0 */
export const sinh = unary("sinh", ["x", (t, x) => t.mul(x.cosh())]);

/** The hyperbolic cosine. @example cosh(0) // 1 */
export const cosh = unary("cosh", ["x", (t, x) => t.mul(x.sinh())]);

/** t (1 − y²): a derivative t taken through y = tanh x, in one pass over memory. */
const throughTanh: (t: TensorLike, y: TensorLike) => Tensor = binary("throughTanh", [
  ["y", (s, _t, y) => throughTanh(s, y)],
  ["xy", (s, t, y) => s.mul(t).mul(y).mul(-2)],
]);

/** The hyperbolic tangent. @example tanh(0) // 0 */
export const tanh = unary("tanh", ["y", (t, _x, y) => throughTanh(t, y)]);

/** The inverse hyperbolic sine. @example asinh(0) // 0 */
export const asinh = unary("asinh", ["x", (t, x) => t.div(x.hypot(1))]);

/** The inverse hyperbolic cosine. @example acosh(1) // 0 */
export const acosh = unary("acosh", ["x", (t, x) => t.mul(x.sub(1).rsqrt().mul(x.add(1).rsqrt()))]);

/** The inverse hyperbolic tangent. @example atanh(0) // 0 */
export const atanh = unary("atanh", ["x", (t, x) => t.div(x.neg().add(1).mul(x.add(1)))]);

/** z/r² for one coordinate z of a point at distance r; 0 at the origin, which has no direction. */
function overSquare(z: Tensor, y: Tensor, x: Tensor): Tensor {
  const r = x.hypot(y);
  const distance = r.equal(0).where(Number.POSITIVE_INFINITY, r);
  return z.div(distance).div(distance);
}

/**
 * The angle of the point (y, x), in (−π, π]: the first argument is the ordinate. Its derivatives at (0, 0) are 0.
 * @example atan2(1, 1) // 0.7853981633974483
 */
export const atan2 = binary("atan2", [
  ["xy", (t, y, x) => t.mul(overSquare(x, y, x))],
  ["xy", (t, y, x) => t.mul(overSquare(y, y, x)).neg()],
]);

const operations = { sin, cos, tan, asin, acos, atan, sinh, cosh, tanh, asinh, acosh, atanh, atan2 };
methods(operations);

declare module "../tensor.js" {
  interface Tensor {
    sin: Method<typeof sin>;
    cos: Method<typeof cos>;
    tan: Method<typeof tan>;
    asin: Method<typeof asin>;
    acos: Method<typeof acos>;
    atan: Method<typeof atan>;
    sinh: Method<typeof sinh>;
    cosh: Method<typeof cosh>;
    tanh: Method<typeof tanh>;
    asinh: Method<typeof asinh>;
    acosh: Method<typeof acosh>;
    atanh: Method<typeof atanh>;
    atan2: Method<typeof atan2>;
  }
}
