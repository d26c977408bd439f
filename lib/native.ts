import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import type * as Binding from "../binding.js";

const MOST_THREADS = 64;

const platform = `${process.platform}-${process.arch}`;

/** Where the addon may be: where ADJOINT_BINARY says and nowhere else, or a local build, then the package's binary. */
function candidates(): readonly string[] {
  const explicit = process.env.ADJOINT_BINARY;
  if (explicit) return [explicit];
  const root = join(dirname(__filename), "..");
  const prebuilt = (target: string): string => join(root, "prebuilds", target, "adjoint.node");
  return [
    join(root, "build", "Release", "adjoint.node"),
    prebuilt(platform),
    ...(process.platform === "linux" ? [prebuilt(`${platform}-musl`)] : []),
  ];
}

/** What can be done about what the dynamic linker says. */
function remedy(reason: string): string {
  if (/GLIBC_\d/.test(reason))
    return "The prebuilt binary needs glibc 2.35 or newer (Debian 12, Ubuntu 22.04, Fedora 36 and later): use a newer system, or build from source.";
  if (/ld-linux|libc\.so\.6|symbol not found/.test(reason))
    return "The prebuilt binary is for glibc, and this system seems to have musl, as Alpine has: use an image with glibc, or build from source.";
  if (/ELF|file too short|mach-o|not a valid Win32/i.test(reason))
    return "The file is not for this platform. Was node_modules copied from another machine? Install the package here, or build from source.";
  if (/cannot open shared object file|Library not loaded|specified module/i.test(reason))
    return "A library that it was built against is missing here: install that library, or remove the build folder, so that the prebuilt binary is used.";
  return "Build it from source.";
}

/** The addon could not be loaded: the message says what was tried and what can be done. */
class AddonError extends Error {
  readonly code = "ERR_ADJOINT_ADDON";
  override readonly name = "AddonError";
}

function load(): typeof Binding {
  const tried: string[] = [];
  let advice = `There is no prebuilt binary for ${platform}: build it from source.`;
  for (const path of candidates()) {
    if (!existsSync(path)) {
      tried.push(`${path}: not there`);
      continue;
    }
    try {
      return createRequire(__filename)(path) as typeof Binding;
    } catch (error) {
      const reason = (error as Error).message;
      tried.push(reason.startsWith(path) ? reason : `${path}: ${reason}`);
      advice = remedy(reason);
    }
  }
  throw new AddonError(
    `adjoint: no native addon loads on ${platform}, Node ${process.versions.node}; tried\n` +
      `${tried.map((line) => `  ${line}\n`).join("")}${advice}\n` +
      `(From source: clone the repository; with a C++ compiler, CMake and OpenBLAS, "npm run setup" builds it. ` +
      `ADJOINT_BINARY may name a binary that lies elsewhere.)`,
  );
}

/** The addon, typed by binding.d.ts. */
export const native = load();

// Another environment of this process may have set it.
if (native.getThreads() === 0) native.setThreads(Math.min(availableParallelism(), MOST_THREADS));
