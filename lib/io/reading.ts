import { FormatError } from "../errors.js";

/**
 * What a reader asks whoever runs it for: bytes of the file, or those that a deflated stream stands for, or nothing at
 * all, now and then, while it has much to do.
 */
export type Request =
  | { readonly position: number; readonly length: number }
  | { readonly inflate: Uint8Array; readonly size: number }
  | typeof PAUSE;

export const PAUSE = "pause";

/**
 * A reader that does no input of its own, so that one definition serves bytes in memory, at once, and files, by
 * promises. An answer is valid until the next request.
 */
export type Reading<T> = Generator<Request, T, Uint8Array>;

/** Who reads what: the beginning of every message. */
export interface Origin {
  readonly operation: string;
  readonly subject: string;
}

/** How messages begin, behind the operation. */
export const about = ({ subject }: Origin, message: string): string =>
  subject === "" ? message : `${subject}: ${message}`;

/** Walks once through the bytes of a file or of a part of it, and never leaves them. */
export class Cursor {
  /** Told of all bytes that are taken. */
  private listener: ((bytes: Uint8Array) => void) | null = null;

  constructor(
    readonly origin: Origin,
    public position: number,
    readonly end: number,
    /** In place of the file where the bytes are in memory already. */
    private readonly bytes: Uint8Array | null = null,
  ) {}

  get remaining(): number {
    return this.end - this.position;
  }

  onTake(listener: (bytes: Uint8Array) => void): this {
    this.listener = listener;
    return this;
  }

  /** The next bytes: checked to be there before they are asked for. */
  *take(length: number, what: string): Reading<Uint8Array> {
    if (!(length <= this.remaining))
      this.fail(`cut short: ${what} takes ${length} bytes, and ${this.remaining} are left`);
    const taken =
      this.bytes === null
        ? yield { position: this.position, length }
        : this.bytes.subarray(this.position, this.position + length);
    if (taken.byteLength !== length)
      this.fail(`shrank while it was read: ${what} takes ${length} bytes, and ${taken.byteLength} came`);
    this.position += length;
    this.listener?.(taken);
    return taken;
  }

  skip(length: number): void {
    this.position += length;
  }

  fail(message: string, position = this.position): never {
    throw new FormatError(
      this.origin.operation,
      about(this.origin, `${message} (byte ${position})`),
      position,
    );
  }
}
