// The parts of docs/ that programs write.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../scripts/setup/root.mjs";

const [START, END] = ["<!-- tables -->", "<!-- end of tables -->"];

/** A page with its tables exchanged. */
export function withTables(page, tables) {
  const [before, rest] = page.split(START);
  return `${before}${START}\n${tables}\n${END}${rest.split(END)[1]}`;
}

/** Exchanges the tables of a page in docs/. */
export function writeTables(name, tables) {
  const file = join(root, "docs", name);
  writeFileSync(file, withTables(readFileSync(file, "utf8"), tables));
}

/** Rows of cells, the first its head, in Markdown. */
export const markdownTable = ([head, ...rows]) =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
