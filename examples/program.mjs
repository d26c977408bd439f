import { existsSync, realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { getPrintOptions, setPrintOptions } from "adjoint";

/** Whether Node was started with this module. */
export function isMain(url) {
  const started = process.argv[1];
  return started !== undefined && existsSync(started) && realpathSync(started) === fileURLToPath(url);
}

/** Runs a program: what was asked, then the answer in numbers. */
export function present({ title, question, compute, print }) {
  console.log(`${title}\n${"=".repeat(title.length)}\n`);
  console.log(`${question.replace(/^/gm, "  > ")}\n`);
  print(compute());
}

/** A labelled tensor, printed as NumPy prints arrays. */
export function show(label, x, { precision = 3 } = {}) {
  const before = getPrintOptions();
  setPrintOptions({ precision });
  console.log(`${label}\n${x}\n`);
  setPrintOptions(before);
}
