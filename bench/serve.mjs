// The subject's side of a measurement: a process that is asked for rounds of samples, one line each way.
import { createInterface } from "node:readline";
import { sample, warmUp } from "./measure.mjs";
import { peakGrowth } from "./memory.mjs";

const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

/** Says why this machine does not have the subject, and ends. */
export function absent(reason) {
  say({ absent: reason });
  process.exit();
}

/** Calls after which memory is looked at. */
const CALLS = 5;

/**
 * Warms up, says ready, and answers every line (a number of samples) with that many. `check` makes a number of
 * the result, by which different subjects of the same work are compared. Where the environment asks for memory, says
 * how far some calls raise it, and ends.
 */
async function serve({ work, check, version }) {
  if (process.env.ADJOINT_BENCH === "memory") return say({ bytes: await peakGrowth(work, CALLS), version });
  const { iterations, time } = await warmUp(work);
  say({ ready: true, version, iterations, time, check: check(await work()) });
  for await (const line of createInterface({ input: process.stdin }))
    say({ samples: await sample(work, iterations, Number(line)) });
}

/** Serves the work that the command line names: `node FILE WORK ARGUMENT...`. */
export async function serveOneOf(works) {
  const [name, ...args] = process.argv.slice(2);
  await serve(await works[name](...args.map((text) => (Number.isNaN(Number(text)) ? text : Number(text)))));
}
