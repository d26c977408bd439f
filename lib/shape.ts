import type { ElementType } from "./dtype.js";
import { ArgumentError, ShapeError, showValue } from "./errors.js";

export type Shape = readonly number[];

/** Native iteration spaces hold 64 axes; a matrix product of two tensors needs up to twice a tensor's own. */
export const MAX_RANK = 32;

/** A place in the tree of known shapes: the extents on the way down, and what has been computed for them. */
interface KnownShape {
  readonly next: Map<number, KnownShape>;
  shape: Shape | null;
}

const newRoot = (): KnownShape => ({ next: new Map(), shape: null });
const MAX_KNOWN = 4096;
let root = newRoot();
let known = 0;
const stridesOf = new WeakMap<Shape, Shape>();

/**
 * The one frozen array for these extents (as long as they are few: a cache, which starts anew when it is full).
 * Operations on tensors of one shape then see one array, and need not compare element by element.
 */
export function shapeOf(extents: readonly number[]): Shape {
  let place = root;
  for (const extent of extents) {
    let next = place.next.get(extent);
    if (next === undefined) {
      next = newRoot();
      place.next.set(extent, next);
    }
    place = next;
  }
  if (place.shape === null) {
    if (++known > MAX_KNOWN) {
      root = newRoot();
      known = 0;
    }
    place.shape = Object.freeze([...extents]);
  }
  return place.shape;
}

export const scalarShape: Shape = shapeOf([]);

export function sizeOf(shape: Shape): number {
  let size = 1;
  for (const extent of shape) size *= extent;
  return size;
}

/** Row-major strides in elements. Empty axes count as one, so that no stride is 0. */
export function rowMajorStrides(shape: Shape): Shape {
  const computed = stridesOf.get(shape);
  if (computed !== undefined) return computed;
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= Math.max(1, shape[axis]);
  }
  stridesOf.set(shape, Object.freeze(strides));
  return strides;
}

/** Strides for which the last two axes are stored column by column, as LAPACK writes matrices. */
export function columnMajorStrides(shape: Shape): Shape {
  const strides = [...rowMajorStrides(shape)];
  const rows = shape.length - 2;
  strides[rows] = 1;
  strides[rows + 1] = Math.max(1, shape[rows]);
  return Object.freeze(strides);
}

export function sameShape(a: Shape, b: Shape): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let axis = 0; axis < a.length; axis++) if (a[axis] !== b[axis]) return false;
  return true;
}

/** Whether strides walk the elements of `shape` in row-major order without gaps. */
export function isRowMajor(shape: Shape, strides: Shape): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] === 0) return true;
    if (shape[axis] !== 1 && strides[axis] !== expected) return false;
    expected *= shape[axis];
  }
  return true;
}

export const showShape = (shape: Shape): string => `[${shape.join(",")}]`;

/** How errors name an operand: `float64[3,4]`. */
export const showOperand = (x: { readonly shape: Shape; readonly element: ElementType }): string =>
  `${x.element.name}${showShape(x.shape)}`;

/** A shape given by a user: non-negative integers, at most MAX_RANK of them. */
export function checkedShape(operation: string, shape: unknown): Shape {
  const extents = typeof shape === "number" ? [shape] : shape;
  if (!Array.isArray(extents))
    throw new ShapeError(operation, `expected a shape (an array of sizes), got ${showValue(shape)}`);
  for (const extent of extents)
    if (!Number.isInteger(extent) || extent < 0)
      throw new ShapeError(operation, `expected non-negative integer sizes, got ${showValue(extents)}`);
  if (extents.length > MAX_RANK)
    throw new ShapeError(operation, `at most ${MAX_RANK} axes are supported, got ${extents.length}`);
  return shapeOf(extents);
}

/** The shape both operands broadcast to, by NumPy's rules. */
export function broadcastShapes(operation: string, a: Shape, b: Shape): Shape {
  if (sameShape(a, b)) return a;
  const rank = Math.max(a.length, b.length);
  const result = new Array<number>(rank);
  for (let axis = 1; axis <= rank; axis++) {
    const m = axis <= a.length ? a[a.length - axis] : 1;
    const n = axis <= b.length ? b[b.length - axis] : 1;
    if (m !== n && m !== 1 && n !== 1)
      throw new ShapeError(
        operation,
        `shapes ${showShape(a)} and ${showShape(b)} do not broadcast: ${m} against ${n} on axis ${-axis}`,
      );
    result[rank - axis] = m === 1 ? n : m;
  }
  return shapeOf(result);
}

/** Strides that present a tensor as `target`: 0 along every axis that is repeated. */
export function broadcastStrides(shape: Shape, strides: Shape, target: Shape): number[] {
  const lead = target.length - shape.length;
  return target.map((extent, axis) =>
    axis < lead || (shape[axis - lead] === 1 && extent !== 1) ? 0 : strides[axis - lead],
  );
}

export function normalizeAxis(operation: string, axis: number, rank: number): number {
  if (!Number.isInteger(axis))
    throw new ArgumentError(operation, `expected an integer axis, got ${showValue(axis)}`);
  if (axis < -rank || axis >= rank)
    throw new ArgumentError(operation, `axis ${axis} is out of range for ${rank} axes`);
  return axis < 0 ? axis + rank : axis;
}

export type Axes = number | readonly number[] | null | undefined;

/** The axes a reduction runs over, ascending; all of them for null. */
export function normalizeAxes(operation: string, axes: Axes, rank: number): number[] {
  if (axes === null || axes === undefined) return Array.from({ length: rank }, (_, axis) => axis);
  const list = typeof axes === "number" ? [axes] : axes;
  if (!Array.isArray(list))
    throw new ArgumentError(operation, `expected an axis or a list of axes, got ${showValue(axes)}`);
  const normalized = list.map((axis) => normalizeAxis(operation, axis, rank)).sort((a, b) => a - b);
  for (let i = 1; i < normalized.length; i++)
    if (normalized[i] === normalized[i - 1])
      throw new ArgumentError(operation, `axis ${normalized[i]} is given twice in [${list.join(",")}]`);
  return normalized;
}

/** A shape after a reduction over `axes` (ascending). */
export function reducedShape(shape: Shape, axes: readonly number[], keepDims: boolean): Shape {
  return shapeOf(
    keepDims
      ? shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent))
      : shape.filter((_, axis) => !axes.includes(axis)),
  );
}

/** The multi-index of a flat row-major position. */
export function unravelIndex(position: number, shape: Shape): number[] {
  const index = new Array<number>(shape.length);
  let rest = position;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    index[axis] = rest % shape[axis];
    rest = Math.floor(rest / shape[axis]);
  }
  return index;
}
