import { fromData, lift, liftPair } from "./convert.js";
import { int32, promote } from "./dtype.js";
import { DTypeError } from "./errors.js";
import { showOperand } from "./shape.js";
import { Tensor, type TensorLike } from "./tensor.js";

const isWhole = (values: ArrayLike<number>): boolean => Array.prototype.every.call(values, Number.isInteger);

/** What a user wrote in an index position, as int32: numbers and plain arrays are whole, tensors have the dtype. */
export function liftIndices(operation: string, indices: TensorLike): Tensor {
  const given = lift(operation, indices);
  if (given.element === int32) return given;
  const plain = typeof indices === "number" || Array.isArray(indices);
  if (!plain || !given.element.floating)
    throw new DTypeError(
      operation,
      `expected int32 indices, got ${showOperand(given)}; ${
        given.element.floating ? 'cast(indices, "int32") truncates' : "maskedSelect and where take masks"
      }`,
    );
  const values = given.toTypedArray();
  if (!isWhole(values))
    throw new DTypeError(
      operation,
      `expected whole numbers as indices, got ${values.find((i) => i % 1 !== 0)}`,
    );
  return fromData(operation, values, { dtype: "int32", shape: given.shape });
}

/**
 * A value that is put into x, in the dtype of x: what loses nothing converts, between floats also what loses digits,
 * and whole numbers that are not yet a tensor also to int32.
 */
export function liftPlaced(operation: string, value: TensorLike, x: Tensor): Tensor {
  const given = typeof value === "number" ? liftPair(operation, value, x)[0] : lift(operation, value);
  if (given.element === x.element) return given;
  const fits =
    promote(given.element, x.element) === x.element ||
    (given.element.floating && x.element.floating) ||
    (x.element === int32 && !(value instanceof Tensor) && isWhole(given.toTypedArray()));
  if (!fits)
    throw new DTypeError(
      operation,
      `${showOperand(x)} cannot hold values of ${showOperand(given)}; cast one to the other's dtype`,
    );
  return given.cast(x.dtype);
}
