import type { Tensor } from "../tensor.js";
import { npyHeader, readNpyHeader } from "./npy_header.js";
import type { Cursor, Reading } from "./reading.js";
import type { WideIntegers } from "./stored_elements.js";
import { type Budget, byteLengthOf, bytesOf, readTensor, storedBytes } from "./tensor_bytes.js";

/** How npy files begin. */
export const NPY_MAGIC = "\x93NUMPY";
/** Headers of arrays that are read here are a few hundred bytes long. */
export const LONGEST_NPY_HEADER = 65_535;

/** What a user says of how elements are read. */
export interface ElementOptions {
  readonly wideIntegers: WideIntegers;
  readonly budget: Budget;
}

/** An array in NumPy's format (NEP 1): all versions, both byte orders, both orders of axes. */
export function* readNpy(cursor: Cursor, { wideIntegers, budget }: ElementOptions): Reading<Tensor> {
  const prefix = Buffer.from(yield* cursor.take(8, "the beginning of an npy file"));
  if (prefix.toString("latin1", 0, 6) !== NPY_MAGIC)
    cursor.fail(
      `no npy file: it begins with ${prefix.subarray(0, 6).toString("hex")}, expected 934e554d5059`,
      cursor.position - 8,
    );
  const [major, minor] = prefix.subarray(6);
  if (major < 1 || major > 3 || minor !== 0)
    cursor.fail(`npy version ${major}.${minor}, expected 1.0, 2.0 or 3.0`, cursor.position - 2);
  const size = yield* cursor.take(major === 1 ? 2 : 4, "the length of the header");
  const length = Buffer.from(size).readUIntLE(0, size.byteLength);
  if (length > LONGEST_NPY_HEADER)
    cursor.fail(`a header of ${length} bytes, expected at most ${LONGEST_NPY_HEADER}`);
  const start = cursor.position;
  const text = Buffer.from(yield* cursor.take(length, "the header")).toString("latin1");
  const { stored, shape, ...layout } = readNpyHeader(cursor, text, start, wideIntegers);
  const bytes = storedBytes(cursor, shape, stored.bytes);
  if (bytes !== cursor.remaining)
    cursor.fail(
      `${stored.name}[${shape.join(",")}] takes ${bytes} bytes, and ${cursor.remaining} follow the header`,
    );
  return yield* readTensor(cursor, stored, shape, layout, budget);
}

/** The bytes of an npy file that holds a tensor. */
export function* npyBytes(x: Tensor): Generator<Uint8Array, void, undefined> {
  yield npyHeader(x.dtype, x.shape);
  yield* bytesOf(x);
}

export const npyByteLength = (x: Tensor): number => npyHeader(x.dtype, x.shape).byteLength + byteLengthOf(x);
