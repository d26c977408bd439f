import { isTypedArray, lift } from "../convert.js";
import { ArgumentError, showValue } from "../errors.js";
import { isPlainObject } from "../options.js";
import { MAX_RANK } from "../shape.js";
import { Tensor, type TensorLike } from "../tensor.js";

/** The base of results with several named tensors: they read by name, destructure as an array, and are trees. */
export abstract class NamedTensors implements Iterable<Tensor> {
  static readonly fields: readonly string[];
  *[Symbol.iterator](): IterableIterator<Tensor> {
    for (const field of (this.constructor as typeof NamedTensors).fields)
      yield (this as unknown as Record<string, Tensor>)[field];
  }
}

/** The structure of a tree, without its leaves. */
export type TreeDefinition =
  | { readonly kind: "leaf" }
  | { readonly kind: "constant"; readonly value: unknown }
  | { readonly kind: "array"; readonly children: readonly TreeDefinition[] }
  | {
      readonly kind: "object";
      readonly keys: readonly string[];
      readonly children: readonly TreeDefinition[];
    }
  | {
      readonly kind: "named";
      readonly make: new (...fields: never[]) => NamedTensors;
      readonly children: readonly TreeDefinition[];
    };

/** An array of nothing but numbers or booleans, nested or not, is one tensor. */
function isNumeric(value: readonly unknown[], depth = 0): boolean {
  return value.every((entry) =>
    Array.isArray(entry)
      ? depth < MAX_RANK && isNumeric(entry, depth + 1)
      : typeof entry === "number" || typeof entry === "boolean",
  );
}

const MAX_DEPTH = 100;
const LEAF: TreeDefinition = { kind: "leaf" };

/** Takes a tree apart: leaves are appended in order, the definition puts them together again. */
export function flatten(
  operation: string,
  tree: unknown,
  leaves: Tensor[],
  asLeaf = lift,
  depth = 0,
): TreeDefinition {
  if (depth > MAX_DEPTH)
    throw new ArgumentError(operation, `a tree more than ${MAX_DEPTH} deep, or one that holds itself`);
  if (tree instanceof Tensor || typeof tree === "number" || isTypedArray(tree)) {
    leaves.push(asLeaf(operation, tree as TensorLike));
    return LEAF;
  }
  if (tree === null || typeof tree !== "object") return constant(operation, tree);
  if (Array.isArray(tree)) {
    if (tree.length > 0 && isNumeric(tree)) {
      leaves.push(asLeaf(operation, tree as TensorLike));
      return LEAF;
    }
    return {
      kind: "array",
      children: tree.map((child) => flatten(operation, child, leaves, asLeaf, depth + 1)),
    };
  }
  if (tree instanceof NamedTensors) {
    const make = tree.constructor as typeof NamedTensors & (new (...fields: never[]) => NamedTensors);
    return {
      kind: "named",
      make,
      children: [...tree].map((child) => flatten(operation, child, leaves, asLeaf, depth + 1)),
    };
  }
  if (!isPlainObject(tree))
    throw new ArgumentError(
      operation,
      `${showValue(tree)} is no tree of tensors: use plain objects, arrays, tensors and numbers`,
    );
  const keys = Object.keys(tree);
  return {
    kind: "object",
    keys,
    children: keys.map((key) => flatten(operation, tree[key], leaves, asLeaf, depth + 1)),
  };
}

/** A tree taken apart. */
export interface Parts {
  readonly tree: TreeDefinition;
  readonly leaves: Tensor[];
}

export function partsOf(operation: string, tree: unknown): Parts {
  // Most trees are one tensor, and an array that grows takes room for many.
  if (tree instanceof Tensor) return { tree: LEAF, leaves: [lift(operation, tree)] };
  const leaves: Tensor[] = [];
  return { tree: flatten(operation, tree, leaves), leaves };
}

function constant(operation: string, value: unknown): TreeDefinition {
  if (typeof value === "function" || typeof value === "symbol" || typeof value === "bigint")
    throw new ArgumentError(operation, `${showValue(value)} is no tree of tensors`);
  return { kind: "constant", value };
}

const isLeaf = ({ kind }: TreeDefinition): boolean => kind === "leaf";

/** Puts a tree together from its definition and leaves of any kind. */
export function unflatten<L>(definition: TreeDefinition, leaves: readonly L[]): unknown {
  if (definition.kind === "leaf") return leaves[0];
  if (definition.kind === "array" && definition.children.every(isLeaf))
    return leaves.slice(0, definition.children.length);
  let next = 0;
  const build = (node: TreeDefinition): unknown => {
    switch (node.kind) {
      case "leaf":
        return leaves[next++];
      case "constant":
        return node.value;
      case "array":
        return node.children.map(build);
      case "object":
        return Object.fromEntries(node.keys.map((key, i) => [key, build(node.children[i])]));
      case "named":
        return new node.make(...(node.children.map(build) as never[]));
    }
  };
  return build(definition);
}

/** The leaves of a tree that must have a given structure. */
export function leavesLike(operation: string, definition: TreeDefinition, tree: unknown): Tensor[] {
  const leaves: Tensor[] = [];
  const given = flatten(operation, tree, leaves);
  if (!sameTree(definition, given))
    throw new ArgumentError(
      operation,
      `expected a tree like ${showTree(definition)}, got ${showTree(given)}`,
    );
  return leaves;
}

function sameTree(a: TreeDefinition, b: TreeDefinition): boolean {
  if (a.kind === "leaf" || b.kind === "leaf" || a.kind === "constant" || b.kind === "constant")
    return a.kind === b.kind;
  const keysAgree = a.kind !== "object" || (b.kind === "object" && a.keys.join("\0") === b.keys.join("\0"));
  return (
    a.kind === b.kind &&
    keysAgree &&
    a.children.length === b.children.length &&
    a.children.every((child, i) => sameTree(child, b.children[i]))
  );
}

/** Whether two trees agree in everything but the values of their leaves. */
export function sameStructure(a: TreeDefinition, b: TreeDefinition): boolean {
  if (a === b) return true;
  if (a.kind === "constant" || b.kind === "constant")
    return a.kind === "constant" && b.kind === "constant" && Object.is(a.value, b.value);
  if (a.kind === "leaf" || b.kind === "leaf" || !sameTree(a, b)) return false;
  return a.children.every((child, i) => sameStructure(child, b.children[i]));
}

function showTree(definition: TreeDefinition): string {
  switch (definition.kind) {
    case "leaf":
      return "*";
    case "constant":
      return showValue(definition.value);
    case "object":
      return `{ ${definition.keys.map((key, i) => `${key}: ${showTree(definition.children[i])}`).join(", ")} }`;
    default:
      return `[${definition.children.map(showTree).join(", ")}]`;
  }
}

/** Splits leaves, in order, among several trees, and builds each. */
export function unflattenAll<L>(
  trees: readonly { readonly tree: TreeDefinition; readonly leaves: readonly unknown[] }[],
  leaves: readonly L[],
): unknown[] {
  let next = 0;
  return trees.map(({ tree, leaves: own }) => {
    const start = next;
    next += own.length;
    return unflatten(tree, leaves.slice(start, next));
  });
}
