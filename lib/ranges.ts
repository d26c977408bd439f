import { ArgumentError, showValue } from "./errors.js";
import { type Shape, shapeOf, showOperand } from "./shape.js";
import { passingView, type Tensor, view } from "./tensor.js";

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

export function windowShape(ranges: readonly AxisRange[]): Shape {
  const extents: number[] = [];
  for (const { count, dropped } of ranges) if (!dropped) extents.push(count);
  return shapeOf(extents);
}

function selected(x: Tensor, ranges: readonly AxisRange[], make: typeof view): Tensor {
  const strides: number[] = [];
  let { offset } = x;
  for (let axis = 0; axis < ranges.length; axis++) {
    const { start, step, count, dropped } = ranges[axis];
    if (!dropped) strides.push(x.strides[axis] * step);
    if (count > 0) offset += start * x.strides[axis];
  }
  return make(x, windowShape(ranges), strides, offset);
}

/** The view of x that the ranges select. */
export const windowOf = (x: Tensor, ranges: readonly AxisRange[]): Tensor => selected(x, ranges, view);

/** The same for an operand that nobody keeps. */
export const passingWindowOf = (x: Tensor, ranges: readonly AxisRange[]): Tensor =>
  selected(x, ranges, passingView);

const isBound = (bound: number | null): boolean => bound === null || Number.isInteger(bound);

/** A bound as Python's slices take it: counted from the end where it is negative, and never an error. */
const clamped = (bound: number, extent: number, low: number, high: number): number =>
  Math.min(high, Math.max(low, bound < 0 ? bound + extent : bound));

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
  const start = index?.[0] ?? null;
  const stop = index?.[1] ?? null;
  const step = index?.[2] ?? null;
  if (!isBound(start) || !isBound(stop) || !isBound(step))
    throw new ArgumentError(operation, `expected integers in the range ${showValue(index)} for axis ${axis}`);
  const stride = step ?? 1;
  if (stride === 0) throw new ArgumentError(operation, `the step of axis ${axis} is 0`);
  const [low, high] = stride > 0 ? [0, extent] : [-1, extent - 1];
  const first = start === null ? (stride > 0 ? low : high) : clamped(start, extent, low, high);
  const last = stop === null ? (stride > 0 ? high : low) : clamped(stop, extent, low, high);
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
  let given = 0;
  for (const index of indices) {
    if (index === "...") continue;
    given++;
    if (index !== null && typeof index !== "number" && !Array.isArray(index))
      throw new ArgumentError(
        operation,
        `expected an integer, null, a range or "...", got ${showValue(index)}`,
      );
  }
  if (indices.length - given > 1) throw new ArgumentError(operation, 'at most one "..." is allowed');
  if (given > operand.ndim)
    throw new ArgumentError(
      operation,
      `${given} indices for the ${operand.ndim} axes of ${showOperand(operand)}`,
    );
  const ranges: AxisRange[] = [];
  const fill = (count: number): void => {
    for (let i = 0; i < count; i++) ranges.push(resolve(operation, operand, ranges.length, null));
  };
  for (const index of indices) {
    if (index === "...") fill(operand.ndim - given);
    else ranges.push(resolve(operation, operand, ranges.length, index));
  }
  fill(operand.ndim - ranges.length);
  return ranges;
}

/** Indices that `resolveRanges` resolves to the same ranges. */
export const indicesOf = (ranges: readonly AxisRange[]): SliceIndex[] =>
  ranges.map(({ start, step, count, dropped }) => {
    if (dropped) return start;
    if (count === 0) return [0, 0];
    const stop = start + step * (count - 1) + Math.sign(step);
    return [start, stop < 0 ? null : stop, step];
  });
