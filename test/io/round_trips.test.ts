import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { complex, type DType, io, random, type Tensor, tensor, variable } from "adjoint";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { crc32ByTable } from "../../lib/io/zlib.js";
import { sizeOf, uniform } from "../random_values.js";
import { expectAllIdentical, expectIdentical } from "./identical.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "adjoint-io-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const arrays = {
  bool: (bytes: Uint8Array) => bytes.map((byte) => byte & 1),
  int32: (bytes: Uint8Array) => new Int32Array(bytes.buffer),
  float32: (bytes: Uint8Array) => new Float32Array(bytes.buffer),
  float64: (bytes: Uint8Array) => new Float64Array(bytes.buffer),
  complex64: (bytes: Uint8Array) => new Float32Array(bytes.buffer),
  complex128: (bytes: Uint8Array) => new Float64Array(bytes.buffer),
} satisfies Record<DType, (bytes: Uint8Array) => ArrayLike<number>>;
const bytesEach = { bool: 1, int32: 4, float32: 4, float64: 8, complex64: 8, complex128: 16 };
const dtypes = Object.keys(arrays) as DType[];

/** Any bits: NaN, infinities, subnormal numbers, zeros of both signs. */
function anyTensor(dtype: DType, shape: readonly number[], seed: number): Tensor {
  const next = uniform(seed);
  const bytes = Uint8Array.from(
    { length: sizeOf(shape) * bytesEach[dtype] },
    () => [0, 0x80, 0x7f, 0xf0, 0xff, Math.floor(256 * next())].at(Math.floor(6 * next()))!,
  );
  return tensor(arrays[dtype](bytes), { dtype, shape });
}

const views: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  itself: (x) => x,
  transposed: (x) => x.T,
  reversed: (x) => (x.ndim === 0 ? x : x.flip()),
  every_other: (x) => (x.ndim === 0 ? x : x.slice([1, null, 2])),
  broadcast: (x) => x.broadcastTo([2, ...x.shape]),
};

const tensors = fc
  .record({
    dtype: fc.constantFrom(...dtypes),
    shape: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }),
    seed: fc.nat(),
    view: fc.constantFrom(...Object.keys(views)),
  })
  .map(({ dtype, shape, seed, view }) => views[view](anyTensor(dtype, shape, seed)));

const names = fc.string({ unit: "grapheme", maxLength: 8 }).filter((name) => !name.includes("\0"));
const named = (values: fc.Arbitrary<Tensor>) =>
  fc.uniqueArray(fc.tuple(names, values), { maxLength: 5, selector: ([name]) => name }).map((entries) => {
    const record: Record<string, Tensor> = Object.create(null);
    for (const [name, x] of entries) record[name] = x;
    return record;
  });

describe("what is written is what is read", () => {
  test("npy", () =>
    fc.assert(
      fc.property(tensors, (x) => {
        const bytes = io.serialize(x, { format: "npy" });
        expectIdentical(io.parse(bytes, { format: "npy" }), x);
        const { length } = x.toTypedArray();
        expect((bytes.length - length * x.toTypedArray().BYTES_PER_ELEMENT) % 64).toBe(0);
      }),
      { numRuns: 500 },
    ));

  test.each([true, false])("npz, compressed: %s", (compress) =>
    fc.assert(
      fc.property(named(tensors), (xs) => {
        expectAllIdentical(io.parse(io.serialize(xs, { format: "npz", compress }), { format: "npz" }), xs);
      }),
      { numRuns: 300 },
    ),
  );

  test("safetensors", () =>
    fc.assert(
      fc.property(named(tensors.filter((x) => x.dtype !== "complex128")), (xs) => {
        const bytes = io.serialize(xs, { format: "safetensors" });
        expectAllIdentical(io.parse(bytes, { format: "safetensors" }), xs);
      }),
      { numRuns: 300 },
    ));

  test("metadata", () =>
    fc.assert(
      fc.asyncProperty(fc.dictionary(names, names), async (metadata) => {
        const bytes = io.serialize({ x: 1 }, { format: "safetensors", metadata });
        const read = await io.metadata(bytes);
        expect(Object.entries(read).sort()).toEqual(Object.entries(metadata).sort());
      }),
      { numRuns: 200 },
    ));

  test.each([
    ["npy", {}],
    ["npz", {}],
    ["npz", { compress: true }],
    ["safetensors", { metadata: { step: "3" } }],
  ] as const)("files: %s %j", async (format, options) => {
    const xs = { "weights/0": anyTensor("float32", [3, 4], 1), b: anyTensor("bool", [5], 2) };
    const path = join(folder, `file.${format}`);
    const data = format === "npy" ? xs.b : xs;
    await io.save(path, data, options);
    const bytes = Buffer.from(io.serialize(data, { format, ...options }));
    const read = await io.load(path);
    if (format === "npy") expectIdentical(read as Tensor, xs.b);
    else expectAllIdentical(read as Record<string, Tensor>, xs);
    await io.save(pathToFileURL(join(folder, "other name")), data, { format, ...options });
    expect(readFileSync(path)).toEqual(bytes);
    expect(readFileSync(join(folder, "other name"))).toEqual(bytes);
  });
});

describe("tensors that are larger than what is in memory of a file at a time", () => {
  const generator = random.generator(0);
  const normal = (shape: number[]) => generator.normal(shape);
  const xs = {
    a: normal([700_001]),
    flags: normal([5_000_001]).greater(0),
    b: complex(normal([3, 100_001]), normal([3, 100_001])).T,
    c: normal([1_300_001]).cast("float32"),
  };

  test.each([false, true])("npz, compressed: %s", { timeout: 120_000 }, async (compress) => {
    const path = join(folder, "large.npz");
    await io.save(path, xs, { compress });
    expectAllIdentical(await io.load(path, { format: "npz" }), xs);
  });

  test("safetensors, all and one", async () => {
    const path = join(folder, "large.safetensors");
    const { b, ...others } = xs;
    await io.save(path, others);
    const format = "safetensors";
    expectAllIdentical(await io.load(path, { format }), others);
    expectAllIdentical(await io.load(path, { format, names: ["c"] }), { c: xs.c });
  });

  test("npy, big-endian too", async () => {
    const bytes = Buffer.from(io.serialize(xs.a, { format: "npy" }));
    expectIdentical(await io.load(bytes, { format: "npy" }), xs.a);
    bytes.write(">", bytes.indexOf("<"));
    bytes.subarray(128).swap64();
    const path = join(folder, "large.npy");
    writeFileSync(path, bytes);
    expectIdentical(await io.load(path, { format: "npy" }), xs.a);
    expectIdentical(io.parse(bytes, { format: "npy" }), xs.a);
  });
});

test("more members than a zip archive counts without zip64", { timeout: 120_000 }, () => {
  const xs: Record<string, number> = {};
  for (let i = 0; i < 65_536; i++) xs[`x${i}`] = i;
  const bytes = io.serialize(xs, { format: "npz" });
  const { x0, x65535 } = io.parse(bytes, { format: "npz", names: ["x0", "x65535"] });
  expect([x0.item(), x65535.item()]).toEqual([0, 65_535]);
});

describe("what is written is what there was at the call", () => {
  test("whatever becomes of a variable and of tensors meanwhile", async () => {
    const path = join(folder, "then.npz");
    const v = variable(new Float64Array(100_000).fill(1));
    const x = tensor(new Float64Array(100_000).fill(2));
    const saved = io.save(path, { v, x });
    v.assign(v.mul(7));
    x.dispose();
    for (let i = 0; i < 10; i++) tensor(new Float64Array(100_000).fill(9)).dispose();
    await saved;
    const read = await io.load(path, { format: "npz" });
    expect([read.v.min().item(), read.v.max().item()]).toEqual([1, 1]);
    expect([read.x.min().item(), read.x.max().item()]).toEqual([2, 2]);
  });

  test("numbers, nested arrays and typed arrays are tensors", () => {
    const xs = { a: 1, b: [[1, 2]], c: new Float32Array(2), d: [true], z: { re: 1, im: 2 } };
    const read = io.parse(io.serialize(xs, { format: "npz" }), { format: "npz" });
    expect(Object.values(read).map((x) => x.dtype)).toEqual([
      "float64",
      "float64",
      "float32",
      "bool",
      "complex128",
    ]);
    expect(io.parse(io.serialize({ re: 1, im: 2 }, { format: "npy" }), { format: "npy" }).item()).toEqual({
      re: 1,
      im: 2,
    });
  });
});

test("the checksum for Node that has none is the standard one", () => {
  // The check value of CRC-32/ISO-HDLC.
  const crc32 = crc32ByTable();
  expect(crc32(Buffer.from("123456789"), 0)).toBe(0xcbf43926);
  expect(crc32(Buffer.from("6789"), crc32(Buffer.from("12345"), 0))).toBe(0xcbf43926);
});
