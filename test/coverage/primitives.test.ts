import { describe, expect, test, vi } from "vitest";
import { expectDerivative, expectFloat32, expectSecondDerivative, expectVmap } from "./checks.js";
import { samples } from "./samples.js";
import { variants } from "./variants.js";

// The samples once more on the library's sources, whose registry knows the primitives behind the functions: which of
// their rules ran?
vi.mock("adjoint", () => import("../../lib/index.js"));
const { primitives } = await import("../../lib/core/registry.js");

type Rule = "evaluate" | "vjp" | "jvp" | "batch";
const ran = new Map<string, Set<Rule>>();

function note(name: string, rule: Rule): void {
  ran.set(name, (ran.get(name) ?? new Set()).add(rule));
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Call = (...args: never[]) => unknown;

for (const primitive of primitives.values()) {
  const rules = primitive as unknown as Record<Rule, Call>;
  for (const rule of ["evaluate", "vjp", "jvp", "batch"] as const) {
    const original = rules[rule];
    rules[rule] = (...args) => {
      note(primitive.name, rule);
      return original.apply(primitive, args);
    };
  }
  // The walk back takes the partial derivatives of elementwise operations one by one.
  const partials = (primitive.partials ?? []) as Mutable<NonNullable<typeof primitive.partials>>;
  partials.forEach(([reads, product], i) => {
    partials[i] = [
      reads,
      (...values) => {
        note(primitive.name, "vjp");
        return product(...values);
      },
    ];
  });
}

describe("rules of primitives that run in the checks of derivatives and vmap", () => {
  const all = [...Object.values(samples), ...Object.values(variants)].flatMap((rows) => Object.entries(rows));

  test.each(all)("%s", (_name, sample) => {
    expectVmap(sample);
    expectFloat32(sample);
    if (sample.constant) return;
    expectDerivative(sample, "forward");
    expectSecondDerivative(sample);
  });

  test("all of them", () => {
    const missing = [...primitives.values()].flatMap((primitive) => {
      const rules = ran.get(primitive.name) ?? new Set();
      const needed = new Set<Rule>(["evaluate", "vjp", "jvp", "batch"]);
      if (primitive.refused !== null) for (const rule of ["vjp", "jvp"] as const) needed.delete(rule);
      return [...needed].filter((rule) => !rules.has(rule)).map((rule) => `${primitive.name}: ${rule}`);
    });
    expect(missing.sort()).toEqual([]);
  });
});
