import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type * as Binding from "../binding.js";

/** Where the addon may be: an explicit path, a local build, then the prebuilt binary for this platform. */
function candidates(): string[] {
  const root = join(dirname(__filename), "..");
  const explicit = process.env.ADJOINT_BINARY;
  const target = `adjoint-${process.platform}-${process.arch}`;
  return [
    ...(explicit ? [explicit] : []),
    join(root, "build", "Release", "adjoint.node"),
    join(root, "prebuilds", target, "node-napi-v8.node"),
  ];
}

function load(): typeof Binding {
  const paths = candidates();
  const path = paths.find((candidate) => existsSync(candidate));
  if (path === undefined)
    throw new Error(
      `adjoint: no native addon for ${process.platform}-${process.arch} (Node ${process.versions.node}); looked at\n` +
        `${paths.map((p) => `  ${p}`).join("\n")}\nBuild it with "npm run build" (a C++ compiler, CMake, OpenBLAS and LAPACKE are needed).`,
    );
  try {
    return createRequire(__filename)(path) as typeof Binding;
  } catch (cause) {
    throw new Error(
      `adjoint: the native addon ${path} does not load: ${(cause as Error).message}\n` +
        `A library it needs may be missing (OpenBLAS, LAPACKE), or it was built for another platform. Rebuild it with "npm run build".`,
      { cause },
    );
  }
}

/** The addon, typed by binding.d.ts. */
export const native = load();
