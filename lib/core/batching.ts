import type { Tensor } from "../tensor.js";
import type { BatchRule } from "./primitive.js";

/** The same tensor with axes of extent 1 behind its first axis, so that it has `rank` axes. */
export function padded(x: Tensor, rank: number): Tensor {
  if (x.ndim >= rank) return x;
  const [size, ...rest] = x.shape;
  return x.reshape([size, ...new Array<number>(rank - x.ndim).fill(1), ...rest]);
}

/**
 * For operations that work on the last axes of each input (`cores`, how many of each) and broadcast those before:
 * the mapped axis becomes the first of them. Elementwise operations have no core axes.
 */
export function leadingAxes<P>(...cores: readonly number[]): BatchRule<P> {
  return (apply, inputs, params, batched) => {
    const leading = inputs.map((x, i) => x.ndim - (cores[i] ?? 0) - (batched[i] ? 1 : 0));
    const most = Math.max(...leading);
    return apply(
      inputs.map((x, i) => (batched[i] ? padded(x, x.ndim + most - leading[i]) : x)),
      params,
    );
  };
}

/** For operations of one input whose parameters speak of axes or shapes: the parameters move by one axis. */
export function shiftedParams<P>(shift: (params: P, size: number) => P): BatchRule<P> {
  return (apply, inputs, params, _batched, size) => apply(inputs, shift(params, size));
}
