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
    let most = 0;
    const leading = new Array<number>(inputs.length);
    for (let i = 0; i < inputs.length; i++) {
      leading[i] = inputs[i].ndim - (cores[i] ?? 0) - (batched[i] ? 1 : 0);
      if (leading[i] > most) most = leading[i];
    }
    const aligned = new Array<Tensor>(inputs.length);
    for (let i = 0; i < inputs.length; i++) {
      const x = inputs[i];
      aligned[i] = batched[i] ? padded(x, x.ndim + most - leading[i]) : x;
    }
    return apply(aligned, params);
  };
}

/** For operations of one input whose parameters speak of axes or shapes: the parameters move by one axis. */
export function shiftedParams<P>(shift: (params: P, size: number) => P): BatchRule<P> {
  return (apply, inputs, params, _batched, size) => apply(inputs, shift(params, size));
}
