import { atCallSite, callSite } from "../call_site.js";
import { atNextDepth, listening, VARIABLES } from "../core/levels.js";
import type { Primitive } from "../core/primitive.js";
import { type Tracing, tracing, tracingWith } from "../core/tracing.js";
import { flatten, sameStructure, type TreeDefinition, unflatten, unflattenAll } from "../core/tree.js";
import type { LiftedArguments } from "../core/tree_types.js";
import type { Trace, Wrapper } from "../core/wrapper.js";
import type { ElementType } from "../dtype.js";
import { ArgumentError, GradientError } from "../errors.js";
import { checkFunction, checkOptions } from "../options.js";
import { type Filled, type Input, Program } from "../program/program.js";
import { Recording } from "../program/recording.js";
import { type Shape, sameShape } from "../shape.js";
import type { Storage } from "../storage.js";
import { Tensor, type TensorLike, withNode, wrap } from "../tensor.js";
import type { Variable } from "../variable.js";
import { withWarnings } from "../warnings.js";
import { refusePromise } from "./reverse.js";
import type { OfTensorFirst, OfTensors, OfTrees, ParametersOf, ResultOf } from "./signatures.js";

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
  /** Runs the same program on the thread pool; the event loop stays free. */
  async(...args: LiftedArguments<ParametersOf<F>>): Promise<ResultOf<F>>;
  /** The same function with a signal that stops asynchronous runs between instructions. */
  withOptions(options: { signal?: AbortSignal }): Compiled<F>;
  readonly stats: CompileStats;
  /** The last run's program, an instruction a line. */
  readonly program: string;
}

/** A value that a program will compute, or be given. */
class Traced implements Wrapper {
  constructor(
    readonly trace: CompileTrace,
    /** Shape, layout and a storage without memory. */
    readonly value: Tensor,
    readonly weak: boolean,
  ) {}
  concrete(operation: string): never {
    throw new ArgumentError(
      operation,
      `inside compile a value is not known yet and cannot be read${atCallSite()}; where(condition, x, y) chooses by value` +
        (this.weak ? ", and an argument named in staticArgnums is a plain number" : ""),
    );
  }
  describe(): string {
    return "of a program";
  }
}

/** The lowest element that strides reach from the one at index (0, 0, …), and how many lie between it and the highest. */
function span(shape: Shape, strides: readonly number[]): { low: number; count: number } {
  let low = 0;
  let high = 0;
  shape.forEach((extent, axis) => {
    const reach = (extent - 1) * strides[axis];
    if (reach < 0) low += reach;
    else high += reach;
  });
  return { low, count: shape.includes(0) ? 0 : high - low + 1 };
}

/** Values that somebody looks at after each run. */
interface Inspection {
  readonly tensors: readonly Tensor[];
  readonly look: (values: readonly Tensor[]) => void;
  readonly site: string;
}

interface VariableUse {
  current: Tensor;
  assigned: boolean;
}

/** One making of a program: operations on its tensors are taken down instead of run. */
class CompileTrace implements Trace, Tracing {
  readonly standsForMemory = true;
  readonly recording = new Recording();
  readonly inputs: Input[] = [];
  readonly variables = new Map<Variable, VariableUse>();
  readonly inspections: Inspection[] = [];
  /** What each input's storage stands for. */
  readonly inputOf = new Map<Storage, number>();
  private ended = false;

  constructor(readonly depth: number) {}

  end(): void {
    this.ended = true;
  }

  traced(value: Tensor, weak = false): Tensor {
    return wrap(value.shape, value.element, new Traced(this, value, weak));
  }

  /** A tensor that every run brings, in the layout of `like`. */
  input(like: Tensor, weak = false): Tensor {
    const { low, count } = span(like.shape, like.strides);
    const bytes = count * like.element.bytes;
    const storage = this.recording.reserve(bytes);
    this.inputOf.set(storage, this.inputs.length);
    this.inputs.push({ storage, bytes, low });
    const { element, shape, size, strides, contiguous } = like;
    return this.traced(new Tensor(element, shape, size, strides, -low, contiguous, storage), weak);
  }

  /** The value that stands for memory: a traced one of this trace, or a constant. */
  valueOf(operation: string, x: Tensor): Tensor {
    const { wrapper } = x;
    if (wrapper instanceof Traced && wrapper.trace === this) return wrapper.value;
    const outer = listening & ((1 << this.depth) - 1) & ~VARIABLES;
    if (wrapper !== null || (x.node !== null && (x.node.levels & outer) !== 0))
      throw new GradientError(
        operation,
        `the compiled function closes over a tensor that is being differentiated or mapped, or that belongs to another program${atCallSite()}; pass it as an argument`,
      );
    return x;
  }

  process<P>(primitive: Primitive<P>, inputs: readonly Tensor[], params: P): readonly Tensor[] {
    if (this.ended)
      throw new GradientError(
        primitive.name,
        "a value of compile was used after the program had been made; return it instead",
      );
    if (primitive.composite === true) return primitive.evaluate(inputs, params);
    const values = inputs.map((x) => this.valueOf(primitive.name, x));
    const outputs = this.recording.operation(() => primitive.evaluate(values, params));
    return outputs.map((y) => this.traced(y));
  }

  inspect(tensors: readonly Tensor[], look: Inspection["look"]): void {
    this.inspections.push({ tensors, look, site: callSite() });
  }

  read(variable: Variable): Tensor {
    const known = this.variables.get(variable);
    if (known !== undefined) return known.current;
    const current = withNode(this.input(variable), variable.node);
    this.variables.set(variable, { current, assigned: false });
    return current;
  }

  assign(variable: Variable, value: TensorLike): void {
    this.read(variable);
    const use = this.variables.get(variable)!;
    use.current = withNode(value as Tensor, variable.node);
    use.assigned = true;
  }
}

/** A tensor that a run gives back. */
type Output =
  | { readonly kind: "constant"; readonly value: Tensor }
  | { readonly kind: "input"; readonly like: Tensor; readonly input: number; readonly low: number }
  | { readonly kind: "result"; readonly like: Tensor; readonly storage: Storage };

/** A leaf among the arguments, as far as a program depends on it. */
interface Signature {
  readonly element: ElementType;
  readonly shape: Shape;
  /** Null where the elements lie in row-major order. */
  readonly strides: Shape | null;
  readonly weak: boolean;
}

/** A program for arguments of one structure, with shapes, dtypes and layouts. */
interface Specialisation {
  readonly statics: readonly unknown[];
  readonly trees: readonly TreeDefinition[];
  readonly leaves: readonly Signature[];
  readonly program: Program;
  readonly variables: readonly Variable[];
  /** Results: outputs, then what is assigned to variables, then what is inspected. */
  readonly outputs: readonly Output[];
  readonly outputTree: TreeDefinition;
  readonly assigned: readonly Variable[];
  readonly inspections: readonly Inspection[];
  /** All arguments are tensors by themselves. */
  readonly plain: boolean;
}

/** Arguments as a call brings them. */
interface Given {
  readonly statics: readonly unknown[];
  readonly trees: readonly { readonly tree: TreeDefinition; readonly leaves: readonly Tensor[] }[];
  readonly leaves: readonly Tensor[];
  readonly weak: readonly boolean[];
}

const MOST_PROGRAMS = 64;

const fitsLeaf = ({ element, shape, strides, weak }: Signature, x: Tensor, isWeak: boolean): boolean =>
  element === x.element &&
  weak === isWeak &&
  (strides === null ? x.contiguous : !x.contiguous && sameShape(strides, x.strides)) &&
  sameShape(shape, x.shape);

function fits(own: Specialisation, { statics, trees, leaves, weak }: Given): boolean {
  if (own.leaves.length !== leaves.length || own.trees.length !== trees.length) return false;
  for (let i = 0; i < leaves.length; i++) if (!fitsLeaf(own.leaves[i], leaves[i], weak[i])) return false;
  for (let i = 0; i < trees.length; i++) if (!sameStructure(own.trees[i], trees[i].tree)) return false;
  for (let i = 0; i < statics.length; i++) if (!Object.is(own.statics[i], statics[i])) return false;
  return own.statics.length === statics.length;
}

type AnyFunction = (...args: unknown[]) => unknown;

/** Makes a program of one call. */
function specialise(
  f: AnyFunction,
  given: Given,
  rebuild: (leaves: readonly Tensor[]) => unknown[],
): Specialisation {
  return atNextDepth("compile", false, (level) => {
    const trace = new CompileTrace(level);
    const inputs = given.leaves.map((x, i) => trace.input(x, given.weak[i]));
    const result = tracingWith(trace, () => f(...rebuild(inputs)));
    refusePromise("compile", result);
    const found: Tensor[] = [];
    const outputTree = tracingWith(trace, () => flatten("compile", result, found));
    const assigned = [...trace.variables].filter(([, use]) => use.assigned);
    trace.end();
    const news = assigned.map(([, { current }]) => current);
    const inspected = trace.inspections.flatMap(({ tensors }) => tensors);
    const outputs = [...found, ...news, ...inspected].map((y): Output => {
      const value = trace.valueOf("compile", y);
      const storage = value.storage!;
      if (!trace.recording.planned.has(storage)) return { kind: "constant", value };
      const input = trace.inputOf.get(storage);
      if (input === undefined) return { kind: "result", like: value, storage };
      return { kind: "input", like: value, input, low: trace.inputs[input].low };
    });
    const storages = outputs.flatMap((output) => (output.kind === "result" ? [output.storage] : []));
    const program = new Program(trace.recording, trace.inputs, storages);
    return {
      statics: given.statics,
      trees: given.trees.map(({ tree }) => tree),
      leaves: given.leaves.map(({ element, shape, strides, contiguous }, i) => ({
        element,
        shape,
        strides: contiguous ? null : strides,
        weak: given.weak[i],
      })),
      program,
      variables: [...trace.variables.keys()],
      outputs,
      outputTree,
      assigned: assigned.map(([variable]) => variable),
      inspections: trace.inspections,
      plain: given.statics.length === 0 && given.trees.every(({ tree }) => tree.kind === "leaf"),
    };
  });
}

/** The tensors of a run, outputs and then new values of variables. */
function tensorsOf(
  { outputs, program }: Specialisation,
  values: readonly Tensor[],
  filled: readonly Filled[],
): Tensor[] {
  const tensors = new Array<Tensor>(outputs.length);
  let result = 0;
  for (let i = 0; i < outputs.length; i++) {
    const output = outputs[i];
    tensors[i] =
      output.kind === "result"
        ? resultTensor(output.like, filled[program.resultOf[result++]])
        : output.kind === "constant"
          ? withNode(output.value, null)
          : inputTensor(output.like, values[output.input], output.low);
  }
  return tensors;
}

function resultTensor(
  { element, shape, size, strides, offset, contiguous }: Tensor,
  { storage, start }: Filled,
): Tensor {
  return new Tensor(element, shape, size, strides, start / element.bytes + offset, contiguous, storage);
}

/** A view of an argument. */
function inputTensor(
  { element, shape, size, strides, offset, contiguous }: Tensor,
  x: Tensor,
  low: number,
): Tensor {
  x.storage!.shared = true;
  return new Tensor(element, shape, size, strides, x.offset + low + offset, contiguous, x.storage);
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

class Compiler {
  private programs: Specialisation[] = [];
  private last: Specialisation | null = null;
  private compilations = 0;
  private nativeCalls = 0;

  constructor(
    private readonly f: AnyFunction,
    private readonly staticArgnums: readonly number[],
  ) {}

  get stats(): CompileStats {
    const program = this.last?.program;
    return {
      nativeCalls: this.nativeCalls,
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
    if (last !== null && fits(last, given)) return last;
    let own = programs.find((known) => fits(known, given));
    if (own === undefined) {
      own = specialise(this.f, given, (leaves) => this.rebuild(args.length, given, leaves));
      this.compilations++;
      if (programs.length >= MOST_PROGRAMS) programs.shift();
      programs.push(own);
    }
    this.last = own;
    return own;
  }

  private finish(own: Specialisation, values: readonly Tensor[], filled: readonly Filled[]): unknown {
    const tensors = tensorsOf(own, values, filled);
    const inspected = tensors.length - own.inspections.reduce((sum, { tensors: own }) => sum + own.length, 0);
    const first = inspected - own.assigned.length;
    let next = inspected;
    for (const { look, tensors: looked, site } of own.inspections) {
      const shown = tensors.slice(next, next + looked.length);
      next += looked.length;
      withWarnings(() => look(shown), site);
    }
    for (let i = 0; i < own.assigned.length; i++) own.assigned[i].assign(tensors[first + i]);
    this.nativeCalls = own.program.empty ? 0 : 1;
    return unflatten(own.outputTree, first === tensors.length ? tensors : tensors.slice(0, first));
  }

  private values({ variables }: Specialisation, { leaves }: Given): readonly Tensor[] {
    return variables.length === 0 ? leaves : [...leaves, ...variables.map((v) => v.snapshot())];
  }

  /** The arguments of a call like the last one, if they are tensors and nothing follows them: the shortest way. */
  private same(args: readonly unknown[]): readonly Tensor[] | null {
    const { last } = this;
    if (last === null || !last.plain || last.leaves.length !== args.length || tracing !== null) return null;
    const values = new Array<Tensor>(args.length);
    for (let i = 0; i < args.length; i++) {
      const arg = args[i];
      if (!(arg instanceof Tensor)) return null;
      const x = arg.snapshot();
      if (comesFromTransform(x) || !fitsLeaf(last.leaves[i], x, false)) return null;
      values[i] = x;
    }
    for (const variable of last.variables) values.push(variable.snapshot());
    return values;
  }

  call(args: readonly unknown[]): unknown {
    const same = this.same(args);
    if (same !== null) return this.finish(this.last!, same, this.last!.program.run(same));
    const given = this.given(args);
    if (tracing !== null || given.leaves.some(comesFromTransform)) return this.f(...args);
    const own = this.find(args, given);
    const values = this.values(own, given);
    return this.finish(own, values, own.program.run(values));
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
    const values = this.values(own, given);
    return this.finish(own, values, await own.program.runAsync(values, signal));
  }
}

/** Whether a transform or the tape stands behind an argument, so that the function has to be called itself. */
function comesFromTransform({ wrapper, node }: Tensor): boolean {
  if (wrapper !== null) return true;
  if (node === null) return false;
  return (node.levels & listening & ~VARIABLES) !== 0 || node.parents.length > 0;
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
 * `.async(...)` runs on the thread pool and gives a promise.
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
