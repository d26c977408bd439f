import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import * as ad from "adjoint";
import { describe, expect, test } from "vitest";
import { primitives } from "../../lib/core/registry.js";
import "../../lib/index.js";
import {
  expectAdjoint,
  expectClose,
  expectDerivative,
  expectFloat32,
  expectFloat64,
  expectNoDerivative,
  expectSecondDerivative,
  expectVmap,
} from "./checks.js";
import { creations, notOperations, type Sample, samples } from "./samples.js";

// Every cell of docs/coverage.md comes from a test here. UPDATE_COVERAGE=1 writes the file anew.

const file = fileURLToPath(new URL("../../docs/coverage.md", import.meta.url));
const columns = ["float32", "float64", "vjp", "jvp", "second order", "adjoint", "vmap"] as const;
const derivatives = ["vjp", "jvp", "second order", "adjoint"] as const;
type Column = (typeof columns)[number];

const namespaces: Record<string, object> = { adjoint: ad, linalg: ad.linalg, nn: ad.nn };

/** What the tests found: under namespace and operation, for each column, "" for a tick or a reason. */
const found = new Map<string, Map<string, Map<Column, string>>>();

function note(space: string, name: string, column: Column, reason = ""): void {
  const operations = found.get(space) ?? new Map<string, Map<Column, string>>();
  const cells = operations.get(name) ?? new Map<Column, string>();
  found.set(space, operations.set(name, cells.set(column, reason)));
}

function reasonOf({ constant }: Sample): string {
  if (constant === undefined) throw new Error("a differentiable operation has no reason");
  if ("reason" in constant) return constant.reason;
  const reason = primitives.get(constant.primitive)?.refused;
  if (!reason) throw new Error(`the primitive ${constant.primitive} states no reason`);
  return reason;
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
      const { constant, unmapped } = sample;

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
          for (const column of derivatives) note(space, name, column, reasonOf(sample));
        });
      else {
        test("vjp", () => {
          expectDerivative(sample, "reverse");
          note(space, name, "vjp");
        });

        test("jvp", () => {
          expectDerivative(sample, "forward");
          note(space, name, "jvp");
        });

        test("second order", () => {
          expectSecondDerivative(sample);
          note(space, name, "second order");
        });

        test("adjoint", () => {
          expectAdjoint(sample);
          note(space, name, "adjoint");
        });
      }

      test("vmap", () => {
        expectVmap(sample);
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
    for (const column of derivatives)
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
- **adjoint**: the pushforward is the transpose of the pullback, for arbitrary tangents and cotangents.
- **vmap**: values and gradients, mapped, against a loop: all arguments and each alone, nested, over nothing; and
  derivatives through a map.

What options, axes, ranks and broadcasting make of an operation is checked in the same way (\`variants.ts\`), and every
rule of every primitive has to run in these checks (\`primitives.test.ts\`).

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
