import { ArgumentError, showValue } from "./errors.js";
import { type Shape, shapeOf, showOperand } from "./shape.js";
import { type Tensor, view } from "./tensor.js";

/** Python's `start:stop:step`; a null or missing entry takes its default. */
export type SliceRange = readonly [start?: number | null, stop?: number | null, step?: number | null];
/** An integer drops its axis, null keeps it whole, "..." stands for all axes between. */
export type SliceIndex = number | null | "..." | SliceRange;

/** A resolved index per axis: `count` elements from `start`, `step` apart. */
export interface AxisRange {
  readonly start: number;
  readonly step: number;
  readonly count: number;
  readonly dropped: boolean;
}

export const wholeAxis = (extent: number): AxisRange => ({
  start: 0,
  step: 1,
  count: extent,
  dropped: false,
});

export const windowShape = (ranges: readonly AxisRange[]): Shape =>
  shapeOf(ranges.filter(({ dropped }) => !dropped).map(({ count }) => count));

/** The view of x that the ranges select. */
export function windowOf(x: Tensor, ranges: readonly AxisRange[]): Tensor {
  const strides = ranges.flatMap(({ step, dropped }, axis) => (dropped ? [] : [x.strides[axis] * step]));
  const offset = ranges.reduce(
    (sum, { start, count }, axis) => sum + (count > 0 ? start * x.strides[axis] : 0),
    x.offset,
  );
  return view(x, windowShape(ranges), strides, offset);
}

function resolve(
  operation: string,
  operand: Tensor,
  axis: number,
  index: number | null | SliceRange,
): AxisRange {
  const extent = operand.shape[axis];
  if (typeof index === "number") {
    if (!Number.isInteger(index) || index < -extent || index >= extent)
      throw new ArgumentError(
        operation,
        `index ${index} is out of range for axis ${axis} of ${showOperand(operand)}`,
      );
    return { start: index < 0 ? index + extent : index, step: 1, count: 1, dropped: true };
  }
  if (index !== null && index.length > 3)
    throw new ArgumentError(
      operation,
      `expected [start, stop, step] for axis ${axis}, got ${showValue(index)}`,
    );
  const [start = null, stop = null, step = null] = index ?? [];
  for (const bound of [start, stop, step])
    if (bound !== null && !Number.isInteger(bound))
      throw new ArgumentError(
        operation,
        `expected integers in the range ${showValue(index)} for axis ${axis}`,
      );
  const stride = step ?? 1;
  if (stride === 0) throw new ArgumentError(operation, `the step of axis ${axis} is 0`);
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

/** The ranges that a user's indices mean, one for every axis of the operand. */
export function resolveRanges(
  operation: string,
  operand: Tensor,
  indices: readonly SliceIndex[],
): AxisRange[] {
  const given = indices.filter((index) => index !== "...");
  if (indices.length - given.length > 1) throw new ArgumentError(operation, 'at most one "..." is allowed');
  if (given.length > operand.ndim)
    throw new ArgumentError(
      operation,
      `${given.length} indices for the ${operand.ndim} axes of ${showOperand(operand)}`,
    );
  for (const index of given)
    if (index !== null && typeof index !== "number" && !Array.isArray(index))
      throw new ArgumentError(
        operation,
        `expected an integer, null, a range or "...", got ${showValue(index)}`,
      );
  const filler = new Array<null>(operand.ndim - given.length).fill(null);
  const ellipsis = indices.indexOf("...");
  const full = [...given] as (number | null | SliceRange)[];
  full.splice(ellipsis < 0 ? full.length : ellipsis, 0, ...filler);
  return full.map((index, axis) => resolve(operation, operand, axis, index));
}

/** Indices that `resolveRanges` resolves to the same ranges. */
export const indicesOf = (ranges: readonly AxisRange[]): SliceIndex[] =>
  ranges.map(({ start, step, count, dropped }) => {
    if (dropped) return start;
    if (count === 0) return [0, 0];
    const stop = start + step * (count - 1) + Math.sign(step);
    return [start, stop < 0 ? null : stop, step];
  });
