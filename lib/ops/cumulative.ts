import { lift } from "../convert.js";
import { leadingAxes, shiftedParams } from "../core/batching.js";
import { bindOne } from "../core/bind.js";
import { define } from "../core/define.js";
import type { Linear, NotDifferentiable, Primitive, Rules } from "../core/primitive.js";
import { methods } from "../core/registry.js";
import { bool } from "../dtype.js";
import { execute, kernel, kernelFor } from "../instruction.js";
import { broadcastShapes, broadcastStrides, normalizeAxis } from "../shape.js";
import { empty, type Method, type Tensor, type TensorLike } from "../tensor.js";

/** A list with the entry of one axis moved to the end, where kernels look for it. */
const axisLast = (list: readonly number[], axis: number): number[] => [
  ...list.slice(0, axis),
  ...list.slice(axis + 1),
  list[axis],
];

const reversed = (x: Tensor, axis: number): Tensor => x.flip(axis);

/** Along an axis, each element's predecessor; `first` has none. */
function predecessors(x: Tensor, axis: number, first: number): Tensor {
  if (x.shape[axis] === 0) return x;
  const before = new Array<null>(axis).fill(null);
  const margins = x.shape.map((_, i): [number, number] => [i === axis ? 1 : 0, 0]);
  return x.slice(...before, [0, -1]).pad(margins, { value: first });
}

const recurrenceKernel = kernel("recurrence");

/**
 * yᵢ = aᵢ yᵢ₋₁ + bᵢ along the last axis, y₋₁ = 0. Derivatives of products along an axis are of this form, and so are
 * its own: no division, so that zeros among the factors are as good as any number.
 */
const recurrencePrimitive: Primitive<null> = define<"a" | "b", "y", null>({
  name: "recurrence",
  inputs: ["a", "b"],
  outputs: ["y"],
  shape: ([a, b]) => [{ shape: broadcastShapes("cumprod", a.shape, b.shape), element: b.element }],
  run([a, b], [{ shape, element }]) {
    const y = empty("cumprod", shape, element);
    execute("cumprod", kernelFor("cumprod", recurrenceKernel, element), shape, [
      [a, broadcastStrides(a.shape, a.strides, shape)],
      [b, broadcastStrides(b.shape, b.strides, shape)],
      [y, y.strides],
    ]);
    return [y];
  },
  derivative: {
    saves: { a: ["a", "y"], b: ["a"] },
    vjp([g], [a, , y], [wantsA]) {
      const gb = adjointRecurrence(a, g!);
      return [wantsA && gb.mul(predecessors(y, y.ndim - 1, 0)), gb];
    },
    jvp([da, db], [a, , y]) {
      const moved = da?.mul(predecessors(y, y.ndim - 1, 0));
      const driven = moved && db ? moved.add(db) : (moved ?? db);
      return [driven && recurrence(a, driven)];
    },
  },
  batch: leadingAxes(1, 1),
});

const recurrence = (a: Tensor, b: Tensor): Tensor => bindOne(recurrencePrimitive, [a, b], null);

/** The transpose in b: rᵢ = gᵢ + aᵢ₊₁ rᵢ₊₁. */
function adjointRecurrence(a: Tensor, g: Tensor): Tensor {
  const factors = predecessors(reversed(a, a.ndim - 1), a.ndim - 1, 0);
  return reversed(recurrence(factors, reversed(g, g.ndim - 1)), g.ndim - 1);
}

function cumulation(
  name: string,
  derivative: Rules<"x" | "y", number> | Linear<number> | NotDifferentiable,
): (x: TensorLike, axis?: number) => Tensor {
  const kernels = kernel(name);
  const primitive = define<"x", "y", number>({
    name,
    inputs: ["x"],
    outputs: ["y"],
    shape: ([x]) => [{ shape: x.shape, element: x.element }],
    run([x], [{ shape, element }], axis) {
      const y = empty(name, shape, element);
      execute(name, kernelFor(name, kernels, element), axisLast(shape, axis), [
        [x, axisLast(x.strides, axis)],
        [y, axisLast(y.strides, axis)],
      ]);
      return [y];
    },
    derivative,
    batch: shiftedParams((axis) => axis + 1),
  });
  return (input, axis = -1) => {
    const given = lift(name, input);
    const x = given.element === bool ? given.cast("int32") : given;
    return bindOne(primitive, [x], normalizeAxis(name, axis, x.ndim));
  };
}

/**
 * Sums of the elements up to each one along an axis, the last by default. int32 stays int32, bool counts as int32.
 * @example cumsum([1, 2, 3]) // [1, 3, 6]
 */
export const cumsum = cumulation("cumsum", {
  transpose: (g, _x, axis) => reversed(reversed(g, axis).cumsum(axis), axis),
});

/** The recurrence works on the last axis. */
const atLast = (axis: number, f: (...xs: Tensor[]) => Tensor, ...xs: Tensor[]): Tensor =>
  f(...xs.map((x) => x.moveAxis(axis, -1))).moveAxis(-1, axis);

/**
 * Products of the elements up to each one along an axis, the last by default. int32 stays int32, bool counts as int32.
 * The derivative is exact where factors are zero.
 * @example cumprod([1, 2, 3]) // [1, 2, 6]
 */
export const cumprod = cumulation("cumprod", {
  // ẏᵢ = xᵢ ẏᵢ₋₁ + ẋᵢ yᵢ₋₁, which is a recurrence; the pullback is its transpose.
  saves: { x: ["x", "y"] },
  vjp: ([g], [x, y], _wanted, axis) => [atLast(axis, adjointRecurrence, x, g!).mul(predecessors(y, axis, 1))],
  jvp: ([t], [x, y], axis) => [t && atLast(axis, recurrence, x, t.mul(predecessors(y, axis, 1)))],
});

methods({ cumsum, cumprod });

declare module "../tensor.js" {
  interface Tensor {
    cumsum: Method<typeof cumsum>;
    cumprod: Method<typeof cumprod>;
  }
}
