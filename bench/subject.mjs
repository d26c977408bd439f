// The other side: starts subjects and measures them in alternation.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { root } from "../scripts/setup/root.mjs";
import { median, summary } from "./measure.mjs";

const SAMPLES_PER_ROUND = 3;

/** The environment of everything that is measured: one thread. */
export const environment = {
  ...process.env,
  OPENBLAS_NUM_THREADS: "1",
  OMP_NUM_THREADS: "1",
  MKL_NUM_THREADS: "1",
};

/** A process that speaks the protocol of serve.mjs. */
class Subject {
  #child;
  #lines;
  #errors = "";
  #failure = null;
  constructor(command, args) {
    this.#child = spawn(command, args, { cwd: root, env: environment });
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
  async round() {
    this.#child.stdin.write(`${SAMPLES_PER_ROUND}\n`);
    return (await this.read()).samples;
  }
  async stop() {
    this.#child.stdin.end();
    await this.exited;
  }
}

/** The subject, ready to be asked, or the reason why this machine does not have it. */
async function start({ command, args }) {
  const subject = new Subject(command, args);
  const hello = await subject.read();
  return { subject, ...hello };
}

function compareChecks(name, a, b) {
  if (!(Math.abs(a - b) <= 1e-8 * Math.abs(b))) throw new Error(`${name}: ${a} where the peer computes ${b}`);
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
    for (const peer of others.filter(({ ready }) => ready)) compareChecks(name, own.check, peer.check);
    const samples = new Map(present.map((each) => [each, []]));
    for (let round = 0; round < rounds; round++)
      for (const each of present) samples.get(each).push(await each.subject.round());
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
    await Promise.all(running.map(({ subject }) => subject.stop()));
  }
}
