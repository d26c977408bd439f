import { lift } from "../convert.js";
import { shiftedParams } from "../core/batching.js";
import { bindOne } from "../core/bind.js";
import { define } from "../core/define.js";
import type { Primitive } from "../core/primitive.js";
import { methods, variadicMethods } from "../core/registry.js";
import { ArgumentError } from "../errors.js";
import { executeBroadcast, kernel, kernelFor } from "../instruction.js";
import { type Axes, normalizeAxes, type Shape, shapeOf, showOperand } from "../shape.js";
import { empty, type Method, type Tensor, type TensorLike, view } from "../tensor.js";

/** Python's `start:stop:step`; a null or missing entry takes its default. */
export type SliceRange = readonly [start?: number | null, stop?: number | null, step?: number | null];
/** An integer drops its axis, null keeps it whole, "..." stands for all axes between. */
export type SliceIndex = number | null | "..." | SliceRange;

/** A resolved index per axis: `count` elements from `start`, `step` apart. */
interface AxisRange {
  readonly start: number;
  readonly step: number;
  readonly count: number;
  readonly dropped: boolean;
}

const whole = (extent: number): AxisRange => ({ start: 0, step: 1, count: extent, dropped: false });

const fillKernel = kernel("fill");
const copyKernel = kernel("copy");

const slicedShape = (ranges: readonly AxisRange[]): Shape =>
  shapeOf(ranges.filter(({ dropped }) => !dropped).map(({ count }) => count));

/** The view of x that the ranges select. */
function window(x: Tensor, ranges: readonly AxisRange[]): Tensor {
  const strides = ranges.flatMap(({ step, dropped }, axis) => (dropped ? [] : [x.strides[axis] * step]));
  const offset = ranges.reduce(
    (sum, { start, count }, axis) => sum + (count > 0 ? start * x.strides[axis] : 0),
    x.offset,
  );
  return view(x, slicedShape(ranges), Object.freeze(strides), offset);
}

const slicePrimitive: Primitive<readonly AxisRange[]> = define({
  name: "slice",
  inputs: ["x"],
  outputs: ["y"],
  shape: ([x], ranges: readonly AxisRange[]) => [{ shape: slicedShape(ranges), element: x.element }],
  run: ([x], _outputs, ranges) => [window(x, ranges)],
  derivative: { transpose: (g, x, ranges) => bindOne(embedPrimitive, [g], { ranges, shape: x.shape }) },
  batch: shiftedParams((ranges, size) => [whole(size), ...ranges]),
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
    const target = window(y, ranges);
    if (x.size > 0)
      executeBroadcast("slice", kernelFor("slice", copyKernel, element), target.shape, [x, target]);
    return [y];
  },
  derivative: { transpose: (g, _x, { ranges }) => bindOne(slicePrimitive, [g], ranges) },
  batch: shiftedParams(({ ranges, shape }, size) => ({
    ranges: [whole(size), ...ranges],
    shape: shapeOf([size, ...shape]),
  })),
});

function resolve(operand: Tensor, axis: number, index: number | null | SliceRange): AxisRange {
  const extent = operand.shape[axis];
  if (typeof index === "number") {
    if (!Number.isInteger(index) || index < -extent || index >= extent)
      throw new ArgumentError(
        "slice",
        `index ${index} is out of range for axis ${axis} of ${showOperand(operand)}`,
      );
    return { start: index < 0 ? index + extent : index, step: 1, count: 1, dropped: true };
  }
  const [start = null, stop = null, step = null] = index ?? [];
  for (const bound of [start, stop, step])
    if (bound !== null && !Number.isInteger(bound))
      throw new ArgumentError("slice", `expected integers in the range [${String(index)}] for axis ${axis}`);
  const stride = step ?? 1;
  if (stride === 0) throw new ArgumentError("slice", `the step of axis ${axis} is 0`);
  const clamp = (bound: number, low: number, high: number) =>
    Math.min(high, Math.max(low, bound < 0 ? bound + extent : bound));
  const first = stride > 0 ? clamp(start ?? 0, 0, extent) : clamp(start ?? extent - 1, -1, extent - 1);
  const last =
    stride > 0 ? clamp(stop ?? extent, 0, extent) : stop === null ? -1 : clamp(stop, -1, extent - 1);
  return {
    start: first,
    step: stride,
    count: Math.max(0, Math.ceil((last - first) / stride)),
    dropped: false,
  };
}

function resolveAll(operand: Tensor, indices: readonly SliceIndex[]): AxisRange[] {
  const given = indices.filter((index) => index !== "...");
  if (indices.length - given.length > 1) throw new ArgumentError("slice", 'at most one "..." is allowed');
  if (given.length > operand.ndim)
    throw new ArgumentError(
      "slice",
      `${given.length} indices for the ${operand.ndim} axes of ${showOperand(operand)}`,
    );
  for (const index of given)
    if (index !== null && typeof index !== "number" && !Array.isArray(index))
      throw new ArgumentError("slice", `expected an integer, null, a range or "...", got ${String(index)}`);
  const filler = new Array<null>(operand.ndim - given.length).fill(null);
  const ellipsis = indices.indexOf("...");
  const full = [...given] as (number | null | SliceRange)[];
  full.splice(ellipsis < 0 ? full.length : ellipsis, 0, ...filler);
  return full.map((index, axis) => resolve(operand, axis, index));
}

/**
 * A part of a tensor, as a view. For each axis: an integer drops it, null keeps it whole, `[start, stop, step]` is
 * Python's `start:stop:step`, "..." stands for all axes between. `slice(x, 1)` is row 1, `slice(x, [1, 3])` a range.
 * @example slice([[1, 2, 3], [4, 5, 6]], null, [0, null, 2]) // [[1, 3], [4, 6]]
 */
export function slice(x: TensorLike, ...indices: SliceIndex[]): Tensor {
  const operand = lift("slice", x);
  return bindOne(slicePrimitive, [operand], resolveAll(operand, indices));
}

/**
 * The order of the elements reversed along axes (all by default).
 * @example flip([1, 2, 3]) // [3, 2, 1]
 */
export function flip(x: TensorLike, axis?: Axes): Tensor {
  const operand = lift("flip", x);
  const axes = normalizeAxes("flip", axis, operand.ndim);
  const indices = operand.shape.map((_, i): SliceIndex => (axes.includes(i) ? [null, null, -1] : null));
  return bindOne(slicePrimitive, [operand], resolveAll(operand, indices));
}

methods({ flip });
variadicMethods({ slice });

declare module "../tensor.js" {
  interface Tensor {
    slice: Method<typeof slice>;
    flip: Method<typeof flip>;
  }
}
