import { lift } from "../convert.js";
import { backward } from "../core/backward.js";
import { levelsOf, listenedTo, Node } from "../core/graph.js";
import { currentDepth, enterDepth, leaveDepth, listening } from "../core/levels.js";
import type { MaybeTensor, Recordable } from "../core/primitive.js";
import { demand } from "../core/refusal.js";
import { type Parts, partsOf, type TreeDefinition, unflatten } from "../core/tree.js";
import { unit } from "../core/unit.js";
import { DTypeError, GradientError } from "../errors.js";
import { ones, zeros } from "../ops/creation.js";
import { showOperand } from "../shape.js";
import { type Tensor, withNode } from "../tensor.js";

/** The argument of a function that is being differentiated: to the levels outside it is the value itself. */
const argument: Recordable = {
  name: "argument",
  outputCount: 1,
  savedForInput: [0],
  vjp: ([g]) => [g],
  partials: [["", (t) => t]],
};

const NONE: readonly never[] = [];

function argumentNode(operation: string, x: Tensor, level: number): Node {
  if (!x.element.floating)
    throw new DTypeError(
      operation,
      `cannot differentiate with respect to ${showOperand(x)}; cast it to float64 first`,
    );
  const outer = listenedTo(x.node);
  const levels = (1 << level) | (levelsOf(outer) & listening);
  return new Node(levels, argument, null, [outer], NONE, x.shape, x.element);
}

/** A value for the caller: a handle of its own, off the tape unless somebody outside still listens to it. */
export const settled = (x: Tensor): Tensor => withNode(x, listenedTo(x.node));

/** The same for what a walk gives, which is a handle of its own already. */
export const ended = (g: MaybeTensor): MaybeTensor => (g === null || g.node === null ? g : settled(g));

/** A function's call at a level of its own, ready to be walked back from its outputs to its arguments. */
export interface Recorded {
  /** Output leaves, settled: what the caller may see. */
  readonly outputs: readonly Tensor[];
  readonly outputTree: TreeDefinition;
  /** The second of two results with `hasAux`, else undefined. */
  readonly aux: unknown;
  /** Per differentiated argument: its structure and its leaves. */
  readonly arguments: readonly Parts[];
  /** Cotangents of the argument leaves, in order, for one cotangent per output leaf. */
  pull(cotangents: readonly Tensor[]): Tensor[];
}

/** Calls `f` with the arguments at `argnums` tracked. */
export function recordCall(
  operation: string,
  f: (...args: never[]) => unknown,
  args: readonly unknown[],
  argnums: readonly number[],
  hasAux = false,
): Recorded {
  // A scalar function's gradient takes a microsecond or two: loops, where each map would be a part of it.
  const tracked = new Array<Parts>(argnums.length);
  let leafNodes: Node[] = [];
  let result: Parts;
  let aux: unknown;
  const outer = enterDepth(operation, true);
  try {
    const level = currentDepth();
    const full = args.slice();
    for (let n = 0; n < argnums.length; n++) {
      const parts = partsOf(operation, args[argnums[n]]);
      const { tree, leaves } = parts;
      const nodes = new Array<Node>(leaves.length);
      for (let k = 0; k < leaves.length; k++) {
        nodes[k] = argumentNode(operation, leaves[k], level);
        leaves[k] = withNode(leaves[k], nodes[k]);
      }
      leafNodes = n === 0 ? nodes : leafNodes.concat(nodes);
      tracked[n] = parts;
      full[argnums[n]] = unflatten(tree, leaves);
    }
    let value = full.length === 1 ? f(full[0] as never) : f(...(full as never[]));
    refusePromise(operation, value);
    if (hasAux) {
      if (!(Array.isArray(value) && value.length === 2))
        throw new GradientError(operation, "with hasAux the function must return [value, aux]");
      [value, aux] = value;
    }
    result = partsOf(operation, value);
  } finally {
    leaveDepth(outer);
  }
  const outputs = result.leaves;
  const outputNodes = new Array<Node | null>(outputs.length);
  for (let k = 0; k < outputs.length; k++) {
    demand(outputs[k]);
    outputNodes[k] = outputs[k].node;
    outputs[k] = settled(outputs[k]);
  }
  return {
    outputs,
    outputTree: result.tree,
    aux: settledTree(operation, aux),
    arguments: tracked,
    pull(cotangents) {
      const found = backward(outputNodes, cotangents, leafNodes);
      const gradients = new Array<Tensor>(found.length);
      for (let i = 0; i < found.length; i++) {
        const { shape, element } = leafNodes[i];
        gradients[i] = ended(found[i]) ?? zeros(shape, { dtype: element.name });
      }
      return gradients;
    },
  };
}

export function refusePromise(operation: string, result: unknown): void {
  if (typeof (result as { then?: unknown } | null)?.then === "function")
    throw new GradientError(
      operation,
      "the function returned a promise; derivatives need a synchronous function",
    );
}

/** An auxiliary result with its tensors off the tape. Other values pass as they are. */
function settledTree(operation: string, aux: unknown): unknown {
  if (aux === undefined) return undefined;
  const { tree, leaves } = partsOf(operation, aux);
  return unflatten(tree, leaves.map(settled));
}

/** The cotangent of a sum: ones in the shape of y. */
export const seed = (y: Tensor): Tensor =>
  y.ndim === 0 ? unit(y.element) : ones(y.shape, { dtype: y.dtype });

/** A cotangent a user gave, checked against the output it belongs to. */
export function checkedCotangent(operation: string, y: Tensor, cotangent: unknown): Tensor {
  const g = lift(operation, cotangent as Tensor);
  if (g.ndim !== y.ndim || g.shape.some((n, axis) => n !== y.shape[axis]))
    throw new GradientError(
      operation,
      `expected a cotangent like the output ${showOperand(y)}, got ${showOperand(g)}`,
    );
  return g.element === y.element ? g : g.cast(y.dtype);
}
