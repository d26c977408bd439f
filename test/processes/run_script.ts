import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { addonPath } from "../addon.js";

export const cjsEntry =
  process.env.ADJOINT_ENTRY ?? fileURLToPath(new URL("../../dist/index.cjs", import.meta.url));
export const esmEntry = new URL("../../dist/index.js", import.meta.url).href;

export interface Result {
  readonly output: string;
  readonly errors: string;
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Runs a CommonJS script in a process of its own; `adjoint` and `addonPath` are at hand there. */
export function runScript(script: string, flags: readonly string[] = [], timeout = 60_000): Result {
  const prelude = `const addonPath = ${JSON.stringify(addonPath)}; const entry = ${JSON.stringify(cjsEntry)};\n`;
  const { stdout, stderr, status, signal } = spawnSync(
    process.execPath,
    ["--expose-gc", ...flags, "-e", prelude + script],
    { encoding: "utf8", timeout, killSignal: "SIGKILL" },
  );
  return { output: stdout.trim(), errors: stderr, status, signal };
}
