import { bind } from "../core/bind.js";
import { atNextDepth } from "../core/levels.js";
import type { Primitive } from "../core/primitive.js";
import { isRefusal, refusedLike } from "../core/refusal.js";
import { flatten, type TreeDefinition, unflatten } from "../core/tree.js";
import type { LiftedArguments } from "../core/tree_types.js";
import type { Trace, Wrapper } from "../core/wrapper.js";
import { ArgumentError, GradientError, ShapeError, showValue } from "../errors.js";
import { checkFunction, checkOptions } from "../options.js";
import { normalizeAxis, type Shape, shapeOf, showOperand, withFirst, withoutFirst } from "../shape.js";
import { ownHandle, type Tensor, wrap } from "../tensor.js";
import { refusePromise } from "./reverse.js";
import type { OfTensorFirst, OfTensors, OfTrees, ParametersOf, ResultOf } from "./signatures.js";

/** An axis to map, null for none, or a tree of them like the argument (or result). */
export type MappedAxes = number | null | readonly MappedAxes[] | { readonly [key: string]: MappedAxes };

export interface VmapOptions {
  /** For all arguments, or an array with an entry for each. 0 by default. */
  inAxes?: MappedAxes;
  /** Where the mapped axis stands in the results. 0 by default. */
  outAxes?: MappedAxes;
}

/** A tensor with the mapped axis in front of the one that the function sees. */
class Mapped implements Wrapper {
  constructor(
    readonly trace: BatchTrace,
    readonly mapped: Tensor,
  ) {}
  concrete(operation: string): never {
    throw new ArgumentError(
      operation,
      "inside vmap a tensor stands for all elements of the mapped axis, so that its values cannot be read; where(condition, x, y) chooses by value",
    );
  }
  describe(): string {
    return `one of ${this.trace.size}`;
  }
}

/** How many bytes of intermediate results one call keeps for the sake of their memory: the collector ends the rest. */
const KEPT_BYTES = 32 * 2 ** 20;

/** One call of a mapped function: every operation runs once, on all elements of the mapped axis. */
class BatchTrace implements Trace {
  ended = false;
  /** Large results that only this call can hold. */
  private readonly intermediate: Tensor[] = [];
  private keptBytes = 0;
  constructor(
    readonly depth: number,
    readonly size: number,
  ) {}

  /** Whatever was mapped has ended: what nobody holds otherwise, as its storage says, gives its memory back. */
  end(): void {
    this.ended = true;
    for (const x of this.intermediate) if (x.storage?.shared === false) x.dispose();
  }

  /** What a kernel has made stands behind a wrapper, which refuses to be used once the call has ended. */
  private note(x: Tensor): void {
    if (x.storage?.shared !== false || x.wrapper !== null || x.node !== null) return;
    this.keptBytes += x.storage.extent;
    if (this.keptBytes <= KEPT_BYTES) this.intermediate.push(x);
  }

  mapped(value: Tensor): Tensor {
    return wrap(withoutFirst(value.shape), value.element, new Mapped(this, value));
  }

  /** The tensor with the mapped axis; null for what this trace does not map. */
  valueOf({ wrapper }: Tensor): Tensor | null {
    return wrapper instanceof Mapped && wrapper.trace === this ? wrapper.mapped : null;
  }

  process<P>(primitive: Primitive<P>, inputs: readonly Tensor[], params: P): readonly Tensor[] {
    if (this.ended)
      throw new GradientError(
        primitive.name,
        "a value of vmap was used after the transform had ended; return it instead",
      );
    const values = new Array<Tensor>(inputs.length);
    const batched = new Array<boolean>(inputs.length);
    for (let i = 0; i < inputs.length; i++) {
      const value = this.valueOf(inputs[i]);
      values[i] = value ?? inputs[i];
      batched[i] = value !== null;
    }
    const outputs = primitive.batch((xs, p) => bind(primitive, xs, p), values, params, batched, this.size);
    const results = new Array<Tensor>(outputs.length);
    for (let k = 0; k < outputs.length; k++) {
      if (primitive.composite !== true) this.note(outputs[k]);
      results[k] = this.mapped(outputs[k]);
    }
    return results;
  }
}

/** The axes for the leaves of a tree, from one axis for all of them or a tree of axes. */
function axesFor(name: string, axes: MappedAxes, tree: TreeDefinition): (number | null)[] {
  const found: (number | null)[] = [];
  const visit = (node: TreeDefinition, axis: MappedAxes | undefined): void => {
    if (node.kind === "constant") return;
    if (node.kind === "leaf") {
      if (axis !== null && typeof axis !== "number")
        throw new ArgumentError("vmap", `${name} has ${showValue(axis)} where an axis or null is expected`);
      found.push(axis);
      return;
    }
    node.children.forEach((child, i) => {
      if (axis === null || typeof axis !== "object") visit(child, axis);
      else if (Array.isArray(axis)) visit(child, axis[i]);
      else if (node.kind === "object") visit(child, (axis as Record<string, MappedAxes>)[node.keys[i]]);
      else throw new ArgumentError("vmap", `${name} does not have the structure of the tree`);
    });
  };
  visit(tree, axes);
  return found;
}

interface Argument {
  readonly tree: TreeDefinition;
  readonly leaves: readonly Tensor[];
  readonly axes: readonly (number | null)[];
}

function checkedArguments(args: readonly unknown[], inAxes: MappedAxes): Argument[] {
  if (Array.isArray(inAxes) && inAxes.length !== args.length)
    throw new ArgumentError("vmap", `inAxes has ${inAxes.length} entries for ${args.length} arguments`);
  return args.map((arg, i) => {
    const own: MappedAxes = Array.isArray(inAxes) ? inAxes[i] : inAxes;
    const leaves: Tensor[] = [];
    const tree = flatten("vmap", arg, leaves);
    const axes = axesFor("inAxes", own, tree).map((axis, k) =>
      axis === null ? null : normalizeAxis("vmap", axis, leaves[k].ndim),
    );
    return { tree, leaves, axes };
  });
}

function mappedSize(args: readonly Argument[]): number {
  let size: number | null = null;
  for (const { leaves, axes } of args)
    leaves.forEach((x, k) => {
      const axis = axes[k];
      if (axis === null) return;
      size ??= x.shape[axis];
      if (x.shape[axis] !== size)
        throw new ShapeError(
          "vmap",
          `mapped axes differ: ${size}, and ${x.shape[axis]} of ${showOperand(x)}`,
        );
    });
  if (size === null) throw new ArgumentError("vmap", "inAxes maps no axis of any argument");
  return size;
}

/**
 * A function mapped over an axis of its arguments: f sees one element, every operation in it runs once for all, by
 * batched kernels. Arguments and results may be trees.
 * @throws ShapeError where mapped axes differ in extent
 * @example vmap((a, b) => a.matmul(b))([[[1, 0], [0, 1]]], [[5, 6]]) // [[5, 6]]
 */
export function vmap<F extends OfTensors<unknown>>(
  f: F,
  options?: VmapOptions,
): (...args: LiftedArguments<ParametersOf<F>>) => ResultOf<F>;
export function vmap<F extends OfTensorFirst<unknown>>(
  f: F,
  options?: VmapOptions,
): (...args: LiftedArguments<ParametersOf<F>>) => ResultOf<F>;
export function vmap<F extends OfTrees<unknown>>(
  f: F,
  options?: VmapOptions,
): (...args: LiftedArguments<ParametersOf<F>>) => ResultOf<F>;
export function vmap(
  f: (...args: never[]) => unknown,
  options: VmapOptions = {},
): (...args: never[]) => unknown {
  checkFunction("vmap", f);
  checkOptions("vmap", options, ["inAxes", "outAxes"]);
  const { inAxes = 0, outAxes = 0 } = options;
  return (...args) => {
    const given = checkedArguments(args, inAxes);
    const size = mappedSize(given);
    return withTrace(size, (trace) => {
      const inner = given.map(({ tree, leaves, axes }) =>
        unflatten(
          tree,
          leaves.map((x, k) => {
            const axis = axes[k];
            if (axis === null) return ownHandle(x);
            return trace.mapped(axis === 0 ? ownHandle(x) : x.moveAxis(axis, 0));
          }),
        ),
      );
      const result = f(...(inner as never[]));
      refusePromise("vmap", result);
      return collect(trace, result, outAxes);
    });
  };
}

function withTrace<T>(size: number, body: (trace: BatchTrace) => T): T {
  return atNextDepth("vmap", false, (depth) => {
    const trace = new BatchTrace(depth, size);
    try {
      return body(trace);
    } finally {
      trace.end();
    }
  });
}

/** `vmap` of a function from one tensor to several, over first axes, where there is nothing to check. */
export const mapFirstAxis = (f: (x: Tensor) => readonly Tensor[], x: Tensor): Tensor[] =>
  withTrace(x.shape[0], (trace) => f(trace.mapped(x)).map((y) => collected(trace, y, 0)));

const withAxis = (shape: Shape, axis: number, size: number): Shape => {
  const at = normalizeAxis("vmap", axis, shape.length + 1);
  return shapeOf([...shape.slice(0, at), size, ...shape.slice(at)]);
};

/** A result with the mapped axis in its place. */
function collected(trace: BatchTrace, y: Tensor, axis: number | null): Tensor {
  const value = trace.valueOf(y);
  if (axis === null) {
    if (value === null) return ownHandle(y);
    throw new ArgumentError("vmap", "outAxes is null for a result that depends on the mapped axis");
  }
  if (isRefusal(y)) return refusedLike(y, { shape: withAxis(y.shape, axis, trace.size), element: y.element });
  const full = value ?? y.broadcastTo(withFirst(trace.size, y.shape));
  return axis === 0 ? ownHandle(full) : full.moveAxis(0, normalizeAxis("vmap", axis, full.ndim));
}

function collect(trace: BatchTrace, result: unknown, outAxes: MappedAxes): unknown {
  const leaves: Tensor[] = [];
  const tree = flatten("vmap", result, leaves);
  const axes = axesFor("outAxes", outAxes, tree);
  return unflatten(
    tree,
    leaves.map((y, k) => collected(trace, y, axes[k])),
  );
}
