import { constants } from "node:buffer";
import { movedBuffer } from "./array_buffer.js";
import type { ElementType, ElementValue, TypedArray } from "./dtype.js";
import { ArgumentError } from "./errors.js";
import { native } from "./native.js";
import { onDemand } from "./on_demand.js";
import { forget, isKept, type Kept, keep, reclaim, reclaimed } from "./reclaim.js";

const workerThreads = onDemand<typeof import("node:worker_threads")>("node:worker_threads");

const ALIGNMENT = 64;
/** From this size on tensors begin at a huge page: the first touch of small ones costs more than an addition. */
const HUGE_PAGE = 2 ** 21;
const CHUNK_BYTES = 65_536;
/** Larger tensors own their buffer: a kept tensor pins its whole chunk. */
const CARVED_BYTES = 8_192;
const MAX_BYTES = 2 ** 46;
/** From this size on to ask whether there is room costs nothing beside the first touch. */
const RESERVED_FIRST = 2 ** 28;

/** Rounded up, also beyond 32 bits; whole numbers below, where division takes its time. */
const aligned = (bytes: number): number =>
  bytes <= CARVED_BYTES ? (bytes + ALIGNMENT - 1) & -ALIGNMENT : Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;

const isHuge = (buffer: ArrayBuffer): boolean => buffer.byteLength >= 2 * HUGE_PAGE;

/** Where the first aligned byte of a buffer is. */
function startOf(buffer: ArrayBuffer, address = native.addressOf(buffer)): number {
  const alignment = isHuge(buffer) ? HUGE_PAGE : ALIGNMENT;
  // An engine may place a buffer without bytes anywhere.
  return Math.min(-address & (alignment - 1), buffer.byteLength);
}

declare const opaque: unique symbol;

/**
 * A handle to bytes that tensors lie in: address and extent for the call frame, and the buffer, owned by V8, that
 * keeps them alive. Small tensors share one, each at its own place; a large one has its own. The buffer is never
 * handed out: detached, it would leave the address dangling. Its memory may be, for good.
 */
export class Storage {
  declare readonly [opaque]: true;
  /** The address of the first aligned byte. */
  readonly address: number;
  readonly byteLength: number;
  private readonly start: number;
  private top = 0;
  /** The bytes from `address` on as each element type, once they have been read as one. */
  private readonly views: (TypedArray | null)[] = [null, null, null, null, null, null];
  /** The same as float64, at hand for operations on a few: looked up by type it takes as long as the operation. */
  readonly float64: Float64Array;
  private kept: Kept | null = null;

  constructor(
    private readonly buffer: ArrayBuffer,
    /** Set once more than one tensor, the tape or a variable holds these bytes: then only the collector ends them. */
    public shared: boolean,
  ) {
    const address = native.addressOf(buffer);
    this.start = startOf(buffer, address);
    this.address = address + this.start;
    this.byteLength = buffer.byteLength - this.start;
    this.float64 = new Float64Array(buffer, this.start, Math.floor(this.byteLength / 8));
    if (isHuge(buffer)) native.adviseHugePages(buffer, this.start, this.byteLength);
  }

  hasRoom(bytes: number): boolean {
    return this.top + bytes <= this.byteLength;
  }

  /** Takes the next aligned place for `bytes` bytes; gives its distance from the address. */
  take(bytes: number): number {
    const place = this.top;
    this.top = place + aligned(bytes);
    return place;
  }

  /** How many bytes have been taken. */
  get extent(): number {
    return this.top;
  }

  /** Makes a storage of its own empty, and its buffer one for a later storage when nobody has this one any more. */
  renew(extent: number): this {
    this.top = 0;
    if (!isKept(this.kept)) this.kept = keep(this, this.buffer, extent);
    return this;
  }

  /** Gives the memory away, as its first `length` elements: nobody may have this storage any more. */
  surrender(element: ElementType, length: number): TypedArray {
    if (this.kept !== null) forget(this.kept);
    return new element.array(movedBuffer(this.buffer), this.start, element.complex ? 2 * length : length);
  }

  private view(element: ElementType): TypedArray {
    const known = this.views[element.index];
    if (known !== null) return known;
    const length = Math.floor(this.byteLength / element.bytes);
    const view = new element.array(this.buffer, this.start, element.complex ? 2 * length : length);
    this.views[element.index] = view;
    return view;
  }

  get(element: ElementType, index: number): ElementValue {
    const view = this.view(element);
    if (element.complex) return { re: view[2 * index], im: view[2 * index + 1] };
    return element.index === 0 ? view[index] !== 0 : view[index];
  }

  set(element: ElementType, index: number, value: number): void {
    const view = this.view(element);
    if (element.complex) {
      view[2 * index] = value;
      view[2 * index + 1] = 0;
    } else view[index] = value;
  }

  /** From real and imaginary parts in turn, where the elements are complex. */
  copyFrom(element: ElementType, index: number, values: ArrayLike<number>): void {
    this.view(element).set(values, element.complex ? 2 * index : index);
  }

  copyTo(element: ElementType, index: number, length: number): TypedArray {
    const [start, count] = element.complex ? [2 * index, 2 * length] : [index, length];
    return this.view(element).slice(start, start + count);
  }
}

/**
 * Whether the system would refuse so much even if everything here were collected: the engine would collect again and
 * again before it gives up, which takes seconds.
 */
function isBeyondMemory(bytes: number): boolean {
  if (native.canReserve(bytes)) return false;
  const { heapTotal, external } = process.memoryUsage();
  const least = bytes - heapTotal - external;
  return least > 0 && !native.canReserve(least);
}

/** With what it takes for an aligned byte to begin at. */
const padding = (bytes: number): number => bytes + (bytes >= HUGE_PAGE ? HUGE_PAGE : ALIGNMENT);

function uninitialised(operation: string, bytes: number): ArrayBuffer {
  const padded = padding(bytes);
  try {
    if (padded >= RESERVED_FIRST && isBeyondMemory(padded)) throw new RangeError("beyond memory");
    return padded <= constants.MAX_LENGTH
      ? (Buffer.allocUnsafeSlow(padded).buffer as ArrayBuffer)
      : new ArrayBuffer(padded);
  } catch (cause) {
    throw new ArgumentError(operation, `cannot allocate ${bytes} bytes: ${(cause as Error).message}`);
  }
}

/** Who is told of storages as they are handed out. */
let watcher: ((storage: Storage) => void) | null = null;

function newChunk(): Storage {
  const buffer = uninitialised("allocate", CHUNK_BYTES);
  // Many tensors lie in it. The buffer of one large tensor is not marked, or it could never be moved.
  workerThreads().markAsUntransferable(buffer);
  const chunk = new Storage(buffer, true);
  watcher?.(chunk);
  return chunk;
}

const NO_MEMORY = new ArrayBuffer(0);

/** A storage without memory, which stands for a place in a program while it is recorded. */
export const placeholder = (): Storage => new Storage(NO_MEMORY, true);

/** The chunk before the first one, which is made when a tensor is: it is full. */
const none = placeholder();
none.take(1);

let temporaries = none;
/** Variables outlive the temporaries around them, so they do not share chunks with them. */
let residents = none;

/** Buffers of dead large tensors, by size, for the next tensor of that size. */
const recycled = new Map<number, Storage[]>();
let recycledBytes = 0;
const RECYCLED_LIMIT = 256 * 2 ** 20;

/** How many tensors with memory of their own there have been. */
export let largeAllocations = 0;

/** Counts and announces a storage that a tensor is about to have for itself. */
function handedOut(storage: Storage, extent: number): Storage {
  largeAllocations++;
  watcher?.(storage);
  return storage.renew(extent);
}

function own(operation: string, bytes: number): Storage {
  if (!(bytes <= MAX_BYTES)) throw new ArgumentError(operation, `cannot allocate ${bytes} bytes`);
  const extent = aligned(bytes);
  const reused = recycled.get(extent)?.pop();
  if (reused !== undefined) recycledBytes -= extent;
  const storage = reused ?? new Storage(reclaim(extent) ?? uninitialised(operation, extent), false);
  return handedOut(storage, extent);
}

/**
 * A storage on the memory of values that another one surrendered, perhaps in another thread: they have none any more.
 * Null where they lie otherwise, or cannot be moved.
 */
export function adopt(values: TypedArray): Storage | null {
  const { buffer, byteOffset, byteLength } = values;
  const extent = aligned(byteLength);
  if (byteLength <= CARVED_BYTES || !(buffer instanceof ArrayBuffer) || buffer.byteLength !== padding(extent))
    return null;
  if (byteOffset !== startOf(buffer)) return null;
  let moved: ArrayBuffer;
  try {
    moved = movedBuffer(buffer);
  } catch {
    return null;
  }
  const storage = handedOut(new Storage(moved, false), extent);
  storage.take(byteLength);
  return storage;
}

/** A storage with room for `bytes` bytes, 64-byte aligned and not initialised; `take` them next. */
export function allocate(operation: string, bytes: number): Storage {
  if (bytes > CARVED_BYTES) return own(operation, bytes);
  if (!temporaries.hasRoom(bytes)) temporaries = newChunk();
  return temporaries;
}

/** The same for values that live long: they never pin a chunk of temporaries. */
export function allocateResident(operation: string, bytes: number): Storage {
  if (bytes > CARVED_BYTES) return own(operation, bytes);
  if (!residents.hasRoom(bytes)) residents = newChunk();
  return residents;
}

/** Takes back a storage that nothing else holds. Chunks are shared for ever. */
export function recycle(storage: Storage): void {
  if (storage.shared) return;
  const extent = storage.extent;
  if (recycledBytes + extent > RECYCLED_LIMIT) return;
  const list = recycled.get(extent);
  if (list === undefined) recycled.set(extent, [storage]);
  else list.push(storage);
  recycledBytes += extent;
}

/** Buffers that wait for the next tensor of their size. */
export function recycledMemory(): { buffers: number; bytes: number } {
  const { buffers, bytes } = reclaimed();
  return {
    buffers: [...recycled.values()].reduce((sum, list) => sum + list.length, buffers),
    bytes: recycledBytes + bytes,
  };
}

/**
 * Tells `seen` of every storage that is handed out from now on, until it is null. Small tensors begin a new chunk, and
 * nothing is recycled from before: what holds one of these storages holds something that was made meanwhile.
 */
export function watchStorages(seen: ((storage: Storage) => void) | null): void {
  watcher = seen;
  recycled.clear();
  recycledBytes = 0;
  temporaries = newChunk();
  residents = newChunk();
}
