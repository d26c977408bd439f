// All linters, one after the other; the exit status is 1 if any of them objects.
import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { nativeSources } from "./native-sources.mjs";
import { main, packageCommand, say, show } from "./setup/command.mjs";
import { fingerprint, readStamp, writeStamp } from "./setup/fingerprint.mjs";
import { root } from "./setup/root.mjs";

const tidyStamp = "build/.clang-tidy-stamp";

function lintTypeScript() {
  say("biome: format, rules, import cycles and layers");
  return (
    show(process.execPath, [
      packageCommand("@biomejs/biome", "biome"),
      "check",
      "--error-on-warnings",
      "--max-diagnostics=none",
      ".",
    ]) === 0
  );
}

function checkTypes() {
  say("tsc: types of the tests");
  return show(process.execPath, [packageCommand("typescript", "tsc"), "-p", "tsconfig.test.json"]) === 0;
}

function checkNativeFormat() {
  say("clang-format");
  return nativeSources.length === 0 || show("clang-format", ["--dry-run", "-Werror", ...nativeSources]) === 0;
}

/** Output of clang-tidy for one file, empty if it has nothing to say. */
function tidy(file) {
  return new Promise((resolve) => {
    const child = spawn("clang-tidy", ["-p", "build", "--quiet", file], {
      cwd: root,
      stdio: ["ignore", "pipe", "ignore"],
    });
    let output = "";
    child.stdout.on("data", (chunk) => (output += chunk));
    child.on("error", (error) => resolve(`${error.message}\n`));
    child.on("close", (status) =>
      resolve(output || (status === 0 ? "" : `clang-tidy ${file}: exit status ${status}\n`)),
    );
  });
}

/** clang-tidy takes seconds per file: all processors, and no clean file twice while it and the headers stay. */
async function lintNative() {
  const clean = JSON.parse(readStamp(tidyStamp) ?? "{}");
  const shared = [".clang-tidy", "CMakeLists.txt", ...nativeSources.filter((file) => file.endsWith(".h"))];
  const files = nativeSources.filter((file) => file.startsWith("native/") && file.endsWith(".cc"));
  const stamps = Object.fromEntries(files.map((file) => [file, fingerprint([...shared, file])]));
  const queue = files.filter((file) => clean[file] !== stamps[file]);
  if (queue.length > 0) say(`clang-tidy: ${queue.length} of ${files.length} files`);
  let failed = 0;
  const work = async () => {
    for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
      const output = await tidy(file);
      process.stdout.write(output);
      if (output === "") clean[file] = stamps[file];
      else failed++;
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  writeStamp(tidyStamp, JSON.stringify(clean));
  return failed === 0;
}

function checkPrebuilds() {
  say("prebuilt binaries: made from these sources");
  return show(process.execPath, ["scripts/prebuild.mjs", "--check"]) === 0;
}

await main(async () => {
  const results = [lintTypeScript(), checkTypes(), checkPrebuilds(), checkNativeFormat(), await lintNative()];
  process.exitCode = results.every(Boolean) ? 0 : 1;
});
