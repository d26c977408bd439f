import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** Tests that take a folder of their own under test/, and may take their time. */
const slow = ["install", "fuzz", "stress", "sanitizers"];

/** Tests import what ships: the compiled package, loaded by Node itself. */
const shipped = {
  resolve: {
    alias: { adjoint: fileURLToPath(new URL("./dist/index.js", import.meta.url)) },
  },
};
const common = {
  pool: "forks" as const,
  testTimeout: 30_000,
  server: { deps: { external: [/\/dist\/index\.c?js$/] } },
};

export default defineConfig({
  ...shipped,
  test: {
    projects: [
      {
        ...shipped,
        test: {
          ...common,
          name: "library",
          include: ["test/**/*.test.ts"],
          exclude: slow.map((name) => `test/${name}/**`),
        },
      },
      ...slow.map((name) => ({
        ...shipped,
        test: { ...common, name, include: [`test/${name}/**/*.test.ts`], fileParallelism: false },
      })),
    ],
  },
});
