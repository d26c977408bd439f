import { io } from "adjoint";
import { expect, test } from "vitest";
import { integer, uniform } from "../random_values.js";
import { expected, golden } from "./golden_files.js";

const MUTATIONS = 20_000;
/** What headers lie with. */
const numbers = [
  0n,
  1n,
  0x7fn,
  0xffn,
  0x7fffn,
  0xffffn,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 63n,
  2n ** 64n - 1n,
];
const words = [
  "-1",
  "(",
  ")",
  "'",
  '"',
  "{",
  "}",
  ",",
  "99999999999999999999",
  "1e99",
  "0",
  "<f8",
  "|O",
  "True",
];

/** A file with some of its bytes changed, others lost, doubled, or put elsewhere. */
function mutated(file: Buffer, next: () => number): Buffer {
  let bytes = Buffer.from(file);
  for (let changes = integer(next, 1, 4); changes > 0 && bytes.length > 0; changes--) {
    const at = integer(next, 0, bytes.length - 1);
    const count = integer(next, 1, 16);
    const [before, behind] = [bytes.subarray(0, at), bytes.subarray(at)];
    const number = Buffer.alloc(8);
    number.writeBigUInt64LE(numbers[integer(next, 0, numbers.length - 1)]);
    const overwritten = number.subarray(0, [1, 2, 4, 8][integer(next, 0, 3)]);
    const word = Buffer.from(words[integer(next, 0, words.length - 1)]);
    switch (integer(next, 0, 6)) {
      case 0:
        bytes[at] ^= 1 << integer(next, 0, 7);
        break;
      case 1:
        overwritten.copy(bytes, at);
        break;
      case 2:
        word.copy(bytes, at);
        break;
      case 3:
        bytes = Buffer.concat([before, word, behind]);
        break;
      case 4:
        bytes = Buffer.concat([before, behind.subarray(count)]);
        break;
      case 5:
        bytes = Buffer.concat([before, behind.subarray(0, count), behind]);
        break;
      default:
        bytes = before;
    }
  }
  return bytes;
}

const seeds = Object.keys(expected).map(golden);

test("files with anything wrong in them are read or refused by a typed error", { timeout: 120_000 }, () => {
  const next = uniform(1);
  const refused = new Map<string, number>();
  let read = 0;
  const before = process.resourceUsage().maxRSS;
  for (let i = 0; i < MUTATIONS; i++) {
    const file = mutated(seeds[i % seeds.length], next);
    const copy = Buffer.from(file);
    try {
      io.parse(file, i % 3 === 0 ? { wideIntegers: "float64" } : undefined);
      read++;
    } catch (error) {
      const { code, operation, message } = error as Error & { code?: string; operation?: string };
      if (operation !== "parse" || !message.startsWith("parse: "))
        throw new Error(`mutation ${i}: ${file.toString("base64")}`, { cause: error });
      refused.set(String(code), (refused.get(String(code)) ?? 0) + 1);
    }
    if (!file.equals(copy)) throw new Error(`mutation ${i} was changed: ${copy.toString("base64")}`);
  }
  const known = ["ARGUMENT", "DTYPE", "FORMAT", "SHAPE"].map((name) => `ERR_ADJOINT_${name}`);
  expect([...refused.keys()].filter((code) => !known.includes(code))).toEqual([]);
  expect(refused.get("ERR_ADJOINT_FORMAT")).toBeGreaterThan(MUTATIONS / 4);
  expect(read).toBeGreaterThan(MUTATIONS / 100);
  // In KiB: the files have kilobytes.
  expect(process.resourceUsage().maxRSS - before).toBeLessThan(300 * 1024);
});
