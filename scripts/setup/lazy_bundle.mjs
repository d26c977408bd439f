import { dirname, join, relative, sep } from "node:path";
import { root } from "./root.mjs";

const lib = join(root, "lib");

/**
 * Makes of a folder of lib/ a bundle of its own, dist/FOLDER.cjs, that is loaded when one of its functions is first
 * called: what the import of the package takes is mostly parsing. What it uses of the rest is handed to it, so that
 * there is one of each. Gives the plugin by which the bundle of the rest knows it.
 */
export async function lazyBundle(folder, { build, ...options }) {
  const inside = join(lib, folder) + sep;
  const entry = join(inside, "index.ts");
  const shared = new Set();

  const outside = {
    name: "outside",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^\.\.\// }, ({ importer, path }) => {
        const file = join(dirname(importer), path);
        if (file.startsWith(inside)) return undefined;
        const module = relative(lib, file).replace(/\.js$/, "");
        shared.add(module);
        return { path: module, namespace: "outside" };
      });
      onLoad({ filter: /./, namespace: "outside" }, ({ path }) => ({
        contents: `module.exports = shared[${JSON.stringify(path)}];`,
      }));
    },
  };
  const own = { ...options, entryPoints: [entry], plugins: [outside] };
  await build({
    ...own,
    format: "iife",
    globalName: folder,
    banner: { js: "module.exports = (shared) => {" },
    footer: { js: `return ${folder};\n};` },
    outfile: `dist/${folder}.cjs`,
    sourcemap: true,
  });
  const { metafile } = await build({
    ...own,
    format: "esm",
    outfile: "index.mjs",
    write: false,
    metafile: true,
  });
  const names = Object.values(metafile.outputs).flatMap((output) => output.exports);

  const modules = [...shared].sort();
  const stub = [
    ...modules.map((module, i) => `import * as shared${i} from "../${module}.ts";`),
    "let loaded;",
    `const bundle = () => (loaded ??= require("./${folder}.cjs")({`,
    ...modules.map((module, i) => `  ${JSON.stringify(module)}: shared${i},`),
    "}));",
    ...names.map((name) => `export const ${name} = (...args) => bundle().${name}(...args);`),
  ].join("\n");
  return {
    name: `${folder}, when it is needed`,
    setup({ onLoad, onResolve }) {
      onResolve({ filter: /\.cjs$/ }, ({ path }) => ({ path, external: true }));
      onLoad({ filter: /index\.ts$/ }, ({ path }) =>
        path === entry ? { contents: stub, loader: "ts", resolveDir: inside } : undefined,
      );
    },
  };
}
