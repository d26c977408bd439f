import { scalar } from "../convert.js";
import { atNextDepth, listening, VARIABLES } from "../core/levels.js";
import { tracingWith } from "../core/tracing.js";
import { flatten, sameStructure, type TreeDefinition, unflatten } from "../core/tree.js";
import { type ElementType, float64 } from "../dtype.js";
import { blaming } from "../program/blaming.js";
import { Program } from "../program/program.js";
import type { Result } from "../program/results.js";
import { type Shape, sameShape } from "../shape.js";
import { Tensor, withNode } from "../tensor.js";
import type { Variable } from "../variable.js";
import { CompileTrace, type Inspection } from "./compile_trace.js";
import { refusePromise } from "./reverse.js";

/** Arguments as a call brings them. */
export interface Given {
  readonly statics: readonly unknown[];
  readonly trees: readonly { readonly tree: TreeDefinition; readonly leaves: readonly Tensor[] }[];
  readonly leaves: readonly Tensor[];
  readonly weak: readonly boolean[];
}

/** Whether a transform or the tape stands behind an argument, so that the function has to be called itself. */
export function comesFromTransform({ wrapper, node }: Tensor): boolean {
  if (wrapper !== null) return true;
  if (node === null) return false;
  return (node.levels & listening & ~VARIABLES) !== 0 || node.parents.length > 0;
}

/** A leaf among the arguments, as far as a program depends on it. */
interface Signature {
  readonly element: ElementType;
  readonly shape: Shape;
  /** Null where the elements lie in row-major order. */
  readonly strides: Shape | null;
  readonly weak: boolean;
}

const fitsLeaf = ({ element, shape, strides, weak }: Signature, x: Tensor, isWeak: boolean): boolean =>
  element === x.element &&
  weak === isWeak &&
  (strides === null ? x.contiguous : !x.contiguous && sameShape(strides, x.strides)) &&
  sameShape(shape, x.shape);

/** A tensor that a run gives back: one of the program's results, a view of an argument, or what f closes over. */
type Output =
  | { readonly kind: "result"; readonly result: number }
  | { readonly kind: "input"; readonly like: Tensor; readonly input: number; readonly low: number }
  | { readonly kind: "constant"; readonly value: Tensor };

interface Assignment {
  readonly variable: Variable;
  /** Whether the variable may keep the value as it is: it is all that lies in memory of its own. */
  readonly adopted: boolean;
}

/** What a run gives whose arguments do not fit. */
export const UNFIT = Symbol("unfit");

/** The function, specialised: a program for arguments of one structure, with shapes, dtypes and layouts. */
export class Specialisation {
  readonly program: Program;
  private readonly statics: readonly unknown[];
  private readonly trees: readonly TreeDefinition[];
  private readonly leaves: readonly Signature[];
  private readonly variables: readonly Variable[];
  /** What f gives, then what is assigned to variables, then what is inspected. */
  private readonly outputs: readonly Output[];
  private readonly outputTree: TreeDefinition;
  private readonly assigned: readonly Assignment[];
  private readonly inspections: readonly Inspection[];
  /** All arguments are tensors or numbers by themselves. */
  private readonly plainArguments: boolean;
  /** A run's results, or the only one, are what f gives, and nothing else is to be done. */
  private readonly plainResults: boolean;

  /** Calls `f` with tensors that stand for the leaves; `rebuild` makes arguments of them. */
  constructor(
    f: (...args: unknown[]) => unknown,
    { statics, trees, leaves, weak }: Given,
    rebuild: (leaves: readonly Tensor[]) => unknown[],
  ) {
    const { trace, found, outputTree } = atNextDepth("compile", false, (level) => {
      const trace = new CompileTrace(level);
      const inputs = leaves.map((x, i) => trace.input(x, weak[i]));
      const result = tracingWith(trace, () => f(...rebuild(inputs)));
      refusePromise("compile", result);
      const found: Tensor[] = [];
      const outputTree = tracingWith(trace, () => flatten("compile", result, found));
      trace.end();
      return { trace, found: found.map((y) => trace.valueOf("compile", y)), outputTree };
    });
    const { recording, inputOf } = trace;
    const results: Result[] = [];
    const output = (value: Tensor, lasting = false): Output => {
      const storage = value.storage!;
      // By a handle of its own: who is given the other may dispose of it.
      if (!recording.planned.has(storage)) return { kind: "constant", value: withNode(value, null) };
      const input = inputOf.get(storage);
      if (input !== undefined) return { kind: "input", like: value, input, low: trace.inputs[input].low };
      return { kind: "result", result: results.push({ tensor: value, lasting }) - 1 };
    };
    const outputs = found.map((value) => output(value));
    const assigned: Assignment[] = [];
    for (const [variable, use] of trace.variables) {
      if (!use.assigned) continue;
      const value = trace.valueOf("compile", use.current);
      const fills =
        value.contiguous && recording.planned.get(value.storage!) === value.size * value.element.bytes;
      const own = output(value, fills);
      outputs.push(own);
      assigned.push({ variable, adopted: fills && own.kind === "result" });
    }
    for (const { tensors } of trace.inspections)
      for (const x of tensors) outputs.push(output(trace.valueOf("compile", x)));

    this.program = new Program(recording, trace.inputs, results);
    this.statics = statics;
    this.trees = trees.map(({ tree }) => tree);
    this.leaves = leaves.map(({ element, shape, strides, contiguous }, i) => ({
      element,
      shape,
      strides: contiguous ? null : strides,
      weak: weak[i],
    }));
    this.variables = [...trace.variables.keys()];
    this.outputs = outputs;
    this.outputTree = outputTree;
    this.assigned = assigned;
    this.inspections = trace.inspections;
    const isLeaf = ({ kind }: TreeDefinition): boolean => kind === "leaf";
    this.plainArguments = statics.length === 0 && this.trees.every(isLeaf);
    this.plainResults =
      outputs.length === found.length &&
      outputs.every(({ kind }) => kind === "result") &&
      (isLeaf(outputTree) || (outputTree.kind === "array" && outputTree.children.every(isLeaf)));
  }

  fits({ statics, trees, leaves, weak }: Given): boolean {
    if (this.leaves.length !== leaves.length || this.trees.length !== trees.length) return false;
    for (let i = 0; i < leaves.length; i++) if (!fitsLeaf(this.leaves[i], leaves[i], weak[i])) return false;
    for (let i = 0; i < trees.length; i++) if (!sameStructure(this.trees[i], trees[i].tree)) return false;
    for (let i = 0; i < statics.length; i++) if (!Object.is(this.statics[i], statics[i])) return false;
    return this.statics.length === statics.length;
  }

  /**
   * Runs, if arguments are nothing but tensors and numbers that fit: the shortest way. Numbers among the arguments are
   * replaced by tensors. Gives `UNFIT` where it does not go.
   */
  runPlain(args: unknown[]): unknown {
    const { leaves, variables, program } = this;
    if (!this.plainArguments || args.length !== leaves.length) return UNFIT;
    for (let i = 0; i < leaves.length; i++) {
      const arg = args[i];
      let x: Tensor;
      if (arg instanceof Tensor) {
        x = arg.snapshot();
        if (comesFromTransform(x) || !fitsLeaf(leaves[i], x, false)) return UNFIT;
      } else if (typeof arg === "number" && leaves[i].weak) {
        x = scalar(arg, float64);
        args[i] = x;
      } else return UNFIT;
      program.bindInput(i, x);
    }
    for (let i = 0; i < variables.length; i++)
      program.bindInput(leaves.length + i, variables[i].borrow("compile"));
    const results = program.runBound(args);
    const { outputTree } = this;
    if (this.plainResults) return outputTree.kind === "leaf" ? results[0] : results;
    return this.finish(this.values(args.map((x) => (x as Tensor).snapshot())), results);
  }

  /** The values of a run: the leaves of its arguments, then those of the variables. */
  values(leaves: readonly Tensor[]): readonly Tensor[] {
    const { variables } = this;
    return variables.length === 0
      ? leaves
      : [...leaves, ...variables.map((variable) => variable.borrow("compile"))];
  }

  /** What a run gives, once what it has inspected has been looked at and variables have their new values. */
  finish(values: readonly Tensor[], results: readonly Tensor[]): unknown {
    const { outputTree } = this;
    const tensors = this.outputs.map((output) => {
      if (output.kind === "result") return results[output.result];
      if (output.kind === "constant") return withNode(output.value, null);
      return viewOf(values[output.input], output.like, output.low);
    });
    const first = tensors.length - this.inspections.reduce((sum, { tensors: own }) => sum + own.length, 0);
    let next = first;
    for (const { look, tensors: looked, site } of this.inspections) {
      const shown = tensors.slice(next, next + looked.length);
      next += looked.length;
      blaming(site, () => look(shown));
    }
    const outputs = first - this.assigned.length;
    this.assigned.forEach(({ variable, adopted }, i) => {
      if (adopted) variable.adopt(tensors[outputs + i]);
      else variable.assign(tensors[outputs + i]);
    });
    return unflatten(outputTree, tensors.slice(0, outputs));
  }
}

/** A view of an argument, like one of the input that stood for it. */
function viewOf(
  x: Tensor,
  { element, shape, size, strides, offset, contiguous }: Tensor,
  low: number,
): Tensor {
  x.storage!.shared = true;
  return new Tensor(element, shape, size, strides, x.offset + low + offset, contiguous, x.storage);
}
