import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { packageCommand, run, SetupError, say } from "./command.mjs";
import { fingerprint, readStamp, writeStamp } from "./fingerprint.mjs";
import { contentsOf, lazyBundles } from "./lazy_bundle.mjs";
import { root } from "./root.mjs";

const stampFile = "dist/.stamp";
const sources = [
  "lib",
  "binding.d.ts",
  "package.json",
  "tsconfig.json",
  "tsconfig.build.json",
  "scripts/setup/typescript.mjs",
  "scripts/setup/lazy_bundle.mjs",
  "node_modules/typescript/package.json",
  "node_modules/esbuild/package.json",
];
const lazyNamespaces = ["io", "linalg", "optim", "random"];
const outputs = [
  "index.cjs",
  ...lazyNamespaces.map((name) => `${name}.cjs`),
  "index.js",
  "types/lib/index.d.ts",
  "types-cjs/lib/index.d.ts",
];

const dist = (...path) => join(root, "dist", ...path);

/** Writes the one implementation, what is seldom needed apart, and gives the names it exports. */
async function bundle() {
  const { build } = await import("esbuild");
  const options = {
    absWorkingDir: root,
    bundle: true,
    platform: "node",
    target: "node20",
    logLevel: "warning",
    // Comments with other than ASCII characters would make the text twice as large in memory.
    minifyWhitespace: true,
    lineLimit: 120,
  };
  const whole = await contentsOf(["index.ts"], { build, ...options });
  const names = whole.get("index.ts").exports;
  await build({
    ...options,
    stdin: { contents: entry(names), resolveDir: join(root, "lib") },
    logOverride: { "commonjs-variable-in-esm": "silent" },
    plugins: [await lazyBundles(lazyNamespaces, { build, ...options })],
    format: "cjs",
    banner: { js: '"use strict";' },
    outfile: "dist/index.cjs",
    sourcemap: true,
  });
  return names;
}

/** As plain properties: those that esbuild defines for a module's exports take a millisecond. */
const entry = (names) =>
  `import * as adjoint from "./index.js";
module.exports = Object.freeze({ ${names.map((name) => `${name}: adjoint.${name}`).join(", ")} });`;

/** Every name again, so that both module systems share one set of classes and one registry. */
function reexport(names) {
  const odd = names.filter((name) => name === "default" || !/^[\w$]+$/.test(name));
  if (odd.length > 0) throw new SetupError(`lib/index.ts exports what index.js cannot: ${odd.join(", ")}`);
  // Imported, a CommonJS file is scanned for its exports first, which takes longer than running it.
  const head = `import { createRequire } from "node:module";\n\nconst adjoint = createRequire(import.meta.url)("./index.cjs");\n`;
  return `${head}\nexport const {\n${names.map((name) => `  ${name},\n`).join("")}} = adjoint;\n`;
}

function declarations() {
  run(process.execPath, [packageCommand("typescript", "tsc"), "-p", "tsconfig.build.json"], {
    what: "compiling TypeScript",
  });
  // Tensor has [Symbol.dispose], which a user's own `lib` setting need not know.
  const index = dist("types/lib/index.d.ts");
  writeFileSync(index, `/// <reference lib="esnext.disposable" />\n${readFileSync(index, "utf8")}`);
  cpSync(join(root, "binding.d.ts"), dist("types/binding.d.ts"));
  cpSync(dist("types"), dist("types-cjs"), { recursive: true });
  writeFileSync(dist("types-cjs/package.json"), '{ "type": "commonjs" }\n');
}

/** Compiles lib/ to dist/: index.cjs, the lazy bundles, index.js and the declarations for both. */
export async function compileTypeScript({ force = false } = {}) {
  const stamp = fingerprint(sources);
  if (!force && readStamp(stampFile) === stamp && outputs.every((file) => existsSync(dist(file)))) return;
  say("compiling TypeScript");
  rmSync(dist(), { recursive: true, force: true });
  const names = await bundle();
  writeFileSync(dist("index.js"), reexport(names));
  declarations();
  writeStamp(stampFile, stamp);
}
