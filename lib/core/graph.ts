import type { ElementType } from "../dtype.js";
import type { Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { listening } from "./levels.js";
import type { AbstractValue, MaybeTensor, Primitive, Recordable } from "./primitive.js";

let sequence = 0;

/**
 * What the tape knows of a value: the operation that made it and where its inputs came from. An operation with
 * several results has one node, and each result a node of its own whose only parent is the operation's; the
 * operation never points at its results, so that an unused one holds nothing.
 */
export class Node implements AbstractValue {
  /** Parents are older than their children: a walk ends at the oldest leaf. */
  readonly sequence = ++sequence;
  /** What the walk that has come by here knows of this node: `backward`'s. */
  walk = 0;
  slot = -1;
  constructor(
    readonly levels: number,
    readonly primitive: Recordable,
    readonly params: unknown,
    readonly parents: readonly (Node | null)[],
    readonly saved: readonly MaybeTensor[],
    readonly shape: Shape,
    readonly element: ElementType,
    /** For a result of an operation with several: which one. Else -1. */
    readonly output = -1,
  ) {}
}

const NONE: readonly never[] = [];

function savedIf(bit: number, x: Tensor): MaybeTensor {
  if (bit === 0) return null;
  if (x.storage !== null) x.storage.shared = true;
  return x;
}

function select(mask: number, inputs: readonly Tensor[], outputs: readonly Tensor[]): readonly MaybeTensor[] {
  if (mask === 0) return NONE;
  const values = new Array<MaybeTensor>(inputs.length + outputs.length);
  for (let i = 0; i < values.length; i++) {
    const x = i < inputs.length ? inputs[i] : outputs[i - inputs.length];
    values[i] = savedIf(mask & (1 << i), x);
  }
  return values;
}

/** A node that somebody listens to, else null. */
export const listenedTo = (node: Node | null): Node | null =>
  node !== null && (node.levels & listening) !== 0 ? node : null;

export const levelsOf = (node: Node | null): number => (node === null ? 0 : node.levels);

/** Hangs a node on each result if an input has a node that one of the levels in `mask` listens to. */
export function record<P>(
  primitive: Primitive<P>,
  inputs: readonly Tensor[],
  outputs: readonly Tensor[],
  params: P,
  mask: number,
): void {
  let levels = 0;
  for (let i = 0; i < inputs.length; i++) {
    const { node } = inputs[i];
    if (node !== null) levels |= node.levels;
  }
  levels &= mask;
  if (levels === 0 || primitive.refused !== null) return;
  const parents = new Array<Node | null>(inputs.length);
  let needed = outputs.length === 1 ? primitive.savedForOutput[0] : 0;
  for (let i = 0; i < inputs.length; i++) {
    const { node } = inputs[i];
    const listens = node !== null && (node.levels & levels) !== 0;
    parents[i] = listens ? node : null;
    if (listens) needed |= primitive.savedForInput[i] ?? 0;
  }
  const saved = select(needed, inputs, outputs);
  const untyped = primitive as Recordable;
  if (outputs.length === 1) {
    const [y] = outputs;
    if (y.element.floating) y.node = new Node(levels, untyped, params, parents, saved, y.shape, y.element);
    return;
  }
  const { shape, element } = outputs[0];
  const operation = new Node(levels, untyped, params, parents, saved, shape, element);
  outputs.forEach((y, k) => {
    if (!y.element.floating) return;
    const own = select(primitive.savedForOutput[k], inputs, outputs);
    y.node = new Node(levels, untyped, params, [operation], own, y.shape, y.element, k);
  });
}

function savedOfBinary(
  masks: readonly number[],
  parents: readonly (Node | null)[],
  x: Tensor,
  y: Tensor,
  z: Tensor,
): readonly MaybeTensor[] {
  const mask = (parents[0] !== null ? masks[0] : 0) | (parents[1] !== null ? masks[1] : 0);
  return mask === 0 ? NONE : [savedIf(mask & 1, x), savedIf(mask & 2, y), savedIf(mask & 4, z)];
}

// `record` for operations with one floating result that save nothing for its sake: without arrays on the way.

export function recordUnary(primitive: Primitive<null>, x: Tensor, y: Tensor): void {
  const node = listenedTo(x.node);
  if (node === null || primitive.refused !== null) return;
  const mask = primitive.savedForInput[0];
  const saved = mask === 0 ? NONE : [savedIf(mask & 1, x), savedIf(mask & 2, y)];
  y.node = new Node(
    node.levels & listening,
    primitive as Recordable,
    null,
    [node],
    saved,
    y.shape,
    y.element,
  );
}

export function recordBinary(primitive: Primitive<null>, x: Tensor, y: Tensor, z: Tensor): void {
  const parents = [listenedTo(x.node), listenedTo(y.node)];
  const levels = levelsOf(parents[0]) | levelsOf(parents[1]);
  if (levels === 0 || primitive.refused !== null) return;
  const saved = savedOfBinary(primitive.savedForInput, parents, x, y, z);
  z.node = new Node(levels & listening, primitive as Recordable, null, parents, saved, z.shape, z.element);
}
