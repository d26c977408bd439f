// The subject's side of a measurement: a process that is asked for rounds of samples, one line each way.
import { createInterface } from "node:readline";
import { sample, warmUp } from "./measure.mjs";

const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

/**
 * Warms up, says ready, and answers every line (a number of samples) with that many. `check` makes a number of
 * the result, by which different subjects of the same work are compared.
 */
export async function serve(work, check) {
  const iterations = warmUp(work);
  say({ ready: true, iterations, check: check(work()) });
  for await (const line of createInterface({ input: process.stdin }))
    say({ samples: sample(work, iterations, Number(line)) });
}
