import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { build, root, sanitized } from "./built.js";

beforeAll(build, 3_600_000);

function run(args: readonly string[], more: NodeJS.ProcessEnv = {}) {
  return spawnSync(process.execPath, args, {
    cwd: root,
    env: { ...sanitized(), ...more },
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
}

/** Output from the first finding on, or its end where there is none. */
function finding(output: string): string {
  const at = output.search(/AddressSanitizer|runtime error:/);
  return at >= 0 ? output.slice(at, at + 4000) : output.slice(-4000);
}

const vitest = (...args: string[]): string[] => [
  join(root, "node_modules/vitest/vitest.mjs"),
  "run",
  "--testTimeout=600000",
  ...args,
];

describe("the sanitizers are at work:", () => {
  test("an addon is loaded that finds a write out of bounds", () => {
    const { status, stderr } = run([
      "--input-type=module",
      "-e",
      `import { createRequire } from "node:module";
       const { frame, kernels, addressOf, execute } = createRequire(import.meta.url)(process.env.ADJOINT_BINARY);
       const slots = new Float64Array(frame);
       const memory = new ArrayBuffer(64);
       // The length that is claimed is not the buffer's: only storage.ts can know.
       slots.set([kernels.indexOf("fill_f64"), 1, 9, addressOf(memory), 72, 0, 1, 7], 8);
       execute(memory);`,
    ]);
    expect(stderr).toContain("AddressSanitizer: heap-buffer-overflow");
    expect(status).not.toBe(0);
  });
});

describe("nothing is found while they run:", () => {
  test.each([
    ["golden data", "library", ["test/golden.test.ts"], {}],
    ["tensors and the binding", "library", ["test/tensor", "test/native_binding.test.ts"], {}],
    ["linear algebra", "library", ["test/linalg", "test/nn"], {}],
    ["compiled programs", "library", ["test/transforms"], {}],
    ["the public API's fuzz", "fuzz", ["test/fuzz"], { ADJOINT_FUZZ_CALLS: "5000" }],
  ])("%s", { timeout: 1_200_000 }, (_name, project, files, more) => {
    const { status, stdout, stderr } = run(vitest("--project", project, ...files), more);
    expect(status, finding(stdout + stderr)).toBe(0);
    expect(stdout).toMatch(/Tests\s.*passed/);
  });
});
