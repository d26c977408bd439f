import { extentsOf, shapeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import type { BatchRule } from "./primitive.js";

/** The same tensor with axes of extent 1 behind its first axis, so that it has `rank` axes. */
export function padded(x: Tensor, rank: number): Tensor {
  const extents = extentsOf(x.shape);
  const missing = rank - extents.length;
  if (missing <= 0) return x;
  const shape = new Array<number>(rank);
  for (let axis = 0; axis < rank; axis++)
    shape[axis] = axis === 0 ? extents[0] : axis <= missing ? 1 : extents[axis - missing];
  return x.reshape(shapeOf(shape));
}

/**
 * For operations that work on the last axes of each input (`cores`, how many of each) and broadcast those before:
 * the mapped axis becomes the first of them. Elementwise operations have no core axes.
 */
export function leadingAxes<P>(...cores: readonly number[]): BatchRule<P> {
  const leading = (x: Tensor, i: number, batched: boolean): number =>
    x.shape.length - (i < cores.length ? cores[i] : 0) - (batched ? 1 : 0);
  return (apply, inputs, params, batched) => {
    let most = 0;
    for (let i = 0; i < inputs.length; i++) most = Math.max(most, leading(inputs[i], i, batched[i]));
    let aligned = inputs;
    for (let i = 0; i < inputs.length; i++) {
      const missing = batched[i] ? most - leading(inputs[i], i, true) : 0;
      if (missing === 0) continue;
      // Mostly all of them have as many.
      if (aligned === inputs) aligned = [...inputs];
      (aligned as Tensor[])[i] = padded(inputs[i], inputs[i].ndim + missing);
    }
    return apply(aligned, params);
  };
}

/** For operations of one input whose parameters speak of axes or shapes: the parameters move by one axis. */
export function shiftedParams<P>(shift: (params: P, size: number) => P): BatchRule<P> {
  return (apply, inputs, params, _batched, size) => apply(inputs, shift(params, size));
}
