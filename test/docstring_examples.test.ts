import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as adjoint from "adjoint";
import { describe, expect, test } from "vitest";

const lib = fileURLToPath(new URL("../lib", import.meta.url));

interface Example {
  readonly place: string;
  readonly code: string;
  /** What the comment at the end says, as JavaScript. */
  readonly value: string | undefined;
}

const examples: Example[] = [];
/** Exported functions with an example. */
const documented = new Set<string>();

const files = readdirSync(lib, { encoding: "utf8", recursive: true });
for (const file of files.filter((path) => path.endsWith(".ts")).sort()) {
  const source = readFileSync(`${lib}/${file}`, "utf8");
  const docstrings = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n(?:export (?:const|(?:async )?function\*?) (\w+))?/g;
  for (const { index, 1: text, 2: name } of source.matchAll(docstrings)) {
    const line = source.slice(0, index).split("\n").length;
    const content = text.replace(/^\s*\* ?/gm, "");
    for (const [, example] of content.matchAll(/@example\s+((?:(?!\n@)[\s\S])*)/g)) {
      const [, code, value] = /^([\s\S]*?)(?:\s\/\/ (.*))?$/.exec(example.trim())!;
      examples.push({ place: `lib/${file}:${line}`, code, value });
      if (name !== undefined) documented.add(name);
    }
  }
}

/** The value of the last statement, with all exports in scope. */
function run(code: string): unknown {
  const program = new Function(...Object.keys(adjoint), `return eval(${JSON.stringify(code)})`);
  return program(...Object.values(adjoint));
}

/** Tensors as nested arrays, wherever they are in arrays and objects. */
function plain(x: unknown): unknown {
  if (x instanceof adjoint.Tensor) return x.toJSON();
  if (Array.isArray(x)) return x.map(plain);
  if (typeof x === "object" && x !== null)
    return Object.fromEntries(Object.entries(x).map(([key, value]) => [key, plain(value)]));
  return x;
}

function agree(a: unknown, b: unknown): boolean {
  if (typeof a === "number" && typeof b === "number")
    return a === b || Object.is(a, b) || Math.abs(a - b) <= 1e-12 * Math.min(Math.abs(b), Number.MAX_VALUE);
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return a === b;
  const [entries, others] = [Object.entries(a), new Map(Object.entries(b))];
  return (
    Array.isArray(a) === Array.isArray(b) &&
    entries.length === others.size &&
    entries.every(([key, value]) => others.has(key) && agree(value, others.get(key)))
  );
}

/** The names of the exported functions, classes left out: `inv` of `linalg` is `linalg.inv`. */
function functions(exported: object, prefix = ""): string[] {
  return Object.entries(exported).flatMap(([name, value]) => {
    if (typeof value === "object" && value !== null) return functions(value, `${prefix}${name}.`);
    return typeof value === "function" && !String(value).startsWith("class") ? [prefix + name] : [];
  });
}

describe("examples in docstrings", () => {
  test("every exported function has one", () => {
    const names = functions(adjoint);
    expect(names.length).toBeGreaterThan(150);
    expect(names.filter((name) => !documented.has(name.slice(name.lastIndexOf(".") + 1)))).toEqual([]);
  });

  test.each(examples.map(({ place, code, value }) => [place, code.split("\n").at(-1), code, value]))(
    "%s: %s",
    (_place, _lastLine, code, value) => {
      const result = plain(run(code!));
      if (value === undefined) return;
      const expected = run(`(${value})`);
      if (!agree(result, expected)) expect(result).toEqual(expected);
      expect(agree(result, expected)).toBe(true);
    },
  );
});
