import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { compile, io, type Tensor } from "adjoint";
import { expect, test } from "vitest";

const entry = fileURLToPath(new URL("../../dist/index.cjs", import.meta.url));

test("what reads files is loaded when it is first needed, and is the same for both module systems", () => {
  const program = `
    const loaded = () => Object.keys(require.cache).filter((path) => path.endsWith("io.cjs")).length;
    const { io, FormatError, Tensor } = require(${JSON.stringify(entry)});
    const before = loaded();
    const one = io.parse(io.serialize([1, 2], { format: "npy" })) instanceof Tensor;
    let error;
    try { io.parse(new Uint8Array(3)); } catch (caught) { error = caught instanceof FormatError; }
    import(${JSON.stringify(entry.replace(".cjs", ".js"))}).then((other) =>
      console.log(JSON.stringify([before, loaded(), one, error, other.io.parse === io.parse])));`;
  const printed = execFileSync(process.execPath, ["-e", program], { encoding: "utf8" });
  expect(JSON.parse(printed)).toEqual([0, 1, true, true, true]);
});

test("errors name the line of the user's, not of a part of the library", () => {
  const save = (x: Tensor): Tensor => {
    io.serialize(x, { format: "npy" });
    return x;
  };
  expect(() => compile(save)([1, 2])).toThrow(/loading\.test\.ts/);
});
