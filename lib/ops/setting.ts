import { lift, scalar } from "../convert.js";
import { padded } from "../core/batching.js";
import { bindOne } from "../core/bind.js";
import { define } from "../core/define.js";
import type { AbstractValue, BatchRule, Primitive } from "../core/primitive.js";
import { methods } from "../core/registry.js";
import { ArgumentError, ShapeError, showValue } from "../errors.js";
import { liftPlaced } from "../index_arguments.js";
import { executeBroadcast, kernel, kernelFor } from "../instruction.js";
import {
  type AxisRange,
  indicesOf,
  passingWindowOf,
  resolveRanges,
  type SliceIndex,
  wholeAxis,
  windowShape,
} from "../ranges.js";
import { broadcastShapes, sameShape, showShape } from "../shape.js";
import { empty, type Method, type Tensor, type TensorLike } from "../tensor.js";

interface Window {
  readonly ranges: readonly AxisRange[];
}

const copyKernel = kernel("copy");
const addKernel = kernel("add");

function changedShape(
  name: string,
  x: AbstractValue,
  value: AbstractValue,
  { ranges }: Window,
): AbstractValue {
  const target = windowShape(ranges);
  if (!sameShape(broadcastShapes(name, value.shape, target), target))
    throw new ShapeError(
      name,
      `a value of shape ${showShape(value.shape)} does not broadcast to ${showShape(target)}, the part of ${showShape(x.shape)}`,
    );
  return x;
}

const zero = (x: AbstractValue): Tensor => scalar(0, x.element);
const zeros = (x: AbstractValue): Tensor => zero(x).broadcastTo(x.shape);
const part = (g: Tensor, { ranges }: Window): Tensor => g.slice(...indicesOf(ranges));

function copyOf(name: string, x: Tensor): Tensor {
  const y = empty(name, x.shape, x.element);
  if (x.size > 0) executeBroadcast(name, kernelFor(name, copyKernel, x.element), x.shape, [x, y]);
  return y;
}

/** The value has the window's axes, behind the mapped one. */
const batchWindow: BatchRule<Window> = (apply, [x, value], { ranges }, [xBatched, valueBatched], size) => {
  const window = { ranges: [wholeAxis(size), ...ranges] };
  const rank = window.ranges.filter(({ dropped }) => !dropped).length;
  return apply(
    [xBatched ? x : x.broadcastTo([size, ...x.shape]), valueBatched ? padded(value, rank) : value],
    window,
  );
};

const setPrimitive: Primitive<Window> = define<"x" | "value", "y", Window>({
  name: "setSlice",
  inputs: ["x", "value"],
  outputs: ["y"],
  shape: ([x, value], window) => [changedShape("setSlice", x, value, window)],
  run([x, value], [{ element }], { ranges }) {
    const y = copyOf("setSlice", x);
    const target = passingWindowOf(y, ranges);
    if (target.size > 0)
      executeBroadcast("setSlice", kernelFor("setSlice", copyKernel, element), target.shape, [value, target]);
    return [y];
  },
  derivative: {
    saves: {},
    vjp: ([g], _values, [wantsX, wantsValue], window) => [
      wantsX && bindOne(setPrimitive, [g!, zero(g!)], window),
      wantsValue && part(g!, window),
    ],
    jvp: ([dx, dv], [x, value], window) => [
      bindOne(setPrimitive, [dx ?? zeros(x), dv ?? zero(value)], window),
    ],
  },
  batch: batchWindow,
});

const addPrimitive: Primitive<Window> = define<"x" | "value", "y", Window>({
  name: "addSlice",
  inputs: ["x", "value"],
  outputs: ["y"],
  shape: ([x, value], window) => [changedShape("addSlice", x, value, window)],
  run([x, value], [{ element }], { ranges }) {
    const id = kernelFor("addSlice", addKernel, element);
    const y = copyOf("addSlice", x);
    const target = passingWindowOf(y, ranges);
    if (target.size > 0)
      executeBroadcast("addSlice", id, target.shape, [passingWindowOf(x, ranges), value, target]);
    return [y];
  },
  derivative: {
    saves: {},
    vjp: ([g], _values, [, wantsValue], window) => [g, wantsValue && part(g!, window)],
    jvp: ([dx, dv], [x], window) => [dv === null ? dx : bindOne(addPrimitive, [dx ?? zeros(x), dv], window)],
  },
  batch: batchWindow,
});

function changed(
  primitive: Primitive<Window>,
  x: TensorLike,
  ranges: number | readonly SliceIndex[],
  value: TensorLike,
): Tensor {
  const { name } = primitive;
  const operand = lift(name, x);
  const indices = typeof ranges === "number" ? [ranges] : ranges;
  if (!Array.isArray(indices))
    throw new ArgumentError(name, `expected an array with an index for each axis, got ${showValue(ranges)}`);
  const placed = liftPlaced(name, value, operand);
  return bindOne(primitive, [operand, placed], { ranges: resolveRanges(name, operand, indices) });
}

/**
 * A copy of x in which a part has other values. The array `ranges` has an index for each axis, as `slice` takes them:
 * `[1]` is row 1, `[[1, 3]]` the rows 1 and 2. The value broadcasts to the part and takes the dtype of x. Derivatives
 * flow to the value, and to the rest of x.
 * @throws ArgumentError where an index is out of range, ShapeError where the value does not broadcast to the part
 * @example setSlice([1, 2, 3], [[1, null]], 0) // [1, 0, 0]
 */
export const setSlice = (x: TensorLike, ranges: number | readonly SliceIndex[], value: TensorLike): Tensor =>
  changed(setPrimitive, x, ranges, value);

/**
 * A copy of x in which a value is added to a part; `ranges` and value are those of `setSlice`. Derivatives flow to both.
 * @throws ArgumentError where an index is out of range, ShapeError where the value does not broadcast to the part
 * @example addSlice([1, 2, 3], [-1], 10) // [1, 2, 13]
 */
export const addSlice = (x: TensorLike, ranges: number | readonly SliceIndex[], value: TensorLike): Tensor =>
  changed(addPrimitive, x, ranges, value);

methods({ setSlice, addSlice });

declare module "../tensor.js" {
  interface Tensor {
    setSlice: Method<typeof setSlice>;
    addSlice: Method<typeof addSlice>;
  }
}
