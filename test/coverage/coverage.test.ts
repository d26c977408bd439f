import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import * as ad from "adjoint";
import { grad, gradcheck, stack, Tensor, vmap } from "adjoint";
import { describe, expect, test } from "vitest";
import { primitives } from "../../lib/core/registry.js";
import "../../lib/index.js";
import { randomTensor } from "../random_values.js";
import { creations, notOperations, type Sample, samples } from "./samples.js";

// Every cell of docs/coverage.md comes from a test here. UPDATE_COVERAGE=1 writes the file anew.

const file = fileURLToPath(new URL("../../docs/coverage.md", import.meta.url));
const columns = ["float32", "float64", "vjp", "jvp", "second order", "vmap"] as const;
type Column = (typeof columns)[number];

const namespaces: Record<string, object> = { adjoint: ad, linalg: ad.linalg, nn: ad.nn };

/** What the tests found: under namespace and operation, for each column, "" for a tick or a reason. */
const found = new Map<string, Map<string, Map<Column, string>>>();

function note(space: string, name: string, column: Column, reason = ""): void {
  const operations = found.get(space) ?? new Map<string, Map<Column, string>>();
  const cells = operations.get(name) ?? new Map<Column, string>();
  found.set(space, operations.set(name, cells.set(column, reason)));
}

const listed = (outputs: Tensor | Iterable<Tensor>): Tensor[] =>
  outputs instanceof Tensor ? [outputs] : [...outputs];

const isFloat = (x: Tensor): boolean => x.dtype === "float32" || x.dtype === "float64";

function expectClose(actual: Tensor, expected: Tensor, tolerance: number): void {
  expect([...actual.shape]).toEqual([...expected.shape]);
  const wanted = [...expected.toTypedArray()].map(Number);
  const scale = Math.max(1, ...wanted.map(Math.abs));
  [...actual.toTypedArray()].forEach((y, i) => {
    expect(Math.abs(Number(y) - wanted[i]), `element ${i}: ${y}, expected ${wanted[i]}`).toBeLessThanOrEqual(
      tolerance * scale,
    );
  });
}

/** Another point of the same domain. */
const beside = (x: Tensor): Tensor => x.mul(0.97).add(x.mul(0).add(0.011).mul(x.notEqual(0).cast("float64")));

/** The results that are floats, curved so that linear operations have second derivatives too. */
const curved =
  ({ f }: Sample) =>
  (...xs: Tensor[]): Tensor[] =>
    listed(f(...xs))
      .filter(isFloat)
      .map((y) => y.sin());

/** A scalar that depends on every entry of every result. */
const loss =
  (sample: Sample, results = curved(sample)) =>
  (...xs: Tensor[]): Tensor =>
    results(...xs)
      .map((y, k) =>
        y
          .cast("float64")
          .mul(randomTensor(y.shape, 50 + k))
          .sum(),
      )
      .reduce((total, term) => total.add(term));

const gradientsOf = (f: (...xs: Tensor[]) => Tensor, at: readonly Tensor[]) =>
  grad(f, { argnums: at.map((_, i) => i) }) as (...xs: Tensor[]) => Tensor[];

function reasonOf({ constant }: Sample): string {
  if (constant === undefined) throw new Error("a differentiable operation has no reason");
  if ("reason" in constant) return constant.reason;
  const reason = primitives.get(constant.primitive)?.refused;
  if (!reason) throw new Error(`the primitive ${constant.primitive} states no reason`);
  return reason;
}

function expectNoDerivative(sample: Sample): void {
  const cast = (...xs: Tensor[]): Tensor[] => listed(sample.f(...xs)).map((y) => y.cast("float64"));
  const total = loss(sample, cast);
  for (const g of gradientsOf(total, sample.at)(...sample.at)) expectClose(g, g.mul(0), 0);
  const tangents = sample.at.map((x, i) => randomTensor(x.shape, 60 + i));
  expect(ad.jvp(total, [...sample.at], tangents)[1].item()).toBe(0);
}

function expectMapped(sample: Sample): void {
  const { f, at, constant } = sample;
  const points = [at, at.map(beside)];
  const batch = at.map((x, i) => stack([x, points[1][i]]));
  const compare = (g: (...xs: Tensor[]) => Iterable<Tensor>): void => {
    const mapped = [...(vmap((...xs: Tensor[]) => [...g(...xs)])(...batch) as Tensor[])];
    const single = points.map((point) => [...g(...point)]);
    mapped.forEach((y, k) => {
      expect(y.dtype).toBe(single[0][k].dtype);
      expectClose(y, stack([single[0][k], single[1][k]]), 1e-11);
    });
  };
  compare((...xs) => listed(f(...xs)));
  if (constant === undefined) compare(gradientsOf(loss(sample), at));
}

function expectFloat32(sample: Sample): void {
  const { f, at, constant, float32 } = sample;
  const singles = at.map((x) => x.cast("float32"));
  const exact = listed(f(...at));
  listed(f(...singles)).forEach((y, k) => {
    const otherwise = isFloat(exact[k]) ? "float32" : exact[k].dtype;
    expect(y.dtype).toBe(float32 ?? otherwise);
    expectClose(y, exact[k], 1e-4);
  });
  if (constant !== undefined) return;
  const gradients = gradientsOf(loss(sample), at);
  const wanted = gradients(...at);
  gradients(...singles).forEach((g, i) => {
    expect(g.dtype).toBe("float32");
    expectClose(g, wanted[i], 1e-3);
  });
}

function expectFloat64({ f, at }: Sample): void {
  for (const y of listed(f(...at))) {
    expect(["float64", "int32", "bool"]).toContain(y.dtype);
    expect(ad.all(ad.isFinite(y.cast("float64"))).item()).toBe(true);
  }
}

for (const [space, operations] of Object.entries(samples))
  describe(`operations of ${space}`, () => {
    test("every export has a sample, every sample an export", () => {
      const exported = Object.entries(namespaces[space])
        .filter(([name, value]) => space === "adjoint" || value !== (ad as Record<string, unknown>)[name])
        .map(([name]) => name)
        .filter((name) => !notOperations.has(name));
      const creating = space === "adjoint" ? Object.keys(creations) : [];
      expect([...Object.keys(operations), ...creating].sort()).toEqual(exported.sort());
    });

    describe.each(Object.entries(operations))("%s", (name, sample) => {
      const { at, constant, unmapped } = sample;

      test("float64", () => {
        expectFloat64(sample);
        note(space, name, "float64");
      });

      test("float32", () => {
        expectFloat32(sample);
        note(space, name, "float32");
      });

      if (constant)
        test("has no derivative", () => {
          expectNoDerivative(sample);
          for (const column of ["vjp", "jvp", "second order"] as const)
            note(space, name, column, reasonOf(sample));
        });
      else {
        test("vjp", () => {
          gradcheck(curved(sample), at, { modes: ["reverse"] });
          note(space, name, "vjp");
        });

        test("jvp", () => {
          gradcheck(curved(sample), at, { modes: ["forward"] });
          note(space, name, "jvp");
        });

        test("second order", () => {
          gradcheck(curved(sample), at, { order: 2, modes: ["reverse", "forward"] });
          note(space, name, "second order");
        });
      }

      test("vmap", () => {
        if (unmapped) expect(() => expectMapped(sample)).toThrow(ad.ArgumentError);
        else expectMapped(sample);
        note(space, name, "vmap", unmapped);
      });
    });
  });

describe.each(Object.entries(creations))("creation: %s", (name, create) => {
  test.each(["float32", "float64"] as const)("%s", (dtype) => {
    const y = create(dtype);
    expect(y.dtype).toBe(dtype);
    expectClose(y, create("float64"), 1e-6);
    note("adjoint", name, dtype);
    for (const column of ["vjp", "jvp", "second order"] as const)
      note("adjoint", name, column, "no argument is a tensor: there is nothing to differentiate");
    note("adjoint", name, "vmap", "no argument is a tensor: there is nothing to map over");
  });
});

function rendered(): string {
  const reasons: string[] = [];
  const cell = (reason: string | undefined): string => {
    if (reason === undefined) return "✗";
    if (reason === "") return "✓";
    if (!reasons.includes(reason)) reasons.push(reason);
    return `[${reasons.indexOf(reason) + 1}](#reasons)`;
  };
  const tables = [...found].map(([space, operations]) => {
    const rows = [...operations]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(
        ([name, cells]) =>
          `| \`${name}\` | ${columns.map((column) => cell(cells.get(column))).join(" | ")} |`,
      );
    const head = `| operation | ${columns.join(" | ")} |\n|---|${columns.map(() => ":-:|").join("")}`;
    return `## ${space}\n\n${head}\n${rows.join("\n")}\n`;
  });
  return `# Coverage

Each cell comes from a test that ran (\`test/coverage\`); \`UPDATE_COVERAGE=1 npx vitest run test/coverage\` writes this
file anew, and the test fails where the file says something else than the run.

- **float32**, **float64**: runs and keeps the dtype; float32 results and gradients agree with those of float64.
- **vjp**, **jvp**: reverse and forward mode against difference quotients.
- **second order**: the gradient, differentiated in both modes, against difference quotients.
- **vmap**: values and gradients, mapped, against a loop.

A number in place of a tick refers to the reason at the end. Where derivatives are refused the test finds them zero.

${tables.join("\n")}
## Reasons

${reasons.map((reason, i) => `${i + 1}. ${reason}`).join("\n")}
`;
}

describe("docs/coverage.md", () => {
  test("says what the tests found", () => {
    const text = rendered();
    expect(text).not.toContain("✗");
    if (process.env.UPDATE_COVERAGE) {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
    expect(existsSync(file) ? readFileSync(file, "utf8") : "").toBe(text);
  });
});
