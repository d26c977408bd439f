// Makes the binary that is shipped for this platform: prebuilds/<platform>-<arch>[-musl]/adjoint.node and its stamp.
// With --if-stale only where there is none from these sources.
import { cpSync, existsSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { companions, measurements, objections } from "./prebuild/binary.mjs";
import { buildStatic, nativeFingerprint } from "./setup/addon.mjs";
import { main, run, SetupError, say } from "./setup/command.mjs";
import { installDependencies } from "./setup/dependencies.mjs";
import { root } from "./setup/root.mjs";

const isMusl = () => process.platform === "linux" && !process.report.getReport().header.glibcVersionRuntime;

/** Puts what has to travel with a binary for Linux beside it, refuses what would not run elsewhere, and measures. */
function checked(built, file, folder) {
  const beside = companions(built);
  for (const { name, path } of beside) cpSync(realpathSync(path), join(folder, name));
  const names = beside.map(({ name }) => name);
  const found = objections(file, names);
  if (found.length > 0) throw new SetupError(`${file}\n${found.map((line) => `  ${line}`).join("\n")}`);
  return measurements(
    file,
    names.map((name) => join(folder, name)),
  );
}

await main(async () => {
  installDependencies();
  const target = `${process.platform}-${process.arch}${isMusl() ? "-musl" : ""}`;
  const folder = join(root, "prebuilds", target);
  const file = join(folder, "adjoint.node");
  const stampFile = join(folder, "stamp.json");
  const isFresh = () =>
    existsSync(file) &&
    existsSync(stampFile) &&
    JSON.parse(readFileSync(stampFile, "utf8")).sources === nativeFingerprint();
  if (process.argv.includes("--if-stale") && isFresh()) return;
  const built = buildStatic();
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  cpSync(built, file);
  if (process.platform !== "win32") run("strip", process.platform === "darwin" ? ["-x", file] : [file]);
  const measured = process.platform === "linux" ? checked(built, file, folder) : {};
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const stamp = { version, sources: nativeFingerprint(), ...measured };
  writeFileSync(stampFile, `${JSON.stringify(stamp, null, 2)}\n`);
  say(`${target}: ${JSON.stringify(stamp)}`);
});
