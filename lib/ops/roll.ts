import { lift } from "../convert.js";
import { shiftedParams } from "../core/batching.js";
import { bindOne } from "../core/bind.js";
import { define } from "../core/define.js";
import type { Primitive } from "../core/primitive.js";
import { methods } from "../core/registry.js";
import { ArgumentError, showValue } from "../errors.js";
import { executeBroadcast, kernel, kernelFor } from "../instruction.js";
import { normalizeAxis, shapeOf } from "../shape.js";
import { empty, type Method, ownHandle, type Tensor, type TensorLike, view } from "../tensor.js";

interface Turn {
  readonly axis: number;
  readonly shift: number;
}

const copyKernel = kernel("copy");

/** `count` elements along an axis, from `start` on. */
function stretch(x: Tensor, axis: number, start: number, count: number): Tensor {
  const shape = shapeOf(x.shape.map((extent, i) => (i === axis ? count : extent)));
  return view(x, shape, x.strides, x.offset + start * x.strides[axis]);
}

const rollPrimitive: Primitive<Turn> = define<"x", "y", Turn>({
  name: "roll",
  inputs: ["x"],
  outputs: ["y"],
  shape: ([x]) => [x],
  run([x], [{ shape, element }], { axis, shift }) {
    const y = empty("roll", shape, element);
    if (y.size === 0) return [y];
    const id = kernelFor("roll", copyKernel, element);
    const extent = shape[axis];
    const wrapped = ((shift % extent) + extent) % extent;
    for (const [from, to, count] of [
      [0, wrapped, extent - wrapped],
      [extent - wrapped, 0, wrapped],
    ]) {
      const target = stretch(y, axis, to, count);
      if (count > 0) executeBroadcast("roll", id, target.shape, [stretch(x, axis, from, count), target]);
    }
    return [y];
  },
  derivative: {
    transpose: (g, _x, { axis, shift }) => bindOne(rollPrimitive, [g], { axis, shift: -shift }),
  },
  batch: shiftedParams(({ axis, shift }) => ({ axis: axis + 1, shift })),
});

/**
 * Elements moved along axes, those that leave at one end coming in at the other: by `shift` places towards higher
 * indices. Without an axis, in row-major order. Lists pair shifts with axes; an axis that occurs twice turns twice.
 * @throws ArgumentError for shifts that are not whole, or more shifts than axes
 * @example roll([1, 2, 3, 4], 1) // [4, 1, 2, 3]
 */
export function roll(
  x: TensorLike,
  shift: number | readonly number[],
  axis?: number | readonly number[] | null,
): Tensor {
  const operand = lift("roll", x);
  const shifts = [shift].flat();
  if (!shifts.every(Number.isSafeInteger))
    throw new ArgumentError("roll", `expected whole numbers to shift by, got ${showValue(shift)}`);
  if (axis === null || axis === undefined) {
    const total = shifts.reduce((sum, s) => sum + s, 0);
    return bindOne(rollPrimitive, [operand.reshape([-1])], { axis: 0, shift: total }).reshape(operand.shape);
  }
  const axes = [axis].flat().map((a) => normalizeAxis("roll", a, operand.ndim));
  const count = Math.max(axes.length, shifts.length);
  if ((axes.length !== count && axes.length !== 1) || (shifts.length !== count && shifts.length !== 1))
    throw new ArgumentError("roll", `${shifts.length} shifts do not pair with ${axes.length} axes`);
  let y = ownHandle(operand);
  for (let i = 0; i < count; i++)
    y = bindOne(rollPrimitive, [y], {
      axis: axes[axes.length === 1 ? 0 : i],
      shift: shifts[shifts.length === 1 ? 0 : i],
    });
  return y;
}

methods({ roll });

declare module "../tensor.js" {
  interface Tensor {
    roll: Method<typeof roll>;
  }
}
