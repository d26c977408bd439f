import { liftPair } from "../convert.js";
import { methods } from "../core/registry.js";
import type { TypedArray } from "../dtype.js";
import { checkNotNegative, checkOptions } from "../options.js";
import { broadcastShapes } from "../shape.js";
import type { Method, TensorLike } from "../tensor.js";

export interface CloseOptions {
  /** Relative to b. 1e-5 by default. */
  rtol?: number;
  /** 1e-8 by default. */
  atol?: number;
}

/** The same for complex numbers, by their magnitudes; parts in turn. */
function complexClose([xs, ys]: readonly TypedArray[], rtol: number, atol: number): boolean {
  for (let i = 0; i < xs.length; i += 2) {
    if (xs[i] === ys[i] && xs[i + 1] === ys[i + 1]) continue;
    const size = Math.hypot(ys[i], ys[i + 1]);
    const error = Math.hypot(xs[i] - ys[i], xs[i + 1] - ys[i + 1]);
    if (!(error <= atol + rtol * size) || !Number.isFinite(size)) return false;
  }
  return true;
}

/**
 * Whether |a − b| ≤ atol + rtol |b| for all elements, which broadcast: a JavaScript boolean. Equal infinities are
 * close, NaN is close to nothing.
 * @throws ShapeError, ArgumentError under vmap
 * @example allClose([1, 2], [1, 2 + 1e-9]) // true
 */
export function allClose(a: TensorLike, b: TensorLike, options?: CloseOptions): boolean {
  checkOptions("allClose", options, ["rtol", "atol"]);
  const { rtol = 1e-5, atol = 1e-8 } = options ?? {};
  checkNotNegative("allClose", "rtol", rtol);
  checkNotNegative("allClose", "atol", atol);
  const [x, y] = liftPair("allClose", a, b);
  const shape = broadcastShapes("allClose", x.shape, y.shape);
  const values = [x, y].map((t) => t.concrete("allClose").broadcastTo(shape).toTypedArray());
  if (x.element.complex) return complexClose(values, rtol, atol);
  const [xs, ys] = values;
  for (let i = 0; i < xs.length; i++) {
    if (xs[i] === ys[i]) continue;
    if (!(Math.abs(xs[i] - ys[i]) <= atol + rtol * Math.abs(ys[i])) || !Number.isFinite(ys[i])) return false;
  }
  return true;
}

methods({ allClose });

declare module "../tensor.js" {
  interface Tensor {
    allClose: Method<typeof allClose>;
  }
}
