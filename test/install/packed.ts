import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));
export const platform = `${process.platform}-${process.arch}`;

/** What a command printed; its errors stand in the message where it fails. */
export function output(command: string, args: readonly string[], cwd: string, env = process.env): string {
  return execFileSync(command, args, { cwd, env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

export function npm(args: readonly string[], cwd: string): string {
  const cli = process.env.npm_execpath;
  const [command, first] = cli?.endsWith("npm-cli.js") ? [process.execPath, [cli]] : ["npm", []];
  return output(command, [...first, ...args, "--no-audit", "--no-fund", "--no-update-notifier"], cwd);
}

/** An empty folder outside of the repository, with a space in its path. */
export const emptyFolder = (name: string): string => mkdtempSync(join(tmpdir(), `adjoint ${name} `));

export interface Stamp {
  readonly version: string;
  readonly sources: string;
  readonly bytes: number;
  readonly gzipped: number;
  readonly glibc: string;
  /** Libraries that lie beside it. */
  readonly beside: readonly string[];
}

/** What is said beside the binary for this platform, which is made if there is none from these sources. */
export function prebuilt(): Stamp {
  output(process.execPath, ["scripts/prebuild.mjs", "--if-stale"], root);
  return JSON.parse(readFileSync(join(root, "prebuilds", platform, "stamp.json"), "utf8"));
}

export interface Packed {
  /** A project that has installed the package, and nothing else. */
  readonly project: string;
  readonly files: readonly string[];
  readonly tarballBytes: number;
  readonly installMs: number;
  remove(): void;
}

/** Packs the package and installs it in an empty project, without its scripts and without a registry. */
export function packAndInstall(): Packed {
  prebuilt();
  const project = emptyFolder("install");
  const [{ filename, size, files }] = JSON.parse(
    npm(["pack", "--json", "--ignore-scripts", "--pack-destination", project], root),
  );
  mkdirSync(project, { recursive: true });
  writeFileSync(join(project, "package.json"), '{ "name": "project", "private": true, "type": "module" }\n');
  const start = performance.now();
  npm(["install", "--ignore-scripts", "--offline", join(project, filename)], project);
  return {
    project,
    files: (files as { path: string }[]).map(({ path }) => path),
    tarballBytes: size,
    installMs: performance.now() - start,
    remove: () => rmSync(project, { recursive: true, force: true }),
  };
}

/** The library at work, in both module systems: eigenvalue gradient, solve, program, background, move. */
export const workingProgram = (load: "import" | "require"): string => `
${load === "import" ? 'import * as adjoint from "adjoint";' : 'const adjoint = require("adjoint");'}
const { compile, grad, linalg, ones, tensor } = adjoint;
const a = tensor([[2, 1], [1, 2]]);
const smallest = (x) => linalg.eigh(x).values.slice(0);
const compiled = compile(grad(smallest));
const message = ones([2000]).toTransferable({ move: true });
const moved = tensor(structuredClone(message, { transfer: [message.data.buffer] }), { move: true });
const sizes = tensor([message.data.length, moved.sum().item()]);
linalg.solve.async(a, [3, 3]).then((x) => {
  console.log(JSON.stringify([grad(smallest)(a), compiled(a), x, sizes].map((y) => y.toArray())));
});
`;

/** The numbers of a working program, to 12 digits. */
export const rounded = (printed: string): unknown =>
  JSON.parse(printed, (_, value) => (typeof value === "number" ? Number(value.toFixed(12)) : value));

export const expectedNumbers = [
  [
    [0.5, -0.5],
    [-0.5, 0.5],
  ],
  [
    [0.5, -0.5],
    [-0.5, 0.5],
  ],
  [1, 1],
  [0, 2000],
];
