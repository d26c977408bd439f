import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BareRoot } from "./bare_root.js";
import {
  expectedNumbers,
  output,
  type Packed,
  packAndInstall,
  platform,
  prebuilt,
  root,
  rounded,
  workingProgram,
} from "./packed.js";

let packed: Packed;
beforeAll(() => {
  packed = packAndInstall();
  writeFileSync(join(packed.project, "use.mjs"), workingProgram("import"));
  writeFileSync(join(packed.project, "use.cjs"), workingProgram("require"));
}, 600_000);
afterAll(() => packed?.remove());

describe("the package", () => {
  test("has the compiled library, its types and the binary, and no sources", () => {
    const tops = new Set(packed.files.map((path) => path.split("/")[0]));
    expect([...tops].sort()).toEqual([
      "LICENSE",
      "README.md",
      "THIRD_PARTY_NOTICES.md",
      "dist",
      "package.json",
      "prebuilds",
    ]);
    for (const needed of ["dist/index.js", "dist/index.cjs", `prebuilds/${platform}/adjoint.node`])
      expect(packed.files).toContain(needed);
    expect(packed.files.filter((path) => /(^|\/)(native|test|scripts|\.stamp)(\/|$)/.test(path))).toEqual([]);
  });
  test("depends on nothing and runs no script", () => {
    expect(readdirSync(join(packed.project, "node_modules")).filter((name) => !name.startsWith("."))).toEqual(
      ["adjoint"],
    );
    const lock = output("cat", ["package-lock.json"], packed.project);
    expect(JSON.parse(lock).packages["node_modules/adjoint"].hasInstallScript).toBeUndefined();
  });
  test("has binaries of the promised size", () => {
    const { bytes, gzipped, beside } = prebuilt();
    // Where there is no archive of SLEEF a distribution's whole library travels.
    const sleef = beside.length > 0 ? { bytes: 2.1e6, gzipped: 0.8e6 } : { bytes: 0, gzipped: 0 };
    expect(bytes).toBeLessThanOrEqual(9e6 + sleef.bytes);
    expect(gzipped).toBeLessThanOrEqual(3e6 + sleef.gzipped);
  });
});

describe("where there is a Node and nothing else", () => {
  let bare: BareRoot;
  beforeAll(() => {
    bare = new BareRoot(process.execPath);
    bare.place(packed.project, "/project");
  }, 120_000);
  afterAll(() => bare && rmSync(bare.folder, { recursive: true, force: true }));

  test("no compiler, no CMake, no OpenBLAS is there", () => {
    const found = bare.run(
      "-p",
      `require("node:fs").readdirSync("/", { recursive: true }).filter((f) => /blas|lapack|cmake$|bin\\/(sh|cc|g\\+\\+)$/.test(f)).length`,
    );
    expect(found.trim()).toBe("0");
  });
  test.each(["use.mjs", "use.cjs"])("%s works", (file) => {
    expect(rounded(bare.run(`/project/${file}`))).toEqual(expectedNumbers);
  });
});

describe("TypeScript finds the types", () => {
  const program = `import { grad, type Tensor, tensor } from "adjoint";
const gradient: (x: Tensor) => Tensor = grad((x: Tensor) => x.square().sum());
export const y: Float64Array = gradient(tensor([1, 2])).toTypedArray("float64");
// @ts-expect-error: types are there, and this is wrong
export const z: string = gradient(tensor([1, 2]));
`;
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  test.each([
    ["node16", "use_esm.mts", "node16"],
    ["node16", "use_cjs.cts", "node16"],
    ["bundler", "use_bundler.ts", "esnext"],
  ])("with moduleResolution %s in %s", (resolution, file, module) => {
    writeFileSync(join(packed.project, file), program);
    const options = ["--noEmit", "--strict", "--target", "es2022", "--types", ""];
    output(
      process.execPath,
      [tsc, ...options, "--module", module, "--moduleResolution", resolution, file],
      packed.project,
    );
  });
});
