import { existsSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { packageCommand, probe, run, say } from "./command.mjs";
import { filesUnder, fingerprint, readStamp, writeStamp } from "./fingerprint.mjs";
import { canUsePrebuilt, nativeFingerprint, nativeSources, platform } from "./prebuilt.mjs";
import { root } from "./root.mjs";
import { hasToolchain, provideToolchain, toolchain } from "./system.mjs";

const stampFile = "build/.stamp";
const headers = ["cmake-js", "node-addon-api", "node-api-headers"].map(
  (name) => `node_modules/${name}/package.json`,
);

function cmakeJs(command, ...args) {
  return [packageCommand("cmake-js"), command, "--log-level", "error", ...args];
}

function configures() {
  const folder = join(tmpdir(), `adjoint-configure-${process.pid}`);
  try {
    return probe(process.execPath, cmakeJs("configure", "-O", folder)) !== null;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A build folder can be continued if it was made here, by the same tools. */
function canContinue(stamp, tools) {
  const cache = join(root, "build/CMakeCache.txt");
  if (stamp?.tools !== tools || !existsSync(cache)) return false;
  return readFileSync(cache, "utf8").includes(`CMAKE_HOME_DIRECTORY:INTERNAL=${root}\n`);
}

const release = ["--config", "Release", "--parallel", String(availableParallelism())];

function compile(files, stamp, tools) {
  const flags = [...release, "--CDCMAKE_EXPORT_COMPILE_COMMANDS=ON"];
  if (!canContinue(stamp, tools)) {
    run(process.execPath, cmakeJs("rebuild", ...flags), { what: "building the addon" });
    return;
  }
  // cmake-js never configures twice, so files that came or went would go unnoticed.
  if (stamp.files !== files) run("cmake", ["build"], { what: "configuring the addon" });
  run(process.execPath, cmakeJs("build", ...flags), { what: "building the addon" });
}

/** Builds the addon from nothing with OpenBLAS inside, and `sleef` where there is an archive of it; gives its path. */
export function buildStatic(sleef) {
  provideToolchain(configures);
  say("building the addon with everything it needs inside");
  const folder = "build-static";
  const flags = ["--CDADJOINT_STATIC=ON", ...(sleef ? [`--CDADJOINT_SLEEF=${sleef}`] : [])];
  run(process.execPath, cmakeJs("rebuild", "-O", folder, ...release, ...flags), {
    what: "building the addon",
  });
  return join(root, folder, "Release/adjoint.node");
}

/**
 * Builds build/Release/adjoint.node unless it stands there, made from these sources by these tools. Where the tools are
 * missing and the prebuilt binary is made from these sources, that one is used, unless the addon is `required`.
 */
export function buildAddon({ force = false, required = force } = {}) {
  const stamp = JSON.parse(readStamp(stampFile) ?? "null");
  let tools = fingerprint(headers, toolchain());
  const content = nativeFingerprint();
  const built = existsSync(join(root, "build/Release/adjoint.node"));
  if (built && !force && stamp?.tools === tools && stamp.content === content) return;
  if (!required && !hasToolchain(configures) && canUsePrebuilt()) {
    // The loader would prefer it.
    rmSync(join(root, "build/Release"), { recursive: true, force: true });
    say(`using prebuilds/${platform()}, made from these sources: there are no tools to build the addon with`);
    return;
  }
  provideToolchain(configures);
  tools = fingerprint(headers, toolchain());
  const files = fingerprint([], ...nativeSources.flatMap(filesUnder));
  say("building the addon");
  compile(files, stamp, tools);
  writeStamp(stampFile, JSON.stringify({ tools, content, files }));
}
