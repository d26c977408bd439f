import { constants, isUtf8 } from "node:buffer";
import { ArgumentError, showValue } from "../errors.js";
import { about, Cursor, type Origin, type Reading } from "./reading.js";
import { crc32 } from "./zlib.js";

// PKWARE's APPNOTE.TXT 6.3; the numbers of its sections stand below. Of all that zip archives can be, what npz files
// are: one part, members stored or deflated, side by side, then the directory, and nothing else.

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const ZIP64_LOCATOR = 0x07064b50;
const ZIP64_END = 0x06064b50;
const END_BYTES = 22;
const CENTRAL_BYTES = 46;
const LOCAL_BYTES = 30;
const ZIP64_LOCATOR_BYTES = 20;
const ZIP64_END_BYTES = 56;
const LONGEST_COMMENT = 65_535;
/** In place of a number that stands in the zip64 field of an entry. */
const IN_ZIP64 = 0xffffffff;
/** Two bits of a deflated stream give at most 258 bytes (RFC 1951). */
const MOST_INFLATED = 1032;

const STORED = 0;
const DEFLATED = 8;
const methods: Readonly<Record<number, string>> = {
  9: "deflate64",
  12: "bzip2",
  14: "LZMA",
  93: "Zstandard",
  95: "XZ",
  99: "AES encryption",
};

/** A member, as the directory describes it. */
export interface ZipEntry {
  readonly name: string;
  readonly deflated: boolean;
  readonly crc: number;
  readonly compressedSize: number;
  readonly size: number;
  /** Where its local header begins. */
  readonly position: number;
}

/** A member, and where the next one or the directory begins. */
export interface ZipMember extends ZipEntry {
  readonly end: number;
}

const bufferOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** A 64-bit number, Infinity where none that JavaScript holds. */
function uint64(bytes: Buffer, offset: number): number {
  const value = Number(bytes.readBigUInt64LE(offset));
  return Number.isSafeInteger(value) ? value : Number.POSITIVE_INFINITY;
}

interface Directory {
  readonly entries: number;
  readonly position: number;
  readonly size: number;
}

/** 4.3.14 and 4.3.15: where a file is too large for the record at its end. */
function* findZip64Directory(origin: Origin, end: number): Reading<Directory> {
  const locatorPosition = end - ZIP64_LOCATOR_BYTES;
  const locatorCursor = new Cursor(origin, locatorPosition, end);
  const locator = bufferOf(yield* locatorCursor.take(ZIP64_LOCATOR_BYTES, "the zip64 locator"));
  const position = uint64(locator, 8);
  if (position !== locatorPosition - ZIP64_END_BYTES)
    locatorCursor.fail(
      `the zip64 record is said to be at ${position}, expected ${locatorPosition - ZIP64_END_BYTES}`,
      locatorPosition,
    );
  const cursor = new Cursor(origin, position, locatorPosition);
  const record = bufferOf(yield* cursor.take(ZIP64_END_BYTES, "the zip64 end record"));
  if (record.readUInt32LE(0) !== ZIP64_END) cursor.fail("no zip64 end record", position);
  const entries = uint64(record, 32);
  if (record.readUInt32LE(16) !== 0 || record.readUInt32LE(20) !== 0 || uint64(record, 24) !== entries)
    cursor.fail("the archive has several parts", position);
  const directory = { entries, size: uint64(record, 40), position: uint64(record, 48) };
  if (directory.position + directory.size !== position)
    cursor.fail(
      `the directory is said to be ${directory.size} bytes at ${directory.position}, expected to end at ${position}`,
      position,
    );
  return directory;
}

/** 4.3.16: the record at the end, behind which there is nothing but its comment. */
function* findDirectory(origin: Origin, fileSize: number): Reading<Directory> {
  const start = Math.max(0, fileSize - ZIP64_LOCATOR_BYTES - END_BYTES - LONGEST_COMMENT);
  const cursor = new Cursor(origin, start, fileSize);
  const tail = bufferOf(yield* cursor.take(fileSize - start, "the end of the archive"));
  let at = tail.length - END_BYTES;
  while (
    at >= 0 &&
    !(tail.readUInt32LE(at) === END && at + END_BYTES + tail.readUInt16LE(at + 20) === tail.length)
  )
    at--;
  if (at < 0) cursor.fail("no zip archive, or cut short: no record at its end", fileSize);
  const end = start + at;
  const [disk, directoryDisk, entriesHere, entries] = [4, 6, 8, 10].map((offset) =>
    tail.readUInt16LE(at + offset),
  );
  const [size, position] = [12, 16].map((offset) => tail.readUInt32LE(at + offset));
  const locator = at - ZIP64_LOCATOR_BYTES;
  if (locator >= 0 && tail.readUInt32LE(locator) === ZIP64_LOCATOR)
    return yield* findZip64Directory(origin, end);
  if (disk !== 0 || directoryDisk !== 0 || entriesHere !== entries)
    cursor.fail("the archive has several parts", end);
  if (position + size !== end)
    cursor.fail(`the directory is said to be ${size} bytes at ${position}, expected to end at ${end}`, end);
  return { entries, position, size };
}

/** 4.5.3: the numbers of an entry that are too large for their places, in the order of these. */
function zip64Numbers(extra: Buffer, wanted: number): number[] | null {
  for (let at = 0; at + 4 <= extra.length; ) {
    const size = extra.readUInt16LE(at + 2);
    const end = at + 4 + size;
    if (end > extra.length) return null;
    if (extra.readUInt16LE(at) === 1)
      return 8 * wanted <= size
        ? Array.from({ length: wanted }, (_, i) => uint64(extra, at + 4 + 8 * i))
        : null;
    at = end;
  }
  return null;
}

function utf8(cursor: Cursor, bytes: Buffer, position: number): string {
  if (isUtf8(bytes)) return bytes.toString();
  return cursor.fail(`the name of a member is not UTF-8: ${showValue(bytes.toString("latin1"))}`, position);
}

/** 4.3.12: one entry of the directory. */
function* readEntry(cursor: Cursor): Reading<ZipEntry> {
  const { position } = cursor;
  const fixed = Buffer.from(yield* cursor.take(CENTRAL_BYTES, "an entry of the directory"));
  if (fixed.readUInt32LE(0) !== CENTRAL) cursor.fail("no entry of the directory", position);
  const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) => fixed.readUInt16LE(offset));
  const name = utf8(
    cursor,
    bufferOf(yield* cursor.take(nameLength, "the name of a member")),
    position + CENTRAL_BYTES,
  );
  const extra = bufferOf(yield* cursor.take(extraLength, "the extra field of a member"));
  const numbers = [24, 20, 42].map((offset) => fixed.readUInt32LE(offset));
  const missing = numbers.filter((number) => number === IN_ZIP64).length;
  const larger = missing === 0 ? [] : zip64Numbers(extra, missing);
  if (larger === null) cursor.fail(`member ${showValue(name)} lacks its zip64 sizes`, position);
  const [size, compressedSize, local] = numbers.map((number) =>
    number === IN_ZIP64 ? larger.shift()! : number,
  );
  yield* cursor.take(commentLength, "the comment of a member");
  const flags = fixed.readUInt16LE(8);
  const method = fixed.readUInt16LE(10);
  // Encrypted, patched, strongly encrypted, or with masked headers: 4.4.4.
  if (flags & 0x2061) cursor.fail(`member ${showValue(name)} is encrypted or a patch`, position);
  if (method !== STORED && method !== DEFLATED)
    cursor.fail(
      `member ${showValue(name)} is compressed by ${methods[method] ?? `method ${method}`}, expected stored or deflated`,
      position,
    );
  const most = method === STORED ? compressedSize : compressedSize * MOST_INFLATED;
  if (size > most || (method === STORED && size !== compressedSize))
    cursor.fail(
      `member ${showValue(name)} is said to hold ${size} bytes, which ${compressedSize} ${method === STORED ? "stored" : "deflated"} ones do not`,
      position,
    );
  return {
    name,
    deflated: method === DEFLATED,
    crc: fixed.readUInt32LE(16),
    compressedSize,
    size,
    position: local,
  };
}

/** Overlapping members make a small file hold petabytes (D. Fifield, A better zip bomb, 2019). */
function withEnds(cursor: Cursor, entries: readonly ZipEntry[], directory: Directory): ZipMember[] {
  const ends = new Map<ZipEntry, number>();
  const ordered = [...entries].sort((a, b) => a.position - b.position);
  ordered.forEach((entry, i) => {
    const { name, position, compressedSize } = entry;
    const end = ordered[i + 1]?.position ?? directory.position;
    ends.set(entry, end);
    if (position + LOCAL_BYTES + compressedSize > end)
      cursor.fail(
        `member ${showValue(name)} is said to be ${compressedSize} bytes at ${position}, but something else begins at ${end}`,
        directory.position,
      );
  });
  return entries.map((entry) => ({ ...entry, end: ends.get(entry)! }));
}

/** All members, in the order of the directory. */
export function* readZipDirectory(origin: Origin, fileSize: number): Reading<ZipMember[]> {
  const directory = yield* findDirectory(origin, fileSize);
  const cursor = new Cursor(origin, directory.position, directory.position + directory.size);
  if (directory.entries * CENTRAL_BYTES > directory.size)
    cursor.fail(`${directory.entries} members are said to be described in ${directory.size} bytes`);
  const entries: ZipEntry[] = [];
  while (entries.length < directory.entries) entries.push(yield* readEntry(cursor));
  if (cursor.remaining > 0) cursor.fail(`${cursor.remaining} bytes follow the last entry of the directory`);
  return withEnds(cursor, entries, directory);
}

/** Where the bytes of a member begin: 4.3.7. */
function* skipLocalHeader(cursor: Cursor, entry: ZipEntry): Reading<void> {
  const { position } = cursor;
  const fixed = Buffer.from(yield* cursor.take(LOCAL_BYTES, "the local header"));
  const method = entry.deflated ? DEFLATED : STORED;
  if (fixed.readUInt32LE(0) !== LOCAL) cursor.fail("no local header where the directory says", position);
  const name = bufferOf(yield* cursor.take(fixed.readUInt16LE(26), "the name"));
  if (fixed.readUInt16LE(8) !== method || !name.equals(Buffer.from(entry.name)))
    cursor.fail("the local header and the directory differ", position);
  cursor.skip(fixed.readUInt16LE(28));
}

/** The bytes of a member, by `read`, which has to take all of them: then its checksum is compared. */
export function* readZipMember<T>(
  origin: Origin,
  entry: ZipMember,
  read: (cursor: Cursor) => Reading<T>,
): Reading<T> {
  const outer = new Cursor(origin, entry.position, entry.end);
  yield* skipLocalHeader(outer, entry);
  const { position } = outer;
  if (entry.compressedSize > outer.remaining)
    outer.fail(`is said to be ${entry.compressedSize} bytes, and ${outer.remaining} are left`);
  const inner = entry.deflated
    ? new Cursor(origin, 0, entry.size, yield* inflated(outer, entry))
    : new Cursor(origin, position, position + entry.size);
  let crc = 0;
  inner.onTake((bytes) => {
    crc = crc32(bytes, crc);
  });
  const result = yield* read(inner);
  if (crc !== entry.crc)
    outer.fail(`damaged: its checksum is ${hex(crc)}, and the directory says ${hex(entry.crc)}`, position);
  return result;
}

const hex = (crc: number): string => crc.toString(16).padStart(8, "0");

function* inflated(cursor: Cursor, { compressedSize, size }: ZipEntry): Reading<Uint8Array> {
  const { origin, position } = cursor;
  if (size === 0) cursor.fail("holds nothing");
  if (Math.max(size, compressedSize) > constants.MAX_LENGTH)
    throw new ArgumentError(
      origin.operation,
      about(origin, `holds ${size} deflated bytes, this Node inflates ${constants.MAX_LENGTH} at once`),
    );
  const bytes = yield* cursor.take(compressedSize, "the deflated bytes");
  let result: Uint8Array;
  try {
    result = yield { inflate: bytes, size };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ERR_BUFFER_TOO_LARGE")
      cursor.fail(`inflates to more than the ${size} bytes that the directory says`, position);
    if (typeof code !== "string" || !code.startsWith("Z_")) throw error;
    cursor.fail(`damaged: ${message}`, position);
  }
  if (result.byteLength !== size)
    cursor.fail(`inflates to ${result.byteLength} bytes, and the directory says ${size}`, position);
  return result;
}
