import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type * as Binding from "../binding.js";

/** The addon that the library under test loads, as the object it loads. */
export const addonPath =
  process.env.ADJOINT_BINARY ?? fileURLToPath(new URL("../build/Release/adjoint.node", import.meta.url));
export const addon = createRequire(import.meta.url)(addonPath) as typeof Binding;
