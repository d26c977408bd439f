import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./root.mjs";

/** An error whose message is all that the user needs to read. */
export class SetupError extends Error {}

export function say(message) {
  process.stdout.write(`adjoint: ${message}\n`);
}

/** Runs a command quietly; its output appears only when it fails. */
export function run(command, args, { what = [command, ...args].join(" "), env = process.env } = {}) {
  const result = spawnSync(command, args, { cwd: root, env, encoding: "utf8", maxBuffer: 1 << 28 });
  if (result.error) throw new SetupError(`${what}: ${result.error.message}`);
  if (result.status !== 0) {
    process.stderr.write(result.stdout + result.stderr);
    throw new SetupError(`${what} failed (${result.signal ?? `exit status ${result.status}`}), see above`);
  }
  return result.stdout;
}

/** Runs a command with the terminal as its own and gives its exit status. */
export function show(command, args, env = process.env) {
  const result = spawnSync(command, args, { cwd: root, env, stdio: "inherit" });
  if (result.error) throw new SetupError(`${command}: ${result.error.message}`);
  return result.status ?? 1;
}

/** The output of a command, or null if it is missing or fails. */
export function probe(command, args) {
  const result = spawnSync(command, args, { cwd: root, encoding: "utf8" });
  return result.status === 0 ? result.stdout.trim() : null;
}

/** The JavaScript file behind a command of an installed package: runs with this very Node, without a shell. */
export function packageCommand(name, command = name) {
  const folder = join(root, "node_modules", name);
  const { bin } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  return join(folder, typeof bin === "string" ? bin : bin[command]);
}

/** Runs the main function of a script and turns a SetupError into a message and exit status 1. */
export async function main(work) {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    process.stderr.write(`adjoint: ${error.message}\n`);
    process.exitCode = 1;
  }
}
