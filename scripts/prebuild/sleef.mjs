import { existsSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { run, SetupError, say } from "../setup/command.mjs";
import { root } from "../setup/root.mjs";
import { clang, provideClang } from "../setup/system.mjs";

/** The release that prebuilt binaries contain: what is fetched under the tag has to be this commit. */
const tag = "3.8";
const commit = "5a1d179df9cf652951b59010a2d2075372d67f68";

const folder = join(root, "build-sleef", tag);
const source = join(folder, "source");
const build = join(folder, "build");

/** Of an archive the linker takes the functions that are called: distributions have SLEEF as a shared library alone. */
const archive = join(build, "lib", "libsleef.a");

const git = (...args) => run("git", ["-C", source, ...args]);

function fetch(repository) {
  run("git", ["init", "--quiet", source]);
  git("fetch", "--quiet", "--depth=1", repository, `refs/tags/${tag}`);
  const fetched = git("rev-parse", "FETCH_HEAD^{commit}").trim();
  if (fetched !== commit)
    throw new SetupError(`${repository}: ${tag} is ${fetched}, and should be ${commit}`);
  git("-c", "advice.detachedHead=false", "checkout", "--quiet", commit);
}

const leftOut = ["DFT", "QUAD", "GNUABI_LIBS", "SCALAR_LIB", "INLINE_HEADERS", "TESTS"];

function compile() {
  // GCC's code for some of SLEEF's functions is slower by up to a fifth.
  provideClang();
  const definitions = {
    CMAKE_BUILD_TYPE: "Release",
    CMAKE_C_COMPILER: clang().replace("++", ""),
    CMAKE_C_FLAGS: "-ffunction-sections -fdata-sections",
    CMAKE_POSITION_INDEPENDENT_CODE: "ON",
    BUILD_SHARED_LIBS: "OFF",
    SLEEF_DISABLE_OPENMP: "ON",
    SLEEF_DISABLE_SSL: "ON",
    ...Object.fromEntries(leftOut.map((part) => [`SLEEF_BUILD_${part}`, "OFF"])),
  };
  const flags = Object.entries(definitions).map(([name, value]) => `-D${name}=${value}`);
  run("cmake", ["-S", source, "-B", build, ...flags], { what: "configuring SLEEF" });
  const parallel = String(availableParallelism());
  run("cmake", ["--build", build, "--target", "sleef", "--parallel", parallel], { what: "building SLEEF" });
}

/** Builds SLEEF's archive, unless it is there, from https://github.com/shibatch/sleef or a copy of that repository. */
export function buildSleef(repository) {
  if (existsSync(archive)) return;
  say(`building SLEEF ${tag} from ${repository}`);
  rmSync(folder, { recursive: true, force: true });
  fetch(repository);
  compile();
}

/** SLEEF's archive, where it was built. */
export const sleefArchive = () => (existsSync(archive) ? archive : undefined);
