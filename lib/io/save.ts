import { promisify } from "node:util";
import { lift } from "../convert.js";
import { isComplex } from "../dtype.js";
import { ArgumentError, showValue } from "../errors.js";
import { checkOptions, isPlainObject } from "../options.js";
import { Tensor, type TensorLike } from "../tensor.js";
import { checkFormat, type Format, formatByExtension, formats } from "./format.js";
import { isPath } from "./load.js";
import { npyBytes } from "./npy.js";
import { writeNpz } from "./npz.js";
import { writeSafetensors } from "./safetensors.js";
import type { Named } from "./selection.js";
import { kept } from "./tensor_bytes.js";
import type { Writing } from "./zip_writer.js";
import { zlib } from "./zlib.js";

/** Tensors by name. */
export type NamedTensors = Readonly<Record<string, TensorLike>>;

export interface WriteOptions {
  /** By default what the name of the file says. */
  format?: Format;
  /** Whether an npz file is deflated, as by `np.savez_compressed`. false by default. */
  compress?: boolean;
  /** Strings that a safetensors file holds beside its tensors. */
  metadata?: Readonly<Record<string, string>>;
}

const optionNames = ["format", "compress", "metadata"];

function* writeNpy(x: Tensor): Writing {
  for (const bytes of npyBytes(x)) yield { write: bytes };
}

const ready = (operation: string, x: TensorLike): Tensor => kept(lift(operation, x).concrete(operation));

/** Not every string is one of Unicode, and none else comes back from UTF-8; in zip archives names end at a NUL. */
function checkName(operation: string, format: Format, name: string): void {
  if (Buffer.from(name).toString() !== name || (format === "npz" && name.includes("\0")))
    throw new ArgumentError(operation, `${showValue(name)} is no name that ${format} files can hold`);
}

function readyTensors(operation: string, format: Format, data: unknown): Named<Tensor> {
  if (!isPlainObject(data) || isComplex(data))
    throw new ArgumentError(
      operation,
      `${format} files hold tensors by name: expected an object of tensors, got ${showValue(data)}`,
    );
  const tensors: Named<Tensor> = new Map();
  for (const [name, x] of Object.entries(data)) {
    checkName(operation, format, name);
    tensors.set(name, ready(operation, x as TensorLike));
  }
  return tensors;
}

function checkedMetadata(operation: string, metadata: unknown): Named<string> {
  if (!isPlainObject(metadata))
    throw new ArgumentError(operation, `metadata is ${showValue(metadata)}, expected an object of strings`);
  const texts: Named<string> = new Map();
  for (const [key, text] of Object.entries(metadata)) {
    if (typeof text !== "string")
      throw new ArgumentError(
        operation,
        `metadata holds ${showValue(text)} as ${showValue(key)}, expected a string`,
      );
    for (const part of [key, text]) checkName(operation, "safetensors", part);
    texts.set(key, text);
  }
  return texts;
}

function onlyFor(operation: string, option: string, value: unknown, format: Format, own: Format): void {
  if (value !== undefined && format !== own)
    throw new ArgumentError(operation, `${option} belongs to ${own} files, and this is ${format}`);
}

/** Takes the tensors as they are now: nothing that happens later changes what is written. */
function writing(
  operation: string,
  data: TensorLike | NamedTensors,
  options: WriteOptions | undefined,
  byName: Format | undefined,
): Writing {
  checkOptions(operation, options, optionNames);
  const { compress, metadata } = options ?? {};
  checkFormat(operation, options?.format);
  const format = options?.format ?? byName;
  if (format === undefined)
    throw new ArgumentError(
      operation,
      `which format? { format } says it, or the name's extension: ${formats.join(", ")}`,
    );
  onlyFor(operation, "compress", compress, format, "npz");
  onlyFor(operation, "metadata", metadata, format, "safetensors");
  if (format === "npy") {
    if (isPlainObject(data) && !isComplex(data) && Object.values(data).some((x) => x instanceof Tensor))
      throw new ArgumentError(
        operation,
        "npy files hold one tensor without a name: npz and safetensors hold several",
      );
    return writeNpy(ready(operation, data as TensorLike));
  }
  const tensors = readyTensors(operation, format, data);
  if (format === "npz") return writeNpz(tensors, compress ?? false);
  return writeSafetensors(operation, tensors, checkedMetadata(operation, metadata ?? {}));
}

/** Small pieces are written together: each write takes a turn of the thread pool. */
const PIECE = 2 ** 18;

const deflateRaw = (bytes: Uint8Array, done: (error: Error | null, result: Buffer) => void): void =>
  zlib().deflateRaw(bytes, done);

async function* pieces(writing: Writing): AsyncGenerator<Uint8Array, void, undefined> {
  let small: Uint8Array[] = [];
  let smallBytes = 0;
  for (let step = writing.next(); !step.done; ) {
    if ("deflate" in step.value) {
      step = writing.next(await promisify(deflateRaw)(step.value.deflate));
      continue;
    }
    small.push(step.value.write);
    smallBytes += step.value.write.byteLength;
    if (smallBytes >= PIECE) {
      yield* small.length === 1 ? small : [Buffer.concat(small, smallBytes)];
      small = [];
      smallBytes = 0;
    }
    step = writing.next();
  }
  if (smallBytes > 0) yield Buffer.concat(small, smallBytes);
}

/**
 * Writes a tensor to an npy file, or an object of tensors to an npz or safetensors file. What is written is what the
 * tensors and variables hold at the call. An npz file is the one that `np.savez` writes, byte by byte.
 * @example io.save("model.npz", { weight: [[1, 2]], bias: 0 }).then(() => io.load("model.npz")) // { weight: [[1, 2]], bias: 0 }
 */
export async function save(
  path: string | URL,
  data: TensorLike | NamedTensors,
  options?: WriteOptions,
): Promise<void> {
  if (!isPath(path)) throw new ArgumentError("save", `expected a path or a URL, got ${showValue(path)}`);
  const content = pieces(writing("save", data, options, formatByExtension(path)));
  const { writeFile } = await import("node:fs/promises");
  await writeFile(path, content);
}

/**
 * The bytes that `save` would write.
 * @example io.serialize([1, 2], { format: "npy" }).length // 144
 */
export function serialize(
  data: TensorLike | NamedTensors,
  options: WriteOptions & { format: Format },
): Uint8Array {
  const parts: Uint8Array[] = [];
  const steps = writing("serialize", data, options, undefined);
  for (let step = steps.next(); !step.done; ) {
    if ("deflate" in step.value) step = steps.next(zlib().deflateRawSync(step.value.deflate));
    else {
      parts.push(step.value.write);
      step = steps.next();
    }
  }
  const bytes = new Uint8Array(parts.reduce((total, part) => total + part.byteLength, 0));
  let position = 0;
  for (const part of parts) {
    bytes.set(part, position);
    position += part.byteLength;
  }
  return bytes;
}
