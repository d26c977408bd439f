import { fromValues, lift } from "../convert.js";
import { methods } from "../core/registry.js";
import { NamedTensors } from "../core/tree.js";
import { bool, int32 } from "../dtype.js";
import { DTypeError, ShapeError } from "../errors.js";
import { broadcastShapes, showOperand } from "../shape.js";
import type { Method, Tensor, TensorLike } from "../tensor.js";

// The shapes of these results depend on values, which only eager tensors have: reading them under a transform that
// stands for many values is an error that names `where`.

/** The row-major positions at which a condition on the values holds. */
function positions(
  operation: string,
  x: Tensor,
  holds: (value: number, i: number, values: ArrayLike<number>) => boolean,
): Int32Array {
  const values = x.concrete(operation).toTypedArray();
  const found: number[] = [];
  for (let i = 0; i < values.length; i++) if (holds(values[i], i, values)) found.push(i);
  return Int32Array.from(found);
}

const indices = (operation: string, values: Int32Array): Tensor =>
  fromValues(operation, values, [values.length], int32);

/**
 * The indices of the elements that are not 0 (or true), one int32 vector for each axis, in row-major order. Eager only.
 * @throws ShapeError for a 0-d tensor, ArgumentError under vmap
 * @example nonzero([[1, 0], [0, 2]]) // [[0, 1], [0, 1]]
 */
export function nonzero(x: TensorLike): Tensor[] {
  const operand = lift("nonzero", x);
  const { shape } = operand;
  if (shape.length === 0) throw new ShapeError("nonzero", `expected axes, got ${showOperand(operand)}`);
  const found = positions("nonzero", operand.notEqual(0), (value) => value !== 0);
  let weight = operand.size;
  return shape.map((extent) => {
    weight /= extent;
    return indices(
      "nonzero",
      found.map((position) => Math.floor(position / weight) % extent),
    );
  });
}

/**
 * The elements at which a mask is true, as a vector in row-major order; mask and tensor broadcast. Eager only: where
 * the mask depends on a mapped value, `where(mask, x, 0)` keeps the shape. Derivatives flow to the selected elements.
 * @throws DTypeError for a mask that is not bool, ArgumentError under vmap
 * @example maskedSelect([1, 2, 3], [true, false, true]) // [1, 3]
 */
export function maskedSelect(x: TensorLike, mask: TensorLike): Tensor {
  const operand = lift("maskedSelect", x);
  const condition = lift("maskedSelect", mask);
  if (condition.element !== bool)
    throw new DTypeError("maskedSelect", `expected a bool mask, got ${showOperand(condition)}`);
  const shape = broadcastShapes("maskedSelect", operand.shape, condition.shape);
  const chosen = positions("maskedSelect", condition.broadcastTo(shape), (value) => value !== 0);
  return operand.broadcastTo(shape).reshape([-1]).take(indices("maskedSelect", chosen));
}

/** The different values of a tensor, and how often each occurs (int32). */
export class UniqueCountsResult extends NamedTensors {
  static override readonly fields = ["values", "counts"];
  constructor(
    readonly values: Tensor,
    readonly counts: Tensor,
  ) {
    super();
  }
}

/** The different values of a tensor, and for each of its elements the index of its value (int32). */
export class UniqueInverseResult extends NamedTensors {
  static override readonly fields = ["values", "inverse"];
  constructor(
    readonly values: Tensor,
    readonly inverse: Tensor,
  ) {
    super();
  }
}

/** The elements in order, and where in that order each value comes first. */
function firstOccurrences(operation: string, input: TensorLike): { sorted: Tensor; places: Int32Array } {
  const x = lift(operation, input);
  const sorted = x.reshape([x.size]).sort();
  const isNew = (value: number, i: number, values: ArrayLike<number>): boolean =>
    i === 0 || (value !== values[i - 1] && !Number.isNaN(values[i - 1]));
  return { sorted, places: positions(operation, sorted, isNew) };
}

/**
 * The different values of a tensor, in ascending order, as a vector; NaN counts once. Eager only. The derivative of a
 * value that occurs several times goes to the first of them.
 * @throws ArgumentError under vmap
 * @example unique([2, 1, 2]) // [1, 2]
 */
export function unique(x: TensorLike): Tensor {
  const { sorted, places } = firstOccurrences("unique", x);
  return sorted.take(indices("unique", places));
}

/**
 * The different values of a tensor as `unique` gives them, and how often each occurs (int32). Eager only.
 * @throws ArgumentError under vmap
 * @example uniqueCounts([2, 1, 2]).counts // [1, 2]
 */
export function uniqueCounts(x: TensorLike): UniqueCountsResult {
  const { sorted, places } = firstOccurrences("uniqueCounts", x);
  const counts = places.map((place, i) => (i + 1 < places.length ? places[i + 1] : sorted.size) - place);
  return new UniqueCountsResult(
    sorted.take(indices("uniqueCounts", places)),
    indices("uniqueCounts", counts),
  );
}

/**
 * The different values of a tensor as `unique` gives them, and in the tensor's shape the index of each element's value
 * (int32): `values.take(inverse)` is the tensor. Eager only.
 * @throws ArgumentError under vmap
 * @example uniqueInverse([2, 1, 2]).inverse // [1, 0, 1]
 */
export function uniqueInverse(x: TensorLike): UniqueInverseResult {
  const operand = lift("uniqueInverse", x);
  const { sorted, places } = firstOccurrences("uniqueInverse", operand);
  const values = sorted.take(indices("uniqueInverse", places));
  const [order, sought] = [values, operand].map((y) => (y.element === bool ? y.cast("int32") : y));
  return new UniqueInverseResult(values, order.searchSorted(sought));
}

methods({ nonzero, maskedSelect, unique, uniqueCounts, uniqueInverse });

declare module "../tensor.js" {
  interface Tensor {
    nonzero: Method<typeof nonzero>;
    maskedSelect: Method<typeof maskedSelect>;
    unique: Method<typeof unique>;
    uniqueCounts: Method<typeof uniqueCounts>;
    uniqueInverse: Method<typeof uniqueInverse>;
  }
}
