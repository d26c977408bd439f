import { lift } from "../convert.js";
import { backward, type Root } from "../core/backward.js";
import { Node } from "../core/graph.js";
import { atNextDepth, listening } from "../core/levels.js";
import type { MaybeTensor, Recordable } from "../core/primitive.js";
import { demand } from "../core/refusal.js";
import { flatten, type TreeDefinition, unflatten } from "../core/tree.js";
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

function track(operation: string, x: Tensor, level: number): Tensor {
  if (!x.element.floating)
    throw new DTypeError(
      operation,
      `cannot differentiate with respect to ${showOperand(x)}; cast it to float64 first`,
    );
  const outer = x.node !== null && (x.node.levels & listening) !== 0 ? x.node : null;
  const levels = (1 << level) | ((outer?.levels ?? 0) & listening);
  return withNode(x, new Node(levels, argument, null, [outer], [], x.shape, x.element));
}

/** A value for the caller: a handle of its own, off the tape unless somebody outside still listens to it. */
export const settled = (x: Tensor): Tensor =>
  withNode(x, x.node !== null && (x.node.levels & listening) !== 0 ? x.node : null);

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
  readonly arguments: readonly { readonly tree: TreeDefinition; readonly leaves: readonly Tensor[] }[];
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
  const leaves: Tensor[] = [];
  const leafNodes: Node[] = [];
  const { tracked, outputs, outputTree, aux } = atNextDepth(operation, true, (level) => {
    const tracked: Recorded["arguments"][number][] = [];
    const full = args.slice();
    for (const i of argnums) {
      const own: Tensor[] = [];
      const tree = flatten(operation, args[i], own);
      for (let k = 0; k < own.length; k++) {
        own[k] = track(operation, own[k], level);
        leaves.push(own[k]);
        leafNodes.push(own[k].node!);
      }
      tracked.push({ tree, leaves: own });
      full[i] = unflatten(tree, own);
    }
    const result = full.length === 1 ? f(full[0] as never) : f(...(full as never[]));
    refusePromise(operation, result);
    if (hasAux && !(Array.isArray(result) && result.length === 2))
      throw new GradientError(operation, "with hasAux the function must return [value, aux]");
    const [value, aux] = hasAux ? (result as [unknown, unknown]) : [result, undefined];
    const outputs: Tensor[] = [];
    const outputTree = flatten(operation, value, outputs);
    return { tracked, outputs, outputTree, aux };
  });
  const outputNodes = new Array<Node | null>(outputs.length);
  for (let k = 0; k < outputs.length; k++) {
    demand(outputs[k]);
    outputNodes[k] = outputs[k].node;
    outputs[k] = settled(outputs[k]);
  }
  return {
    outputs,
    outputTree,
    aux: settledTree(operation, aux),
    arguments: tracked,
    pull(cotangents) {
      const roots: Root[] = [];
      for (let k = 0; k < outputNodes.length; k++) {
        const node = outputNodes[k];
        if (node !== null) roots.push({ node, cotangent: cotangents[k] });
      }
      const found = backward(roots, leafNodes);
      const gradients = new Array<Tensor>(found.length);
      for (let i = 0; i < found.length; i++)
        gradients[i] = ended(found[i]) ?? zeros(leaves[i].shape, { dtype: leaves[i].dtype });
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
  const leaves: Tensor[] = [];
  const tree = flatten(operation, aux, leaves);
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
