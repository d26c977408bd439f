// What the figures were measured on.
import { arch, availableParallelism, cpus, loadavg, platform } from "node:os";
import { run } from "../scripts/setup/command.mjs";
import { environment } from "./subject.mjs";

export function machine() {
  const info = JSON.parse(run(process.execPath, ["bench/adjoint/info.mjs"], { env: environment }));
  return {
    processor: cpus()[0]?.model ?? "unknown processor",
    cores: availableParallelism(),
    platform: `${platform()}-${arch()}`,
    load: loadavg()[0],
    node: process.versions.node,
    blas: info.blas,
    config: info.config,
    core: info.core,
    coreType: process.env.OPENBLAS_CORETYPE ?? null,
    threads: info.threads,
  };
}

export function describe({ processor, cores, platform, load, node, blas, config, core, coreType, threads }) {
  const version = /\d+\.\d+\.\d+/.exec(config)?.[0] ?? "";
  const chosen = coreType === null ? "OPENBLAS_CORETYPE unset" : `OPENBLAS_CORETYPE=${coreType}`;
  return [
    `${processor}, ${cores} cores, ${platform}, load ${load.toFixed(1)}`,
    `Node ${node}`,
    `${[blas, version].filter(Boolean).join(" ")}, core ${core || "unknown"} (${chosen})`,
    `${threads} thread${threads === 1 ? "" : "s"}`,
  ].join(" · ");
}
