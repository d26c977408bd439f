import { copyFileSync, cpSync, existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { emptyFolder, output } from "./packed.js";

const isRoot = process.getuid?.() === 0;

/** The shared libraries that a program needs, as the dynamic linker finds them. */
function librariesOf(program: string): string[] {
  const listed = output("ldd", [program], "/");
  return [...listed.matchAll(/(\/\S+) \(0x/g)].map(([, path]) => path);
}

/** A file system with a runtime, the libraries that it needs itself, and nothing else: no shell, no compiler, no BLAS. */
export class BareRoot {
  readonly folder = emptyFolder("root");
  constructor(readonly program: string) {
    for (const file of [program, ...librariesOf(program)]) {
      const target = join(this.folder, file);
      mkdirSync(dirname(target), { recursive: true });
      if (!existsSync(target)) copyFileSync(file, target);
    }
    for (const device of ["tmp", "dev"]) mkdirSync(join(this.folder, device), { recursive: true });
  }

  /** Puts a folder of the machine into the file system, under another name. */
  place(from: string, to: string): void {
    cpSync(from, join(this.folder, to), { recursive: true });
  }

  /** Runs the program in there, where it is the only one there is. */
  run(...args: string[]): string {
    const who = isRoot ? [] : ["--map-root-user"];
    return output("unshare", [...who, `--root=${this.folder}`, this.program, ...args], "/");
  }
}
