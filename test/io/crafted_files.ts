import { Buffer } from "node:buffer";
import { crc32 } from "node:zlib";

/** An npy file with any header. */
export function npy(
  header: string | Buffer,
  data: Uint8Array = Buffer.alloc(0),
  version = 1,
  length?: number,
): Buffer {
  const text = Buffer.from(header);
  const size = Buffer.alloc(version === 1 ? 2 : 4);
  size.writeUIntLE(length ?? text.length, 0, size.length);
  return Buffer.concat([
    Buffer.from(`\x93NUMPY${String.fromCharCode(version)}\0`, "latin1"),
    size,
    text,
    data,
  ]);
}

export const header = (descr: string, shape: string, fortran = "False"): string =>
  `{'descr': ${descr}, 'fortran_order': ${fortran}, 'shape': ${shape}, }\n`;

/** A safetensors file with any header. */
export function safetensors(json: unknown, data: Uint8Array = Buffer.alloc(0), length?: bigint): Buffer {
  const text = Buffer.from(typeof json === "string" ? json : JSON.stringify(json));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(length ?? BigInt(text.length));
  return Buffer.concat([size, text, data]);
}

export const described = (dtype: string, shape: unknown, begin: number, end: number): object => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

/** A member of a zip archive, in which anything may be said. */
export interface Member {
  readonly name: string | Buffer;
  readonly content: Buffer;
  readonly localName?: string;
  readonly localMethod?: number;
  readonly method?: number;
  readonly flags?: number;
  readonly crc?: number;
  readonly size?: number;
  readonly compressedSize?: number;
  readonly position?: number;
  readonly extra?: Buffer;
}

/** What is said at the end of a zip archive. */
export interface End {
  readonly entries?: number;
  readonly entriesHere?: number;
  readonly disk?: number;
  readonly directorySize?: number;
  readonly directoryPosition?: number;
  readonly comment?: Buffer;
  readonly between?: Buffer;
  readonly behind?: Buffer;
}

export function uints(...numbers: readonly (readonly [bytes: 2 | 4 | 8, value: number | bigint])[]): Buffer {
  return Buffer.concat(
    numbers.map(([bytes, value]) => {
      const buffer = Buffer.alloc(8);
      buffer.writeBigUInt64LE(BigInt(value));
      return buffer.subarray(0, bytes);
    }),
  );
}

export function zip(members: readonly Member[], end: End = {}): Buffer {
  const parts: Buffer[] = [];
  const entries: Buffer[] = [];
  let position = 0;
  for (const member of members) {
    const { content, method = 0, flags = 0, extra = Buffer.alloc(0) } = member;
    const name = Buffer.from(member.name as string);
    const localName = member.localName === undefined ? name : Buffer.from(member.localName);
    const { crc = crc32(content), size = content.length, compressedSize = content.length } = member;
    const sizes = [
      [4, crc],
      [4, compressedSize],
      [4, size],
    ] as const;
    const local = Buffer.concat([
      uints([4, 0x04034b50], [2, 20], [2, flags], [2, member.localMethod ?? method], [4, 0x210000]),
      uints(...sizes, [2, localName.length], [2, 0]),
      localName,
      content,
    ]);
    entries.push(
      uints([4, 0x02014b50], [2, 20], [2, 20], [2, flags], [2, method], [4, 0x210000], ...sizes),
      uints([2, name.length], [2, extra.length], [2, 0], [2, 0], [2, 0], [4, 0]),
      uints([4, member.position ?? position]),
      name,
      extra,
    );
    parts.push(local);
    position += local.length;
  }
  const directory = Buffer.concat(entries);
  const { entries: count = members.length, comment = Buffer.alloc(0) } = end;
  return Buffer.concat([
    ...parts,
    directory,
    end.between ?? Buffer.alloc(0),
    uints([4, 0x06054b50], [2, end.disk ?? 0], [2, 0], [2, end.entriesHere ?? count], [2, count]),
    uints([4, end.directorySize ?? directory.length], [4, end.directoryPosition ?? position]),
    uints([2, comment.length]),
    comment,
    end.behind ?? Buffer.alloc(0),
  ]);
}
