// What is measured, against whom, and what is to be reached.
import { derivatives } from "./derivatives.mjs";
import { elementwise } from "./elementwise.mjs";
import { matrices } from "./matrices.mjs";
import { models } from "./models.mjs";
import { processes } from "./processes.mjs";
import { scalars } from "./scalars.mjs";
import { threads } from "./threads.mjs";

/** `name` is what --only looks for. */
export const rows = [
  ...scalars,
  ...elementwise,
  ...matrices,
  ...models,
  ...derivatives,
  ...threads,
  ...processes,
];
