import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as adjoint from "adjoint";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { examples } from "../docstrings.js";

// What users write compiles as they compile it: an application of its own that depends on the package.

const root = fileURLToPath(new URL("../..", import.meta.url));
const compiler = join(root, "node_modules/typescript/bin/tsc");

const readme = readFileSync(join(root, "README.md"), "utf8");
const fenced = (...languages: string[]): string[] =>
  [...readme.matchAll(/```(\w+)\n([\s\S]*?)```/g)].flatMap(([, language, code]) =>
    languages.includes(language) ? [code] : [],
  );

const usesTree = `import { grad, linalg, type Tensor, tensor, valueAndGrad } from "adjoint";
interface Model { w: Tensor; b: Tensor }
const loss = ({ w, b }: Model, x: Tensor): Tensor => x.matmul(w).add(b).square().mean();
const model: Model = { w: tensor([1, 2]), b: tensor(0) };
const gradient: Model = grad(loss)(model, tensor([[1, 2]]));
const [value, both] = valueAndGrad(loss, { argnums: [0, 1] })(model, tensor([[1, 2]]));
const list: [Model, Tensor] = both;
const third: Tensor = grad((x) => grad((y) => y.pow(3))(x))(2);
const { values }: { values: Tensor } = linalg.eigh([[2, 1], [1, 2]]);
console.log(gradient.w.toArray(), value.item(), list.length, third.item(), values.toArray());
// @ts-expect-error no such option
linalg.eigh(model.w, { uplo: "L" });
`;
/** Every example of a docstring, in a scope of its own. */
const examplesOfDocstrings = `import * as adjoint from "adjoint";
const { ${Object.keys(adjoint).join(", ")} } = adjoint;
${examples.map(({ place, code }) => `{ // ${place}\n${code}\n}`).join("\n")}
`;
/** JavaScript has no annotations: there, what a function takes may be anything. */
const sources = [
  { language: "JavaScript", noImplicitAny: false, programs: fenced("js", "javascript") },
  {
    language: "TypeScript",
    noImplicitAny: true,
    programs: [...fenced("ts", "typescript"), usesTree, examplesOfDocstrings],
  },
];

/** Under each, files of both module systems: the package has declarations for either. */
const resolutions: [module: string, moduleResolution: string, extensions: string[]][] = [
  ["node16", "node16", ["mts", "cts"]],
  ["nodenext", "nodenext", ["mts", "cts"]],
  ["preserve", "bundler", ["ts", "cts"]],
];

/** Compilations take seconds on a busy machine. */
const timeout = 120_000;

describe("programs compile in an application", () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "adjoint-types-"));
    mkdirSync(join(folder, "node_modules"));
    symlinkSync(root, join(folder, "node_modules/adjoint"), "dir");
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  describe.each(sources)("$language", ({ language, noImplicitAny, programs }) => {
    test("there are some", () => expect(programs.length).toBeGreaterThan(0));

    test.each(resolutions)(
      "module %s, resolution %s: %j",
      { timeout },
      (module, moduleResolution, extensions) => {
        const place = join(folder, `${language}-${module}`);
        mkdirSync(place);
        for (const extension of extensions)
          programs.forEach((code, i) => {
            writeFileSync(join(place, `program${i}_${extension}.${extension}`), code);
          });
        const compilerOptions = {
          target: "es2023",
          lib: ["es2023", "esnext.disposable", "dom"],
          strict: true,
          noImplicitAny,
          noEmit: true,
          types: [],
          module,
          moduleResolution,
        };
        writeFileSync(join(place, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*"] }));
        const { stdout, status } = spawnSync(process.execPath, [compiler, "-p", place], { encoding: "utf8" });
        expect(stdout).toBe("");
        expect(status).toBe(0);
      },
    );
  });
});

describe("expectations about types", () => {
  test("hold", { timeout }, () => {
    const args = [compiler, "-p", join(root, "tsconfig.test.json")];
    expect(execFileSync(process.execPath, args, { encoding: "utf8" })).toBe("");
  });
});
