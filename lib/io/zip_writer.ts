import { crc32 } from "./zlib.js";

/** What whoever runs a writer is told: to write bytes, or to give them back deflated. */
export type Step = { readonly write: Uint8Array } | { readonly deflate: Uint8Array };
/** A writer that does no output of its own. */
export type Writing = Generator<Step, void, Uint8Array | undefined>;

/** Beyond, sizes and positions stand in zip64 records: some programs read what is larger as negative. */
const LARGEST = 2 ** 31 - 1;
const MOST_ENTRIES = 65_535;
const IN_ZIP64 = 0xffffffff;
/** 4.4.4: the name is UTF-8. */
const UTF8 = 0x800;
const VERSION = 45;
const UNIX = 3;
/** Read and written by their owner. */
const MODE = 0o600 * 2 ** 16;
/** 1 January 1980, the first day that zip archives know: equal tensors give equal files. */
const DATE = 0x21;

/** The bytes of numbers of 2, 4 or 8 bytes each, one after the other. */
function packed(...numbers: readonly (readonly [bytes: 2 | 4 | 8, value: number])[]): Buffer {
  const buffer = Buffer.alloc(numbers.reduce((total, [bytes]) => total + bytes, 0));
  let offset = 0;
  for (const [bytes, value] of numbers) {
    if (bytes === 8) buffer.writeBigUInt64LE(BigInt(value), offset);
    else buffer.writeUIntLE(value, offset, bytes);
    offset += bytes;
  }
  return buffer;
}

const zip64Field = (numbers: readonly number[]): Buffer =>
  numbers.length === 0
    ? Buffer.alloc(0)
    : packed([2, 1], [2, 8 * numbers.length], ...numbers.map((value) => [8, value] as const));

/** A zip archive (PKWARE's APPNOTE.TXT 6.3), laid out as Python's `zipfile` does for NumPy. */
export class ZipWriter {
  private position = 0;
  private entries = 0;
  private readonly directory: Buffer[] = [];

  constructor(private readonly deflates: boolean) {}

  private write(bytes: Uint8Array): Step {
    this.position += bytes.byteLength;
    return { write: bytes };
  }

  /** A member whose bytes `content` gives, twice if it is asked to. */
  *add(name: string, size: number, content: () => Iterable<Uint8Array>): Writing {
    const start = this.position;
    let crc = 0;
    let deflated: Uint8Array | undefined;
    if (this.deflates) {
      const bytes = Buffer.concat([...content()], size);
      crc = crc32(bytes);
      deflated = (yield { deflate: bytes })!;
    } else for (const bytes of content()) crc = crc32(bytes, crc);
    const compressedSize = deflated?.byteLength ?? size;
    const encoded = Buffer.from(name);
    // Only ASCII takes a byte for a character.
    const flags = encoded.length === name.length ? 0 : UTF8;
    const method = this.deflates ? 8 : 0;
    const described = [
      [2, flags],
      [2, method],
      [2, 0],
      [2, DATE],
      [4, crc],
    ] as const;
    const local = zip64Field([size, compressedSize]);
    yield this.write(
      packed(
        [4, 0x04034b50],
        [2, VERSION],
        ...described,
        [4, IN_ZIP64],
        [4, IN_ZIP64],
        [2, encoded.length],
        [2, local.length],
      ),
    );
    yield this.write(encoded);
    yield this.write(local);
    if (deflated !== undefined) yield this.write(deflated);
    else for (const bytes of content()) yield this.write(bytes);
    this.describe(encoded, described, size, compressedSize, start);
  }

  private describe(
    name: Buffer,
    described: readonly (readonly [2 | 4, number])[],
    size: number,
    compressedSize: number,
    start: number,
  ): void {
    const large = size > LARGEST || compressedSize > LARGEST;
    const far = start > LARGEST;
    const central = zip64Field([...(large ? [size, compressedSize] : []), ...(far ? [start] : [])]);
    const fixed = packed(
      [4, 0x02014b50],
      [2, VERSION + UNIX * 256],
      [2, VERSION],
      ...described,
      [4, large ? IN_ZIP64 : compressedSize],
      [4, large ? IN_ZIP64 : size],
      [2, name.length],
      [2, central.length],
      [2, 0],
      [2, 0],
      [2, 0],
      [4, MODE],
      [4, far ? IN_ZIP64 : start],
    );
    this.directory.push(fixed, name, central);
    this.entries++;
  }

  /** The directory, behind which nothing follows. */
  *end(): Writing {
    const start = this.position;
    for (const bytes of this.directory) yield this.write(bytes);
    const size = this.position - start;
    const { entries, position: end } = this;
    if (entries > MOST_ENTRIES || start > LARGEST || size > LARGEST) {
      const versions = [
        [2, VERSION],
        [2, VERSION],
      ] as const;
      const sizes = [
        [8, entries],
        [8, entries],
        [8, size],
        [8, start],
      ] as const;
      yield this.write(packed([4, 0x06064b50], [8, 44], ...versions, [4, 0], [4, 0], ...sizes));
      yield this.write(packed([4, 0x07064b50], [4, 0], [8, end], [4, 1]));
    }
    const count = Math.min(entries, MOST_ENTRIES);
    yield this.write(
      packed(
        [4, 0x06054b50],
        [2, 0],
        [2, 0],
        [2, count],
        [2, count],
        [4, Math.min(size, IN_ZIP64)],
        [4, Math.min(start, IN_ZIP64)],
        [2, 0],
      ),
    );
  }
}
