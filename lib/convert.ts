import { isDetached } from "./array_buffer.js";
import {
  bool,
  complex128,
  complexOf,
  type DType,
  type ElementType,
  elementTypeOf,
  float32,
  float64,
  int32,
  isComplex,
  promote,
  type TypedArray,
} from "./dtype.js";
import { ArgumentError, DTypeError, ShapeError, showValue } from "./errors.js";
import { checkedShape, MAX_RANK, type Shape, scalarShape, shapeOf, showShape, sizeOf } from "./shape.js";
import { allocate } from "./storage.js";
import {
  adopted,
  empty,
  isDisposed,
  type MoveOptions,
  Tensor,
  type TensorLike,
  type Transferable,
} from "./tensor.js";

/** A 0-d tensor. */
export function scalar(value: number, element: ElementType): Tensor {
  const storage = allocate("tensor", element.bytes);
  const offset = storage.take(element.bytes) / element.bytes;
  storage.set(element, offset, value);
  return new Tensor(element, scalarShape, 1, scalarShape, offset, true, storage);
}

/** A tensor that holds a copy of flat row-major values: real and imaginary parts in turn where it is complex. */
export function fromValues(
  operation: string,
  values: ArrayLike<number>,
  shape: Shape,
  element: ElementType,
): Tensor {
  const x = empty(operation, shape, element);
  x.storage!.copyFrom(element, x.offset, values);
  return x;
}

export function isTypedArray(value: unknown): value is TypedArray {
  return (
    value instanceof Float64Array ||
    value instanceof Float32Array ||
    value instanceof Int32Array ||
    value instanceof Uint8Array
  );
}

function elementOfTypedArray(values: TypedArray): ElementType {
  if (values instanceof Float64Array) return float64;
  if (values instanceof Float32Array) return float32;
  if (values instanceof Int32Array) return int32;
  return bool;
}

/** The shape that the first entries of nested arrays suggest; the walk below holds the others to it. */
function nestedShape(operation: string, data: unknown): Shape {
  const shape: number[] = [];
  // An array may hold itself: one level past the limit is enough for the error.
  for (let level = data; Array.isArray(level) && shape.length <= MAX_RANK; level = level[0])
    shape.push(level.length);
  return checkedShape(operation, shape);
}

interface Flat {
  readonly values: Float64Array;
  readonly shape: Shape;
  readonly element: ElementType;
}

function flattenNested(operation: string, data: unknown): Flat {
  const shape = nestedShape(operation, data);
  const values = new Float64Array(2 * sizeOf(shape));
  let position = 0;
  let booleans = 0;
  let complexes = 0;
  const walk = (entry: unknown, axis: number, path: readonly number[]): void => {
    if (axis < shape.length) {
      if (!Array.isArray(entry) || entry.length !== shape[axis])
        throw new ShapeError(
          operation,
          `ragged nested array: expected ${shape[axis]} entries at [${path.join("][")}], got ${Array.isArray(entry) ? entry.length : String(entry)}`,
        );
      for (let i = 0; i < entry.length; i++) walk(entry[i], axis + 1, [...path, i]);
    } else if (typeof entry === "number") {
      values[position] = entry;
      position += 2;
    } else if (typeof entry === "boolean") {
      values[position] = Number(entry);
      position += 2;
      booleans++;
    } else if (isComplex(entry)) {
      values[position++] = entry.re;
      values[position++] = entry.im;
      complexes++;
    } else if (Array.isArray(entry))
      throw new ShapeError(
        operation,
        `ragged nested array: an array of ${entry.length} where a number is expected at [${path.join("][")}]`,
      );
    else
      throw new DTypeError(
        operation,
        `expected numbers, booleans or { re, im }, got ${describe(entry)}${path.length > 0 ? ` at [${path.join("][")}]` : ""}`,
      );
  };
  walk(data, 0, []);
  if (booleans !== 0 && booleans !== position / 2)
    throw new DTypeError(operation, "nested arrays hold either numbers or booleans, not both");
  if (complexes > 0) return { values, shape, element: complex128 };
  const real = values.subarray(0, position / 2);
  for (let i = 0; i < real.length; i++) real[i] = values[2 * i];
  return { values: real, shape, element: booleans > 0 ? bool : float64 };
}

function describe(value: unknown): string {
  return value instanceof Tensor ? `${showValue(value)} (stack or concat join tensors)` : showValue(value);
}

/**
 * Number by number, as `cast` converts: integers truncate, and what does not fit is an error. Complex numbers are
 * given by their parts in turn.
 */
function convertValues(
  operation: string,
  values: ArrayLike<number>,
  from: ElementType,
  to: ElementType,
): ArrayLike<number> {
  if (from.complex && !to.complex)
    throw new DTypeError(operation, `complex numbers do not fit into ${to.name}`);
  if (to.complex && !from.complex) {
    const parts = new Float64Array(2 * values.length);
    for (let i = 0; i < values.length; i++) parts[2 * i] = values[i];
    return parts;
  }
  if (from === to || to.floating) return values;
  if (to === bool) return Uint8Array.from(values, (value) => (value !== 0 ? 1 : 0));
  return Int32Array.from(values, (value) => {
    const truncated = Math.trunc(value);
    if (!(truncated >= -(2 ** 31) && truncated < 2 ** 31))
      throw new DTypeError(operation, `${value} does not fit into int32`);
    return truncated;
  });
}

export interface TensorOptions extends MoveOptions {
  dtype?: DType;
  shape?: readonly number[];
}

/** Whether a value is what `toTransferable()` gives. */
function isTransferable(data: unknown): data is Transferable {
  return typeof data === "object" && data !== null && "dtype" in data && "shape" in data && "data" in data;
}

function flatten(operation: string, data: unknown): Flat {
  if (isTypedArray(data)) {
    if (data.length === 0 && isDetached(data.buffer))
      throw new ArgumentError(
        operation,
        `the ${data.constructor.name} has no memory any more: its buffer was transferred`,
      );
    return {
      // A boolean is 0 or 1, whatever stands for true.
      values: (data instanceof Uint8Array ? data.map((value) => Number(value !== 0)) : data) as Float64Array,
      shape: shapeOf([data.length]),
      element: elementOfTypedArray(data),
    };
  }
  if (ArrayBuffer.isView(data))
    throw new DTypeError(
      operation,
      `a ${data.constructor.name} has no dtype here; expected Float64Array, Float32Array, Int32Array or Uint8Array (bool)`,
    );
  return flattenNested(operation, data);
}

/**
 * A tensor from numbers, booleans, `{ re, im }`, nested arrays or typed arrays; values are copied. With a complex
 * dtype and a shape a typed array may hold the parts of each element in turn.
 */
export function fromData(operation: string, data: unknown, options: TensorOptions = {}): Tensor {
  if (isTransferable(data))
    return fromData(operation, data.data, { dtype: data.dtype, shape: data.shape, ...options });
  const flat = flatten(operation, data);
  const element = options.dtype === undefined ? flat.element : elementTypeOf(operation, options.dtype);
  const shape = options.shape === undefined ? flat.shape : checkedShape(operation, options.shape);
  const moved = options.move === true && isTypedArray(data) ? adopted(data, shape, element) : null;
  if (moved !== null) return moved;
  if (element.complex && isTypedArray(data) && data.length === 2 * sizeOf(shape))
    return fromValues(operation, data, shape, element);
  if (sizeOf(shape) !== sizeOf(flat.shape))
    throw new ShapeError(
      operation,
      `shape ${showShape(shape)} needs ${sizeOf(shape)} values, got ${sizeOf(flat.shape)}`,
    );
  return fromValues(operation, convertValues(operation, flat.values, flat.element, element), shape, element);
}

/** In floats, for what is computed in no other numbers: integers and booleans become float64. */
export const floating = (x: Tensor): Tensor => (x.element.floating ? x : x.cast("float64"));

/** What a user wrote in a tensor's place, as a tensor. */
export function lift(operation: string, x: TensorLike): Tensor {
  if (x instanceof Tensor) {
    if (x.wrapper !== null && isDisposed(x)) x.concrete(operation);
    return x.snapshot();
  }
  if (typeof x === "number") return scalar(x, float64);
  return fromData(operation, x);
}

/** A plain number beside a tensor takes the tensor's dtype where that loses nothing. */
function liftWeak(operation: string, value: number, beside: ElementType): Tensor {
  if (beside.floating) return scalar(value, beside);
  if (beside === bool) return scalar(value, float64);
  if (Number.isInteger(value) && Math.abs(value) < 2 ** 31) return scalar(value, int32);
  throw new DTypeError(
    operation,
    `${value} is no int32 value; cast the int32 tensor first: x.cast("float64")`,
  );
}

/** An operand that another, of the given type, stands beside. */
function liftBeside(operation: string, x: TensorLike, beside: ElementType): Tensor {
  if (x instanceof Tensor) return lift(operation, x);
  if (typeof x === "number") return liftWeak(operation, x, beside);
  return isComplex(x) ? fromData(operation, x, { dtype: complexOf(beside).name }) : lift(operation, x);
}

const isWeak = (x: Tensor): boolean => x.wrapper?.weak === true;

/** A number whose value is not known yet. */
function besideStrong(operation: string, x: Tensor, beside: ElementType): Tensor {
  if (beside.floating) return x.cast(beside.name);
  if (beside === bool) return x;
  throw new DTypeError(
    operation,
    `whether a number fits beside int32 depends on its value, which a program does not know: cast the int32 tensor first, or name the argument in staticArgnums`,
  );
}

/** Two operands as tensors of one dtype; plain numbers are weak beside tensors. */
export function liftPair(operation: string, x: TensorLike, y: TensorLike): readonly [Tensor, Tensor] {
  const a = y instanceof Tensor ? liftBeside(operation, x, y.element) : lift(operation, x);
  const b = x instanceof Tensor ? liftBeside(operation, y, x.element) : lift(operation, y);
  if (a.element === b.element) return [a, b];
  if (isWeak(a) !== isWeak(b)) {
    if (isWeak(a)) return [besideStrong(operation, a, b.element), b];
    return [a, besideStrong(operation, b, a.element)];
  }
  const { name } = promote(a.element, b.element);
  return [a.cast(name), b.cast(name)];
}
