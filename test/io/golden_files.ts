import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type DType, type Tensor, tensor } from "adjoint";

const folder = new URL("../golden/io/", import.meta.url);

export const golden = (name: string): Buffer => readFileSync(new URL(name, folder));
export const goldenPath = (name: string): string => fileURLToPath(new URL(name, folder));

/** A number as Python writes it, a boolean, or the parts of a complex number. */
type Value = string | boolean | readonly [string, string];

export interface Expected {
  /** NumPy's name. */
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly values: readonly Value[];
}

export const expected: Readonly<Record<string, Expected | Readonly<Record<string, Expected>>>> = JSON.parse(
  golden("expected.json").toString(),
);

export const isOne = (x: Expected | Readonly<Record<string, Expected>>): x is Expected =>
  typeof x.dtype === "string";

const numberOf = (text: string): number => Number(text.replace("inf", "Infinity"));
const partsOf = (value: Value): number[] =>
  typeof value === "boolean" ? [Number(value)] : [value].flat().map((text) => numberOf(text as string));

const kept: readonly string[] = ["bool", "int32", "float32", "float64", "complex64", "complex128"];
/** The dtype that NumPy's becomes. */
const dtypeOf = (name: string): DType =>
  (kept.includes(name) ? name : name === "float16" ? "float32" : "int32") as DType;

/** The tensor that a file holds, but its integers as `wide` where int32 does not hold all there are. */
export function tensorOf({ dtype, shape, values }: Expected, wide?: DType): Tensor {
  const own = wide !== undefined && ["uint32", "int64", "uint64"].includes(dtype) ? wide : dtypeOf(dtype);
  const numbers = values.flatMap(partsOf);
  const arrays = { bool: Uint8Array, int32: Int32Array, float32: Float32Array, complex64: Float32Array };
  const array = own in arrays ? arrays[own as keyof typeof arrays].from(numbers) : Float64Array.from(numbers);
  return tensor(array, { dtype: own, shape });
}
