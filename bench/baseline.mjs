// Builds the C++ baseline, linked to the OpenBLAS that the addon is linked to.
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { probe, run } from "../scripts/setup/command.mjs";
import { filesUnder, fingerprint, readStamp, writeStamp } from "../scripts/setup/fingerprint.mjs";
import { root } from "../scripts/setup/root.mjs";
import { compiler } from "../scripts/setup/system.mjs";

const folder = "build/bench";
const stampFile = `${folder}/.stamp`;

export const baseline = join(root, folder, "baseline");

/** The library's flags as the addon's build found them. */
function blasFlags() {
  const flags = probe("pkg-config", ["--cflags", "--libs", "openblas"]);
  return flags === null ? ["-lopenblas"] : flags.split(/\s+/).filter(Boolean);
}

/** Builds what is not there, or not made from these sources. Throws a SetupError where it does not compile. */
export function buildBaseline() {
  const command = [
    compiler(),
    ...[
      "-std=c++20",
      "-O3",
      "-march=native",
      "-ffp-contract=fast",
      "-Wall",
      "-Wextra",
      "-Wpedantic",
      "-Wshadow",
      "-Wconversion",
    ],
    ...["-Werror", ...filesUnder("bench/baseline").filter((file) => file.endsWith(".cc")), "-o", baseline],
    ...blasFlags(),
  ];
  const stamp = fingerprint(
    ["bench/baseline", "native/lapack/lapack.h"],
    ...command,
    probe(command[0], ["--version"]),
  );
  if (existsSync(baseline) && readStamp(stampFile) === stamp) return;
  rmSync(baseline, { force: true });
  mkdirSync(join(root, folder), { recursive: true });
  run(command[0], command.slice(1), { what: "building the baseline" });
  writeStamp(stampFile, stamp);
}

/** The BLAS library that the baseline runs on. */
export const baselineInfo = (env) => JSON.parse(run(baseline, ["info"], { env }));
