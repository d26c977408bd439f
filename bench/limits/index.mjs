// What this machine can do at best: the arithmetic and the memory of one core, and the door between the languages.
import { createRequire } from "node:module";
import { join } from "node:path";
import { run } from "../../scripts/setup/command.mjs";
import { root } from "../../scripts/setup/root.mjs";
import { compiler } from "../../scripts/setup/system.mjs";
import { baseline } from "../baseline.mjs";
import { environment } from "../subject.mjs";

/** In ns. */
function emptyCall() {
  const addon = join(root, "build/bench/empty_call.node");
  const { include_dir: headers } = createRequire(import.meta.url)("node-api-headers");
  const undefinedSymbols = process.platform === "darwin" ? ["-undefined", "dynamic_lookup"] : [];
  run(compiler(), [
    ...["-x", "c", "-O2", "-shared", "-fPIC", ...undefinedSymbols, `-I${headers}`],
    ...["bench/limits/empty_call.c", "-o", addon],
  ]);
  return Number(run(process.execPath, ["bench/limits/empty_call.mjs", addon], { env: environment }));
}

/** `fusedMultiplyAdds` in 1e9 operations a second, `triad` in 1e9 bytes a second by size, `emptyCall` in ns. */
export const limits = () => ({
  ...JSON.parse(run(baseline, ["limits"], { env: environment })),
  emptyCall: emptyCall(),
});
