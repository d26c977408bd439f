// What is measured, against whom, and what is to be reached.
import { derivatives } from "./derivatives.mjs";
import { elementwise } from "./elementwise.mjs";
import { matrices, scaling } from "./matrices.mjs";
import { models } from "./models.mjs";
import { processes } from "./processes.mjs";
import { scalars } from "./scalars.mjs";
import { threads } from "./threads.mjs";

/**
 * `name` is what --only looks for. What is `between` fills a curve of the chart of scaling; what needs so many `cores`
 * is left out on a machine with fewer.
 */
export const rows = [
  ...scalars,
  ...elementwise,
  ...matrices,
  ...models,
  ...derivatives,
  ...threads,
  ...processes,
  ...scaling.map((row) => ({ ...row, between: true })),
];
