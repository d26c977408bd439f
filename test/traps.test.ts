import { readFileSync } from "node:fs";
import { onWarning } from "adjoint";
import { afterAll, expect, test } from "vitest";
import { agree, plain, run, runnableExample } from "./runnable_examples.js";

const page = readFileSync(new URL("../docs/traps.md", import.meta.url), "utf8");
const sections = page.split(/^### /m).slice(1);
const examples = sections.flatMap((section) =>
  [...section.matchAll(/```js\n([\s\S]*?)```/g)].map(([, text]) => ({
    heading: section.slice(0, section.indexOf("\n")),
    ...runnableExample(text!),
  })),
);
/** The page has seven digits. */
const tolerance = 1e-6;

// Some examples are ill-conditioned on purpose.
afterAll(onWarning(() => {}));

function codeThrown(code: string): unknown {
  try {
    run(code);
  } catch (error) {
    return (error as { code?: string }).code;
  }
  return undefined;
}

test("every section of docs/traps.md has an example with a result", () => {
  expect(sections.length).toBeGreaterThan(20);
  expect(sections.filter((section) => !section.includes("```js\n"))).toEqual([]);
  expect(examples.filter(({ value }) => value === undefined)).toEqual([]);
});

test.each(examples)("docs/traps.md, $heading", ({ code, value }) => {
  const thrown = /^throws (\w+)$/.exec(value!);
  if (thrown) return expect(codeThrown(code)).toBe(thrown[1]);
  const [result, expected] = [plain(run(code)), run(`(${value})`)];
  if (!agree(result, expected, tolerance)) expect(result).toEqual(expected);
  expect(agree(result, expected, tolerance)).toBe(true);
});
