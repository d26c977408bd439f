// Runs test/valgrind/calls.ts under valgrind's memcheck, with an engine that writes no machine code, and fails where it
// finds something in the addon or what that calls. Once for every release: see docs/release.md.
import { mkdirSync, readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { buildAddon } from "./setup/addon.mjs";
import { main, probe, SetupError, say, show } from "./setup/command.mjs";
import { root } from "./setup/root.mjs";

const folder = join(root, "build-valgrind");
const env = { ...process.env, ADJOINT_BINARY: join(root, "build/Release/adjoint.node") };

/** Bundled into a file of the package, which it imports by its name. */
async function bundle(file) {
  const outfile = join(folder, "calls.mjs");
  await build({
    absWorkingDir: root,
    entryPoints: [file],
    bundle: true,
    platform: "node",
    format: "esm",
    external: ["adjoint"],
    // The golden data are found from where their reader lies.
    define: { "import.meta.url": JSON.stringify(pathToFileURL(join(root, "test/golden_cases.ts"))) },
    outfile,
  });
  return outfile;
}

const engine = realpathSync(process.execPath);

/** Whether an error, which begins with its innermost frame, is not one of the engine's, whether or not the addon calls it. */
function isTheAddons(error) {
  const frames = error.split("<frame>").map((frame) => /<obj>(.*)<\/obj>/.exec(frame)?.[1]);
  return frames.find((file) => file === engine || file?.endsWith("/adjoint.node"))?.endsWith("/adjoint.node");
}

/** What memcheck finds on the addon's account while a program runs. */
function findings(program) {
  const report = join(folder, "report.xml");
  // Blocks of OpenBLAS's kernels are too long for it otherwise.
  const memcheck = ["--xml=yes", `--xml-file=${report}`, "--leak-check=no", "--vex-guest-max-insns=25"];
  const node = [process.execPath, "--jitless", "--single-threaded", "--no-warnings"];
  const status = show("valgrind", [...memcheck, ...node, program], env);
  if (status !== 0) throw new SetupError(`${program} ended with exit status ${status}`);
  return readFileSync(report, "utf8").split("<error>").slice(1).filter(isTheAddons);
}

await main(async () => {
  if (probe("valgrind", ["--version"]) === null)
    throw new SetupError(
      "valgrind not found. Install it (Debian: apt-get install valgrind), and run this again.",
    );
  buildAddon({ required: true });
  mkdirSync(folder, { recursive: true });
  if (findings(join(root, "test/valgrind/overrun.cjs")).length === 0)
    throw new SetupError("valgrind does not see a write out of bounds: its silence would say nothing");
  const found = findings(await bundle("test/valgrind/calls.ts"));
  process.stdout.write(found.join("\n"));
  if (found.length > 0) throw new SetupError(`valgrind: ${found.length} findings, see above`);
  say("valgrind has nothing to say of the addon");
});
