import { filesUnder } from "./setup/fingerprint.mjs";

/** C++ files of the addon and of its tests. */
export const nativeSources = ["native", "test/native"]
  .flatMap(filesUnder)
  .filter((file) => /\.(cc|h)$/.test(file));
