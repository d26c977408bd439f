import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type RunnableExample, runnableExample } from "./runnable_examples.js";

const lib = fileURLToPath(new URL("../lib", import.meta.url));

/** An `@example` of a docstring. */
export interface Example extends RunnableExample {
  readonly place: string;
}

export const examples: Example[] = [];
/** Exported functions with an example. */
export const documented = new Set<string>();

const files = readdirSync(lib, { encoding: "utf8", recursive: true });
for (const file of files.filter((path) => path.endsWith(".ts")).sort()) {
  const source = readFileSync(`${lib}/${file}`, "utf8");
  const docstrings = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n(?:export (?:const|(?:async )?function\*?) (\w+))?/g;
  for (const { index, 1: text, 2: name } of source.matchAll(docstrings)) {
    const line = source.slice(0, index).split("\n").length;
    const content = text.replace(/^\s*\* ?/gm, "");
    for (const [, example] of content.matchAll(/@example\s+((?:(?!\n@)[\s\S])*)/g)) {
      examples.push({ place: `lib/${file}:${line}`, ...runnableExample(example!) });
      if (name !== undefined) documented.add(name);
    }
  }
}
