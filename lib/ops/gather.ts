import { fromValues, lift, scalar } from "../convert.js";
import { bindOne } from "../core/bind.js";
import { define } from "../core/define.js";
import type { AbstractValue, Primitive } from "../core/primitive.js";
import { methods } from "../core/registry.js";
import { int32 } from "../dtype.js";
import { ShapeError } from "../errors.js";
import { liftIndices, liftPlaced } from "../index_arguments.js";
import { execute, executeBroadcast, kernel, kernelFor } from "../instruction.js";
import {
  broadcastShapes,
  broadcastStrides,
  normalizeAxis,
  type Shape,
  sameShape,
  shapeOf,
  showOperand,
  showShape,
} from "../shape.js";
import { empty, type Method, type Tensor, type TensorLike } from "../tensor.js";

/** The operation as it is exported, for errors. */
interface Along {
  readonly operation: string;
  readonly axis: number;
}

const gatherKernel = kernel("gather");
const putKernel = kernel("put");
const scatterAddKernel = kernel("scatterAdd");
const copyKernel = kernel("copy");

const withExtent = (shape: Shape, axis: number, extent: number): Shape =>
  shapeOf(shape.map((n, i) => (i === axis ? extent : n)));

/** The indices' shape, broadcast against x on every axis but the indexed one. */
function indexSpace(x: AbstractValue, indices: AbstractValue, { operation, axis }: Along): Shape {
  if (indices.shape.length !== x.shape.length)
    throw new ShapeError(
      operation,
      `indices need as many axes as the tensor: ${showOperand(indices)} for ${showOperand(x)}`,
    );
  return broadcastShapes(operation, withExtent(x.shape, axis, 1), indices.shape);
}

/** Strides over the index space, then over the indexed axis: this operand is the one that is indexed. */
const indexedStrides = (x: Tensor, space: Shape, axis: number): number[] => [
  ...broadcastStrides(withExtent(x.shape, axis, 1), x.strides, space),
  x.strides[axis],
];

/** The same for the operands that the index space belongs to. */
const spaceStrides = (x: Tensor, space: Shape): number[] => [
  ...broadcastStrides(x.shape, x.strides, space),
  0,
];

const place = (x: AbstractValue, axis: number): string => `axis ${axis} of ${showOperand(x)}`;

const zeros = (x: AbstractValue): Tensor => scalar(0, x.element).broadcastTo(x.shape);

/** y[…, k, …] = x[…, indices[…, k, …], …] along one axis; the others broadcast. */
const gatherPrimitive: Primitive<Along> = define<"x" | "indices", "y", Along>({
  name: "gather",
  inputs: ["x", "indices"],
  outputs: ["y"],
  shape: ([x, indices], along) => [{ shape: indexSpace(x, indices, along), element: x.element }],
  run([x, indices], [{ shape, element }], { operation, axis }) {
    const y = empty(operation, shape, element);
    execute(
      operation,
      kernelFor(operation, gatherKernel, element),
      [...shape, x.shape[axis]],
      [
        [x, indexedStrides(x, shape, axis)],
        [indices, spaceStrides(indices, shape)],
        [y, spaceStrides(y, shape)],
      ],
      [],
      place(x, axis),
    );
    return [y];
  },
  derivative: {
    saves: { x: ["indices"] },
    vjp([g], [, indices], [x], { axis }) {
      const shape = withExtent(g!.shape, axis, x!.shape[axis]);
      return [zeros({ shape, element: g!.element }).scatterAdd(indices, g!, axis)];
    },
    jvp: ([dx], [, indices], along) => [dx && bindOne(gatherPrimitive, [dx, indices], along)],
  },
  batch: (apply, inputs, { operation, axis }, batched) =>
    apply(
      inputs.map((x, i) => (batched[i] ? x : x.expandDims(0))),
      { operation, axis: axis + 1 },
    ),
});

function changedShape(
  x: AbstractValue,
  indices: AbstractValue,
  values: AbstractValue,
  along: Along,
): AbstractValue {
  const { operation, axis } = along;
  const space = indexSpace(x, indices, along);
  if (!sameShape(space, withExtent(x.shape, axis, indices.shape[axis])))
    throw new ShapeError(
      operation,
      `the indices must broadcast to the tensor except on axis ${axis}: ${showOperand(indices)} for ${showOperand(x)}`,
    );
  if (!sameShape(broadcastShapes(operation, values.shape, space), space))
    throw new ShapeError(
      operation,
      `values of shape ${showShape(values.shape)} do not broadcast to the indices' ${showShape(space)}`,
    );
  return x;
}

/** A copy of x, changed by a kernel at the places that the indices name. */
function change(
  kernels: readonly number[],
  [x, indices, values]: readonly Tensor[],
  { operation, axis }: Along,
): readonly Tensor[] {
  const { shape, element } = x;
  const id = kernelFor(operation, kernels, element);
  const space = withExtent(shape, axis, indices.shape[axis]);
  const y = empty(operation, shape, element);
  executeBroadcast(operation, kernelFor(operation, copyKernel, element), shape, [x, y]);
  execute(
    operation,
    id,
    [...space, shape[axis]],
    [
      [indices, spaceStrides(indices, space)],
      [values, spaceStrides(values, space)],
      [y, indexedStrides(y, space, axis)],
    ],
    [],
    place(x, axis),
  );
  return [y];
}

const batchChange: Primitive<Along>["batch"] = (
  apply,
  [x, indices, values],
  { operation, axis },
  batched,
  size,
) =>
  apply(
    [
      batched[0] ? x : x.broadcastTo([size, ...x.shape]),
      batched[1] ? indices : indices.expandDims(0),
      batched[2] ? values : values.expandDims(0),
    ],
    { operation, axis: axis + 1 },
  );

const scatterAddPrimitive: Primitive<Along> = define<"x" | "indices" | "values", "y", Along>({
  name: "scatterAdd",
  inputs: ["x", "indices", "values"],
  outputs: ["y"],
  shape: ([x, indices, values], along) => [changedShape(x, indices, values, along)],
  run: (inputs, _outputs, along) => change(scatterAddKernel, inputs, along),
  derivative: {
    saves: { values: ["indices"] },
    vjp: ([g], [, indices], [, , wantsValues], { axis }) => [
      g,
      null,
      wantsValues && g!.takeAlongAxis(indices, axis),
    ],
    jvp: ([dx, , dv], [x, indices], along) => [
      dv === null ? dx : bindOne(scatterAddPrimitive, [dx ?? zeros(x), indices, dv], along),
    ],
  },
  batch: batchChange,
});

/** The values that stay where several are put into one place: of each, the last one. */
function staying(x: AbstractValue, indices: Tensor, along: Along): Tensor {
  const { axis } = along;
  const count = indices.shape[axis];
  const shape = x.shape.map((_, i) => (i === axis ? count : 1));
  const order = fromValues(
    along.operation,
    Int32Array.from({ length: count }, (_, i) => i),
    shape,
    int32,
  );
  const last = bindOne(putPrimitive, [zeros({ shape: x.shape, element: int32 }), indices, order], along);
  return last.takeAlongAxis(indices, axis).equal(order);
}

const putPrimitive: Primitive<Along> = define<"x" | "indices" | "values", "y", Along>({
  name: "putAlongAxis",
  inputs: ["x", "indices", "values"],
  outputs: ["y"],
  shape: ([x, indices, values], along) => [changedShape(x, indices, values, along)],
  run: (inputs, _outputs, along) => change(putKernel, inputs, along),
  derivative: {
    saves: { x: ["indices"], values: ["indices"] },
    vjp([g], [, indices], [wantsX, , wantsValues], along) {
      const none = scalar(0, g!.element).reshape(g!.shape.map(() => 1));
      return [
        wantsX && bindOne(putPrimitive, [g!, indices, none], along),
        null,
        wantsValues && staying(g!, indices, along).where(g!.takeAlongAxis(indices, along.axis), 0),
      ];
    },
    jvp: ([dx, , dv], [x, indices, values], along) => [
      bindOne(putPrimitive, [dx ?? zeros(x), indices, dv ?? zeros(values)], along),
    ],
  },
  batch: batchChange,
});

/**
 * Elements along an axis (the first by default) by index. The indices, int32 of any shape, take the axis's place: a
 * number drops it. Negative indices count from the end.
 * @throws ArgumentError where an index is out of range, DTypeError for indices that are not int32
 * @example take([10, 20, 30], [2, 0, -1]) // [30, 10, 30]
 */
export function take(x: TensorLike, indices: TensorLike, axis = 0): Tensor {
  const operand = lift("take", x);
  const picked = liftIndices("take", indices);
  const along = { operation: "take", axis: normalizeAxis("take", axis, operand.ndim) };
  const spread = picked.reshape(operand.shape.map((_, i) => (i === along.axis ? picked.size : 1)));
  const y = bindOne(gatherPrimitive, [operand, spread], along);
  const { shape } = operand;
  return y.reshape([...shape.slice(0, along.axis), ...picked.shape, ...shape.slice(along.axis + 1)]);
}

function alongAxis(operation: string, x: Tensor, axis: number): Along {
  return { operation, axis: normalizeAxis(operation, axis, x.ndim) };
}

/**
 * For every position of the indices (int32), the element of x that they name along an axis, the last by default. On
 * the other axes the two broadcast. Negative indices count from the end; `argsort` and `argmax` give such indices.
 * @throws ArgumentError where an index is out of range, ShapeError, DTypeError
 * @example takeAlongAxis([[10, 20], [30, 40]], [[1], [0]], 1) // [[20], [30]]
 */
export function takeAlongAxis(x: TensorLike, indices: TensorLike, axis = -1): Tensor {
  const operand = lift("takeAlongAxis", x);
  const along = alongAxis("takeAlongAxis", operand, axis);
  return bindOne(gatherPrimitive, [operand, liftIndices("takeAlongAxis", indices)], along);
}

function changeAlong(
  primitive: Primitive<Along>,
  x: TensorLike,
  indices: TensorLike,
  values: TensorLike,
  axis: number,
): Tensor {
  const { name } = primitive;
  const operand = lift(name, x);
  const along = alongAxis(name, operand, axis);
  const given = liftPlaced(name, values, operand);
  if (given.ndim > operand.ndim)
    throw new ShapeError(name, `values ${showOperand(given)} have more axes than ${showOperand(operand)}`);
  const missing = new Array<number>(operand.ndim - given.ndim).fill(1);
  const placed = missing.length > 0 ? given.reshape([...missing, ...given.shape]) : given;
  return bindOne(primitive, [operand, liftIndices(name, indices), placed], along);
}

/**
 * A copy of x with values put where indices (int32) name a place along an axis, the last by default. Indices and
 * values broadcast on the other axes. Of several values for one place the last one stays, and has the derivative.
 * @throws ArgumentError where an index is out of range, ShapeError, DTypeError
 * @example putAlongAxis([[1, 2], [3, 4]], [[0], [-1]], 9, 1) // [[9, 2], [3, 9]]
 */
export const putAlongAxis = (x: TensorLike, indices: TensorLike, values: TensorLike, axis = -1): Tensor =>
  changeAlong(putPrimitive, x, indices, values, axis);

/**
 * A copy of x with values added where indices (int32) name a place along an axis, the last by default; several values
 * for one place add up. The transpose of `takeAlongAxis`.
 * @throws ArgumentError where an index is out of range, ShapeError, DTypeError
 * @example scatterAdd([0, 0, 0], [2, 0, 2], [1, 2, 3]) // [2, 0, 4]
 */
export const scatterAdd = (x: TensorLike, indices: TensorLike, values: TensorLike, axis = -1): Tensor =>
  changeAlong(scatterAddPrimitive, x, indices, values, axis);

methods({ take, takeAlongAxis, putAlongAxis, scatterAdd });

declare module "../tensor.js" {
  interface Tensor {
    take: Method<typeof take>;
    takeAlongAxis: Method<typeof takeAlongAxis>;
    putAlongAxis: Method<typeof putAlongAxis>;
    scatterAdd: Method<typeof scatterAdd>;
  }
}
