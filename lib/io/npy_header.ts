import { DTypeError, ShapeError, showValue } from "../errors.js";
import { MAX_RANK, type Shape, shapeOf } from "../shape.js";
import { about, type Cursor } from "./reading.js";
import { littleEndian, type StoredElement, storedElement, type WideIntegers } from "./stored_elements.js";

/** What the header of an npy file says. */
export interface NpyHeader {
  readonly stored: StoredElement;
  readonly bigEndian: boolean;
  readonly fortran: boolean;
  readonly shape: Shape;
}

/** By NumPy's letter for the kind and the number of bytes. */
const names: Readonly<Record<string, string>> = {
  b1: "bool",
  i1: "int8",
  i2: "int16",
  i4: "int32",
  i8: "int64",
  u1: "uint8",
  u2: "uint16",
  u4: "uint32",
  u8: "uint64",
  f2: "float16",
  f4: "float32",
  f8: "float64",
  c8: "complex64",
  c16: "complex128",
};

const refused: Readonly<Record<string, string>> = {
  O: "Python objects, which are pickled: unpickling runs code of the file's",
  S: "byte strings",
  U: "strings",
  V: "raw bytes (structured arrays, and types that NumPy does not have)",
  M: "dates (datetime64)",
  m: "time spans (timedelta64)",
  f: "floating-point numbers of that size",
  c: "complex numbers of that size",
};

/**
 * Reads the one form of Python literal that headers are made of: a dictionary from strings to a string, a boolean
 * and a tuple of integers. Nothing is ever evaluated.
 */
class Literal {
  private at = 0;

  constructor(
    private readonly cursor: Cursor,
    private readonly text: string,
    /** Where the text begins in the file. */
    private readonly start: number,
  ) {}

  fail(message: string, at = this.at): never {
    return this.cursor.fail(`the header ${message}`, this.start + at);
  }

  private found(): string {
    const rest = this.text.slice(this.at, this.at + 20);
    return rest === "" ? "the end" : showValue(rest);
  }

  /** The place of the next character that is no white space. */
  private next(): number {
    while (/\s/.test(this.text.charAt(this.at))) this.at++;
    return this.at;
  }

  /** What matches there. */
  private match(pattern: RegExp): string | null {
    pattern.lastIndex = this.next();
    const match = pattern.exec(this.text);
    if (match === null) return null;
    this.at = pattern.lastIndex;
    return match[1];
  }

  private demand(pattern: RegExp, what: string): string {
    return this.match(pattern) ?? this.fail(`has ${this.found()} where ${what} is expected`);
  }

  private string(what: string): string {
    return this.demand(/('[^'\\\n]*'|"[^"\\\n]*")/y, what).slice(1, -1);
  }

  private extents(): number[] {
    this.demand(/(\()/y, "a tuple");
    const extents: number[] = [];
    let comma = true;
    while (this.match(/(\))/y) === null) {
      if (!comma) this.fail(`has ${this.found()} where a comma or ")" is expected`);
      const at = this.next();
      const digits = this.demand(/(-?\d+)L?/y, "an extent");
      const extent = Number(digits);
      if (!(extent >= 0 && Number.isSafeInteger(extent)))
        this.fail(`has an extent of ${showValue(digits)}`, at);
      // Number("-0") is not the 0 of a shape.
      extents.push(extent + 0);
      comma = this.match(/(,)/y) !== null;
    }
    // (3) is a number, not a tuple.
    if (extents.length === 1 && !comma) this.fail("has a number in parentheses where a tuple is expected");
    return extents;
  }

  private descr(): string {
    if (this.match(/(\[)/y) !== null)
      throw new DTypeError(
        this.cursor.origin.operation,
        about(this.cursor.origin, "the array is structured (its elements have fields): it is not read"),
      );
    return this.string("a dtype");
  }

  read(): { descr: string; fortran: boolean; shape: number[] } {
    let descr: string | undefined;
    let fortran: boolean | undefined;
    let shape: number[] | undefined;
    this.demand(/(\{)/y, '"{"');
    const keys = new Set<string>();
    let comma = true;
    while (this.match(/(\})/y) === null) {
      if (!comma) this.fail(`has ${this.found()} where a comma or "}" is expected`);
      const at = this.next();
      const key = this.string("a key");
      this.demand(/(:)/y, "a colon");
      if (keys.has(key)) this.fail(`has ${showValue(key)} twice`, at);
      keys.add(key);
      if (key === "descr") descr = this.descr();
      else if (key === "fortran_order") fortran = this.demand(/(True|False)/y, "True or False") === "True";
      else if (key === "shape") shape = this.extents();
      else this.fail(`has the key ${showValue(key)}; descr, fortran_order and shape are expected`, at);
      comma = this.match(/(,)/y) !== null;
    }
    if (this.next() < this.text.length) this.fail(`goes on with ${this.found()} behind its dictionary`);
    if (descr === undefined || fortran === undefined || shape === undefined) {
      const missing = ["descr", "fortran_order", "shape"].filter((key) => !keys.has(key));
      this.fail(`lacks ${missing.join(", ")}`, 0);
    }
    return { descr, fortran, shape };
  }
}

/** Reads the text of a header, which begins at `start`. */
export function readNpyHeader(
  cursor: Cursor,
  text: string,
  start: number,
  wideIntegers: WideIntegers,
): NpyHeader {
  const { operation } = cursor.origin;
  const literal = new Literal(cursor, text, start);
  const { descr, fortran, shape } = literal.read();
  // Dates have a unit behind their size.
  const [, order, kind, size] = /^([<>|=]?)([A-Za-z])(\d*(?:\[\w+\])?)$/.exec(descr) ?? [];
  const name = kind === undefined ? undefined : names[kind + size];
  const stored = name === undefined ? undefined : storedElement(name, wideIntegers);
  if (stored === undefined) {
    const reason = kind === undefined ? undefined : refused[kind];
    if (reason === undefined) literal.fail(`has the dtype ${showValue(descr)}, which NumPy does not have`, 0);
    const message = `the dtype ${showValue(descr)} is not read: ${reason}`;
    throw new DTypeError(operation, about(cursor.origin, message));
  }
  if (shape.length > MAX_RANK)
    throw new ShapeError(
      operation,
      about(cursor.origin, `at most ${MAX_RANK} axes are supported, got ${shape.length}`),
    );
  const bigEndian = order === ">" || (order !== "<" && !littleEndian);
  return { stored, bigEndian, fortran, shape: shapeOf(shape) };
}

const ALIGNMENT = 64;
/** NumPy leaves room for the longest first extent, so that a file can grow in place. */
const LONGEST_EXTENT = 21;

const descrs: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(names).map(([descr, name]) => [name, descr]),
);

/** The first bytes of an npy file, version 1.0, as NumPy writes them: what follows lies at a multiple of 64. */
export function npyHeader(dtype: string, shape: Shape): Uint8Array {
  const order = dtype === "bool" ? "|" : "<";
  const extents = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const dictionary = `{'descr': '${order}${descrs[dtype]}', 'fortran_order': False, 'shape': (${extents}), }`;
  const room = shape.length === 0 ? 0 : LONGEST_EXTENT - String(shape[0]).length;
  const length = dictionary.length + room + 1;
  const padding = ALIGNMENT - ((10 + length) % ALIGNMENT);
  const text = `${dictionary.padEnd(dictionary.length + room + padding)}\n`;
  const bytes = Buffer.from(`\x93NUMPY\x01\0\0\0${text}`, "latin1");
  bytes.writeUInt16LE(text.length, 8);
  return bytes;
}
