import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import * as ad from "adjoint";
import { io } from "adjoint";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { wrong } from "../bad_input/refusals.js";
import { golden, goldenPath } from "./golden_files.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "adjoint-promises-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const place = (name: string): string => join(folder, name);

describe("a promise refuses", () => {
  type Row = readonly [what: string, body: () => Promise<unknown>, code: string, ...parts: string[]];
  const rows: readonly Row[] = [
    ["a number for a path", () => io.load(wrong(3)), "ERR_ADJOINT_ARGUMENT", "load: ", "3"],
    [
      "unknown options",
      () => io.load("x.npy", wrong({ typo: 1 })),
      "ERR_ADJOINT_ARGUMENT",
      'load: unknown option "typo"',
    ],
    [
      "unknown options of save",
      () => io.save("x.npy", 1, wrong({ typo: 1 })),
      "ERR_ADJOINT_ARGUMENT",
      'save: unknown option "typo"',
    ],
    ["a file that is not there", () => io.load(place("none.npy")), "ENOENT", "none.npy"],
    ["a folder", () => io.load(folder), "EISDIR"],
    ["a folder that is not there", () => io.save(join(folder, "no/x.npy"), 1), "ENOENT"],
    ["a name without extension", () => io.save(place("x"), 1), "ERR_ADJOINT_ARGUMENT", "which format", "npz"],
    ["an unknown extension", () => io.save(place("x.csv"), 1), "ERR_ADJOINT_ARGUMENT", "which format"],
    ["bytes for a path", () => io.save(wrong(Buffer.alloc(1)), 1), "ERR_ADJOINT_ARGUMENT", "a path or a URL"],
    ["what is no tensor", () => io.save(place("x.npy"), wrong("x")), "ERR_ADJOINT_DTYPE", "save: ", '"x"'],
    [
      "damaged bytes",
      () => io.load(golden("savez.npz").subarray(0, 400)),
      "ERR_ADJOINT_FORMAT",
      "load: ",
      "no record",
    ],
    [
      "metadata of npy",
      () => io.metadata(golden("f8.npy")),
      "ERR_ADJOINT_FORMAT",
      "metadata: no safetensors file",
    ],
    ["metadata of nothing", () => io.metadata(wrong(null)), "ERR_ADJOINT_ARGUMENT", "metadata: ", "null"],
  ];

  test.each(rows.map((row) => [row[0], row] as const))("%s", async (_what, [, body, code, ...parts]) => {
    const error = await body().then(
      () => expect.fail("nothing was refused"),
      (reason: Error) => reason,
    );
    expect(error).toMatchObject({ code });
    for (const part of parts) expect(error.message).toContain(part);
  });
});

test("errors name the file, the member and the byte", async () => {
  const bytes = Buffer.from(golden("savez.npz"));
  bytes[bytes.indexOf("fortran_order")] ^= 1;
  const path = place("damaged.npz");
  writeFileSync(path, bytes);
  const error = (await io.load(path).catch((reason: unknown) => reason)) as ad.FormatError;
  expect(error).toBeInstanceOf(ad.FormatError);
  expect(error.message).toContain(`load: ${path}: member "a.npy": the header has the key "gortran_order"`);
  expect(error.position).toBe(bytes.indexOf("'gortran_order"));
  expect(error.message).toContain(`(byte ${error.position})`);
});

describe("the format of a file", () => {
  test("is what its name says, and its bytes must agree", async () => {
    const path = place("wrong.npy");
    writeFileSync(path, golden("savez.npz"));
    await expect(io.load(path)).rejects.toThrow(/no npy file.*like npz; \{ format: "npz" \} reads it so/);
    expect(Object.keys(await io.load(path, { format: "npz" })).length).toBe(3);
  });

  test("is recognised where its name says nothing", async () => {
    const path = place("unnamed");
    for (const [name, keys] of [
      ["savez.npz", 3],
      ["none.npz", 0],
      ["own.safetensors", 6],
    ] as const) {
      writeFileSync(path, golden(name));
      expect(Object.keys(await io.load(path)).length).toBe(keys);
      expect(Object.keys(await io.load(pathToFileURL(path))).length).toBe(keys);
    }
  });

  test("is said by an extension in capitals too", async () => {
    await io.save(place("x.NPY"), [1, 2]);
    expect((await io.load(place("x.NPY"), { format: "npy" })).toArray()).toEqual([1, 2]);
  });
});

test("a file that shrinks while it is read is refused", async () => {
  const path = place("shrinking.npy");
  await io.save(path, new Float64Array(2_000_000));
  const loading = io.load(path);
  truncateSync(path, 1_000_000);
  await expect(loading).rejects.toThrow(/load: .*(shrank while it was read|follow the header)/);
});

test("bytes that are taken away while they are read are refused", async () => {
  const bytes = golden("compressed.npz");
  const own = new Uint8Array(bytes).buffer;
  const loading = io.load(own);
  structuredClone(own, { transfer: [own] });
  await expect(loading).rejects.toThrow(/load: .*shrank while it was read/);
});

describe("the event loop goes on while a file of many tensors is read", () => {
  const many = Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`t${i}`, [i]]));

  test.each(["safetensors", "npz"] as const)("%s", async (format) => {
    const bytes = io.serialize(many, { format });
    let turns = 0;
    let next = setImmediate(function turn() {
      turns++;
      next = setImmediate(turn);
    });
    const read = await io.load(bytes, { format });
    clearImmediate(next);
    expect(Object.keys(read).length).toBe(20_000);
    expect(turns).toBeGreaterThan(2);
  });

  test("and bytes that are taken away meanwhile are refused", async () => {
    const own = new Uint8Array(io.serialize(many, { format: "safetensors" })).buffer;
    const loading = io.load(own);
    setImmediate(() => structuredClone(own, { transfer: [own] }));
    const outcome = loading.then(
      () => "read",
      (error: Error) => error.message,
    );
    expect(await outcome).toMatch(/load: .*shrank while it was read/);
  });
});

test("many files at once", async () => {
  const all = await Promise.all(
    Array.from({ length: 200 }, () => io.load(goldenPath("compressed.npz"), { format: "npz" })),
  );
  for (const { zeros } of all) expect(zeros.shape).toEqual([4, 500]);
});

test("memory that is no tensor's own, of any kind", () => {
  const bytes = new Uint8Array(golden("f8.npy"));
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  shared.set(bytes);
  const views = [bytes, bytes.buffer, Buffer.from(bytes), new DataView(bytes.buffer), shared];
  for (const view of views) expect(io.parse(view, { format: "npy" }).shape).toEqual([10]);
});
