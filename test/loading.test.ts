import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { addonPath } from "./addon.js";

const platform = `${process.platform}-${process.arch}`;
const folder = mkdtempSync(join(tmpdir(), "adjoint loading "));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The package as it lies in node_modules: the compiled library, and whatever binaries a test puts there. */
beforeEach(() => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, "dist"), { recursive: true });
  for (const name of ["index.cjs", "index.js"])
    cpSync(fileURLToPath(new URL(`../dist/${name}`, import.meta.url)), join(folder, "dist", name));
});

function place(path: string, content?: string): void {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  // With the libraries that lie beside it.
  if (content === undefined) cpSync(dirname(addonPath), dirname(file), { recursive: true });
  else writeFileSync(file, content);
}

/** Loads the package in a process of its own: what it printed, or the code and message of what it threw. */
function load(explicit?: string): { printed: string } | { code: string; message: string } {
  const script = `
    try { process.stdout.write(require(${JSON.stringify(join(folder, "dist/index.cjs"))}).add(1, 2).toString()); }
    catch (error) { process.stderr.write(JSON.stringify({ code: error.code, message: error.message })); }`;
  const { ADJOINT_BINARY: _, ...env } = process.env;
  if (explicit !== undefined) env.ADJOINT_BINARY = explicit;
  const { stdout, stderr } = spawnSync(process.execPath, ["-e", script], { env, encoding: "utf8" });
  return stderr === "" ? { printed: stdout } : JSON.parse(stderr);
}

const refusal = (...parts: (string | RegExp)[]) => ({
  code: "ERR_ADJOINT_ADDON",
  message: expect.toSatisfy((message: string) =>
    parts.every((part) => (typeof part === "string" ? message.includes(part) : part.test(message))),
  ),
});

describe("the addon is", () => {
  test("the binary of the package", () => {
    place(`prebuilds/${platform}/adjoint.node`);
    expect(load()).toEqual({ printed: "3." });
  });
  test("a local build before it", () => {
    place(`prebuilds/${platform}/adjoint.node`, "no binary");
    place("build/Release/adjoint.node");
    expect(load()).toEqual({ printed: "3." });
  });
  test("the binary of the package where a local build does not load", () => {
    place(`prebuilds/${platform}/adjoint.node`);
    place("build/Release/adjoint.node", "no binary");
    expect(load()).toEqual({ printed: "3." });
  });
  test("what ADJOINT_BINARY names, before all", () => {
    place("build/Release/adjoint.node", "no binary");
    expect(load(addonPath)).toEqual({ printed: "3." });
  });
});

describe("the refusal says what was tried and what to do", () => {
  test("nothing there", () => {
    expect(load()).toEqual(
      refusal(
        `no native addon loads on ${platform}, Node ${process.versions.node}`,
        "build/Release/adjoint.node: not there",
        `no prebuilt binary for ${platform}`,
        "npm run setup",
      ),
    );
  });
  test("a file that is no binary", () => {
    place(`prebuilds/${platform}/adjoint.node`, "no binary");
    expect(load()).toEqual(
      refusal(`prebuilds/${platform}/adjoint.node: `, /for another platform|from source/),
    );
  });
  test("ADJOINT_BINARY names nothing: the others are not tried", () => {
    place("build/Release/adjoint.node");
    const missing = join(folder, "elsewhere.node");
    expect(load(missing)).toEqual(refusal(`${missing}: not there`));
  });
});
