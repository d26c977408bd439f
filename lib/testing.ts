import { lift } from "./convert.js";
import type { Complex } from "./dtype.js";
import { assert } from "./on_demand.js";
import { checkNotNegative, checkOptions } from "./options.js";
import { sameShape, showOperand, showShape, unravelIndex } from "./shape.js";
import type { Tensor, TensorLike } from "./tensor.js";

export { assertNoLeak, type NoLeakOptions } from "./leaks.js";

export interface AssertCloseOptions {
  /** Relative to the expected element. 1e-7 by default. */
  rtol?: number;
  /** 0 by default. */
  atol?: number;
}

function values(x: Tensor): Complex[] {
  const numbers = x.toTypedArray();
  const { complex } = x.element;
  return Array.from({ length: x.size }, (_, i) =>
    complex ? { re: numbers[2 * i], im: numbers[2 * i + 1] } : { re: numbers[i], im: 0 },
  );
}

const same = (x: number, y: number): boolean => x === y || (Number.isNaN(x) && Number.isNaN(y));
const show = ({ re, im }: Complex): string =>
  im === 0 ? String(re) : `${re} ${im < 0 ? "-" : "+"} ${Math.abs(im)}j`;

/**
 * Throws unless two tensors have one shape and |actual − expected| ≤ atol + rtol |expected| for all elements. NaN
 * agrees with NaN, an infinity with itself; dtypes may differ.
 * @throws AssertionError of `node:assert`, with the worst element and how many differ
 * @example testing.assertAllClose(exp(log([1, 2])), [1, 2])
 */
export function assertAllClose(actual: TensorLike, expected: TensorLike, options?: AssertCloseOptions): void {
  checkOptions("assertAllClose", options, ["rtol", "atol"]);
  const { rtol = 1e-7, atol = 0 } = options ?? {};
  checkNotNegative("assertAllClose", "rtol", rtol);
  checkNotNegative("assertAllClose", "atol", atol);
  const a = lift("assertAllClose", actual).concrete("assertAllClose");
  const b = lift("assertAllClose", expected).concrete("assertAllClose");
  const fail = (message: string): never => {
    const values = { actual: a.toArray(), expected: b.toArray() };
    throw new (assert().AssertionError)({
      message,
      ...values,
      operator: "assertAllClose",
      stackStartFn: assertAllClose,
    });
  };
  if (!sameShape(a.shape, b.shape)) fail(`expected ${showOperand(b)}, got ${showOperand(a)}`);
  const xs = values(a);
  const ys = values(b);
  let worst = -1;
  let worstExcess = Number.NEGATIVE_INFINITY;
  let wrong = 0;
  for (let i = 0; i < xs.length; i++) {
    const [x, y] = [xs[i], ys[i]];
    if (same(x.re, y.re) && same(x.im, y.im)) continue;
    const size = Math.hypot(y.re, y.im);
    const error = Math.hypot(x.re - y.re, x.im - y.im);
    const allowed = atol + rtol * size;
    if (error <= allowed && Number.isFinite(size)) continue;
    wrong++;
    const excess = Number.isFinite(error) ? error - allowed : Number.POSITIVE_INFINITY;
    if (excess > worstExcess) [worst, worstExcess] = [i, excess];
  }
  if (wrong > 0)
    fail(
      `${wrong} of ${xs.length} elements differ by more than rtol ${rtol}, atol ${atol}; at ${showShape(unravelIndex(worst, a.shape))} expected ${show(ys[worst])}, got ${show(xs[worst])}`,
    );
}
