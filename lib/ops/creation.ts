import { fromData, lift, type TensorOptions } from "../convert.js";
import {
  bool,
  type Complex,
  complex128,
  type DType,
  type ElementType,
  type ElementValue,
  elementTypeOf,
  float64,
  isComplex,
  partOf,
} from "../dtype.js";
import { ArgumentError, DTypeError, showValue, underName } from "../errors.js";
import { executeBroadcast, kernel, kernelFor } from "../instruction.js";
import { checkOptions } from "../options.js";
import { checkedShape, type Shape, shapeOf } from "../shape.js";
import { empty, partView, Tensor, type TensorLike, type Transferable } from "../tensor.js";

export interface CreationOptions {
  /** float64 by default. */
  dtype?: DType;
}

const fillKernel = kernel("fill");

function filled(operation: string, shape: Shape, value: number, element: ElementType): Tensor {
  const y = empty(operation, shape, element);
  executeBroadcast(operation, kernelFor(operation, fillKernel, element), shape, [y], [value]);
  return y;
}

/** The same for complex numbers, which fill the parts one by one. */
function filledParts(operation: string, shape: Shape, { re, im }: Complex, element: ElementType): Tensor {
  const y = empty(operation, shape, element);
  const id = kernelFor(operation, fillKernel, partOf(element));
  executeBroadcast(operation, id, shape, [partView(y, "re")], [re]);
  executeBroadcast(operation, id, shape, [partView(y, "im")], [im]);
  return y;
}

function elementOption(
  operation: string,
  options: CreationOptions | undefined,
  fallback = float64,
): ElementType {
  checkOptions(operation, options, ["dtype"]);
  return options?.dtype === undefined ? fallback : elementTypeOf(operation, options.dtype);
}

/**
 * A tensor from a number, nested arrays, a typed array (copied) or what `toTransferable()` gave. Numbers give
 * float64, booleans bool, `{ re, im }` complex128, typed arrays their own dtype (Uint8Array: bool). With a complex
 * dtype and a shape, a typed array of twice as many numbers holds real and imaginary parts in turn. To `move` is to take
 * the memory of what `toTransferable({ move: true })` gave where it is large, which has none any more; all else is
 * copied.
 * @throws ShapeError for ragged arrays, DTypeError for other entries
 * @example tensor([[1, 2], [3, 4]], { dtype: "float32" }) // [[1, 2], [3, 4]]
 */
export function tensor(data: TensorLike | Transferable, options: TensorOptions = {}): Tensor {
  checkOptions("tensor", options, ["dtype", "shape", "move"]);
  if (!(data instanceof Tensor)) return fromData("tensor", data, options);
  const x = lift("tensor", data).cast(options.dtype ?? data.dtype);
  const { shape } = options;
  return shape === undefined ? x : underName("tensor", () => x.reshape(shape));
}

/** A tensor of one value, in the dtype that is asked for, or else in `fallback`. */
function filledWith(
  operation: string,
  shape: Shape,
  value: unknown,
  options: CreationOptions | undefined,
  fallback: ElementType,
): Tensor {
  const element = elementOption(operation, options, fallback);
  if (isComplex(value)) {
    if (!element.complex) throw new DTypeError(operation, `${element.name} holds no complex numbers`);
    return filledParts(operation, shape, value, element);
  }
  if (typeof value !== "number" && typeof value !== "boolean")
    throw new ArgumentError(
      operation,
      `expected a number, a boolean or { re, im } to fill with, got ${showValue(value)}`,
    );
  const number = Number(value);
  if (element.name === "int32" && (number | 0) !== number)
    throw new DTypeError(operation, `${number} is no int32 value`);
  return filled(operation, shape, number, element);
}

/** A tensor of one value. int32 and bool hold only what they can. @example full([2], 7) // [7, 7] */
export function full(shape: readonly number[], value: ElementValue, options?: CreationOptions): Tensor {
  return filledWith(
    "full",
    checkedShape("full", shape),
    value,
    options,
    isComplex(value) ? complex128 : typeof value === "boolean" ? bool : float64,
  );
}

/** Zeros. @example zeros([2, 2]) // [[0, 0], [0, 0]] */
export const zeros = (shape: readonly number[], options?: CreationOptions): Tensor =>
  filled("zeros", checkedShape("zeros", shape), 0, elementOption("zeros", options));

/** Ones. @example ones([2]) // [1, 1] */
export const ones = (shape: readonly number[], options?: CreationOptions): Tensor =>
  filled("ones", checkedShape("ones", shape), 1, elementOption("ones", options));

/** Zeros in the shape and dtype of another tensor. @example zerosLike([1, 2]) // [0, 0] */
export function zerosLike(x: TensorLike, options?: CreationOptions): Tensor {
  const like = lift("zerosLike", x);
  return filled("zerosLike", like.shape, 0, elementOption("zerosLike", options, like.element));
}

/** Ones in the shape and dtype of another tensor. @example onesLike([1, 2]) // [1, 1] */
export function onesLike(x: TensorLike, options?: CreationOptions): Tensor {
  const like = lift("onesLike", x);
  return filled("onesLike", like.shape, 1, elementOption("onesLike", options, like.element));
}

/** One value in the shape and dtype of another tensor. @example fullLike([1, 2], 5) // [5, 5] */
export function fullLike(x: TensorLike, value: ElementValue, options?: CreationOptions): Tensor {
  const like = lift("fullLike", x);
  return filledWith("fullLike", like.shape, value, options, like.element);
}

export interface EyeOptions extends CreationOptions {
  /** The diagonal that holds the ones: 0 the main one, positive above it. */
  k?: number;
}

/** Ones on a diagonal of an n by m matrix (m = n by default). @example eye(2) // [[1, 0], [0, 1]] */
export function eye(n: number, m?: number | EyeOptions | null, options?: EyeOptions): Tensor {
  const given = typeof m === "object" && m !== null ? m : options;
  const columns = m === undefined || m === null || m === given ? n : (m as number);
  checkOptions("eye", given, ["k", "dtype"]);
  const element = given?.dtype === undefined ? float64 : elementTypeOf("eye", given.dtype);
  const shape = checkedShape("eye", [n, columns]);
  const { k = 0 } = given ?? {};
  if (!Number.isInteger(k)) throw new ArgumentError("eye", `expected an integer k, got ${showValue(k)}`);
  const y = filled("eye", shape, 0, element);
  for (let row = Math.max(0, -k); row < n && row + k < columns; row++)
    y.storage!.set(element, y.offset + row * columns + row + k, 1);
  return y;
}

/** Puts a number into a vector, as `cast` converts it. */
function setNumber({ element, offset, storage }: Tensor, i: number, value: number): void {
  storage!.set(element, offset + i, element === bool ? Number(value !== 0) : value);
}

/** Numbers between two that fit into int32 fit too. */
function checkExtremes(operation: string, element: ElementType, ...extremes: readonly number[]): void {
  if (element.name !== "int32") return;
  for (const value of extremes)
    if ((value | 0) !== Math.trunc(value))
      throw new DTypeError(operation, `${value} does not fit into int32`);
}

/**
 * start, start + step, … below stop; `arange(n)` counts from 0. float64 unless said.
 * @example arange(3) // [0, 1, 2]
 */
export function arange(
  start: number,
  stop?: number | CreationOptions | null,
  step?: number | CreationOptions,
  options?: CreationOptions,
): Tensor {
  const given = [stop, step, options].find((o): o is CreationOptions => typeof o === "object" && o !== null);
  const element = elementOption("arange", given ?? options);
  const isAbsent = (bound: unknown): boolean => bound === undefined || bound === null || bound === given;
  const [first, last] = isAbsent(stop) ? [0, start] : [start, stop as number];
  const stride = isAbsent(step) ? 1 : (step as number);
  if (!Number.isFinite(first) || !Number.isFinite(last) || !Number.isFinite(stride) || stride === 0)
    throw new ArgumentError(
      "arange",
      `expected finite bounds and a step that is not 0, got ${showValue(first)}, ${showValue(last)}, ${showValue(stride)}`,
    );
  const shape = checkedShape("arange", [Math.max(0, Math.ceil((last - first) / stride))]);
  const y = empty("arange", shape, element);
  checkExtremes("arange", element, first, first + Math.max(0, y.size - 1) * stride);
  for (let i = 0; i < y.size; i++) setNumber(y, i, first + i * stride);
  return y;
}

export interface LinspaceOptions extends CreationOptions {
  /** Whether `stop` is the last value. True by default. */
  endpoint?: boolean;
}

/** `num` values evenly spaced from start to stop. @example linspace(0, 1, 3) // [0, 0.5, 1] */
export function linspace(start: number, stop: number, num: number, options?: LinspaceOptions): Tensor {
  checkOptions("linspace", options, ["endpoint", "dtype"]);
  const element = options?.dtype === undefined ? float64 : elementTypeOf("linspace", options.dtype);
  const [count] = checkedShape("linspace", [num]);
  if (!Number.isFinite(start) || !Number.isFinite(stop))
    throw new ArgumentError(
      "linspace",
      `expected finite bounds, got ${showValue(start)} and ${showValue(stop)}`,
    );
  const endpoint = options?.endpoint ?? true;
  const intervals = Math.max(1, endpoint ? count - 1 : count);
  const step = (stop - start) / intervals;
  const y = empty("linspace", shapeOf([count]), element);
  checkExtremes("linspace", element, start, stop);
  for (let i = 0; i < count; i++)
    setNumber(y, i, endpoint && i === count - 1 && i > 0 ? stop : start + i * step);
  return y;
}
