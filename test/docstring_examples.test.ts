import * as adjoint from "adjoint";
import { describe, expect, test } from "vitest";
import { documented, examples } from "./docstrings.js";

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
