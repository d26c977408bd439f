import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { addon } from "./addon.js";

const declared = readFileSync(new URL("../binding.d.ts", import.meta.url), "utf8");

test("the addon has what binding.d.ts declares, and nothing else", () => {
  const names = [...declared.matchAll(/^export (?:const|function) (\w+)/gm)].map(([, name]) => name);
  expect(names.length).toBeGreaterThan(5);
  expect(Object.keys(addon).sort()).toEqual(names.sort());
});

test.each([
  ["info", "NativeInfo"],
  ["memory", "NativeMemory"],
] as const)("%s has the declared fields", (name, type) => {
  const fields = new RegExp(`interface ${type} \\{([^}]*)\\}`).exec(declared)![1];
  const names = [...fields.matchAll(/^ {2}(\w+): (\w+);/gm)].map(([, field, kind]) => [field, kind]);
  const found = addon[name]() as unknown as Record<string, unknown>;
  expect(
    Object.entries(found)
      .map(([name, value]) => [name, typeof value])
      .sort(),
  ).toEqual(names.sort());
});

test("kernel names are unique and end in a dtype", () => {
  expect(new Set(addon.kernels).size).toBe(addon.kernels.length);
  for (const name of addon.kernels) expect(name).toMatch(/^\w+_(f32|f64|i32|bool|c64|c128)$/);
});

test("threads can be set and read", () => {
  addon.setThreads(2);
  expect(addon.getThreads()).toBe(2);
  addon.setThreads(1);
  expect(addon.getThreads()).toBe(1);
  for (const wrong of [0, -1, 1.5, Number.NaN, 1e9, "two"])
    expect(() => addon.setThreads(wrong as number)).toThrow(RangeError);
  expect(() => addon.addressOf({} as ArrayBuffer)).toThrow(TypeError);
  expect(() => addon.addressOf(undefined as never)).toThrow(TypeError);
});

describe("hostile instructions are refused", () => {
  const frame = new Float64Array(addon.frame);
  const memory = new ArrayBuffer(1024 + 64);
  const base = addon.addressOf(memory);
  const values = new Float64Array(memory);
  const id = (name: string): number => {
    const found = addon.kernels.indexOf(name);
    expect(found, name).toBeGreaterThanOrEqual(0);
    return found;
  };

  interface Operand {
    address?: number;
    byteLength?: number;
    offset?: number;
    strides: number[];
  }
  /** Writes an instruction, runs it and gives its status. */
  function run(
    kernel: number,
    dims: number[],
    operands: Operand[],
    params: number[] = [],
    rank = dims.length,
  ): number {
    frame.fill(0);
    let slot = 8;
    const write = (...numbers: number[]) => {
      for (const value of numbers) frame[slot++] = value;
    };
    write(kernel, rank, ...dims);
    for (const { address = base, byteLength = 1024, offset = 0, strides } of operands)
      write(address, byteLength, offset, ...strides);
    write(...params);
    addon.execute(memory);
    return frame[0];
  }
  const REFUSED = 1;
  const flat = (over: Partial<Operand> = {}): Operand => ({ strides: [1], ...over });
  const add = (dims: number[], x: Operand, rank?: number): number =>
    run(id("add_f64"), dims, [x, flat(), flat({ offset: 16 })], [], rank);

  test("the same instruction without the fault runs", () => {
    values.fill(0);
    values.set([1, 2, 3, 4]);
    expect(add([4], flat())).toBe(0);
    expect([...values.subarray(16, 20)]).toEqual([2, 4, 6, 8]);
    expect(frame[0]).toBe(0);
  });

  test.each([-1, 1e6, 1e300, 0.5, Number.NaN, Number.POSITIVE_INFINITY])("kernel id %d", (kernel) => {
    // A fraction stands for the kernel below it or is refused; neither may do harm.
    const status = run(kernel, [4], [flat(), flat(), flat({ offset: 16 })]);
    if (kernel !== 0.5) expect(status).toBe(REFUSED);
  });

  test.each([-1, 65, 1e9, 0.5, Number.NaN, Number.NEGATIVE_INFINITY])("rank %d", (rank) => {
    expect(add([4], flat(), rank)).toBe(REFUSED);
  });

  test.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 1e300, 2 ** 60, 1e9])("extent %d", (extent) => {
    expect(add([extent], flat())).toBe(REFUSED);
  });

  test("a product of extents beyond any memory, with strides 0", () => {
    const zero: Operand = { strides: [0, 0, 0] };
    expect(run(id("add_f64"), [2 ** 40, 2 ** 40, 2 ** 40], [zero, zero, zero])).toBe(REFUSED);
  });

  test.each([
    ["an address of 0", { address: 0 }],
    ["a negative address", { address: -8 }],
    ["an address that is no integer", { address: base + 0.5 }],
    ["a misaligned address", { address: base + 1 }],
    ["an address of NaN", { address: Number.NaN }],
    ["a negative length", { byteLength: -1024 }],
    ["a length of NaN", { byteLength: Number.NaN }],
    ["a length that is too short", { byteLength: 31 }],
    ["a negative offset", { offset: -1 }],
    ["an offset beyond the end", { offset: 126 }],
    ["an offset beyond all memory", { offset: 2 ** 61 }],
    ["an offset of NaN", { offset: Number.NaN }],
    ["a fractional offset", { offset: 0.25 }],
    ["a stride beyond the buffer", { strides: [64] }],
    ["a stride that wraps around", { strides: [2 ** 61] }],
    ["a negative stride before the buffer", { strides: [-1] }],
    ["a stride of NaN", { strides: [Number.NaN] }],
    ["an infinite stride", { strides: [Number.POSITIVE_INFINITY] }],
  ])("%s", (_name, fault) => {
    const before = [...values];
    expect(add([4], flat(fault))).toBe(REFUSED);
    expect([...values]).toEqual(before);
  });

  test("a fault in any operand, the output too", () => {
    for (const faulty of [0, 1, 2]) {
      const operands = [0, 1, 2].map((i) => flat(i === faulty ? { byteLength: 8 } : {}));
      expect(run(id("add_f64"), [4], operands)).toBe(REFUSED);
    }
  });

  test("an empty iteration space touches nothing, wherever its operands claim to be", () => {
    const nowhere: Operand = { address: 8, byteLength: 0, strides: [1] };
    expect([0, REFUSED]).toContain(run(id("add_f64"), [0], [nowhere, nowhere, nowhere]));
  });

  test("routines refuse matrices that are not square, and outputs of a layout they do not write", () => {
    const matrix = (strides: number[], offset = 0): Operand => ({ strides, offset });
    expect(
      run(id("getrf_f64"), [2, 3], [matrix([3, 1]), matrix([1, 2], 16), matrix([1, 0], 32)], [0, 0, 0]),
    ).toBe(REFUSED);
    expect(
      run(id("getrf_f64"), [2, 2], [matrix([2, 1]), matrix([5, 9], 16), matrix([1, 0], 64)], [0, 0, 0]),
    ).toBe(REFUSED);
    expect(run(id("inv_f64"), [2, 2], [matrix([2, 1]), matrix([1, 1], 16)], [0, 1])).toBe(REFUSED);
    expect(run(id("syevd_f64"), [1], [flat(), flat(), flat()], [0, 0])).toBe(REFUSED);
  });

  test("every kernel survives random frames", () => {
    let state = 12345;
    const next = (): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 32;
    };
    const odd = [0, 1, 2, 3, -1, 0.5, 7, 1e9, 2 ** 31, 2 ** 53, 1e300, Number.NaN, Number.POSITIVE_INFINITY];
    const pick = (): number => odd[Math.floor(next() * odd.length)];
    for (let kernel = 0; kernel < addon.kernels.length; kernel++)
      for (let trial = 0; trial < 200; trial++) {
        frame.fill(0);
        const rank = Math.floor(next() * 6);
        frame[8] = kernel;
        frame[9] = next() < 0.05 ? rank + 0.5 : rank;
        // A large extent with strides of 0 is a valid instruction that takes for ever.
        for (let i = 0; i < rank; i++) {
          const extent = next() < 0.1 ? pick() : Math.floor(next() * 4);
          frame[10 + i] = extent > 3 && extent < 1e300 ? -extent : extent;
        }
        let slot = 10 + rank;
        for (let operand = 0; operand < 6; operand++) {
          // Never an address outside of the buffer together with a length that vouches for it.
          frame[slot++] = next() < 0.05 ? 0 : base;
          frame[slot++] = next() < 0.2 ? Math.min(1024, pick()) : 1024;
          frame[slot++] = next() < 0.2 ? pick() : Math.floor(next() * 16);
          for (let i = 0; i < rank; i++) frame[slot++] = next() < 0.2 ? pick() : Math.floor(next() * 5) - 1;
        }
        for (let i = 0; i < 5; i++) frame[slot++] = next() < 0.3 ? pick() : Math.floor(next() * 3);
        addon.execute(memory);
        expect(Number.isInteger(frame[0])).toBe(true);
      }
  });
});

describe("programs whose blocks are empty", () => {
  const SPAN = 2 ** 38;
  const memory = new ArrayBuffer(64);

  /** One step that copies in blocks of `chunk` along an axis; gives its status. */
  function copyInBlocks(dims: number[], axis: number, chunk: number): number {
    const copy = addon.kernels.indexOf("copy_f64");
    const operand = [SPAN, 64, 0, ...dims.map(() => 1)];
    const header = [1, 0, 1, 0, 64];
    const step = [1, -1, axis, chunk];
    const work = [copy, 0, 0, 0, 0, copy, dims.length, ...dims, ...operand, ...operand];
    const program = addon.createProgram(Float64Array.from([...header, ...step, ...work]));
    const bindings = new Float64Array(10);
    bindings.set([addon.addressOf(memory), 64], 8);
    addon.bindProgram(program, bindings)();
    return bindings[0];
  }

  test.each([
    [[0], 0, 8],
    [[0, 4], 1, 2],
    [[4, 0], 1, 2],
  ])("copying %j along axis %d in blocks of %d", (dims, axis, chunk) => {
    expect(copyInBlocks(dims, axis, chunk)).toBe(0);
  });
});

test("an operand that is never accessed has strides that can be walked all the same", () => {
  const frame = new Float64Array(addon.frame);
  const memory = new ArrayBuffer(64);
  const far = [addon.addressOf(memory), 64, 0, 2 ** 50, 1];
  const run = (dims: number[]): number => {
    frame.fill(0);
    frame.set([addon.kernels.indexOf("sort_f64"), 2, ...dims, ...far, ...far, 0], 8);
    addon.execute(memory);
    return frame[0];
  };
  expect(run([3, 0])).toBe(0);
  expect(run([2 ** 20, 0])).toBe(1);
});
