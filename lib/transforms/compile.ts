import { tracing } from "../core/tracing.js";
import { flatten, unflattenAll } from "../core/tree.js";
import type { LiftedArguments } from "../core/tree_types.js";
import { ArgumentError, GradientError } from "../errors.js";
import { checkFunction, checkOptions } from "../options.js";
import type { Tensor } from "../tensor.js";
import type { OfTensorFirst, OfTensors, OfTrees, ParametersOf, ResultOf } from "./signatures.js";
import { comesFromTransform, type Given, Specialisation, UNFIT } from "./specialisation.js";

export interface CompileOptions {
  /** Arguments that are part of the program: it is made anew for each of their values. */
  staticArgnums?: number | readonly number[];
}

/** What the last run of a compiled function did, and what all of them needed. */
export interface CompileStats {
  /** Calls of native code in the last run. */
  readonly nativeCalls: number;
  /** Bytes of temporaries of the last run's program. */
  readonly bytes: number;
  /** Floating-point operations of the last run's program: leading terms. */
  readonly flops: number;
  /** How many programs have been made. */
  readonly compilations: number;
}

export interface Compiled<F extends OfTrees<unknown>> {
  (...args: LiftedArguments<ParametersOf<F>>): ResultOf<F>;
  /** Runs the same program in the background; the event loop stays free. */
  async(...args: LiftedArguments<ParametersOf<F>>): Promise<ResultOf<F>>;
  /** The same function with a signal that stops asynchronous runs between instructions. */
  withOptions(options: { signal?: AbortSignal }): Compiled<F>;
  readonly stats: CompileStats;
  /** The last run's program, an instruction a line. */
  readonly program: string;
}

/** The positions that `staticArgnums` names. */
function checkedStatics(given: number | readonly number[] | undefined): readonly number[] {
  const list = given === undefined ? [] : typeof given === "number" ? [given] : given;
  if (!Array.isArray(list) || list.some((i) => !Number.isInteger(i) || i < 0))
    throw new ArgumentError(
      "compile",
      `staticArgnums is ${JSON.stringify(given)}, expected a position or an array of them`,
    );
  return list;
}

const MOST_PROGRAMS = 64;

type AnyFunction = (...args: unknown[]) => unknown;

class Compiler {
  private programs: Specialisation[] = [];
  private last: Specialisation | null = null;
  private compilations = 0;

  constructor(
    private readonly f: AnyFunction,
    private readonly staticArgnums: readonly number[],
  ) {}

  get stats(): CompileStats {
    const program = this.last?.program;
    return {
      nativeCalls: program === undefined || program.empty ? 0 : 1,
      bytes: program?.bytes ?? 0,
      flops: program?.flops ?? 0,
      compilations: this.compilations,
    };
  }

  get text(): string {
    return this.last?.program.text ?? "";
  }

  private given(args: readonly unknown[]): Given {
    const leaves: Tensor[] = [];
    const weak: boolean[] = [];
    const statics: unknown[] = [];
    const trees: Given["trees"][number][] = [];
    for (let i = 0; i < args.length; i++) {
      const arg = args[i];
      if (this.staticArgnums.includes(i)) {
        statics.push(arg);
        continue;
      }
      const own: Tensor[] = [];
      trees.push({ tree: flatten("compile", arg, own), leaves: own });
      for (const x of own) {
        leaves.push(x);
        weak.push(typeof arg === "number");
      }
    }
    return { statics, trees, leaves, weak };
  }

  /** The arguments again, with other leaves. */
  private rebuild(count: number, { statics, trees }: Given, leaves: readonly Tensor[]): unknown[] {
    const dynamic = unflattenAll(trees, leaves);
    let nextStatic = 0;
    let nextDynamic = 0;
    return Array.from({ length: count }, (_, i) =>
      this.staticArgnums.includes(i) ? statics[nextStatic++] : dynamic[nextDynamic++],
    );
  }

  private find(args: readonly unknown[], given: Given): Specialisation {
    const { last, programs } = this;
    if (last?.fits(given)) return last;
    let own = programs.find((known) => known.fits(given));
    if (own === undefined) {
      own = new Specialisation(this.f, given, (leaves) => this.rebuild(args.length, given, leaves));
      this.compilations++;
      if (programs.length >= MOST_PROGRAMS) programs.shift();
      programs.push(own);
    }
    this.last = own;
    return own;
  }

  call(args: unknown[]): unknown {
    if (tracing === null && this.last !== null) {
      const result = this.last.runPlain(args);
      if (result !== UNFIT) return result;
    }
    const given = this.given(args);
    if (tracing !== null || given.leaves.some(comesFromTransform)) return this.f(...args);
    const own = this.find(args, given);
    const values = own.values(given.leaves);
    return own.finish(values, own.program.run(values));
  }

  async callAsync(args: readonly unknown[], signal: AbortSignal | undefined): Promise<unknown> {
    signal?.throwIfAborted();
    const given = this.given(args);
    if (tracing !== null || given.leaves.some(comesFromTransform))
      throw new GradientError(
        "compile",
        "a promise has no derivative: call the compiled function itself inside a transform",
      );
    const own = this.find(args, given);
    const values = own.values(given.leaves);
    return own.finish(values, await own.program.runAsync(values, signal));
  }
}

function compiled(compiler: Compiler, signal: AbortSignal | undefined): unknown {
  const call = (...args: unknown[]): unknown => compiler.call(args);
  return Object.defineProperties(call, {
    async: { value: (...args: unknown[]) => compiler.callAsync(args, signal) },
    withOptions: {
      value(options: { signal?: AbortSignal }) {
        checkOptions("compile", options, ["signal"]);
        return compiled(compiler, options?.signal);
      },
    },
    stats: { get: () => compiler.stats },
    program: { get: () => compiler.text },
  });
}

/**
 * A function that does the same in one native call: its operations, those of its derivatives included, are taken down
 * once for every structure, shape and dtype of arguments, simplified, fused and given memory. Numbers among the
 * arguments are inputs that take the dtype of what they meet. Variables are read at each call, and assigned when it
 * has succeeded; other tensors that f closes over are constants. Under another transform f itself is called.
 * `.async(...)` runs on a thread of the library's own and gives a promise.
 * @throws ArgumentError where f reads a value, compares a number or draws at random: the error names the line
 * @example compile((x) => x.mul(x).add(1).sum())([1, 2]) // 7
 */
export function compile<F extends OfTensors<unknown>>(f: F, options?: CompileOptions): Compiled<F>;
export function compile<F extends OfTensorFirst<unknown>>(f: F, options?: CompileOptions): Compiled<F>;
export function compile<F extends OfTrees<unknown>>(f: F, options?: CompileOptions): Compiled<F>;
export function compile(f: (...args: never[]) => unknown, options?: CompileOptions): unknown {
  checkFunction("compile", f);
  checkOptions("compile", options, ["staticArgnums"]);
  const compiler = new Compiler(f as AnyFunction, checkedStatics(options?.staticArgnums));
  return compiled(compiler, undefined);
}
