import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { root } from "./root.mjs";

/** All files under a path of the repository, relative to its root, sorted. */
export function filesUnder(path) {
  const full = join(root, path);
  if (!existsSync(full)) return [];
  if (!statSync(full).isDirectory()) return [path];
  return readdirSync(full)
    .filter((name) => !name.startsWith("."))
    .sort()
    .flatMap((name) => filesUnder(`${path}/${name}`));
}

/** A hash of the names and contents of the files under some paths, and of further strings. */
export function fingerprint(paths, ...strings) {
  const hash = createHash("sha256");
  for (const file of paths.flatMap(filesUnder)) {
    const content = readFileSync(join(root, file));
    hash.update(`${file}\0${content.length}\0`).update(content);
  }
  for (const text of strings) hash.update(`\0${text}`);
  return hash.digest("hex");
}

/** A stamp lies beside what it describes, so that whoever deletes the one deletes the other. */
export function readStamp(file) {
  const full = join(root, file);
  return existsSync(full) ? readFileSync(full, "utf8") : null;
}

export function writeStamp(file, text) {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), text);
}
