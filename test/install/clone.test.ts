import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { emptyFolder, output, platform, prebuilt, root } from "./packed.js";

// A clone on a machine without compiler, CMake, OpenBLAS and package manager: there is Node, and nothing else.

const files = ["package.json", "package-lock.json", "tsconfig.json", "tsconfig.build.json", "binding.d.ts"];
const folders = ["lib", "native", "scripts", "prebuilds"];
const clone = emptyFolder("clone");
const stampFile = join(clone, "prebuilds", platform, "stamp.json");

const edit = (file: string, change: (text: string) => string): void =>
  writeFileSync(file, change(readFileSync(file, "utf8")));
const setVersion = (version: string): void =>
  edit(join(clone, "package.json"), (text) => text.replace(/"version": ".*?"/, `"version": "${version}"`));

/** What a script of the clone printed, or what it complained of. */
function script(...args: string[]): string {
  try {
    return output(process.execPath, args, clone, { PATH: join(clone, "bin") });
  } catch (error) {
    return (error as { stderr: string }).stderr;
  }
}

beforeAll(prebuilt, 600_000);
beforeEach(() => {
  rmSync(clone, { recursive: true, force: true });
  mkdirSync(join(clone, "bin"), { recursive: true });
  for (const name of [...files, ...folders, "CMakeLists.txt"])
    cpSync(join(root, name), join(clone, name), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(clone, "node_modules"));
});
afterAll(() => rmSync(clone, { recursive: true, force: true }));

describe("set-up", () => {
  test("takes the prebuilt binary, says so, and the library works", () => {
    expect(script("scripts/setup.mjs")).toContain(`using prebuilds/${platform}, made from these sources`);
    const sum = `import { add } from "./dist/index.js"; console.log(String(add(1, 2)));`;
    expect(script("--input-type=module", "--eval", sum)).toBe("3.\n");
  }, 120_000);
  test.each([
    ["the sources have changed", () => edit(join(clone, "native/blas.cc"), (text) => `${text}\n`)],
    ["the binary does not load", () => writeFileSync(join(clone, "prebuilds", platform, "adjoint.node"), "")],
    ["there is none", () => rmSync(join(clone, "prebuilds", platform), { recursive: true })],
  ])("asks for the tools where %s", (_, change) => {
    change();
    expect(script("scripts/setup.mjs")).toMatch(/a C\+\+ compiler, CMake.* not found/);
  });
  test("asks for the tools with --build", () => {
    expect(script("scripts/setup.mjs", "--build")).toMatch(/a C\+\+ compiler, CMake.* not found/);
  });
});

describe("the check of what is committed", () => {
  const check = (): string => script("scripts/prebuild.mjs", "--check");
  const setStamp = (key: string, value: string | number): void =>
    edit(stampFile, (text) => JSON.stringify({ ...JSON.parse(text), [key]: value }));

  test("lets a fresh binary pass", () => expect(check()).toBe(""));
  test("refuses the stamp of other sources", () => {
    setStamp("sources", "0".repeat(64));
    expect(check()).toContain(`prebuilds/${platform} is not made from these sources`);
  });
  test("refuses changed sources", () => {
    writeFileSync(join(clone, "native/another.cc"), "");
    expect(check()).toContain(`prebuilds/${platform} is not made from these sources`);
  });
  test("refuses a stamp without a binary", () => {
    rmSync(join(clone, "prebuilds", platform, "adjoint.node"));
    expect(check()).toContain(`prebuilds/${platform} lacks its binary or its stamp`);
  });
  test("needs none while a version is being made", () => {
    setVersion("1.0.0-dev");
    rmSync(join(clone, "prebuilds", platform), { recursive: true });
    expect(check()).toBe("");
  });
  test("wants one of a cut version, with its number", () => {
    setVersion("1.0.0");
    setStamp("version", "1.0.0-dev");
    expect(check()).toContain("says that it is 1.0.0-dev, not 1.0.0");
    setStamp("version", "1.0.0");
    setStamp("bytes", 9e6);
    setStamp("gzipped", 3e6);
    expect(check()).toBe("");
    rmSync(join(clone, "prebuilds", platform), { recursive: true });
    expect(check()).toContain(`1.0.0 is a cut version, and prebuilds/linux-x64 is not committed`);
  });
  test.each([
    ["bytes", 9e6 + 1],
    ["gzipped", 3e6 + 1],
  ])("wants one of a cut version of at most 9 MB, 3 MB compressed: %s %d", (key, value) => {
    setVersion("1.0.0");
    for (const [name, all] of Object.entries({ version: "1.0.0", bytes: 9e6, gzipped: 3e6 }))
      setStamp(name, all);
    setStamp(key, value);
    expect(check()).toMatch(/prebuilds\/\S+ has \d+ bytes, \d+ compressed/);
  });
});
