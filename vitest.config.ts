import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** Tests import what ships: the compiled package, loaded by Node itself. */
export default defineConfig({
  resolve: {
    alias: { adjoint: fileURLToPath(new URL("./dist/index.js", import.meta.url)) },
  },
  test: {
    include: ["test/**/*.test.ts"],
    pool: "forks",
    testTimeout: 30_000,
    server: { deps: { external: [/\/dist\/index\.c?js$/] } },
  },
});
