// Runs the benchmarks on the BLAS core that OpenBLAS itself picks for this machine.
import { main, show } from "./setup/command.mjs";

await main(() => {
  const { OPENBLAS_CORETYPE: _, ...env } = process.env;
  process.exitCode = show(process.execPath, ["bench/index.mjs", ...process.argv.slice(2)], env);
});
