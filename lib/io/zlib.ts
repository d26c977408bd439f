import { onDemand } from "../on_demand.js";

type Crc32 = (bytes: Uint8Array, before: number) => number;

export const zlib = onDemand<typeof import("node:zlib")>("node:zlib");

/** For Node before 20.15, whose zlib keeps its own to itself. */
export function crc32ByTable(): Crc32 {
  const table = Int32Array.from({ length: 256 }, (_, byte) => {
    let remainder = byte;
    for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (remainder & 1 ? 0xedb88320 : 0);
    return remainder;
  });
  return (bytes, before) => {
    let crc = ~before;
    for (const byte of bytes) crc = table[(crc ^ byte) & 0xff] ^ (crc >>> 8);
    return ~crc >>> 0;
  };
}

let ownCrc32: Crc32 | undefined;

/** The checksum of zip archives (ISO 3309), continued from that of the bytes before. */
export function crc32(bytes: Uint8Array, before = 0): number {
  ownCrc32 ??= zlib().crc32 ?? crc32ByTable();
  return ownCrc32(bytes, before);
}
