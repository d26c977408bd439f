import { ArgumentError, DTypeError, ShapeError, showValue } from "../errors.js";
import { MAX_RANK, shapeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { isJsonObject, readJsonHeader } from "./json_header.js";
import type { ElementOptions } from "./npy.js";
import { about, Cursor, type Origin, PAUSE, type Reading } from "./reading.js";
import { chosen, type Named } from "./selection.js";
import { storedElement } from "./stored_elements.js";
import { byteLengthOf, bytesOf, readTensor, storedBytes } from "./tensor_bytes.js";
import type { Writing } from "./zip_writer.js";

// https://github.com/huggingface/safetensors: a length of 8 bytes, a JSON object of that length, the elements.

/** The reference implementation's limit. */
const LONGEST_HEADER = 100_000_000;
const ALIGNMENT = 8;
const METADATA = "__metadata__";

/** Names of dtypes, those of larger elements first: in this order files hold them, so that all are aligned. */
const dtypes: ReadonlyMap<string, string> = new Map([
  ["U64", "uint64"],
  ["I64", "int64"],
  ["F64", "float64"],
  ["C64", "complex64"],
  ["F32", "float32"],
  ["U32", "uint32"],
  ["I32", "int32"],
  ["BF16", "bfloat16"],
  ["F16", "float16"],
  ["U16", "uint16"],
  ["I16", "int16"],
  ["I8", "int8"],
  ["U8", "uint8"],
  ["BOOL", "bool"],
]);
const order = [...dtypes.keys()];
const names = new Map([...dtypes].map(([name, dtype]) => [dtype, name]));

/** A tensor as the header describes it. */
interface Described {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  readonly metadata: Named<string>;
  /** In the order of their bytes. */
  readonly tensors: Named<Described>;
}

const isSize = (value: unknown): value is number => Number.isSafeInteger(value);

function describedBy(cursor: Cursor, name: string, value: unknown, start: number): Described {
  const fail = (message: string): never => cursor.fail(`tensor ${showValue(name)}: ${message}`, start);
  if (!isJsonObject(value)) return fail(`expected an object, got ${showValue(value)}`);
  const { dtype, shape, data_offsets: offsets, ...rest } = value;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined)
    fail(`has the key ${showValue(unknown)}; dtype, shape and data_offsets are expected`);
  if (typeof dtype !== "string") return fail(`dtype is ${showValue(dtype)}, expected a name`);
  if (!Array.isArray(shape) || !shape.every(isSize))
    return fail(`shape is ${showValue(shape)}, expected sizes`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isSize))
    return fail(`data_offsets are ${showValue(offsets)}, expected two positions`);
  const [begin, end] = offsets;
  if (begin > end) fail(`data_offsets are [${begin},${end}], which ends before it begins`);
  return { dtype, shape, begin, end };
}

function metadataOf(cursor: Cursor, value: unknown, start: number): Named<string> {
  if (!isJsonObject(value))
    cursor.fail(`${METADATA} is ${showValue(value)}, expected an object of strings`, start);
  const metadata: Named<string> = new Map();
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== "string")
      cursor.fail(`${METADATA} holds ${showValue(text)} as ${showValue(key)}, expected a string`, start);
    metadata.set(key, text);
  }
  return metadata;
}

/** The bytes of all tensors, side by side: no byte belongs to two of them, or to none. */
function checkExtents(cursor: Cursor, tensors: Named<Described>): void {
  let expected = 0;
  for (const [name, { begin, end }] of tensors) {
    if (begin !== expected)
      cursor.fail(
        `tensor ${showValue(name)}: data_offsets are [${begin},${end}], and ${begin < expected ? "another tensor ends" : "the bytes before it end"} at ${expected}`,
      );
    expected = end;
  }
  if (expected !== cursor.remaining)
    cursor.fail(`the tensors end at ${expected}, and ${cursor.remaining} bytes follow the header`);
}

/** Reads the header alone, and checks it; leaves the cursor at the first element. */
export function* readSafetensorsHeader(cursor: Cursor): Reading<SafetensorsHeader> {
  const size = Buffer.from(yield* cursor.take(8, "the length of the header")).readBigUInt64LE();
  if (size > LONGEST_HEADER)
    cursor.fail(`a header of ${size} bytes, expected at most ${LONGEST_HEADER}`, cursor.position - 8);
  const start = cursor.position;
  const entries = yield* readJsonHeader(cursor, yield* cursor.take(Number(size), "the header"), start);
  let metadata: Named<string> = new Map();
  const described: [string, Described][] = [];
  for (const [name, value] of entries) {
    if (name === METADATA) metadata = metadataOf(cursor, value, start);
    else described.push([name, describedBy(cursor, name, value, start)]);
    yield PAUSE;
  }
  described.sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  const tensors = new Map(described);
  checkExtents(cursor, tensors);
  return { metadata, tensors };
}

/** All tensors of a safetensors file, or those of some names. */
export function* readSafetensors(
  origin: Origin,
  fileSize: number,
  selected: readonly string[] | undefined,
  options: ElementOptions,
): Reading<Named<Tensor>> {
  const header = new Cursor(origin, 0, fileSize);
  const { tensors } = yield* readSafetensorsHeader(header);
  const start = header.position;
  const read: Named<Tensor> = new Map();
  for (const [name, described] of chosen(origin, tensors, selected)) {
    const own = { operation: origin.operation, subject: about(origin, `tensor ${showValue(name)}`) };
    const cursor = new Cursor(own, start + described.begin, start + described.end);
    read.set(name, yield* readDescribed(cursor, described, options));
  }
  return read;
}

function* readDescribed(
  cursor: Cursor,
  { dtype, shape, begin, end }: Described,
  { wideIntegers, budget }: ElementOptions,
): Reading<Tensor> {
  const { origin } = cursor;
  const stored = storedElement(dtypes.get(dtype) ?? "", wideIntegers);
  if (stored === undefined)
    throw new DTypeError(
      origin.operation,
      about(origin, `the dtype ${showValue(dtype)} is not read, only ${order.join(", ")}`),
    );
  if (shape.length > MAX_RANK)
    throw new ShapeError(
      origin.operation,
      about(origin, `at most ${MAX_RANK} axes are supported, got ${shape.length}`),
    );
  const bytes = storedBytes(cursor, shape, stored.bytes);
  if (bytes !== end - begin)
    cursor.fail(`${dtype}[${shape.join(",")}] takes ${bytes} bytes, and data_offsets say ${end - begin}`);
  return yield* readTensor(cursor, stored, shapeOf(shape), { bigEndian: false, fortran: false }, budget);
}

function dtypeFor(operation: string, name: string, x: Tensor): string {
  const dtype = names.get(x.dtype);
  if (dtype === undefined)
    throw new DTypeError(
      operation,
      `tensor ${showValue(name)}: safetensors files hold no ${x.dtype}; npz does, or cast to complex64`,
    );
  return dtype;
}

const byName = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** The file that the reference implementation would write. */
export function* writeSafetensors(
  operation: string,
  tensors: Named<Tensor>,
  metadata: Named<string>,
): Writing {
  if (tensors.has(METADATA))
    throw new ArgumentError(operation, `${METADATA} is no name of a tensor: give { metadata: { … } }`);
  const sorted = [...tensors]
    .map(([name, x]) => ({ name, x, dtype: dtypeFor(operation, name, x) }))
    .sort((a, b) => order.indexOf(a.dtype) - order.indexOf(b.dtype) || byName(a.name, b.name));
  let position = 0;
  // Written by hand: a JavaScript object would put names that are numbers first.
  const entries = sorted.map(({ name, x, dtype }) => {
    const offsets = [position, position + byteLengthOf(x)];
    position = offsets[1];
    return `${JSON.stringify(name)}:${JSON.stringify({ dtype, shape: x.shape, data_offsets: offsets })}`;
  });
  if (metadata.size > 0) {
    const pairs = [...metadata].map(([key, text]) => `${JSON.stringify(key)}:${JSON.stringify(text)}`);
    entries.unshift(`"${METADATA}":{${pairs.join(",")}}`);
  }
  const text = Buffer.from(`{${entries.join(",")}}`);
  const padding = -text.length & (ALIGNMENT - 1);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length + padding));
  yield { write: length };
  yield { write: text };
  yield { write: Buffer.alloc(padding, " ") };
  for (const { x } of sorted) for (const bytes of bytesOf(x)) yield { write: bytes };
}
