import { AssertionError } from "node:assert";
import { checkOptions, lift } from "./convert.js";
import { checkNotNegative } from "./options.js";
import { sameShape, showOperand, showShape, unravelIndex } from "./shape.js";
import type { TensorLike } from "./tensor.js";

export interface AssertCloseOptions {
  /** Relative to the expected element. 1e-7 by default. */
  rtol?: number;
  /** 0 by default. */
  atol?: number;
}

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
    throw new AssertionError({
      message,
      ...values,
      operator: "assertAllClose",
      stackStartFn: assertAllClose,
    });
  };
  if (!sameShape(a.shape, b.shape)) fail(`expected ${showOperand(b)}, got ${showOperand(a)}`);
  const xs = a.toTypedArray();
  const ys = b.toTypedArray();
  let worst = -1;
  let worstExcess = Number.NEGATIVE_INFINITY;
  let wrong = 0;
  for (let i = 0; i < xs.length; i++) {
    const [x, y] = [xs[i], ys[i]];
    if (x === y || (Number.isNaN(x) && Number.isNaN(y))) continue;
    const error = Math.abs(x - y);
    const allowed = atol + rtol * Math.abs(y);
    if (error <= allowed && Number.isFinite(y)) continue;
    wrong++;
    const excess = Number.isFinite(error) ? error - allowed : Number.POSITIVE_INFINITY;
    if (excess > worstExcess) [worst, worstExcess] = [i, excess];
  }
  if (wrong > 0)
    fail(
      `${wrong} of ${xs.length} elements differ by more than rtol ${rtol}, atol ${atol}; at ${showShape(unravelIndex(worst, a.shape))} expected ${ys[worst]}, got ${xs[worst]}`,
    );
}
