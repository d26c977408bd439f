import { DTypeError, showValue } from "./errors.js";

export type DType = "float32" | "float64" | "int32" | "bool";
export type TypedArray = Float64Array | Float32Array | Int32Array | Uint8Array;
export interface TypedArrayOf {
  float32: Float32Array;
  float64: Float64Array;
  int32: Int32Array;
  bool: Uint8Array;
}

/** What is known of an element type. `index` orders the types for promotion and indexes kernel tables. */
export interface ElementType {
  /** A function cannot be cloned, and the error quotes it: `structuredClone(tensor)` fails with this advice. */
  readonly structuredClone: () => string;
  readonly name: DType;
  readonly index: number;
  readonly bytes: number;
  readonly suffix: string;
  readonly floating: boolean;
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
  epsilon: 2 ** -52,
  array: Float64Array,
};

export const elementTypes: readonly ElementType[] = [bool, int32, float32, float64];

/** The element type named by a `dtype` option. */
export function elementTypeOf(operation: string, dtype: DType): ElementType {
  for (const type of elementTypes) if (type.name === dtype) return type;
  throw new DTypeError(
    operation,
    `unknown dtype ${showValue(dtype)}, expected float32, float64, int32 or bool`,
  );
}

/** The type both operands convert to: bool, int32, float32, float64 in this order. */
export const promote = (a: ElementType, b: ElementType): ElementType => (a.index >= b.index ? a : b);
