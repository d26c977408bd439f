import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));

/** Builds the addon with sanitizers and the fuzzers, where they are not. */
export function build(): void {
  execFileSync(process.execPath, ["scripts/sanitizers.mjs"], {
    cwd: root,
    stdio: ["ignore", "inherit", "pipe"],
  });
}

/** The environment in which Node loads the addon with sanitizers: their libraries have to be there before it. */
export function sanitized(): NodeJS.ProcessEnv {
  const addon = join(root, "build-sanitized/adjoint.node");
  const libraries = execFileSync("ldd", [addon], { encoding: "utf8" });
  const runtimes = [...libraries.matchAll(/=> (\S*(?:asan|ubsan)\S*)/g)].map(([, path]) => path);
  return {
    ...process.env,
    ADJOINT_BINARY: addon,
    LD_PRELOAD: runtimes.join(" "),
    // Node and V8 leave to the system what they hold when they exit.
    ASAN_OPTIONS: "detect_leaks=0:allocator_may_return_null=1",
    UBSAN_OPTIONS: "print_stacktrace=1",
  };
}
