import { isDetached } from "../array_buffer.js";
import { ArgumentError, showValue } from "../errors.js";
import { checkNotNegative, checkOptions } from "../options.js";
import type { Tensor } from "../tensor.js";
import {
  checkFormat,
  type Format,
  type FormatOf,
  formatByExtension,
  formatOf,
  type Loaded,
} from "./format.js";
import { type ElementOptions, readNpy } from "./npy.js";
import { readNpz } from "./npz.js";
import { Cursor, type Origin, type Reading } from "./reading.js";
import { readSafetensors, readSafetensorsHeader } from "./safetensors.js";
import type { Named } from "./selection.js";
import { Memory, OpenFile, readLater, readNow, type Source } from "./source.js";
import type { WideIntegers } from "./stored_elements.js";
import { Budget } from "./tensor_bytes.js";

/** Bytes in memory: an ArrayBuffer, a Buffer, any typed array. */
export type Bytes = ArrayBuffer | ArrayBufferView;

export interface ReadOptions<F extends Format = Format> {
  /** By default what the name of the file says, or else what its first bytes say. */
  format?: F;
  /** Which tensors of an npz or safetensors file to read. All by default. */
  names?: readonly string[];
  /**
   * The dtype that uint32, int64 and uint64 become. "int32" by default: a value that does not fit is a DTypeError.
   * "float64" rounds what is beyond 2**53.
   */
  wideIntegers?: WideIntegers;
  /** The most bytes that the tensors may take together, whatever the file says: for files of strangers. */
  maxBytes?: number;
}

const optionNames = ["format", "names", "wideIntegers", "maxBytes"];

interface Plan extends ElementOptions {
  readonly format: Format | undefined;
  readonly names: readonly string[] | undefined;
}

function checkNames(operation: string, names: unknown): void {
  if (names === undefined) return;
  if (!Array.isArray(names) || !names.every((name) => typeof name === "string"))
    throw new ArgumentError(operation, `names is ${showValue(names)}, expected an array of strings`);
}

function planned(operation: string, options: ReadOptions | undefined): Plan {
  checkOptions(operation, options, optionNames);
  const { format, names, wideIntegers = "int32", maxBytes = Number.POSITIVE_INFINITY } = options ?? {};
  checkFormat(operation, format);
  checkNames(operation, names);
  if (wideIntegers !== "int32" && wideIntegers !== "float64")
    throw new ArgumentError(
      operation,
      `wideIntegers is ${showValue(wideIntegers)}, expected "int32" or "float64"`,
    );
  checkNotNegative(operation, "maxBytes", maxBytes);
  return { format, names, wideIntegers, budget: new Budget(maxBytes) };
}

/** An object without prototype: whatever is a name of a tensor is no name of anything else. */
function recordOf<T>(named: Named<T>): Record<string, T> {
  const record: Record<string, T> = Object.create(null);
  for (const [name, value] of named) record[name] = value;
  return record;
}

function* readTensors(
  origin: Origin,
  fileSize: number,
  plan: Plan,
): Reading<Tensor | Record<string, Tensor>> {
  const { names } = plan;
  const format = yield* formatOf(origin, fileSize, plan.format);
  if (format === "npz") return recordOf(yield* readNpz(origin, fileSize, names, plan));
  if (format === "safetensors") return recordOf(yield* readSafetensors(origin, fileSize, names, plan));
  if (names !== undefined)
    throw new ArgumentError(origin.operation, "names belong to npz and safetensors; npy holds one tensor");
  return yield* readNpy(new Cursor(origin, 0, fileSize), plan);
}

function* readMetadata(origin: Origin, fileSize: number): Reading<Record<string, string>> {
  yield* formatOf(origin, fileSize, "safetensors");
  const { metadata } = yield* readSafetensorsHeader(new Cursor(origin, 0, fileSize));
  return recordOf(metadata);
}

function bytesOf(operation: string, value: unknown): Uint8Array | null {
  const buffer = ArrayBuffer.isView(value) ? value.buffer : value instanceof ArrayBuffer ? value : null;
  if (buffer === null) return null;
  if (isDetached(buffer))
    throw new ArgumentError(operation, "the bytes have no memory any more: their buffer was transferred");
  return ArrayBuffer.isView(value)
    ? new Uint8Array(buffer, value.byteOffset, value.byteLength)
    : new Uint8Array(buffer);
}

export const isPath = (value: unknown): value is string | URL =>
  typeof value === "string" || value instanceof URL;

/** Runs a reader on a file; one that has no size, like a pipe, is read whole first. */
async function readFile<T>(path: string | URL, read: (size: number) => Reading<T>): Promise<T> {
  const { open } = await import("node:fs/promises");
  const handle = await open(path);
  try {
    const stat = await handle.stat();
    const source: Source = stat.isFile()
      ? new OpenFile(handle, stat.size)
      : new Memory(await handle.readFile());
    return await readLater(read(source.byteLength), source);
  } finally {
    await handle.close();
  }
}

function notReadable(operation: string, source: unknown, expected: string): never {
  throw new ArgumentError(operation, `expected ${expected}, got ${showValue(source)}`);
}

async function readFrom<T>(
  operation: string,
  source: string | URL | Bytes,
  read: (origin: Origin, size: number) => Reading<T>,
): Promise<T> {
  if (isPath(source)) return readFile(source, (size) => read({ operation, subject: String(source) }, size));
  const bytes = bytesOf(operation, source) ?? notReadable(operation, source, "a path, a URL or bytes");
  return readLater(read({ operation, subject: "" }, bytes.byteLength), new Memory(bytes));
}

/**
 * The tensors of a file: one of an npy file, an object of tensors by name of an npz or safetensors file. The elements
 * are read as they are, float16 and bfloat16 as float32, other integers as int32. Sizes are checked before memory is
 * taken, and what is no such file is refused.
 * @throws FormatError for damaged and hostile files, DTypeError for elements that no dtype here holds
 * @example io.save("x.npy", [1, 2]).then(() => io.load("x.npy")) // [1, 2]
 */
export async function load<const P extends string | URL | Bytes, F extends Format = FormatOf<P>>(
  source: P,
  options?: ReadOptions<F>,
): Promise<Loaded<F>> {
  const plan = planned("load", options);
  const format = plan.format ?? (isPath(source) ? formatByExtension(source) : undefined);
  const tensors = await readFrom("load", source, (origin, size) =>
    readTensors(origin, size, { ...plan, format }),
  );
  return tensors as Loaded<F>;
}

/**
 * The same of bytes in memory, at once.
 * @throws FormatError for damaged and hostile bytes, DTypeError for elements that no dtype here holds
 * @example io.parse(io.serialize({ x: [1, 2] }, { format: "npz" })) // { x: [1, 2] }
 */
export function parse<F extends Format = Format>(bytes: Bytes, options?: ReadOptions<F>): Loaded<F> {
  const plan = planned("parse", options);
  const memory = new Memory(bytesOf("parse", bytes) ?? notReadable("parse", bytes, "bytes"));
  const reading = readTensors({ operation: "parse", subject: "" }, memory.byteLength, plan);
  return readNow(reading, memory) as Loaded<F>;
}

/**
 * The metadata of a safetensors file, for which only its header is read.
 * @example io.metadata(io.serialize({ x: 1 }, { format: "safetensors", metadata: { step: "3" } })) // { step: "3" }
 */
export async function metadata(source: string | URL | Bytes): Promise<Record<string, string>> {
  return readFrom("metadata", source, readMetadata);
}
