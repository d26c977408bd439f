// The least time of a call of a function that does nothing, in ns: prints it.
import { createRequire } from "node:module";

const nothing = createRequire(import.meta.url)(process.argv[2]);
const CALLS = 1_000_000;
let best = Number.POSITIVE_INFINITY;
for (let round = 0; round < 20; round++) {
  const start = process.hrtime.bigint();
  for (let i = 0; i < CALLS; i++) nothing();
  best = Math.min(best, Number(process.hrtime.bigint() - start) / CALLS);
}
process.stdout.write(String(best));
