import { lift } from "../convert.js";
import { shiftedParams } from "../core/batching.js";
import { bindOne } from "../core/bind.js";
import { define } from "../core/define.js";
import type { Primitive } from "../core/primitive.js";
import { methods, variadicMethods } from "../core/registry.js";
import { executeBroadcast, kernel, kernelFor } from "../instruction.js";
import {
  type AxisRange,
  passingWindowOf,
  resolveRanges,
  type SliceIndex,
  wholeAxis,
  windowOf,
  windowShape,
} from "../ranges.js";
import { type Axes, normalizeAxes, type Shape, shapeOf } from "../shape.js";
import { empty, type Method, type Tensor, type TensorLike } from "../tensor.js";

const fillKernel = kernel("fill");
const copyKernel = kernel("copy");

const slicePrimitive: Primitive<readonly AxisRange[]> = define({
  name: "slice",
  inputs: ["x"],
  outputs: ["y"],
  shape: ([x], ranges: readonly AxisRange[]) => [{ shape: windowShape(ranges), element: x.element }],
  run: ([x], _outputs, ranges) => [windowOf(x, ranges)],
  derivative: { transpose: (g, x, ranges) => bindOne(embedPrimitive, [g], { ranges, shape: x.shape }) },
  batch: shiftedParams((ranges, size) => [wholeAxis(size), ...ranges]),
});

interface Embedding {
  readonly ranges: readonly AxisRange[];
  readonly shape: Shape;
}

/** The transpose of a slice: zeros everywhere but in the window. */
const embedPrimitive: Primitive<Embedding> = define({
  name: "embedSlice",
  inputs: ["x"],
  outputs: ["y"],
  shape: ([x], { shape }: Embedding) => [{ shape, element: x.element }],
  run([x], [{ shape, element }], { ranges }) {
    const y = empty("slice", shape, element);
    executeBroadcast("slice", kernelFor("slice", fillKernel, element), shape, [y], [0]);
    const target = passingWindowOf(y, ranges);
    if (x.size > 0)
      executeBroadcast("slice", kernelFor("slice", copyKernel, element), target.shape, [x, target]);
    return [y];
  },
  derivative: { transpose: (g, _x, { ranges }) => bindOne(slicePrimitive, [g], ranges) },
  batch: shiftedParams(({ ranges, shape }, size) => ({
    ranges: [wholeAxis(size), ...ranges],
    shape: shapeOf([size, ...shape]),
  })),
});

/**
 * A part of a tensor, as a view. For each axis: an integer drops it, null keeps it whole, `[start, stop, step]` is
 * Python's `start:stop:step`, "..." stands for all axes between. `slice(x, 1)` is row 1, `slice(x, [1, 3])` a range.
 * @example slice([[1, 2, 3], [4, 5, 6]], null, [0, null, 2]) // [[1, 3], [4, 6]]
 */
export function slice(x: TensorLike, ...indices: SliceIndex[]): Tensor {
  const operand = lift("slice", x);
  return bindOne(slicePrimitive, [operand], resolveRanges("slice", operand, indices));
}

/**
 * The order of the elements reversed along axes (all by default).
 * @example flip([1, 2, 3]) // [3, 2, 1]
 */
export function flip(x: TensorLike, axis?: Axes): Tensor {
  const operand = lift("flip", x);
  const axes = normalizeAxes("flip", axis, operand.ndim);
  const indices = operand.shape.map((_, i): SliceIndex => (axes.includes(i) ? [null, null, -1] : null));
  return bindOne(slicePrimitive, [operand], resolveRanges("flip", operand, indices));
}

methods({ flip });
variadicMethods({ slice });

declare module "../tensor.js" {
  interface Tensor {
    slice: Method<typeof slice>;
    flip: Method<typeof flip>;
  }
}
