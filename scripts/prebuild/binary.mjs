import { readFileSync, statSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { run } from "../setup/command.mjs";

/** The only symbols that the addon shows. */
const entries = ["napi_register_module_v1", "node_api_module_get_api_version_v1"];

/** Libraries that every Linux with the named C library has. */
const everywhere = [
  /^libc\.so\.6$/,
  /^libm\.so\.6$/,
  /^libpthread\.so\.0$/,
  /^ld-linux-[\w-]+\.so\.\d$/,
  /^libc\.musl-\w+\.so\.1$/,
];

/** The newest glibc that a binary may ask for; musl has no versions. */
const glibcCeiling = [2, 35];

const lines = (text) => text.split("\n").filter((line) => line.trim() !== "");
const newer = ([a, b], [c, d]) => a > c || (a === c && b > d);

function symbols(file, ...options) {
  return lines(run("nm", ["--dynamic", "--format=posix", ...options, file])).map(
    (line) => line.split(" ")[0],
  );
}

/** What a shared object asks of the machine that loads it. */
function demands(file) {
  const text = run("objdump", ["-p", file]);
  const libraries = [...text.matchAll(/^ +NEEDED +(\S+)/gm)].map(([, name]) => name);
  const versions = [...text.matchAll(/\bGLIBC_(\d+)\.(\d+)/g)].map(([, major, minor]) => [+major, +minor]);
  return { libraries, glibc: versions.reduce((most, v) => (newer(v, most) ? v : most), [0, 0]) };
}

/** Libraries that may travel with a binary: they need the C library alone. */
const mayTravel = /^libsleef\.so\.\d+$/;

/** The libraries that have to lie beside a binary: by the name that it asks for, where they are on this machine. */
export function companions(file) {
  return [...run("ldd", [file]).matchAll(/^\s*(\S+) => (\S+)/gm)]
    .map(([, name, path]) => ({ name, path }))
    .filter(({ name }) => mayTravel.test(name));
}

/**
 * Why a binary for Linux would not run elsewhere, or would meddle with what is loaded beside it; empty if nothing is
 * wrong. `beside` are the libraries that travel with it.
 */
export function objections(file, beside = []) {
  const found = [];
  const shown = symbols(file, "--defined-only").map((name) => name.split("@")[0]);
  const extra = shown.filter((name) => !entries.includes(name));
  if (extra.length > 0) found.push(`shows symbols of its own: ${extra.join(", ")}`);
  for (const entry of entries) if (!shown.includes(entry)) found.push(`lacks ${entry}`);
  const borrowed = symbols(file, "--undefined-only").filter((name) =>
    /blas|lapack|gfortran|^[sdcz]\w+_$/i.test(name),
  );
  if (borrowed.length > 0) found.push(`expects others to have ${borrowed.join(", ")}`);
  const { libraries, glibc } = demands(file);
  const foreign = libraries.filter(
    (name) => !beside.includes(name) && !everywhere.some((pattern) => pattern.test(name)),
  );
  if (foreign.length > 0) found.push(`needs ${foreign.join(", ")}`);
  if (newer(glibc, glibcCeiling))
    found.push(`needs glibc ${glibc.join(".")}, beyond ${glibcCeiling.join(".")}`);
  return found;
}

/** Drivers of OpenBLAS, or routines of LAPACK that it has its own of, whose kernels native/static leaves out. */
const callsWhatIsLeftOut =
  /^(cblas_)?([cz](trsm|(ge|sy|he)mm3m|hemv|symv|getr[fs]|gesv|getf2|potr[fi]|potf2|lauu[m2]|trtri|trti2|trtrs)|[sdcz]symm|[cz]hemm|[sdcz](om|im)atcopy|[sdcz]geadd)(_\w*|$)/;

/** Kernels are named after a processor. */
const isKernel = /_(PRESCOTT|HASWELL|SKYLAKEX)(\.cold)?$/;

/** Why a binary that still has its names would call a kernel that it lacks; empty if it would not. */
export const unreachedObjections = (file) =>
  lines(run("nm", ["--defined-only", "--format=posix", file]))
    .map((line) => line.split(" ")[0])
    .filter((name) => callsWhatIsLeftOut.test(name) && !isKernel.test(name))
    .map((name) => `has ${name}, whose kernels are left out`);

const size = (file) => statSync(file).size;
const compressed = (file) => gzipSync(readFileSync(file), { level: 9 }).length;
const total = (numbers) => numbers.reduce((sum, number) => sum + number, 0);

/** What is shipped: the binary and the libraries beside it. */
export function measurements(file, beside) {
  const all = [file, ...beside];
  const { glibc } = demands(file);
  return {
    bytes: total(all.map(size)),
    gzipped: total(all.map(compressed)),
    ...(glibc[0] > 0 && { glibc: glibc.join(".") }),
  };
}

/** Why a binary for macOS would not run elsewhere; empty if nothing is wrong. */
export function objectionsOnMac(file) {
  const libraries = [...run("otool", ["-L", file]).matchAll(/^\s+(\S+) \(/gm)].map(([, path]) => path);
  return libraries
    .filter((path) => !/^(\/usr\/lib\/|\/System\/Library\/|@rpath\/adjoint\.node$)/.test(path))
    .map((path) => `needs ${path}`);
}
