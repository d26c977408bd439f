// Measurements whose unit is a whole process.
import { spawnSync } from "node:child_process";
import { root } from "../scripts/setup/root.mjs";
import { median } from "./measure.mjs";
import { environment } from "./subject.mjs";

function runProcess(command, args, env = environment) {
  const start = process.hrtime.bigint();
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd: root, env, encoding: "utf8" });
  const elapsed = Number(process.hrtime.bigint() - start);
  if (error?.code === "ENOENT") return { absent: `${command} is not there` };
  if (status !== 0) throw new Error(`${[command, ...args].join(" ")} failed\n${stderr}`);
  return { elapsed, stdout };
}

const runNode = (file) => runProcess(process.execPath, [file]);

/** What a module costs a fresh process, in nanoseconds: its time less that of an empty one, in alternation. */
export function importTime(rounds, imported, empty) {
  const times = { imported: [], empty: [] };
  for (let round = -1; round < rounds; round++) {
    const one = { imported: runNode(imported).elapsed, empty: runNode(empty).elapsed };
    if (round < 0) continue;
    times.imported.push(one.imported);
    times.empty.push(one.empty);
  }
  return {
    adjoint: {
      best: Math.min(...times.imported) - Math.min(...times.empty),
      median: median(times.imported) - median(times.empty),
      ...times,
    },
    peers: [],
  };
}

/** The peak resident memory, in bytes, that a program reports of itself. */
export function peakMemory(file) {
  const bytes = Number(runNode(file).stdout);
  return { adjoint: { best: bytes, median: bytes }, peers: [] };
}

function growth({ name, command, args }) {
  const { stdout, absent } = runProcess(command, args, { ...environment, ADJOINT_BENCH: "memory" });
  if (absent) return { name, absent };
  const { bytes, version, absent: reason } = JSON.parse(stdout);
  if (reason) return { name, absent: reason };
  return { name: version ? `${name} ${version}` : name, best: bytes, median: bytes };
}

/** How far five calls of a work raise the resident memory, in bytes. */
export function memoryGrowth(adjoint, peers) {
  const { name: _, ...own } = growth(adjoint);
  const ratioOf = (peer) => ({ best: peer.best / own.best, median: peer.median / own.median });
  return {
    adjoint: own,
    peers: peers.map(growth).map((peer) => (peer.absent ? peer : { ...peer, ratio: ratioOf(peer) })),
  };
}

/** The delay of the event loop in ns that a program reports of itself: the median of three runs. */
export function eventLoopDelay(file) {
  const delays = Array.from({ length: 3 }, () => JSON.parse(runNode(file).stdout).p99);
  return { adjoint: { best: Math.min(...delays), median: median(delays) }, peers: [] };
}
