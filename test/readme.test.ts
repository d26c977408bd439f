import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
/** Programs, each with the output that follows it, if any does. */
const programs = [...readme.matchAll(/```js\n([\s\S]*?)```\n(?:\n```text\n([\s\S]*?)```)?/g)];

describe("the README's programs run and print what it says", () => {
  test("there is one", () => expect(programs.length).toBeGreaterThan(0));

  test.each(programs.map(([, code, output]) => [code, output]))("program %#", (code, output) => {
    const printed = execFileSync(process.execPath, ["--input-type=module", "-e", code], {
      cwd: root,
      encoding: "utf8",
    });
    if (output !== undefined) expect(printed).toBe(output);
  });
});
