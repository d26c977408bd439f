import { filesUnder } from "./setup/fingerprint.mjs";

/** C++ files of the addon, of its tests and of the programs it is measured against. */
export const nativeSources = ["native", "test/native", "bench/baseline"]
  .flatMap(filesUnder)
  .filter((file) => /\.(cc|h)$/.test(file));
