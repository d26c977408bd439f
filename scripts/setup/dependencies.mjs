import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { run, say } from "./command.mjs";
import { root } from "./root.mjs";

function lockedPackages(file) {
  const path = join(root, file);
  if (!existsSync(path)) return null;
  const { packages } = JSON.parse(readFileSync(path, "utf8"));
  delete packages[""];
  return packages;
}

/** Does node_modules hold what the lockfile says? Optional packages may be missing (other platforms'). */
function upToDate(folder) {
  const installed = lockedPackages(`${folder}/node_modules/.package-lock.json`);
  if (installed === null) return false;
  const locked = lockedPackages(`${folder}/package-lock.json`);
  return (
    Object.entries(locked).every(([path, { version, optional, devOptional }]) =>
      path in installed ? installed[path].version === version : optional || devOptional,
    ) && Object.keys(installed).every((path) => path in locked)
  );
}

/** Installs what the lockfile of a folder of the repository says. */
export function installDependencies(folder = ".") {
  if (upToDate(folder)) return;
  say(`installing npm dependencies${folder === "." ? "" : ` of ${folder}`}`);
  const options = ["--include=dev", "--ignore-scripts", "--no-audit", "--no-fund"];
  const npmArguments = ["ci", "--prefix", join(root, folder), ...options];
  const npm = process.env.npm_execpath;
  // Inside `npm run` the very npm that runs us, else the one on the path (on Windows a batch file, behind a shell).
  if (npm && basename(npm) === "npm-cli.js")
    run(process.execPath, [npm, ...npmArguments], { what: "npm ci" });
  else if (process.platform === "win32")
    run("cmd.exe", ["/d", "/s", "/c", "npm", ...npmArguments], { what: "npm ci" });
  else run("npm", npmArguments, { what: "npm ci" });
}
