import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { probe, run, SetupError, say } from "./command.mjs";

const isRoot = process.getuid?.() === 0;
const machine = process.arch === "arm64" ? "aarch64" : "x86_64";

function onPath(command) {
  const extensions = process.platform === "win32" ? [".exe", ".cmd", ".bat"] : [""];
  return (process.env.PATH ?? "")
    .split(delimiter)
    .some((folder) => extensions.some((extension) => existsSync(join(folder, command + extension))));
}

export const compiler = () =>
  [process.env.CXX, "c++", "g++", "clang++"].find((name) => name && probe(name, ["--version"]) !== null);

/** Clang is needed for libFuzzer and a static SLEEF; Debian has it under the name of its version too. */
export const clang = () =>
  ["clang++", ...[14, 15, 16, 17, 18, 19, 20, 21].map((version) => `clang++-${version}`)].find(
    (name) => probe(name, ["--version"]) !== null,
  );

/** A library of Clang's own run time stands where Clang looks for it. */
const hasRuntime = (name) =>
  clang() !== undefined && existsSync(probe(clang(), [`-print-file-name=${name}`]) ?? "");

const hasLibrary = (name) => probe("pkg-config", ["--exists", name]) !== null;

/** What may be missing, and the package that brings it, by package manager. */
const needs = {
  compiler: {
    what: "a C++ compiler",
    present: () => process.platform === "win32" || compiler() !== undefined,
    apt: "g++",
    dnf: "gcc-c++",
    brew: "llvm",
  },
  cmake: { what: "CMake", present: () => onPath("cmake"), apt: "cmake", dnf: "cmake", brew: "cmake" },
  make: {
    what: "make or ninja",
    present: () => process.platform === "win32" || onPath("make") || onPath("ninja"),
    apt: "make",
    dnf: "make",
    brew: "make",
  },
  pkgConfig: {
    what: "pkg-config",
    present: () => onPath("pkg-config"),
    apt: "pkg-config",
    dnf: "pkgconf-pkg-config",
    brew: "pkgconf",
  },
  openblas: {
    what: "OpenBLAS",
    present: () => hasLibrary("openblas"),
    apt: "libopenblas-dev",
    dnf: "openblas-devel",
    brew: "openblas",
  },
  lapacke: {
    what: "LAPACKE",
    present: () => hasLibrary("lapacke"),
    apt: "liblapacke-dev",
    dnf: "lapack-devel",
    brew: "lapack",
  },
  sleef: {
    what: "SLEEF",
    present: () => hasLibrary("sleef"),
    apt: "libsleef-dev",
    dnf: "sleef-devel",
    brew: "sleef",
  },
  highway: {
    what: "Highway",
    present: () => hasLibrary("libhwy"),
    apt: "libhwy-dev",
    dnf: "highway-devel",
    brew: "highway",
  },
  clangFormat: {
    what: "clang-format",
    present: () => onPath("clang-format"),
    apt: "clang-format",
    dnf: "clang-tools-extra",
    brew: "clang-format",
  },
  clangTidy: {
    what: "clang-tidy",
    present: () => onPath("clang-tidy"),
    apt: "clang-tidy",
    dnf: "clang-tools-extra",
    brew: "llvm",
  },
  clang: { what: "Clang", present: () => clang() !== undefined, apt: "clang", dnf: "clang", brew: "llvm" },
  fuzzer: {
    what: "libFuzzer",
    present: () => hasRuntime(`libclang_rt.fuzzer-${machine}.a`) || hasRuntime("libclang_rt.fuzzer.a"),
    apt: "libclang-rt-dev",
    dnf: "compiler-rt",
    brew: "llvm",
  },
};

const tools = ["compiler", "cmake", "make"];
// macOS has its own BLAS and LAPACK.
const blas = process.platform === "darwin" ? [] : ["openblas", "lapacke"];
const libraries = ["pkgConfig", "sleef", "highway", ...blas];
const fuzzing = ["clang", "fuzzer"];
const linters = ["clangFormat", "clangTidy"];

function isDebian() {
  if (!existsSync("/etc/os-release") || !onPath("apt-get")) return false;
  return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(readFileSync("/etc/os-release", "utf8"));
}

const missing = (names) => names.map((name) => needs[name]).filter((need) => !need.present());

function commandToType(absent) {
  const packages = (manager) => [...new Set(absent.map((need) => need[manager]))].join(" ");
  const sudo = isRoot ? "" : "sudo ";
  if (onPath("apt-get")) return `${sudo}apt-get update && ${sudo}apt-get install -y ${packages("apt")}`;
  if (onPath("dnf")) return `${sudo}dnf install -y ${packages("dnf")}`;
  if (process.platform === "darwin") return `brew install ${packages("brew")}`;
  return `your package manager's command for: ${packages("apt")} (Debian's names)`;
}

function refuse(absent) {
  const list = absent.map((need) => need.what).join(", ");
  throw new SetupError(
    `${list} not found. Install with\n\n    ${commandToType(absent)}\n\nand run this command again.`,
  );
}

function installWithApt(absent) {
  const packages = [...new Set(absent.map((need) => need.apt))];
  say(`installing ${packages.join(" ")} with apt-get`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const wait = ["-o", "DPkg::Lock::Timeout=600"];
  run("apt-get", [...wait, "update"], { env });
  run("apt-get", [...wait, "install", "-y", "--no-install-recommends", ...packages], { env });
}

/** Installs what is missing where that is possible, and otherwise says what to type. */
function provide(names) {
  const absent = missing(names);
  if (absent.length === 0) return;
  if (!isRoot || !isDebian()) refuse(absent);
  installWithApt(absent);
  const still = missing(names);
  if (still.length > 0) refuse(still);
}

/**
 * Whether there are compiler, CMake, OpenBLAS, LAPACKE, SLEEF and Highway. Libraries that pkg-config does not know may
 * still be found by CMake: `configures` (does CMake find everything?) decides.
 */
export const hasToolchain = (configures) =>
  missing(tools).length === 0 && (missing(libraries).length === 0 || configures());

/** The same, installed where they are missing and that is possible. */
export function provideToolchain(configures) {
  const needed = [...tools, ...libraries];
  if ((isRoot && isDebian()) || !hasToolchain(configures)) provide(needed);
}

export function provideLinters() {
  provide(linters);
}

export function provideClang() {
  provide(["clang"]);
}

export function provideFuzzing() {
  provide(fuzzing);
}

/** Changes whenever another compiler, CMake or library is found. */
export function toolchain() {
  const parts = [
    process.platform,
    process.arch,
    compiler() && probe(compiler(), ["--version"]),
    probe("cmake", ["--version"]),
    probe("pkg-config", ["--modversion", "openblas", "lapacke", "sleef", "libhwy"]),
  ];
  return parts.join("\n");
}
