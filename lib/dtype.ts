import { DTypeError, showValue } from "./errors.js";

export type DType = "float32" | "float64" | "complex64" | "complex128" | "int32" | "bool";
export type TypedArray = Float64Array | Float32Array | Int32Array | Uint8Array;
export interface TypedArrayOf {
  float32: Float32Array;
  float64: Float64Array;
  int32: Int32Array;
  bool: Uint8Array;
  /** Real and imaginary part of each element in turn. */
  complex64: Float32Array;
  complex128: Float64Array;
}

/** A complex number, as it is written and read out. */
export interface Complex {
  readonly re: number;
  readonly im: number;
}

export const isComplex = (value: unknown): value is Complex =>
  typeof value === "object" &&
  value !== null &&
  typeof (value as Complex).re === "number" &&
  typeof (value as Complex).im === "number";

/** An element as it is read out: a boolean for bool, re and im for complex numbers. */
export type ElementValue = number | boolean | Complex;

/** What is known of an element type. `index` orders the types for promotion and indexes kernel tables. */
export interface ElementType {
  /** A function cannot be cloned, and the error quotes it: `structuredClone(tensor)` fails with this advice. */
  readonly structuredClone: () => string;
  readonly name: DType;
  readonly index: number;
  readonly bytes: number;
  readonly suffix: string;
  /** Not integers: real or complex. */
  readonly floating: boolean;
  readonly complex: boolean;
  /** The machine epsilon: the gap between 1 and the next number. 0 where it has no meaning. */
  readonly epsilon: number;
  readonly array: {
    new (length: number): TypedArray;
    new (values: ArrayLike<number>): TypedArray;
    new (buffer: ArrayBuffer, offset: number, length?: number): TypedArray;
  };
}

const structuredClone = (): string =>
  "tensors are not cloned: send x.toTransferable() and rebuild with tensor()";

export const bool: ElementType = {
  structuredClone,
  name: "bool",
  index: 0,
  bytes: 1,
  suffix: "bool",
  floating: false,
  complex: false,
  epsilon: 0,
  array: Uint8Array,
};
export const int32: ElementType = {
  structuredClone,
  name: "int32",
  index: 1,
  bytes: 4,
  suffix: "i32",
  floating: false,
  complex: false,
  epsilon: 0,
  array: Int32Array,
};
export const float32: ElementType = {
  structuredClone,
  name: "float32",
  index: 2,
  bytes: 4,
  suffix: "f32",
  floating: true,
  complex: false,
  epsilon: 2 ** -23,
  array: Float32Array,
};
export const float64: ElementType = {
  structuredClone,
  name: "float64",
  index: 3,
  bytes: 8,
  suffix: "f64",
  floating: true,
  complex: false,
  epsilon: 2 ** -52,
  array: Float64Array,
};
export const complex64: ElementType = {
  ...float32,
  name: "complex64",
  index: 4,
  bytes: 8,
  suffix: "c64",
  complex: true,
};
export const complex128: ElementType = {
  ...float64,
  name: "complex128",
  index: 5,
  bytes: 16,
  suffix: "c128",
  complex: true,
};

export const elementTypes: readonly ElementType[] = [bool, int32, float32, float64, complex64, complex128];

/** The type of the real and the imaginary part; of a real type itself. */
export const partOf = (element: ElementType): ElementType =>
  element === complex64 ? float32 : element === complex128 ? float64 : element;

/** The complex type whose parts hold what a type holds. */
export const complexOf = (element: ElementType): ElementType =>
  element === complex64 || element === float32 ? complex64 : complex128;

/** The element type named by a `dtype` option. */
export function elementTypeOf(operation: string, dtype: DType): ElementType {
  for (const type of elementTypes) if (type.name === dtype) return type;
  throw new DTypeError(
    operation,
    `unknown dtype ${showValue(dtype)}, expected ${elementTypes.map((type) => type.name).join(", ")}`,
  );
}

/**
 * The type both operands convert to: bool, int32, float32, float64, complex64, complex128 in this order, but
 * complex128 for float64 and complex64.
 */
export function promote(a: ElementType, b: ElementType): ElementType {
  const [lower, higher] = a.index >= b.index ? [b, a] : [a, b];
  return lower === float64 && higher === complex64 ? complex128 : higher;
}
