// Makes the binary that is shipped for this platform: prebuilds/<platform>-<arch>[-musl]/adjoint.node and its stamp.
// With --if-stale only where there is none from these sources. With --check it makes nothing, and refuses committed
// binaries that do not fit the version and the sources.
import { cpSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { companions, measurements, objections, unreachedObjections } from "./prebuild/binary.mjs";
import { stalenessHere } from "./prebuild/release.mjs";
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
  return measurements(
    file,
    names.map((name) => join(folder, name)),
  );
}

function make(target) {
  const folder = prebuiltFolder(target);
  const file = prebuiltAddon(target);
  const built = buildStatic();
  if (process.platform === "linux") refuse(built, unreachedObjections(built));
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  cpSync(built, file);
  if (process.platform !== "win32") run("strip", process.platform === "darwin" ? ["-x", file] : [file]);
  const measured = process.platform === "linux" ? checked(built, file, folder) : {};
  const stamp = { version, sources: nativeFingerprint(), ...measured };
  writeFileSync(join(folder, "stamp.json"), `${JSON.stringify(stamp, null, 2)}\n`);
  say(`${target}: ${JSON.stringify(stamp)}`);
}

await main(async () => {
  if (process.argv.includes("--check")) {
    refuse("the prebuilt binaries do not fit: `npm run prebuild` makes them anew", stalenessHere(version));
    return;
  }
  if (process.argv.includes("--if-stale") && isFresh(platform())) return;
  installDependencies();
  make(platform());
});
