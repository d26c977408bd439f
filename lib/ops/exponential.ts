import { binary, unary } from "../core/elementwise.js";
import { methods } from "../core/registry.js";
import type { Method } from "../tensor.js";

/** eˣ. @example exp([0, 1]) // [1, 2.718281828459045] */
export const exp = unary("exp", ["y", (t, _x, y) => t.mul(y)]);

/** eˣ − 1 without cancellation near 0. @example expm1(1e-20) // 1e-20 */
export const expm1 = unary("expm1", ["y", (t, _x, y) => t.mul(y.add(1))]);

/** The natural logarithm. @example log([1, Math.E]) // [0, 1] */
export const log = unary("log", ["x", (t, x) => t.div(x)]);

/** log(1 + x) without cancellation near 0. @example log1p(1e-20) // 1e-20 */
export const log1p = unary("log1p", ["x", (t, x) => t.div(x.add(1))]);

/** The logarithm to base 2. @example log2([1, 8]) // [0, 3] */
export const log2 = unary("log2", ["x", (t, x) => t.div(x.mul(Math.LN2))]);

/** The logarithm to base 10. @example log10([1, 1000]) // [0, 3] */
export const log10 = unary("log10", ["x", (t, x) => t.div(x.mul(Math.LN10))]);

/** The square root. @example sqrt([4, 9]) // [2, 3] */
export const sqrt = unary("sqrt", ["y", (t, _x, y) => t.div(y.mul(2))]);

/** 1/√x. @example rsqrt([4, 16]) // [0.5, 0.25] */
export const rsqrt = unary("rsqrt", ["xy", (t, x, y) => t.mul(y.div(x).mul(-0.5))]);

/**
 * log(eˣ + eʸ) without overflow.
 * @example logaddexp(1000, 1000) // 1000.6931471805599
 */
export const logaddexp = binary("logaddexp", [
  ["xy", (t, x, y) => t.mul(x.sub(y).sigmoid())],
  ["xy", (t, x, y) => t.mul(y.sub(x).sigmoid())],
]);

/** √(x² + y²) without overflow; its derivative at (0, 0) is 0. @example hypot(3, 4) // 5 */
export const hypot = binary("hypot", [
  ["xz", (t, x, _y, z) => t.mul(x.div(z.equal(0).where(1, z)))],
  ["yz", (t, _x, y, z) => t.mul(y.div(z.equal(0).where(1, z)))],
]);

const operations = { exp, expm1, log, log1p, log2, log10, sqrt, rsqrt, logaddexp, hypot };
methods(operations);

declare module "../tensor.js" {
  interface Tensor {
    exp: Method<typeof exp>;
    expm1: Method<typeof expm1>;
    log: Method<typeof log>;
    log1p: Method<typeof log1p>;
    log2: Method<typeof log2>;
    log10: Method<typeof log10>;
    sqrt: Method<typeof sqrt>;
    rsqrt: Method<typeof rsqrt>;
    logaddexp: Method<typeof logaddexp>;
    hypot: Method<typeof hypot>;
  }
}
