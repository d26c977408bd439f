import { binary, unary } from "../core/elementwise.js";
import { methods } from "../core/registry.js";
import type { Method, Tensor } from "../tensor.js";

/** eˣ. @example exp([0, 1]) // [1, 2.718281828459045] */
export const exp = unary("exp", ["y", (t, _x, y) => t.mul(y)]);

/** eˣ − 1 without cancellation near 0. @example expm1(1e-20) // 1e-20 */
export const expm1 = unary("expm1", ["x", (t, x) => t.mul(x.exp())]);

/** The natural logarithm. @example log([1, Math.E]) // [0, 1] */
export const log = unary("log", ["x", (t, x) => t.div(x)]);

/** log(1 + x) without cancellation near 0. @example log1p(1e-20) // 1e-20 */
export const log1p = unary("log1p", ["x", (t, x) => t.div(x.add(1))]);

/** The logarithm to base 2. @example log2([1, 8]) // [0, 3] */
export const log2 = unary("log2", ["x", (t, x) => t.div(x.mul(Math.LN2))]);

/** The logarithm to base 10. @example log10([1, 1000]) // [0, 3] */
export const log10 = unary("log10", ["x", (t, x) => t.div(x.mul(Math.LN10))]);

/** The square root; its derivative at 0 is infinite. @example sqrt([4, 9]) // [2, 3] */
export const sqrt = unary("sqrt", ["y", (t, _x, y) => t.div(y.mul(2))]);

/** 1/√x. @example rsqrt([4, 16]) // [0.5, 0.25] */
export const rsqrt = unary("rsqrt", ["xy", (t, x, y) => t.mul(y.div(x).mul(-0.5))]);

/** eˣ/(eˣ + eʸ); 0 where both are the same infinity. */
function share(x: Tensor, y: Tensor): Tensor {
  const difference = x.sub(y);
  return difference.isNaN().where(Number.NEGATIVE_INFINITY, difference).sigmoid();
}

/**
 * log(eˣ + eʸ) without overflow. Its derivatives are 0 where both are the same infinity.
 * @example logaddexp(1000, 1000) // 1000.6931471805599
 */
export const logaddexp = binary("logaddexp", [
  ["xy", (t, x, y) => t.mul(share(x, y))],
  ["xy", (t, x, y) => t.mul(share(y, x))],
]);

/** x/z, 0 at the origin, and so all its derivatives. */
const cosine = (x: Tensor, z: Tensor): Tensor => x.div(z.equal(0).where(Number.POSITIVE_INFINITY, z));

/** √(x² + y²) without overflow; its derivatives at (0, 0) are 0. @example hypot(3, 4) // 5 */
export const hypot = binary("hypot", [
  ["xz", (t, x, _y, z) => t.mul(cosine(x, z))],
  ["yz", (t, _x, y, z) => t.mul(cosine(y, z))],
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
