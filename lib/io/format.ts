import { ArgumentError, FormatError, showValue } from "../errors.js";
import type { Tensor } from "../tensor.js";
import { NPY_MAGIC } from "./npy.js";
import { about, Cursor, type Origin, type Reading } from "./reading.js";

/** The file formats: NumPy's for one array, NumPy's for several with names, Hugging Face's for several with names. */
export type Format = "npy" | "npz" | "safetensors";

/** What a file of a format holds. */
export type Loaded<F extends Format> = F extends "npy" ? Tensor : Record<string, Tensor>;

/** The format that the name of a file says, any where it says none. */
export type FormatOf<P> = P extends `${string}.npy`
  ? "npy"
  : P extends `${string}.npz`
    ? "npz"
    : P extends `${string}.safetensors`
      ? "safetensors"
      : Format;

export const formats: readonly Format[] = ["npy", "npz", "safetensors"];

export const isFormat = (value: unknown): value is Format => (formats as readonly unknown[]).includes(value);

/** An option that names a format. */
export function checkFormat(operation: string, format: unknown): void {
  if (format !== undefined && !isFormat(format))
    throw new ArgumentError(
      operation,
      `format is ${showValue(format)}, expected ${formats.map((name) => `"${name}"`).join(", ")}`,
    );
}

/** The format that the extension of a file says, undefined where it says none. */
export function formatByExtension(path: string | URL): Format | undefined {
  const name = typeof path === "string" ? path : path.pathname;
  const [, extension] = /\.(\w+)$/.exec(name) ?? [];
  return formats.find((format) => format === extension?.toLowerCase());
}

function recognised(beginning: Buffer): Format | undefined {
  const text = beginning.toString("latin1");
  if (text.startsWith(NPY_MAGIC)) return "npy";
  // A member, or the end of an archive that has none.
  if (text.startsWith("PK\x03\x04") || text.startsWith("PK\x05\x06")) return "npz";
  return text[8] === "{" ? "safetensors" : undefined;
}

/** The format of a file: the one that is expected, if its first bytes do not speak against it. */
export function* formatOf(origin: Origin, fileSize: number, expected: Format | undefined): Reading<Format> {
  const cursor = new Cursor(origin, 0, fileSize);
  const beginning = Buffer.from(yield* cursor.take(Math.min(fileSize, 9), "the first bytes"));
  const format = recognised(beginning);
  if (format !== undefined && (expected === undefined || format === expected)) return format;
  const wanted = expected === undefined ? "npy, npz or safetensors" : expected;
  const found = fileSize === 0 ? "it is empty" : `it begins with ${beginning.toString("hex")}`;
  const advice = format === undefined ? "" : `, like ${format}; { format: "${format}" } reads it so`;
  throw new FormatError(origin.operation, about(origin, `no ${wanted} file: ${found}${advice}`), 0);
}
