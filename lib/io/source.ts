import type { FileHandle } from "node:fs/promises";
import { promisify } from "node:util";
import { PAUSE, type Reading } from "./reading.js";
import { zlib } from "./zlib.js";

/** How much of a file is in memory at a time, and how much of a tensor is converted. */
export const WINDOW = 2 ** 22;

/** Where the bytes of a file come from. */
export interface Source {
  readonly byteLength: number;
  read(position: number, length: number): Uint8Array | Promise<Uint8Array>;
}

export class Memory implements Source {
  constructor(readonly bytes: Uint8Array) {}

  get byteLength(): number {
    return this.bytes.byteLength;
  }

  read(position: number, length: number): Uint8Array {
    // Whoever owns the bytes may have taken them away since the last time: then none of them come.
    return this.byteLength === 0 ? this.bytes : this.bytes.subarray(position, position + length);
  }
}

/** A file of which one window is in memory: what small requests ask for stands there already. */
export class OpenFile implements Source {
  private readonly buffer: Buffer;
  private window: Uint8Array = new Uint8Array(0);
  private start = 0;

  constructor(
    private readonly handle: FileHandle,
    readonly byteLength: number,
  ) {
    this.buffer = Buffer.allocUnsafeSlow(Math.min(WINDOW, byteLength));
  }

  async read(position: number, length: number): Promise<Uint8Array> {
    const inside = position - this.start;
    if (inside >= 0 && inside + length <= this.window.byteLength)
      return this.window.subarray(inside, inside + length);
    if (length > this.buffer.byteLength) return this.fill(Buffer.allocUnsafeSlow(length), position);
    const ahead = this.buffer.subarray(0, Math.min(this.buffer.byteLength, this.byteLength - position));
    this.window = await this.fill(ahead, position);
    this.start = position;
    return this.window.subarray(0, length);
  }

  /** The bytes from a position on, fewer where the file ends. */
  private async fill(buffer: Buffer, position: number): Promise<Uint8Array> {
    let filled = 0;
    while (filled < buffer.byteLength) {
      const rest = buffer.byteLength - filled;
      const { bytesRead } = await this.handle.read(buffer, filled, rest, position + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return buffer.subarray(0, filled);
  }
}

const NOTHING = new Uint8Array(0);

/** How long a reader may keep the event loop waiting, in ms. */
const LONGEST_WAIT = 5;

/** No more than the size that was said, however much there is: zlib stops there. */
const limits = (size: number): { maxOutputLength: number; chunkSize: number } => ({
  maxOutputLength: size,
  chunkSize: Math.max(64, Math.min(size, WINDOW)),
});

/** Runs a reader on bytes in memory. */
export function readNow<T>(reading: Reading<T>, source: Memory): T {
  let step = reading.next();
  while (!step.done) {
    const request = step.value;
    let answer: Uint8Array;
    try {
      if (request === PAUSE) answer = NOTHING;
      else if ("inflate" in request) answer = zlib().inflateRawSync(request.inflate, limits(request.size));
      else answer = source.read(request.position, request.length);
    } catch (error) {
      step = reading.throw(error);
      continue;
    }
    step = reading.next(answer);
  }
  return step.value;
}

/** Runs a reader on a file; what is deflated goes through the thread pool, and the event loop goes on meanwhile. */
export async function readLater<T>(reading: Reading<T>, source: Source): Promise<T> {
  let turn = performance.now();
  let step = reading.next();
  while (!step.done) {
    // What is in memory already is read without one.
    if (performance.now() - turn > LONGEST_WAIT) {
      await promisify(setImmediate)();
      turn = performance.now();
    }
    const request = step.value;
    let answer: Uint8Array;
    try {
      if (request === PAUSE) answer = NOTHING;
      else if ("inflate" in request)
        answer = await promisify(zlib().inflateRaw)(request.inflate, limits(request.size));
      else answer = await source.read(request.position, request.length);
    } catch (error) {
      step = reading.throw(error);
      continue;
    }
    step = reading.next(answer);
  }
  return step.value;
}
