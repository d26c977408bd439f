// Makes the binary that is shipped for this platform: prebuilds/<platform>-<arch>[-musl]/adjoint.node and its stamp.
// With --sleef=<git repository> SLEEF's archive is built first, which later runs take too; without one a shared SLEEF
// lies beside the binary. With --if-stale only where there is none from these sources. With --check it makes nothing,
// and refuses committed binaries that do not fit the version and the sources.
import { cpSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import {
  companions,
  measurements,
  objections,
  objectionsOnMac,
  unreachedObjections,
} from "./prebuild/binary.mjs";
import { stalenessHere } from "./prebuild/release.mjs";
import { buildSleef, sleefArchive } from "./prebuild/sleef.mjs";
import { buildStatic } from "./setup/addon.mjs";
import { main, run, SetupError, say } from "./setup/command.mjs";
import { installDependencies } from "./setup/dependencies.mjs";
import { isFresh, nativeFingerprint, platform, prebuiltAddon, prebuiltFolder } from "./setup/prebuilt.mjs";
import { root } from "./setup/root.mjs";

const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

function refuse(what, reasons) {
  if (reasons.length > 0) throw new SetupError(`${what}\n${reasons.map((line) => `  ${line}`).join("\n")}`);
}

/** Puts what has to travel with a binary for Linux beside it, refuses what would not run elsewhere, and measures. */
function checked(built, file, folder) {
  const beside = companions(built);
  for (const { name, path } of beside) cpSync(realpathSync(path), join(folder, name));
  const names = beside.map(({ name }) => name);
  refuse(file, objections(file, names));
  const files = names.map((name) => join(folder, name));
  return { ...measurements(file, files), beside: names };
}

/** Takes away from the file what only a debugger reads, and gives what is to be said of it. */
function finished(built, file, folder) {
  if (process.platform === "win32") return {};
  run("strip", process.platform === "darwin" ? ["-x", file] : [file]);
  if (process.platform === "linux") return checked(built, file, folder);
  run("codesign", ["--force", "--sign", "-", file]);
  refuse(file, objectionsOnMac(file));
  return {};
}

function make(target) {
  const folder = prebuiltFolder(target);
  const file = prebuiltAddon(target);
  const built = buildStatic(sleefArchive());
  if (process.platform === "linux") refuse(built, unreachedObjections(built));
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  cpSync(built, file);
  const measured = finished(built, file, folder);
  const stamp = { version, sources: nativeFingerprint(), ...measured };
  writeFileSync(join(folder, "stamp.json"), `${JSON.stringify(stamp, null, 2)}\n`);
  say(`${target}: ${JSON.stringify(stamp)}`);
}

await main(async () => {
  const { values: options } = parseArgs({
    options: { check: { type: "boolean" }, "if-stale": { type: "boolean" }, sleef: { type: "string" } },
  });
  if (options.check) {
    refuse("the prebuilt binaries do not fit: `npm run prebuild` makes them anew", stalenessHere(version));
    return;
  }
  if (options["if-stale"] && isFresh(platform())) return;
  installDependencies();
  if (options.sleef) buildSleef(options.sleef);
  make(platform());
});
