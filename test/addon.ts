import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type * as Binding from "../binding.js";

const inPackage = (path: string): string =>
  fileURLToPath(new URL(`../${path}/adjoint.node`, import.meta.url));
const prebuilt = inPackage(`prebuilds/${process.platform}-${process.arch}`);
const local = inPackage("build/Release");

/** Where nothing can be built the library is tested with the binary that ships, which has no names of functions. */
export const isPrebuilt = !process.env.ADJOINT_BINARY && !existsSync(local);

/** The addon that the library under test loads, as the object it loads. */
export const addonPath = process.env.ADJOINT_BINARY ?? (isPrebuilt ? prebuilt : local);
export const addon = createRequire(import.meta.url)(addonPath) as typeof Binding;
