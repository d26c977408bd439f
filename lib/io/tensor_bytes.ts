import { partOf, type TypedArray } from "../dtype.js";
import { ArgumentError, DTypeError } from "../errors.js";
import { rowMajorStrides, type Shape, sizeOf } from "../shape.js";
import { emptyStrided, ownHandle, rowMajor, type Tensor } from "../tensor.js";
import { about, type Cursor, type Reading } from "./reading.js";
import { WINDOW } from "./source.js";
import { littleEndian, type StoredElement } from "./stored_elements.js";

// Storages give and take elements, never bytes: no typed array holds 4 GiB of these before Node 22.

/** How many bytes tensors may still take, whatever a file says. */
export class Budget {
  private spent = 0;

  constructor(private readonly maxBytes: number) {}

  spend(bytes: number, { origin }: Cursor): void {
    this.spent += bytes;
    if (this.spent <= this.maxBytes) return;
    const message = `the tensors take ${this.spent} bytes and more, maxBytes allows ${this.maxBytes}`;
    throw new ArgumentError(origin.operation, about(origin, message));
  }

  /** Before bytes are taken that are not yet a tensor. */
  allows(bytes: number): boolean {
    return this.spent + bytes <= this.maxBytes;
  }
}

/** How many bytes elements of a shape take in a file; an error where numbers, or JavaScript's, do not reach. */
export function storedBytes(cursor: Cursor, shape: Shape, bytesEach: number): number {
  // An extent of 0 hides no overflow of the others: strides are made of them.
  const extent = shape.reduce((product, n) => product * Math.max(1, n), bytesEach);
  if (!Number.isSafeInteger(extent)) cursor.fail(`shape [${shape.join(",")}] overflows`);
  return sizeOf(shape) * bytesEach;
}

function swap(bytes: Uint8Array, word: StoredElement["word"]): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (word === 2) buffer.swap16();
  else if (word === 4) buffer.swap32();
  else if (word === 8) buffer.swap64();
}

/** The exact value of an integer, for errors. */
function integerAt(bytes: Uint8Array, stored: StoredElement, i: number): bigint | number {
  const view = new DataView(bytes.buffer, bytes.byteOffset + i * stored.bytes);
  if (stored.bytes === 4) return view.getUint32(0, littleEndian);
  return stored.name === "int64" ? view.getBigInt64(0, littleEndian) : view.getBigUint64(0, littleEndian);
}

/** What the file says of the order of bytes, and of the axes. */
export interface Layout {
  readonly bigEndian: boolean;
  readonly fortran: boolean;
}

function stridesOf(shape: Shape, { fortran }: Layout): Shape {
  if (!fortran || shape.length < 2) return rowMajorStrides(shape);
  return [...rowMajorStrides([...shape].reverse())].reverse();
}

/** Numbers in this machine's byte order as elements; `done` come before them. */
function converted({ origin }: Cursor, stored: StoredElement, bytes: Uint8Array, done: number): TypedArray {
  const { element, convert } = stored;
  if (convert === null)
    return new element.array(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength / stored.word);
  const values = new element.array(bytes.byteLength / stored.bytes);
  const wrong = convert(bytes, values);
  if (wrong >= 0)
    throw new DTypeError(
      origin.operation,
      about(
        origin,
        `${stored.name} ${integerAt(bytes, stored, wrong)} at element ${done + wrong} does not fit into int32; { wideIntegers: "float64" } reads such integers as float64`,
      ),
    );
  return values;
}

/** The next bytes of a file as a tensor: a window's worth at a time, once memory for all of it is at hand. */
export function* readTensor(
  cursor: Cursor,
  stored: StoredElement,
  shape: Shape,
  layout: Layout,
  budget: Budget,
): Reading<Tensor> {
  const { origin } = cursor;
  const { element } = stored;
  const size = sizeOf(shape);
  budget.spend(size * element.bytes, cursor);
  const x = emptyStrided(origin.operation, shape, stridesOf(shape, layout), element);
  const swapped = layout.bigEndian === littleEndian && stored.word > 1;
  for (let done = 0; done < size; ) {
    const count = Math.min(size - done, WINDOW / stored.bytes);
    let bytes = yield* cursor.take(count * stored.bytes, "the values");
    if (swapped || bytes.byteOffset % stored.word !== 0) bytes = new Uint8Array(bytes);
    if (swapped) swap(bytes, stored.word);
    x.storage!.copyFrom(element, x.offset + done, converted(cursor, stored, bytes, done));
    done += count;
  }
  return x;
}

/** A tensor whose bytes stay as they are, whatever becomes of the one that was given. */
export const kept = (x: Tensor): Tensor => ownHandle(rowMajor(x));

export const byteLengthOf = (x: Tensor): number => x.size * x.element.bytes;

/** The bytes of the elements in row-major order, little-endian, a window's worth at a time. */
export function* bytesOf({ element, size, storage, offset }: Tensor): Generator<Uint8Array, void, undefined> {
  const most = WINDOW / element.bytes;
  for (let done = 0; done < size; done += most) {
    const values = storage!.copyTo(element, offset + done, Math.min(most, size - done));
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    if (!littleEndian) swap(bytes, partOf(element).bytes as StoredElement["word"]);
    yield bytes;
  }
}
