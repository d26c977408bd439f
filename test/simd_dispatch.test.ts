import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import { addonPath, isPrebuilt } from "./addon.js";

const isElfForX64 = process.platform === "linux" && process.arch === "x64";

/** Functions, by their mangled names, that have instructions of AVX and later. */
async function wideFunctions(path: string): Promise<Set<string>> {
  const child = spawn("objdump", ["--disassemble", "--no-show-raw-insn", path], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const found = new Set<string>();
  let name = "";
  for await (const line of createInterface({ input: child.stdout })) {
    const header = /^[0-9a-f]+ <(.*)>:$/.exec(line);
    if (header) name = header[1];
    else if (/\t(v(?!erw?\b|mcall)\w+|kmov\w*|andn|mulx|shlx|sarx|rorx|bzhi)\s/.test(line)) found.add(name);
  }
  return found;
}

// An inline function that was also compiled for a wider target, and whose copy the linker took, would stop older
// processors. Whatever may use wide instructions says so in its name.
test.runIf(isElfForX64 && !isPrebuilt)(
  "only functions that are chosen at run time have wide instructions",
  async () => {
    const wide = [...(await wideFunctions(addonPath))];
    expect(wide.length).toBeGreaterThan(100);
    expect(wide.filter((name) => !/N_AVX[23]|Avx(2|512)/.test(name))).toEqual([]);
  },
);
