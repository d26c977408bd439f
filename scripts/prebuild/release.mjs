import { probe } from "../setup/command.mjs";
import { nativeFingerprint, prebuiltStamps } from "../setup/prebuilt.mjs";

/** Every cut version carries a binary for this platform, so that a clone of it runs without a compiler. */
const committed = "linux-x64";

/** What a user is promised to download and to store, in bytes. */
const most = { bytes: 9e6, gzipped: 3e6 };

const isCut = (version) => !version.includes("-");

/**
 * What is wrong with the prebuilt binaries of a version; empty if nothing is. `sources` is the hash of the native
 * sources, `stamps` what the binaries say of themselves (null without a stamp or without a binary), by platform. Only
 * for Linux do they say how large they are.
 */
export function staleness(version, sources, stamps) {
  const found = [];
  if (isCut(version) && !(committed in stamps))
    found.push(`${version} is a cut version, and prebuilds/${committed} is not committed`);
  for (const [target, stamp] of Object.entries(stamps)) {
    if (stamp === null) found.push(`prebuilds/${target} lacks its binary or its stamp`);
    else if (stamp.sources !== sources) found.push(`prebuilds/${target} is not made from these sources`);
    else if (isCut(version) && stamp.version !== version)
      found.push(`prebuilds/${target} says that it is ${stamp.version}, not ${version}`);
    else if (isCut(version) && (stamp.bytes > most.bytes || stamp.gzipped > most.gzipped))
      found.push(
        `prebuilds/${target} has ${stamp.bytes} bytes, ${stamp.gzipped} compressed: link SLEEF's archive`,
      );
  }
  return found;
}

/** The stamps of the binaries that are committed: others are a developer's own, and git ignores them. */
function committedStamps() {
  const files = probe("git", ["ls-files", "prebuilds"]);
  const isCommitted = ([target]) => files === null || files.includes(`prebuilds/${target}/`);
  return Object.fromEntries(Object.entries(prebuiltStamps()).filter(isCommitted));
}

/** The same of the version and the files that lie here. */
export const stalenessHere = (version) => staleness(version, nativeFingerprint(), committedStamps());
