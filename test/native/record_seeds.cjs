// Stands for the addon (ADJOINT_BINARY names this file) and is the one that ADJOINT_RECORDED names, but writes what
// it is called with into the folder ADJOINT_SEEDS, as bytes that the fuzzers read (encoded_numbers.h).
const { createHash } = require("node:crypto");
const { writeFileSync } = require("node:fs");
const { join } = require("node:path");

const addon = require(process.env.ADJOINT_RECORDED);
const folder = process.env.ADJOINT_SEEDS;

const SEEDS_PER_KERNEL = 6;
const MOST_ELEMENTS = 2 ** 14;
const MOST_BYTES = 2 ** 18;
const SPAN = 2 ** 38;
const FIRST_ADDRESS = 2 ** 20;
const MOST_PARAMETERS = 12;

function encode(value) {
  if (Number.isInteger(value) && !Object.is(value, -0)) {
    if (Math.abs(value) <= 95) return [value & 255];
    if (value % SPAN === 0 && value > 0 && value / SPAN <= 33) return [(-95 - value / SPAN) & 255];
    if (value >= 0 && value < 2 ** 16) return [116, value & 255, value >> 8];
  }
  return [122, ...new Uint8Array(Float64Array.of(value).buffer)];
}

function write(kind, bytes) {
  const name = createHash("sha1").update(Uint8Array.from(bytes)).digest("hex");
  writeFileSync(join(folder, kind, name), Uint8Array.from(bytes));
}

const frame = new Float64Array(addon.frame);
const recorded = new Map();

function recordFrame() {
  const [kernel, rank] = frame.subarray(8);
  const flat = rank === -1;
  const axes = flat ? 1 : rank;
  const dims = frame.subarray(10, 10 + axes);
  const known = recorded.get(kernel) ?? new Set();
  if (known.size >= SEEDS_PER_KERNEL || dims.reduce((x, y) => x * y, 1) > MOST_ELEMENTS) return;
  const bytes = [
    kernel >> 8,
    kernel & 255,
    1,
    ...(flat ? [255] : rank < 8 ? [rank] : [254, ...encode(rank)]),
  ];
  for (const dim of dims) bytes.push(...encode(dim));
  let at = 10 + axes;
  for (; frame[at] >= FIRST_ADDRESS; at += flat ? 3 : 3 + axes) {
    bytes.push(0);
    if (!flat) for (const stride of frame.subarray(at + 3, at + 3 + axes)) bytes.push(...encode(stride));
  }
  for (const parameter of frame.subarray(at, at + MOST_PARAMETERS)) bytes.push(...encode(parameter));
  const key = bytes.join();
  if (known.has(key)) return;
  recorded.set(kernel, known.add(key));
  write("frame", bytes);
}

function recordProgram(code) {
  const lengths = code.subarray(4, 4 + code[0]);
  if (code.length > 400 || lengths.reduce((x, y) => x + y, 0) > MOST_BYTES) return;
  write("program", [2, ...Array.from(code, encode).flat()]);
}

module.exports = {
  ...addon,
  execute(...operands) {
    recordFrame();
    return addon.execute(...operands);
  },
  createProgram(code) {
    recordProgram(code);
    return addon.createProgram(code);
  },
};
