import type { ElementType } from "./dtype.js";
import { ArgumentError, ShapeError, showValue } from "./errors.js";

export type Shape = readonly number[];

/** Native iteration spaces hold 64 axes; a matrix product of two tensors needs up to twice a tensor's own. */
export const MAX_RANK = 32;

/** What is computed once for a shape. */
interface Layout {
  /** The shape again, as an array that is not frozen: V8 reads the elements of those several times faster. */
  readonly extents: Shape;
  readonly size: number;
  /** Row-major strides in elements. Empty axes count as one, so that no stride is 0. */
  readonly strides: Shape;
  /** Shapes that follow from it, once they have been asked for: without its first axis, without its last ones, */
  rest: Shape | null;
  readonly leading: Shape[];
  /** with another axis in front, the last that was asked for, and reduced, by a number that says how. */
  stacked: Shape | null;
  reduced: Map<number, Shape> | null;
}

const LAYOUT = Symbol("layout");
interface KnownShape extends Shape {
  [LAYOUT]?: Layout;
}

function frozen(given: readonly number[]): KnownShape {
  const extents = [...given];
  const strides = new Array<number>(extents.length);
  let stride = 1;
  let size = 1;
  for (let axis = extents.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= Math.max(1, extents[axis]);
    size *= extents[axis];
  }
  const layout: Layout = {
    extents,
    size,
    strides,
    rest: null,
    leading: [],
    stacked: null,
    reduced: null,
  };
  return Object.freeze(Object.defineProperty([...given], LAYOUT, { value: layout })) as KnownShape;
}

/** A place in the tree of known shapes: the extents on the way down. */
interface Place {
  readonly next: Map<number, Place>;
  shape: KnownShape | null;
}

const newRoot = (): Place => ({ next: new Map(), shape: null });
const MAX_KNOWN = 4096;
let root = newRoot();
let known = 0;

/**
 * The one frozen array for these extents (as long as they are few: a cache, which starts anew when it is full).
 * Operations on tensors of one shape then see one array, and need not compare element by element.
 */
export function shapeOf(extents: readonly number[]): Shape {
  let place = root;
  for (let axis = 0; axis < extents.length; axis++) {
    const extent = extents[axis];
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
    place.shape = frozen(extents);
  }
  return place.shape;
}

const layoutOf = (shape: KnownShape): Layout => shape[LAYOUT] ?? (shapeOf(shape) as KnownShape)[LAYOUT]!;

const isKnown = (shape: unknown): shape is Shape =>
  typeof shape === "object" && shape !== null && (shape as KnownShape)[LAYOUT] !== undefined;

const interned = (shape: KnownShape): Shape => (shape[LAYOUT] === undefined ? shapeOf(shape) : shape);

/** The same numbers, faster to read one by one. Never handed out. */
export const extentsOf = (shape: KnownShape): Shape => shape[LAYOUT]?.extents ?? shape;

export const sizeOf = (shape: Shape): number => layoutOf(shape).size;

export const rowMajorStrides = (shape: Shape): Shape => layoutOf(shape).strides;

export const scalarShape: Shape = shapeOf([]);

/** The shape of what lies behind the first axis. */
export function withoutFirst(shape: Shape): Shape {
  const layout = layoutOf(shape);
  layout.rest ??= shapeOf(layout.extents.slice(1));
  return layout.rest;
}

/** The shape of what lies before the last `count` axes: of a batch of matrices, where they are two. */
export function withoutLast(shape: Shape, count: number): Shape {
  const { leading, extents } = layoutOf(shape);
  leading[count] ??= shapeOf(extents.slice(0, Math.max(0, extents.length - count)));
  return leading[count];
}

/** The shape with an axis in front. */
export function withFirst(extent: number, shape: Shape): Shape {
  const layout = layoutOf(shape);
  const { stacked, extents } = layout;
  if (stacked !== null && extentsOf(stacked)[0] === extent) return stacked;
  const result = [extent];
  for (let axis = 0; axis < extents.length; axis++) result.push(extents[axis]);
  layout.stacked = shapeOf(result);
  return layout.stacked;
}

/** Strides for which the last two axes are stored column by column, as LAPACK writes matrices. */
export function columnMajorStrides(shape: Shape): Shape {
  const strides = [...rowMajorStrides(shape)];
  const rows = shape.length - 2;
  strides[rows] = 1;
  strides[rows + 1] = Math.max(1, shape[rows]);
  return strides;
}

export const sameShape = (a: Shape, b: Shape): boolean => a === b || sameExtents(a, b);

function sameExtents(a: Shape, b: Shape): boolean {
  if (a.length !== b.length) return false;
  const m = extentsOf(a);
  const n = extentsOf(b);
  for (let axis = 0; axis < m.length; axis++) if (m[axis] !== n[axis]) return false;
  return true;
}

/** Whether strides walk the elements of `shape` in row-major order without gaps. */
export function isRowMajor(shape: Shape, strides: Shape): boolean {
  const extents = extentsOf(shape);
  let expected = 1;
  for (let axis = extents.length - 1; axis >= 0; axis--) {
    const extent = extents[axis];
    if (extent === 0) return true;
    if (extent !== 1 && strides[axis] !== expected) return false;
    expected *= extent;
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
  if (isKnown(extents) && sizeOf(extents) > 0 && extents.length <= MAX_RANK) return extents;
  if (!Array.isArray(extents))
    throw new ShapeError(operation, `expected a shape (an array of sizes), got ${showValue(shape)}`);
  for (const extent of extents)
    if (!Number.isInteger(extent) || extent < 0)
      throw new ShapeError(operation, `expected non-negative integer sizes, got ${showValue(extents)}`);
  if (extents.length > MAX_RANK)
    throw new ShapeError(operation, `at most ${MAX_RANK} axes are supported, got ${extents.length}`);
  // A tensor without elements needs no memory, but its strides are products of the other sizes.
  if (
    extents.includes(0) &&
    extents.reduce((product, extent) => product * (extent || 1), 1) > Number.MAX_SAFE_INTEGER
  )
    throw new ShapeError(operation, `the sizes ${showValue(extents)} multiply to more than 2^53`);
  return shapeOf(extents);
}

/** The shape both operands broadcast to, by NumPy's rules. */
export function broadcastShapes(operation: string, a: Shape, b: Shape): Shape {
  if (a === b || b.length === 0) return interned(a);
  if (a.length === 0) return interned(b);
  const x = extentsOf(a);
  const y = extentsOf(b);
  const rank = Math.max(x.length, y.length);
  const result = new Array<number>(rank);
  let likeA = rank === x.length;
  let likeB = rank === y.length;
  for (let axis = 1; axis <= rank; axis++) {
    const m = axis <= x.length ? x[x.length - axis] : 1;
    const n = axis <= y.length ? y[y.length - axis] : 1;
    if (m !== n && m !== 1 && n !== 1)
      throw new ShapeError(
        operation,
        `shapes ${showShape(a)} and ${showShape(b)} do not broadcast: ${m} against ${n} on axis ${-axis}`,
      );
    const extent = m === 1 ? n : m;
    result[rank - axis] = extent;
    likeA = likeA && extent === m;
    likeB = likeB && extent === n;
  }
  // Mostly one of them is that shape already.
  return likeA ? interned(a) : likeB ? interned(b) : shapeOf(result);
}

/** Strides that present a tensor as `target`: 0 along every axis that is repeated. */
export function broadcastStrides(shape: Shape, strides: Shape, target: Shape): number[] {
  const own = extentsOf(shape);
  const extents = extentsOf(target);
  const lead = extents.length - own.length;
  const result = new Array<number>(extents.length);
  for (let axis = 0; axis < extents.length; axis++) {
    const repeats = axis < lead || (own[axis - lead] === 1 && extents[axis] !== 1);
    result[axis] = repeats ? 0 : strides[axis - lead];
  }
  return result;
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
  if (typeof axes === "number") return [normalizeAxis(operation, axes, rank)];
  const normalized: number[] = [];
  if (axes === null || axes === undefined) {
    for (let axis = 0; axis < rank; axis++) normalized.push(axis);
    return normalized;
  }
  if (!Array.isArray(axes))
    throw new ArgumentError(operation, `expected an axis or a list of axes, got ${showValue(axes)}`);
  for (const axis of axes) normalized.push(normalizeAxis(operation, axis, rank));
  if (normalized.length > 1) normalized.sort((a, b) => a - b);
  for (let i = 1; i < normalized.length; i++)
    if (normalized[i] === normalized[i - 1])
      throw new ArgumentError(operation, `axis ${normalized[i]} is given twice in [${axes.join(",")}]`);
  return normalized;
}

/** A shape after a reduction over `axes` (ascending). */
export function reducedShape(shape: Shape, axes: readonly number[], keepDims: boolean): Shape {
  const layout = layoutOf(shape);
  const { extents } = layout;
  // A bit for each axis; what has more of them than a small integer has bits is not kept.
  let way = keepDims ? 1 : 0;
  for (let i = 0; i < axes.length; i++) way |= 2 << axes[i];
  const known = extents.length < 30 ? layout.reduced?.get(way) : undefined;
  if (known !== undefined) return known;
  const result: number[] = [];
  let next = 0;
  for (let axis = 0; axis < extents.length; axis++) {
    if (next === axes.length || axes[next] !== axis) result.push(extents[axis]);
    else {
      next++;
      if (keepDims) result.push(1);
    }
  }
  const found = shapeOf(result);
  if (extents.length < 30) {
    layout.reduced ??= new Map();
    layout.reduced.set(way, found);
  }
  return found;
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
