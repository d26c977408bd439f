import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { io, Tensor, type Tensor as TensorType } from "adjoint";
import { afterAll, describe, expect, test } from "vitest";
import { zip } from "./crafted_files.js";
import { expected, golden, goldenPath, isOne, tensorOf } from "./golden_files.js";
import { expectAllIdentical, expectIdentical } from "./identical.js";

function temporaryFile(name: string): [folder: string, path: string] {
  const folder = mkdtempSync(join(tmpdir(), "adjoint-golden-"));
  return [folder, join(folder, name)];
}

type Loaded = TensorType | Record<string, TensorType>;

/** Integers that int32 does not hold are asked for as float64. */
const wide = (name: string) => (name.startsWith("wide") ? "float64" : "int32");

function expectContents(name: string, actual: Loaded): void {
  const described = expected[name];
  if (isOne(described)) {
    expect(actual).toBeInstanceOf(Tensor);
    expectIdentical(actual as TensorType, tensorOf(described, wide(name)));
  } else {
    const tensors: Record<string, TensorType> = Object.create(null);
    for (const [key, value] of Object.entries(described)) tensors[key] = tensorOf(value);
    expectAllIdentical(actual as Record<string, TensorType>, tensors);
  }
}

describe("files of NumPy and of safetensors are read", () => {
  test("there are many", () => expect(Object.keys(expected).length).toBeGreaterThan(35));

  describe.each(Object.keys(expected))("%s", (name) => {
    const options = { wideIntegers: wide(name) } as const;

    test("from memory, at once", () => expectContents(name, io.parse(golden(name), options)));

    test("from memory, by a promise", async () => expectContents(name, await io.load(golden(name), options)));

    test("from a file", async () => expectContents(name, await io.load(goldenPath(name), options)));

    test("from a place in memory that is not aligned", () => {
      const bytes = golden(name);
      const shifted = new Uint8Array(bytes.length + 3);
      shifted.set(bytes, 3);
      const before = shifted.slice();
      expectContents(name, io.parse(shifted.subarray(3), options));
      expect(shifted).toEqual(before);
    });
  });
});

describe("arrays of all kinds at places in an archive that are not aligned", () => {
  const kinds = Object.keys(expected).filter((name) => name.endsWith(".npy") && wide(name) === "int32");
  const [folder, path] = temporaryFile("kinds.npz");
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each([1, 2, 3, 4, 5])("%i bytes further", async (shift) => {
    const first = { name: "x".repeat(shift), content: golden("b1.npy") };
    const archive = zip([first, ...kinds.map((name) => ({ name, content: golden(name) }))]);
    writeFileSync(path, archive);
    const [parsed, loaded] = [io.parse(archive, { format: "npz" }), await io.load(path, { format: "npz" })];
    for (const name of kinds) {
      expectContents(name, parsed[name.slice(0, -4)]);
      expectContents(name, loaded[name.slice(0, -4)]);
    }
  });
});

describe("the same bytes are written", () => {
  const own = ["b1", "i4", "f4", "f8", "c8", "c16", "zero_d", "empty"];

  test.each(own)("%s.npy", (name) => {
    const bytes = golden(`${name}.npy`);
    expect(Buffer.from(io.serialize(io.parse(bytes, { format: "npy" }), { format: "npy" }))).toEqual(bytes);
  });

  test.each(["savez.npz", "none.npz"])("%s", (name) => {
    const bytes = golden(name);
    expect(Buffer.from(io.serialize(io.parse(bytes, { format: "npz" }), { format: "npz" }))).toEqual(bytes);
  });

  test("own.safetensors", async () => {
    const bytes = golden("own.safetensors");
    const metadata = await io.metadata(bytes);
    expect({ ...metadata }).toEqual({ step: "3" });
    const written = io.serialize(io.parse(bytes, { format: "safetensors" }), {
      format: "safetensors",
      metadata,
    });
    expect(Buffer.from(written)).toEqual(bytes);
  });

  test("a transposed tensor is written row by row", () => {
    const fortran = io.parse(golden("fortran.npy"), { format: "npy" });
    const rows = Buffer.from(fortran.toTypedArray().buffer);
    expect(Buffer.from(io.serialize(fortran, { format: "npy" })).subarray(-rows.length)).toEqual(rows);
  });
});

test("arrays in Fortran's order are views of the order they are in, and take part in operations", () => {
  const x = io.parse(golden("fortran.npy"), { format: "npy" });
  expect(x.add(0).toArray()).toEqual(x.toArray());
  expect(x.T.reshape([-1]).at(1)).toBe(x.at(1, 0, 0));
  expect(x.sum().item()).toBe(276);
});
