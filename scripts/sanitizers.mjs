// Builds what `npm run test:sanitizers` runs: the addon under AddressSanitizer and UndefinedBehaviorSanitizer, and the
// fuzzers of its kernels, which are programs of their own. Each has a build folder, which is continued.
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { buildAddon } from "./setup/addon.mjs";
import { main, run, say } from "./setup/command.mjs";
import { installDependencies } from "./setup/dependencies.mjs";
import { root } from "./setup/root.mjs";
import { clang, provideFuzzing } from "./setup/system.mjs";

const sanitizers = "address,undefined,float-cast-overflow";

function build(folder, ...definitions) {
  say(`building ${folder}`);
  const flags = ["CMAKE_BUILD_TYPE=Release", ...definitions].map((definition) => `-D${definition}`);
  // A folder that is configured looks itself whether that has to be done again.
  if (!existsSync(join(root, folder, "CMakeCache.txt")))
    run("cmake", ["-S", ".", "-B", folder, ...flags], { what: `configuring ${folder}` });
  const parallel = String(availableParallelism());
  run("cmake", ["--build", folder, "--parallel", parallel], { what: `building ${folder}` });
}

await main(() => {
  installDependencies();
  buildAddon();
  build("build-sanitized", `ADJOINT_SANITIZE=${sanitizers}`);
  provideFuzzing();
  build("build-fuzz", `ADJOINT_SANITIZE=fuzzer,${sanitizers}`, `CMAKE_CXX_COMPILER=${clang()}`);
});
