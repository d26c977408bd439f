import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const node = (...args: string[]): string =>
  execFileSync(process.execPath, args, { cwd: root, encoding: "utf8" });

test("the five programs print their answers in order", () => {
  const output = node("examples/index.mjs");
  expect(output.match(/^\d\. .*(?=\n=+\n)/gm)).toEqual([
    "1. Three gradients of one eigenvalue",
    "2. Broadcast batched matmul",
    "3. The inverse that lied",
    "4. A Jacobian that does not sum",
    "5. Nested Jacobians",
  ]);
  expect(output).toContain("\n[[ 0.312 -0.204 -0.398 -0.12 ]\n");
  expect(output).toContain("\n[[ 0.312  0.     0.     0.   ]\n [-0.407  0.133  0.     0.   ]\n");
  expect(output).toContain("\n[[66. -8.]\n [80. -8.]]\n");
});

test("a program runs alone", () => {
  expect(node("examples/broadcast_matmul.mjs")).toMatch(/^2\. Broadcast batched matmul\n/);
});

test("the README's example prints what the README says", () => {
  const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
  const [, code, output] = /```js\n(.*?)```\n\n```text\n(.*?)```/s.exec(readme)!;
  expect(node("--input-type=module", "--eval", code)).toBe(output);
});
