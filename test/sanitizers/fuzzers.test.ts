import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { addonPath } from "../addon.js";
import { build, root } from "./built.js";

/** How many inputs each fuzzer tries; ADJOINT_FUZZ_SECONDS asks for a time instead. */
const RUNS = 60_000;
const seconds = process.env.ADJOINT_FUZZ_SECONDS;
const seed = process.env.ADJOINT_FUZZ_SEED ?? "20220";

const folder = join(root, "build-fuzz");
const seeds = join(folder, "seeds");

beforeAll(() => {
  build();
  rmSync(seeds, { recursive: true, force: true });
  for (const kind of ["frame", "program"]) mkdirSync(join(seeds, kind), { recursive: true });
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const files = ["test/golden.test.ts", "test/transforms/compile.test.ts"];
  execFileSync(process.execPath, [vitest, "run", "--project", "library", ...files], {
    cwd: root,
    stdio: "ignore",
    env: {
      ...process.env,
      ADJOINT_BINARY: join(root, "test/native/record_seeds.cjs"),
      ADJOINT_RECORDED: addonPath,
      ADJOINT_SEEDS: seeds,
    },
  });
}, 3_600_000);

test.each([
  ["frame", "instructions"],
  ["program", "programs"],
])("fuzz_%s: hostile %s are refused, the others stay inside of their buffers", { timeout: 0 }, (kind) => {
  const recorded = readdirSync(join(seeds, kind));
  expect(recorded.length).toBeGreaterThan(100);
  const corpus = join(folder, "corpus", kind);
  mkdirSync(corpus, { recursive: true });
  const { status, stderr } = spawnSync(
    join(folder, `fuzz_${kind}`),
    [
      corpus,
      join(seeds, kind),
      `-seed=${seed}`,
      seconds === undefined ? `-runs=${RUNS}` : `-max_total_time=${seconds}`,
      "-timeout=60",
      `-artifact_prefix=${folder}/`,
    ],
    { cwd: root, encoding: "utf8", maxBuffer: 1 << 28 },
  );
  expect(status, stderr.slice(-6000)).toBe(0);
});
