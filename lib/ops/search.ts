import { lift, liftPair } from "../convert.js";
import { leadingAxes, shiftedParams } from "../core/batching.js";
import { bindOne } from "../core/bind.js";
import { define } from "../core/define.js";
import { notDifferentiable, type Primitive } from "../core/primitive.js";
import { methods } from "../core/registry.js";
import { int32 } from "../dtype.js";
import { ArgumentError, ShapeError, showValue } from "../errors.js";
import { execute, kernel, kernelFor } from "../instruction.js";
import { checkOptions } from "../options.js";
import {
  broadcastShapes,
  broadcastStrides,
  normalizeAxis,
  reducedShape,
  shapeOf,
  showOperand,
} from "../shape.js";
import { empty, type Method, type Tensor, type TensorLike } from "../tensor.js";

const LONGEST = 2 ** 31 - 1;
const anIndex = notDifferentiable("an index is piecewise constant");

export interface ArgExtremeOptions {
  /** Keeps the reduced axis (all of them without an axis) with extent 1. */
  keepDims?: boolean;
}

function argExtreme(name: string): Primitive<number> {
  const kernels = kernel(name);
  return define<"x", "y", number>({
    name,
    inputs: ["x"],
    outputs: ["y"],
    shape([x], axis) {
      if (x.shape[axis] === 0)
        throw new ArgumentError(name, `an empty axis has no ${name}: ${showOperand(x)} along axis ${axis}`);
      if (x.shape[axis] > LONGEST)
        throw new ArgumentError(name, `axis ${axis} of ${showOperand(x)} is too long for int32 indices`);
      return [{ shape: reducedShape(x.shape, [axis], false), element: int32 }];
    },
    run([x], [{ shape, element }], axis) {
      const y = empty(name, shape, element);
      const others = (list: readonly number[]): number[] => list.filter((_, i) => i !== axis);
      execute(
        name,
        kernelFor(name, kernels, x.element),
        [...others(x.shape), x.shape[axis]],
        [
          [x, [...others(x.strides), x.strides[axis]]],
          [y, [...y.strides, 0]],
        ],
      );
      return [y];
    },
    derivative: anIndex,
    batch: shiftedParams((axis) => axis + 1),
  });
}

function finder(primitive: Primitive<number>) {
  const { name } = primitive;
  return (
    input: TensorLike,
    axis?: number | null | ArgExtremeOptions,
    options?: ArgExtremeOptions,
  ): Tensor => {
    const x = lift(name, input);
    const [place, rest] = typeof axis === "object" && axis !== null ? [null, axis] : [axis ?? null, options];
    checkOptions(name, rest, ["keepDims"]);
    const keepDims = rest?.keepDims ?? false;
    if (place === null) {
      const y = bindOne(primitive, [x.reshape([x.size])], 0);
      return keepDims ? y.reshape(x.shape.map(() => 1)) : y;
    }
    const along = normalizeAxis(name, place, x.ndim);
    const y = bindOne(primitive, [x], along);
    return keepDims ? y.expandDims(along) : y;
  };
}

/**
 * The index (int32) of the greatest element along an axis, the first one where several are equal; NaN counts as the
 * greatest. Without an axis, the position in row-major order.
 * @throws ArgumentError for an axis without elements
 * @example argmax([[1, 5], [3, 2]], 1) // [1, 0]
 */
export const argmax = finder(argExtreme("argmax"));

/**
 * The index (int32) of the least element along an axis, the first one where several are equal; NaN wins here too.
 * Without an axis, the position in row-major order.
 * @throws ArgumentError for an axis without elements
 * @example argmin([[1, 5], [3, 2]], 1) // [0, 1]
 */
export const argmin = finder(argExtreme("argmin"));

interface Side {
  readonly right: boolean;
}

const searchKernel = kernel("searchSorted");

/** For each of [..., m] values its place among [..., n] sorted elements. */
const searchPrimitive = define<"sorted" | "values", "places", Side>({
  name: "searchSorted",
  inputs: ["sorted", "values"],
  outputs: ["places"],
  shape([sorted, values]) {
    if (sorted.shape[sorted.shape.length - 1] > LONGEST)
      throw new ArgumentError("searchSorted", `${showOperand(sorted)} is too long for int32 indices`);
    const batch = broadcastShapes("searchSorted", sorted.shape.slice(0, -1), values.shape.slice(0, -1));
    return [{ shape: shapeOf([...batch, values.shape[values.shape.length - 1]]), element: int32 }];
  },
  run([sorted, values], [{ shape, element }], { right }) {
    const places = empty("searchSorted", shape, element);
    const batch = shape.slice(0, -1);
    const outer = (x: Tensor): number[] =>
      broadcastStrides(x.shape.slice(0, -1), x.strides.slice(0, -1), batch);
    const last = (x: Tensor): number => x.strides[x.ndim - 1];
    execute(
      "searchSorted",
      kernelFor("searchSorted", searchKernel, values.element),
      [...shape, sorted.shape[sorted.ndim - 1]],
      [
        [sorted, [...outer(sorted), 0, last(sorted)]],
        [values, [...outer(values), last(values), 0]],
        [places, [...places.strides, 0]],
      ],
      [right ? 1 : 0],
    );
    return [places];
  },
  derivative: anIndex,
  batch: leadingAxes(1, 1),
});

export interface SearchSortedOptions {
  /** Where elements equal the value: before them ("left", the default) or behind them. */
  side?: "left" | "right";
}

/**
 * Where values would have to stand in a vector in ascending order so that it stays in order: int32 places from 0 to
 * its length, in the shape of the values. NaN counts as the greatest.
 * @throws ShapeError where `sorted` is no vector
 * @example searchSorted([1, 3, 5], [3, 4]) // [1, 2]
 */
export function searchSorted(sorted: TensorLike, values: TensorLike, options?: SearchSortedOptions): Tensor {
  checkOptions("searchSorted", options, ["side"]);
  const side = options?.side ?? "left";
  if (side !== "left" && side !== "right")
    throw new ArgumentError("searchSorted", `expected side "left" or "right", got ${showValue(side)}`);
  const [vector, sought] = liftPair("searchSorted", sorted, values);
  if (vector.ndim !== 1)
    throw new ShapeError("searchSorted", `expected a sorted vector, got ${showOperand(vector)}`);
  const flat = sought.reshape([sought.size]);
  return bindOne(searchPrimitive, [vector, flat], { right: side === "right" }).reshape(sought.shape);
}

methods({ argmax, argmin, searchSorted });

declare module "../tensor.js" {
  interface Tensor {
    argmax: Method<typeof argmax>;
    argmin: Method<typeof argmin>;
    searchSorted: Method<typeof searchSorted>;
  }
}
