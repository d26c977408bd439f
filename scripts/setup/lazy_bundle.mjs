import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { SetupError } from "./command.mjs";
import { root } from "./root.mjs";

const lib = join(root, "lib");
const source = (module) => readFileSync(join(lib, module), "utf8");
const quoted = JSON.stringify;

/** A module of lib/ goes by its path there. */
const moduleAt = (file) => relative("lib", file).split(sep).join("/");

/** The module that an import names; undefined for one of Node's. */
function moduleOf(path, importer) {
  if (!path.startsWith(".")) return undefined;
  const file = join(dirname(importer), path.replace(/\.js$/, ".ts"));
  return existsSync(file) ? moduleAt(relative(root, file)) : undefined;
}

/** Of modules, what they are made of and what they export. */
export async function contentsOf(modules, { build, ...options }) {
  const { metafile } = await build({
    ...options,
    entryPoints: modules.map((module) => join(lib, module)),
    outbase: lib,
    outdir: lib,
    format: "esm",
    write: false,
    metafile: true,
  });
  const outputs = Object.values(metafile.outputs);
  return new Map(
    outputs.map(({ entryPoint, inputs, exports }) => [
      moduleAt(entryPoint),
      { modules: Object.keys(inputs).map(moduleAt), exports },
    ]),
  );
}

/** The names of the methods of Tensor that a module makes. */
function methodsOf(module) {
  const calls = source(module).matchAll(/^(?:methods|variadicMethods|getters)\(.*$/gm);
  return [...calls].flatMap(([call]) => {
    const names = /^methods\(\{ ([\w, ]+) \}\);$/.exec(call);
    if (names === null) throw new SetupError(`lib/${module}: which methods does ${quoted(call)} make?`);
    return names[1].split(", ");
  });
}

/** Whether a module assigns to what it exports. */
const assigns = (module) => /^export let /m.test(source(module));

const getters = (names, from) => names.map((name) => `get ${name}() { return ${from}.${name}; }`).join(", ");
const values = (names, from) => names.map((name) => `${name}: ${from}.${name}`).join(", ");

/**
 * Writes the bundle dist/NAME.cjs of `entry` and what only it needs: a function of what it uses of `rest`, the modules
 * of the main bundle by name with their exports, so that there is one of each. Gives the modules in it and a module for
 * the main bundle that exports the entry's names as a namespace. Both load the bundle when one of the names is asked
 * for, or one of the methods that it makes is called.
 */
async function lazyBundle(name, { entry, exports }, rest, { build, ...options }) {
  const used = new Set();
  const shared = {
    name: "shared with the main bundle",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^\./ }, ({ importer, path }) => {
        const module = moduleOf(path, importer);
        if (!rest.has(module)) return undefined;
        used.add(module);
        return { path: module, namespace: "shared" };
      });
      onLoad({ filter: /./, namespace: "shared" }, ({ path }) => {
        const from = `shared[${quoted(path)}]`;
        // Looked up in an object, a function costs its caller more.
        const names = rest.get(path).exports;
        return {
          contents: assigns(path) ? `module.exports = ${from};` : `export const { ${names} } = ${from};`,
        };
      });
    },
  };
  const { metafile } = await build({
    ...options,
    entryPoints: [join(lib, entry)],
    plugins: [shared],
    format: "cjs",
    // A function in parentheses is compiled at once; else the whole would be parsed twice.
    banner: { js: '"use strict";\nmodule.exports = (function (shared) {\nconst module = {};' },
    footer: { js: "return module.exports;\n});" },
    outfile: `dist/${name}.cjs`,
    sourcemap: true,
    metafile: true,
  });
  const files = Object.keys(metafile.inputs).filter((file) => !file.startsWith("shared:"));
  const modules = files.map(moduleAt);
  const methods = modules.flatMap(methodsOf);
  const handed = [...used].sort();
  const members = (module, i) => (assigns(module) ? getters : values)(rest.get(module).exports, `shared${i}`);
  const stub = `
    import { Tensor } from "./tensor.ts";
    ${handed.map((module, i) => `import * as shared${i} from "./${module}";`).join("\n")}
    let loaded;
    function bundle() {
      if (loaded !== undefined) return loaded;
      loaded = require("./${name}.cjs")({
        ${handed.map((module, i) => `${quoted(module)}: { ${members(module, i)} }`).join(",\n")}
      });
      for (const name of Object.keys(${name})) Object.defineProperty(${name}, name, { value: loaded[name] });
      return Object.freeze(${name});
    }
    for (const name of ${quoted(methods)}) {
      const method = { [name](...args) { bundle(); return this[name](...args); } };
      Object.defineProperty(Tensor.prototype, name, { value: method[name], writable: true, configurable: true });
    }
    export const ${name} = { ${getters(exports, "bundle()")} };`;
  return { modules, stub };
}

/**
 * Writes namespaces of lib/index.ts as bundles of their own, each loaded when it is first needed: what the import of
 * the package takes is mostly parsing. Gives the plugin by which the bundle of the rest knows them.
 */
export async function lazyBundles(names, options) {
  const index = source("index.ts");
  const namespace = new RegExp(`^export \\* as (${names.join("|")}) from "\\./(.+)\\.js";$`, "gm");
  const entries = new Map([...index.matchAll(namespace)].map(([, name, path]) => [name, `${path}.ts`]));
  const stubs = new Map(names.map((name) => [name, `export const ${name} = {};`]));
  const plugin = {
    name: "loaded when needed",
    setup({ onLoad, onResolve }) {
      onLoad({ filter: /[\\/]lib[\\/]index\.ts$/ }, () => ({
        contents: index.replace(namespace, 'export { $1 } from "lazy:$1";'),
        loader: "ts",
      }));
      onResolve({ filter: /^lazy:/ }, ({ path }) => ({
        path: path.slice("lazy:".length),
        namespace: "lazy",
      }));
      onLoad({ filter: /./, namespace: "lazy" }, ({ path }) => ({
        contents: stubs.get(path),
        resolveDir: lib,
      }));
      onResolve({ filter: /\.cjs$/ }, ({ path }) => ({ path, external: true }));
    },
  };
  const whole = await contentsOf(["index.ts"], { ...options, plugins: [plugin] });
  const modules = whole.get("index.ts").modules.filter((module) => !module.startsWith(".."));
  const rest = await contentsOf(modules, { ...options, bundle: false });
  const namespaces = await contentsOf([...entries.values()], options);
  const owners = new Map();
  for (const name of names) {
    const entry = entries.get(name);
    const own = await lazyBundle(name, { entry, exports: namespaces.get(entry).exports }, rest, options);
    stubs.set(name, own.stub);
    for (const module of own.modules) {
      const other = owners.get(module);
      if (other !== undefined)
        throw new SetupError(`lib/${module} would be in two bundles, ${other} and ${name}`);
      owners.set(module, name);
    }
  }
  return plugin;
}
