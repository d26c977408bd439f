// The other side: starts subjects and measures them in alternation.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { root } from "../scripts/setup/root.mjs";
import { median, summary } from "./measure.mjs";
import { whyMissing } from "./packages.mjs";

/** Of a call that is long, one sample a round is enough; else three, after one that only refills the caches. */
const samplesPerRound = (time) => (time > 5e7 ? { refills: 0, samples: 1 } : { refills: 1, samples: 3 });

const environmentOf = (threads) => ({
  ...process.env,
  OPENBLAS_NUM_THREADS: String(threads),
  OMP_NUM_THREADS: String(threads),
  MKL_NUM_THREADS: String(threads),
});

/** The environment of everything that is measured, unless a row says otherwise: one thread. */
export const environment = environmentOf(1);

/** A process that speaks the protocol of serve.mjs. */
class Subject {
  #child;
  #lines;
  #errors = "";
  #failure = null;
  constructor(command, args, threads) {
    this.#child = spawn(command, args, { cwd: root, env: environmentOf(threads) });
    this.#child.on("error", (error) => {
      this.#failure = error;
    });
    this.#child.stderr.on("data", (chunk) => {
      this.#errors += chunk;
    });
    this.#child.stdin.on("error", () => {});
    this.exited = new Promise((resolve) => this.#child.on("close", resolve));
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }
  async read() {
    const { value, done } = await this.#lines.next();
    if (!done) return JSON.parse(value);
    await this.exited;
    if (this.#failure?.code === "ENOENT") return { absent: `${this.#child.spawnfile} is not there` };
    throw new Error(`${this.#child.spawnargs.join(" ")}: ended early\n${this.#errors}`);
  }
  async round({ refills, samples }) {
    this.#child.stdin.write(`${refills + samples}\n`);
    return (await this.read()).samples.slice(refills);
  }
  async stop() {
    this.#child.stdin.end();
    await this.exited;
  }
}

/** The subject, ready to be asked, or the reason why this machine does not have it. */
async function start({ command, args, packages, threads = 1 }) {
  const reason = packages === undefined ? null : whyMissing(packages);
  if (reason !== null) return { absent: reason };
  const subject = new Subject(command, args, threads);
  const hello = await subject.read();
  return { subject, ...hello };
}

/** A peer that does a part of the work has no result to compare. */
function compareChecks(name, own, { name: peer, check, tolerance = 1e-8 }) {
  if (check === null || Math.abs(own - check) <= tolerance * Math.abs(check)) return;
  throw new Error(`${name}: ${own} where ${peer} computes ${check}`);
}

/**
 * Measures adjoint and its peers in alternation: every round asks each of them once. A peer's ratio is its time
 * over adjoint's, of every round on its own, so that a machine that changes speed between rounds changes no ratio.
 */
export async function alternate(name, rounds, adjoint, peers) {
  const running = [];
  try {
    for (const described of [adjoint, ...peers]) running.push({ ...described, ...(await start(described)) });
    const [own, ...others] = running;
    const present = running.filter(({ ready }) => ready);
    for (const peer of others.filter(({ ready }) => ready)) compareChecks(name, own.check, peer);
    const samples = new Map(present.map((each) => [each, []]));
    for (let round = 0; round < rounds; round++)
      for (const each of present)
        samples.get(each).push(await each.subject.round(samplesPerRound(each.time)));
    const result = summary(samples.get(own));
    return {
      adjoint: { ...result, iterations: own.iterations },
      peers: others.map((peer) => {
        if (!peer.ready) return { name: peer.name, absent: peer.absent };
        const measured = summary(samples.get(peer));
        const ratios = measured.rounds.map((round, i) => median(round) / median(result.rounds[i]));
        return {
          name: peer.version ? `${peer.name} ${peer.version}` : peer.name,
          ...measured,
          iterations: peer.iterations,
          ratio: { best: measured.best / result.best, median: median(ratios) },
        };
      }),
    };
  } finally {
    await Promise.all(running.map(({ subject }) => subject?.stop()));
  }
}
