import { constants } from "node:buffer";
import { markAsUntransferable } from "node:worker_threads";
import type { ElementType, TypedArray } from "./dtype.js";
import { ArgumentError } from "./errors.js";
import { native } from "./native.js";

const ALIGNMENT = 64;
const CHUNK_BYTES = 65_536;
/** Larger tensors own their buffer: a kept tensor pins its whole chunk. */
const CARVED_BYTES = 8_192;
const MAX_BYTES = 2 ** 46;

/** Bytes owned by V8, with their address. Never handed out: a detached buffer would leave the address dangling. */
class Memory {
  readonly address: number;
  private readonly views: (TypedArray | undefined)[] = [];
  constructor(readonly buffer: ArrayBuffer) {
    this.address = native.addressOf(buffer);
    markAsUntransferable(buffer);
  }
  view(element: ElementType): TypedArray {
    const known = this.views[element.index];
    if (known !== undefined) return known;
    const made = new element.array(this.buffer, 0, Math.floor(this.buffer.byteLength / element.bytes));
    this.views[element.index] = made;
    return made;
  }
}

declare const opaque: unique symbol;

/** A handle to the bytes of one or several tensors: address and extent for the call frame, and what keeps them alive. */
export class Storage {
  declare readonly [opaque]: true;
  /** Set once a view, the tape, a variable or a constant holds these bytes: from then on only the collector ends them. */
  shared = false;
  constructor(
    private readonly memory: Memory,
    private readonly start: number,
    readonly byteLength: number,
  ) {}

  get address(): number {
    return this.memory.address + this.start;
  }

  get(element: ElementType, index: number): number {
    return this.memory.view(element)[this.start / element.bytes + index];
  }

  set(element: ElementType, index: number, value: number): void {
    this.memory.view(element)[this.start / element.bytes + index] = value;
  }

  copyFrom(element: ElementType, values: ArrayLike<number>): void {
    this.memory.view(element).set(values, this.start / element.bytes);
  }

  copyTo(element: ElementType, offset: number, length: number): TypedArray {
    const first = this.start / element.bytes + offset;
    return this.memory.view(element).slice(first, first + length);
  }
}

class Arena {
  private memory: Memory | null = null;
  private top = 0;
  private end = 0;
  carve(operation: string, bytes: number): Storage {
    const extent = (bytes + ALIGNMENT - 1) & -ALIGNMENT;
    if (this.memory === null || this.top + extent > this.end) {
      this.memory = uninitialised(operation, CHUNK_BYTES);
      this.top = -this.memory.address & (ALIGNMENT - 1);
      this.end = this.top + CHUNK_BYTES;
    }
    const start = this.top;
    this.top += extent;
    return new Storage(this.memory, start, bytes);
  }
}

const temporaries = new Arena();
/** Variables outlive the temporaries around them, so they do not share chunks with them. */
const residents = new Arena();

/** Buffers of dead large tensors, by size, for the next tensor of that size. */
const recycled = new Map<number, Storage[]>();
let recycledBytes = 0;
const RECYCLED_LIMIT = 256 * 2 ** 20;

function uninitialised(operation: string, bytes: number): Memory {
  const padded = bytes + ALIGNMENT;
  try {
    return new Memory(
      padded <= constants.MAX_LENGTH
        ? (Buffer.allocUnsafeSlow(padded).buffer as ArrayBuffer)
        : new ArrayBuffer(padded),
    );
  } catch (cause) {
    throw new ArgumentError(operation, `cannot allocate ${bytes} bytes: ${(cause as Error).message}`);
  }
}

function own(operation: string, bytes: number): Storage {
  if (!(bytes <= MAX_BYTES)) throw new ArgumentError(operation, `cannot allocate ${bytes} bytes`);
  const reused = recycled.get(bytes)?.pop();
  if (reused !== undefined) {
    recycledBytes -= bytes;
    return reused;
  }
  const memory = uninitialised(operation, bytes);
  const start = -memory.address & (ALIGNMENT - 1);
  return new Storage(memory, start, bytes);
}

/** Room for `bytes` bytes, 64-byte aligned and not initialised. */
export function allocate(operation: string, bytes: number): Storage {
  return bytes <= CARVED_BYTES ? temporaries.carve(operation, bytes) : own(operation, bytes);
}

/** The same for values that live long: they never pin a chunk of temporaries. */
export function allocateResident(operation: string, bytes: number): Storage {
  return bytes <= CARVED_BYTES ? residents.carve(operation, bytes) : own(operation, bytes);
}

/** Takes back bytes that nothing else holds. Carved ones go with their chunk. */
export function recycle(storage: Storage): void {
  if (storage.shared || storage.byteLength <= CARVED_BYTES) return;
  if (recycledBytes + storage.byteLength > RECYCLED_LIMIT) return;
  const list = recycled.get(storage.byteLength);
  if (list === undefined) recycled.set(storage.byteLength, [storage]);
  else list.push(storage);
  recycledBytes += storage.byteLength;
}
