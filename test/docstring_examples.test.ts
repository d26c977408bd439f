import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as adjoint from "adjoint";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { documented, examples } from "./docstrings.js";
import { agree, plain, run } from "./runnable_examples.js";

const tolerance = 1e-12;

/** The names of the exported functions, classes left out: `inv` of `linalg` is `linalg.inv`. */
function functions(exported: object, prefix = ""): string[] {
  return Object.entries(exported).flatMap(([name, value]) => {
    if (typeof value === "object" && value !== null) return functions(value, `${prefix}${name}.`);
    return typeof value === "function" && !String(value).startsWith("class") ? [prefix + name] : [];
  });
}

describe("examples in docstrings", () => {
  // Some write files: into a folder of their own.
  const before = process.cwd();
  const folder = mkdtempSync(join(tmpdir(), "adjoint-examples-"));
  beforeAll(() => process.chdir(folder));
  afterAll(() => {
    process.chdir(before);
    rmSync(folder, { recursive: true });
  });

  test("every exported function has one", () => {
    const names = functions(adjoint);
    expect(names.length).toBeGreaterThan(150);
    expect(names.filter((name) => !documented.has(name.slice(name.lastIndexOf(".") + 1)))).toEqual([]);
  });

  test.each(examples.map(({ place, code, value }) => [place, code.split("\n").at(-1), code, value]))(
    "%s: %s",
    async (_place, _lastLine, code, value) => {
      const result = plain(await run(code!));
      if (value === undefined) return;
      const expected = run(`(${value})`);
      if (!agree(result, expected, tolerance)) expect(result).toEqual(expected);
      expect(agree(result, expected, tolerance)).toBe(true);
    },
  );
});
