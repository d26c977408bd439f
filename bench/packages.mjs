// npm packages that only the benchmarks need, installed when they are first asked for.
import { SetupError } from "../scripts/setup/command.mjs";
import { installDependencies } from "../scripts/setup/dependencies.mjs";

const known = new Map();

function install(folder) {
  try {
    installDependencies(folder);
    return null;
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    return error.message;
  }
}

/** Why the packages of a folder are not there although they were asked for, or null. */
export function whyMissing(folder) {
  if (!known.has(folder)) known.set(folder, install(folder));
  return known.get(folder);
}
