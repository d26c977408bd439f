import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { probe } from "./command.mjs";
import { fingerprint } from "./fingerprint.mjs";
import { root } from "./root.mjs";

/** What the addon is made from. */
export const nativeSources = ["native", "CMakeLists.txt"];

/** Changes with every change of what the addon is made from. */
export const nativeFingerprint = () => fingerprint(nativeSources);

const isMusl = () => process.platform === "linux" && !process.report.getReport().header.glibcVersionRuntime;

/** The name of this platform's prebuilt binary. */
export const platform = () => `${process.platform}-${process.arch}${isMusl() ? "-musl" : ""}`;

const prebuilds = join(root, "prebuilds");

export const prebuiltFolder = (target) => join(prebuilds, target);
export const prebuiltAddon = (target) => join(prebuilds, target, "adjoint.node");

/** What stands beside the binary for a platform; null where the one or the other is missing. */
export function readPrebuiltStamp(target) {
  const file = join(prebuilds, target, "stamp.json");
  return existsSync(file) && existsSync(prebuiltAddon(target))
    ? JSON.parse(readFileSync(file, "utf8"))
    : null;
}

/** The stamp of every prebuilt binary that lies here, by platform. */
export const prebuiltStamps = () =>
  Object.fromEntries(
    readdirSync(prebuilds, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => [name, readPrebuiltStamp(name)]),
  );

/** Whether the prebuilt binary for a platform was made from the sources that lie here. */
export const isFresh = (target) => readPrebuiltStamp(target)?.sources === nativeFingerprint();

/** Whether this Node loads the prebuilt binary for its platform, and it is made from these sources. */
export const canUsePrebuilt = () =>
  isFresh(platform()) &&
  probe(process.execPath, ["-e", `require(${JSON.stringify(prebuiltAddon(platform()))})`]) !== null;
