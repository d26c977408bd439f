import { lift } from "../convert.js";
import { shiftedParams } from "../core/batching.js";
import { bindOne } from "../core/bind.js";
import { define } from "../core/define.js";
import { type NotDifferentiable, notDifferentiable, type Primitive, type Rules } from "../core/primitive.js";
import { methods } from "../core/registry.js";
import { type ElementType, int32 } from "../dtype.js";
import { ArgumentError } from "../errors.js";
import { execute, kernel, kernelFor } from "../instruction.js";
import { checkOptions } from "../options.js";
import { normalizeAxis, showOperand } from "../shape.js";
import { empty, type Method, type Tensor, type TensorLike } from "../tensor.js";

interface Order {
  readonly axis: number;
  readonly descending: boolean;
}

export interface SortOptions {
  /** From the greatest element to the least. False by default. */
  descending?: boolean;
  /** Equal elements always keep their order. */
  stable?: boolean;
}

/** A list with the entry of one axis moved to the end, where kernels look for it. */
const axisLast = (list: readonly number[], axis: number): number[] => [
  ...list.slice(0, axis),
  ...list.slice(axis + 1),
  list[axis],
];

function ordering(
  name: string,
  result: ElementType | null,
  derivative: Rules<"x" | "y", Order> | NotDifferentiable,
): Primitive<Order> {
  const kernels = kernel(name);
  return define<"x", "y", Order>({
    name,
    inputs: ["x"],
    outputs: ["y"],
    shape([x], { axis }) {
      if (result !== null && x.shape[axis] >= 2 ** 31)
        throw new ArgumentError(name, `axis ${axis} of ${showOperand(x)} is too long for int32 indices`);
      return [{ shape: x.shape, element: result ?? x.element }];
    },
    run([x], [{ shape, element }], { axis, descending }) {
      const y = empty(name, shape, element);
      execute(
        name,
        kernelFor(name, kernels, x.element),
        axisLast(shape, axis),
        [
          [x, axisLast(x.strides, axis)],
          [y, axisLast(y.strides, axis)],
        ],
        [descending ? 1 : 0],
      );
      return [y];
    },
    derivative,
    batch: shiftedParams(({ axis, descending }) => ({ axis: axis + 1, descending })),
  });
}

/** A sorted tensor is its elements in another order: derivatives move along, or back. */
const sortPrimitive = ordering("sort", null, {
  saves: { x: ["x"] },
  vjp: ([g], [x], _wanted, order) => {
    const { axis, descending } = order;
    return [g!.takeAlongAxis(x.argsort(axis, { descending }).argsort(axis), axis)];
  },
  jvp: ([t], [x], { axis, descending }) => [t?.takeAlongAxis(x.argsort(axis, { descending }), axis)],
});

const argsortPrimitive = ordering("argsort", int32, notDifferentiable("an order is piecewise constant"));

function sorter(primitive: Primitive<Order>) {
  const { name } = primitive;
  return (input: TensorLike, axis: number | SortOptions = -1, options?: SortOptions): Tensor => {
    const x = lift(name, input);
    const [place, rest] = typeof axis === "object" && axis !== null ? [-1, axis] : [axis, options];
    checkOptions(name, rest, ["descending", "stable"]);
    return bindOne(primitive, [x], {
      axis: normalizeAxis(name, place, x.ndim),
      descending: rest?.descending ?? false,
    });
  };
}

/**
 * The elements in ascending order along an axis, the last by default; NaN counts as the greatest. The derivative of an
 * element goes with it.
 * @throws ArgumentError for an axis out of range: a 0-d tensor has none
 * @example sort([3, 1, 2]) // [1, 2, 3]
 */
export const sort = sorter(sortPrimitive);

/**
 * The indices (int32) that sort along an axis, the last by default; equal elements keep their order, NaN counts as the
 * greatest. `takeAlongAxis` applies them.
 * @throws ArgumentError for an axis out of range: a 0-d tensor has none
 * @example argsort([3, 1, 2]) // [1, 2, 0]
 */
export const argsort = sorter(argsortPrimitive);

methods({ sort, argsort });

declare module "../tensor.js" {
  interface Tensor {
    sort: Method<typeof sort>;
    argsort: Method<typeof argsort>;
  }
}
