// Measurements whose unit is a whole process.
import { spawnSync } from "node:child_process";
import { root } from "../scripts/setup/root.mjs";
import { median } from "./measure.mjs";
import { environment } from "./subject.mjs";

function runNode(file) {
  const start = process.hrtime.bigint();
  const { status, stdout, stderr } = spawnSync(process.execPath, [file], {
    cwd: root,
    env: environment,
    encoding: "utf8",
  });
  const elapsed = Number(process.hrtime.bigint() - start);
  if (status !== 0) throw new Error(`${file} failed\n${stderr}`);
  return { elapsed, stdout };
}

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

/** The delay of the event loop in ns that a program reports of itself: the median of three runs. */
export function eventLoopDelay(file) {
  const delays = Array.from({ length: 3 }, () => JSON.parse(runNode(file).stdout).p99);
  return { adjoint: { best: Math.min(...delays), median: median(delays) }, peers: [] };
}
