import { lift } from "../convert.js";
import { shiftedParams } from "../core/batching.js";
import { bindOne } from "../core/bind.js";
import { define } from "../core/define.js";
import type { Primitive } from "../core/primitive.js";
import { getters, methods } from "../core/registry.js";
import { ArgumentError, ShapeError, showValue } from "../errors.js";
import {
  type Axes,
  checkedShape,
  extentsOf,
  normalizeAxes,
  normalizeAxis,
  reducedShape,
  rowMajorStrides,
  type Shape,
  sameShape,
  shapeOf,
  showOperand,
  showShape,
  sizeOf,
  withFirst,
} from "../shape.js";
import { type Method, ownHandle, rowMajor, type Tensor, type TensorLike, view } from "../tensor.js";

/** Inserted and dropped axes of extent 1 need no row-major copy: the other strides stay. */
function stridesWithoutCopy(x: Tensor, shape: Shape): Shape | null {
  if (x.contiguous) return rowMajorStrides(shape);
  const own = extentsOf(x.shape);
  const extents = extentsOf(shape);
  const strides = new Array<number>(extents.length);
  let from = 0;
  for (let axis = 0; axis < extents.length; axis++) {
    strides[axis] = 1;
    if (extents[axis] === 1) continue;
    while (from < own.length && own[from] === 1) from++;
    if (from === own.length || own[from] !== extents[axis]) return null;
    strides[axis] = x.strides[from++];
  }
  while (from < own.length && own[from] === 1) from++;
  return from === own.length ? strides : null;
}

const reshapePrimitive = define({
  name: "reshape",
  inputs: ["x"],
  outputs: ["y"],
  shape([x], shape: Shape) {
    if (sizeOf(shape) !== sizeOf(x.shape))
      throw new ShapeError(
        "reshape",
        `${showOperand(x)} has ${sizeOf(x.shape)} elements, ${showShape(shape)} needs ${sizeOf(shape)}`,
      );
    return [{ shape, element: x.element }];
  },
  run([x], [{ shape }]) {
    const strides = stridesWithoutCopy(x, shape);
    if (strides !== null) return [view(x, shape, strides, x.offset)];
    const y = rowMajor(x);
    return [view(y, shape, rowMajorStrides(shape), y.offset)];
  },
  derivative: { transpose: (g, x) => g.reshape(x.shape) },
  batch: shiftedParams((shape, size) => withFirst(size, shape)),
});

function completeShape(x: Tensor, shape: readonly number[]): Shape {
  const list = typeof shape === "number" ? [shape] : shape;
  if (!Array.isArray(list) || !list.includes(-1)) return checkedShape("reshape", shape);
  const known = list.filter((extent) => extent !== -1);
  checkedShape("reshape", known);
  if (known.length !== list.length - 1)
    throw new ShapeError("reshape", `at most one -1 is allowed in ${showShape(list)}`);
  const rest = x.size / sizeOf(known);
  if (!Number.isInteger(rest))
    throw new ShapeError(
      "reshape",
      `${showOperand(x)} has ${x.size} elements, which ${showShape(list)} does not divide`,
    );
  return checkedShape(
    "reshape",
    list.map((extent) => (extent === -1 ? rest : extent)),
  );
}

/**
 * The same elements in row-major order under another shape; one extent may be −1 and follows from the others.
 * @example reshape([1, 2, 3, 4], [2, -1]) // [[1, 2], [3, 4]]
 */
export function reshape(x: TensorLike, shape: readonly number[]): Tensor {
  const operand = lift("reshape", x);
  const complete = completeShape(operand, shape);
  return sameShape(complete, operand.shape)
    ? ownHandle(operand)
    : bindOne(reshapePrimitive, [operand], complete);
}

function permuted(list: Shape, axes: readonly number[]): number[] {
  const result = new Array<number>(axes.length);
  for (let i = 0; i < axes.length; i++) result[i] = list[axes[i]];
  return result;
}

const transposePrimitive: Primitive<readonly number[]> = define({
  name: "transpose",
  inputs: ["x"],
  outputs: ["y"],
  shape: ([x], axes: readonly number[]) => [
    { shape: shapeOf(permuted(extentsOf(x.shape), axes)), element: x.element },
  ],
  run: ([x], [{ shape }], axes) => [view(x, shape, permuted(x.strides, axes), x.offset)],
  derivative: {
    transpose(g, _x, axes) {
      const inverse = new Array<number>(axes.length);
      for (let i = 0; i < axes.length; i++) inverse[axes[i]] = i;
      return bindOne(transposePrimitive, [g], inverse);
    },
  },
  batch: shiftedParams((axes) => {
    const shifted = [0];
    for (let i = 0; i < axes.length; i++) shifted.push(axes[i] + 1);
    return shifted;
  }),
});

/**
 * The axes in another order; reversed by default. A view, nothing is copied.
 * @example transpose([[1, 2], [3, 4]]) // [[1, 3], [2, 4]]
 */
export function transpose(x: TensorLike, axes?: readonly number[] | null): Tensor {
  const operand = lift("transpose", x);
  const order = axes ?? operand.shape.map((_, axis) => operand.ndim - 1 - axis);
  if (!Array.isArray(order) || order.length !== operand.ndim)
    throw new ArgumentError(
      "transpose",
      `expected ${operand.ndim} axes for ${showOperand(operand)}, got ${showValue(order)}`,
    );
  const normalized = order.map((axis) => normalizeAxis("transpose", axis, operand.ndim));
  normalizeAxes("transpose", normalized, operand.ndim);
  return bindOne(transposePrimitive, [operand], normalized);
}

/** By rank: all axes in order, the last two exchanged. */
const exchanged: number[][] = [];
function lastTwoExchanged(rank: number): readonly number[] {
  exchanged[rank] ??= Array.from({ length: rank }, (_, axis) =>
    axis < rank - 2 ? axis : 2 * rank - 3 - axis,
  );
  return exchanged[rank];
}

/**
 * The last two axes exchanged.
 * @example matrixTranspose([[1, 2], [3, 4]]) // [[1, 3], [2, 4]]
 */
export function matrixTranspose(x: TensorLike): Tensor {
  const operand = lift("matrixTranspose", x);
  const rank = operand.ndim;
  if (rank < 2)
    throw new ShapeError("matrixTranspose", `expected at least two axes, got ${showOperand(operand)}`);
  return bindOne(transposePrimitive, [operand], lastTwoExchanged(rank));
}

/**
 * Axes moved to other places, the others keep their order.
 * @example moveAxis(zeros([2, 3, 4]), 0, -1).shape // [3, 4, 2]
 */
export function moveAxis(
  x: TensorLike,
  from: number | readonly number[],
  to: number | readonly number[],
): Tensor {
  const operand = lift("moveAxis", x);
  const listed = (axes: number | readonly number[]) =>
    [axes].flat().map((axis) => normalizeAxis("moveAxis", axis, operand.ndim));
  const sources = listed(from);
  const targets = listed(to);
  normalizeAxes("moveAxis", sources, operand.ndim);
  normalizeAxes("moveAxis", targets, operand.ndim);
  if (sources.length !== targets.length)
    throw new ArgumentError("moveAxis", `${sources.length} axes cannot move to ${targets.length} places`);
  const order = operand.shape.map((_, axis) => axis).filter((axis) => !sources.includes(axis));
  for (const target of [...targets].sort((a, b) => a - b))
    order.splice(target, 0, sources[targets.indexOf(target)]);
  return bindOne(transposePrimitive, [operand], order);
}

/**
 * New axes of extent 1 at places of the result.
 * @example expandDims([1, 2], 0) // [[1, 2]]
 */
export function expandDims(x: TensorLike, axis: number | readonly number[]): Tensor {
  const operand = lift("expandDims", x);
  const list = Array.isArray(axis) ? axis : [axis];
  const places = normalizeAxes("expandDims", list, operand.ndim + list.length);
  const extents = extentsOf(operand.shape);
  const shape: number[] = [];
  for (let from = 0, next = 0; from < extents.length || next < places.length; )
    if (places[next] === shape.length) {
      shape.push(1);
      next++;
    } else shape.push(extents[from++]);
  return bindOne(reshapePrimitive, [operand], checkedShape("expandDims", shape));
}

/**
 * Without the given axes of extent 1; without all of them by default.
 * @example squeeze([[[1], [2]]]) // [1, 2]
 */
export function squeeze(x: TensorLike, axis?: Axes): Tensor {
  const operand = lift("squeeze", x);
  if (axis === null || axis === undefined)
    return bindOne(reshapePrimitive, [operand], shapeOf(operand.shape.filter((extent) => extent !== 1)));
  const axes = normalizeAxes("squeeze", axis, operand.ndim);
  const extents = extentsOf(operand.shape);
  for (const i of axes)
    if (extents[i] !== 1)
      throw new ShapeError("squeeze", `axis ${i} of ${showOperand(operand)} has extent ${extents[i]}, not 1`);
  return bindOne(reshapePrimitive, [operand], reducedShape(operand.shape, axes, false));
}

methods({ reshape, transpose, matrixTranspose, moveAxis, expandDims, squeeze });
getters({ T: (x) => transpose(x), mT: matrixTranspose, mH: (x) => matrixTranspose(x.conj()) });

declare module "../tensor.js" {
  interface Tensor {
    reshape: Method<typeof reshape>;
    transpose: Method<typeof transpose>;
    matrixTranspose: Method<typeof matrixTranspose>;
    moveAxis: Method<typeof moveAxis>;
    expandDims: Method<typeof expandDims>;
    squeeze: Method<typeof squeeze>;
    /** All axes reversed. */
    readonly T: Tensor;
    /** The last two axes exchanged. */
    readonly mT: Tensor;
    /** The conjugate transpose of the last two axes; for real tensors the same as `mT`. */
    readonly mH: Tensor;
  }
}
