import {
  bool,
  complex64,
  complex128,
  type ElementType,
  float32,
  float64,
  int32,
  type TypedArray,
} from "../dtype.js";

/** Which of the two dtypes integers are given that int32 cannot hold in general: uint32, int64 and uint64. */
export type WideIntegers = "int32" | "float64";

/** An element type of a file, and what becomes of it here. */
export interface StoredElement {
  /** NumPy's name. */
  readonly name: string;
  readonly bytes: number;
  /** The bytes that big-endian files hold in reverse: those of a number, or of a part of a complex one. */
  readonly word: 1 | 2 | 4 | 8;
  readonly element: ElementType;
  /**
   * Converts numbers in this machine's byte order; null where their bytes are the elements'. Gives the place of the
   * first that does not fit, or -1.
   */
  readonly convert: ((bytes: Uint8Array, into: TypedArray) => number) | null;
}

export const littleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

type NumberArray = { [i: number]: number; readonly length: number };
type View = new (buffer: ArrayBufferLike, offset: number, length: number) => NumberArray;

const view = (Array: View, word: number, bytes: Uint8Array): NumberArray =>
  new Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / word);

const same = (name: string, element: ElementType, word: StoredElement["word"]): StoredElement => ({
  name,
  bytes: element.bytes,
  word,
  element,
  convert: null,
});

const narrow = (name: string, Array: View, word: StoredElement["word"]): StoredElement => ({
  name,
  bytes: word,
  word,
  element: int32,
  convert: (bytes, into) => {
    into.set(view(Array, word, bytes));
    return -1;
  },
});

/** A boolean is 0 or 1, whatever stands for true. */
const truths: StoredElement = {
  name: "bool",
  bytes: 1,
  word: 1,
  element: bool,
  convert: (bytes, into) => {
    for (let i = 0; i < bytes.length; i++) into[i] = bytes[i] === 0 ? 0 : 1;
    return -1;
  },
};

const fits = (value: number): boolean => value >= -(2 ** 31) && value < 2 ** 31;

const wide = (
  name: string,
  bytesEach: 4 | 8,
  element: ElementType,
  valueAt: (halves: NumberArray, i: number) => number,
): StoredElement => ({
  name,
  bytes: bytesEach,
  word: bytesEach,
  element,
  convert: (bytes, into) => {
    const halves = view(Uint32Array, 4, bytes);
    const checked = element === int32;
    for (let i = 0; i < into.length; i++) {
      const value = valueAt(halves, i);
      if (checked && !fits(value)) return i;
      into[i] = value;
    }
    return -1;
  },
});

const low = littleEndian ? 0 : 1;
const high = 1 - low;

/** By halves: a sum of two numbers that are exact is rounded once, as a conversion is. */
const wideTypes = (element: ElementType): readonly StoredElement[] => [
  wide("uint32", 4, element, (words, i) => words[i]),
  wide("int64", 8, element, (words, i) => (words[2 * i + high] | 0) * 2 ** 32 + words[2 * i + low]),
  wide("uint64", 8, element, (words, i) => words[2 * i + high] * 2 ** 32 + words[2 * i + low]),
];

/** IEEE 754 binary16. */
function half(bits: number): number {
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  const magnitude =
    exponent === 0x1f
      ? fraction === 0
        ? Number.POSITIVE_INFINITY
        : Number.NaN
      : exponent === 0
        ? fraction * 2 ** -24
        : (fraction + 1024) * 2 ** (exponent - 25);
  return bits & 0x8000 ? -magnitude : magnitude;
}

const float16: StoredElement = {
  name: "float16",
  bytes: 2,
  word: 2,
  element: float32,
  convert: (bytes, into) => {
    const halves = view(Uint16Array, 2, bytes);
    for (let i = 0; i < into.length; i++) into[i] = half(halves[i]);
    return -1;
  },
};

/** The upper half of a float32. */
const bfloat16: StoredElement = {
  name: "bfloat16",
  bytes: 2,
  word: 2,
  element: float32,
  convert: (bytes, into) => {
    const uppers = view(Uint16Array, 2, bytes);
    const words = new Uint32Array(into.buffer, into.byteOffset, into.length);
    for (let i = 0; i < words.length; i++) words[i] = uppers[i] << 16;
    return -1;
  },
};

const table = (wideIntegers: ElementType): ReadonlyMap<string, StoredElement> =>
  new Map(
    [
      truths,
      narrow("int8", Int8Array, 1),
      narrow("uint8", Uint8Array, 1),
      narrow("int16", Int16Array, 2),
      narrow("uint16", Uint16Array, 2),
      same("int32", int32, 4),
      ...wideTypes(wideIntegers),
      float16,
      bfloat16,
      same("float32", float32, 4),
      same("float64", float64, 8),
      same("complex64", complex64, 4),
      same("complex128", complex128, 8),
    ].map((stored) => [stored.name, stored]),
  );

const tables = { int32: table(int32), float64: table(float64) };

/** The element type that NumPy calls so, undefined where there is none. */
export const storedElement = (name: string, wideIntegers: WideIntegers): StoredElement | undefined =>
  tables[wideIntegers].get(name);
