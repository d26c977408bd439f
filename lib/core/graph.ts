import type { ElementType } from "../dtype.js";
import { type Shape, sameShape } from "../shape.js";
import { saved as revive, type Tensor } from "../tensor.js";
import type { AbstractValue, MaybeTensor, Primitive } from "./primitive.js";

let sequence = 0;

/**
 * What the tape knows of a value: the operation that made it and where its inputs came from. An operation with
 * several results has one node, and each result a node of its own whose only parent is the operation's; the
 * operation never points at its results, so that an unused one holds nothing.
 */
export class Node implements AbstractValue {
  /** Parents are older than their children: a walk ends at the oldest leaf. */
  readonly sequence = ++sequence;
  /** The walk that saw this node last, its place there, and the walk that it is a leaf of. Only `plan` uses these. */
  walk = 0;
  slot = -1;
  leafOf = 0;
  constructor(
    readonly levels: number,
    readonly primitive: Primitive,
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

const save = (x: Tensor): Tensor => {
  if (x.storage !== null) x.storage.shared = true;
  return x;
};

function select(mask: number, inputs: readonly Tensor[], outputs: readonly Tensor[]): readonly MaybeTensor[] {
  if (mask === 0) return NONE;
  const values = new Array<MaybeTensor>(inputs.length + outputs.length);
  for (let i = 0; i < values.length; i++) {
    const x = i < inputs.length ? inputs[i] : outputs[i - inputs.length];
    values[i] = (mask & (1 << i)) !== 0 ? save(x) : null;
  }
  return values;
}

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
  const untyped = primitive as Primitive;
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

/** The nodes between roots and leaves in topological order (parents first), and each parent's place in it. */
interface Plan {
  readonly order: readonly Node[];
  /** For every node of `order` in turn, a place per parent; -1 where no leaf lies behind it. */
  readonly places: readonly number[];
}

let walks = 0;

/**
 * Marks live on the nodes only while this function runs, and it runs no foreign code: a walk inside a rule, or a
 * rule that throws, cannot disturb another walk.
 */
function plan(roots: readonly Node[], leaves: readonly Node[]): Plan {
  const walk = ++walks;
  let oldest = Number.POSITIVE_INFINITY;
  for (const leaf of leaves) {
    leaf.leafOf = walk;
    oldest = Math.min(oldest, leaf.sequence);
  }
  const order: Node[] = [];
  const places: number[] = [];
  const stack: Node[] = [];
  const cursors: number[] = [];
  const enter = (node: Node): void => {
    if (node.walk === walk || node.sequence < oldest) return;
    node.walk = walk;
    node.slot = -1;
    stack.push(node);
    cursors.push(0);
  };
  for (const root of roots) {
    enter(root);
    while (stack.length > 0) {
      const top = stack.length - 1;
      const node = stack[top];
      const parent = cursors[top]++;
      if (parent < node.parents.length) {
        const next = node.parents[parent];
        if (next !== null) enter(next);
        continue;
      }
      stack.pop();
      cursors.pop();
      const start = places.length;
      let reached = node.leafOf === walk;
      for (const p of node.parents) {
        const place = p !== null && p.walk === walk ? p.slot : -1;
        places.push(place);
        if (place >= 0) reached = true;
      }
      if (reached) {
        node.slot = order.length;
        order.push(node);
      } else places.length = start;
    }
  }
  return { order, places };
}

/** Sums a cotangent over the axes that its input was broadcast along. */
function unbroadcast(g: Tensor, { shape }: AbstractValue): Tensor {
  if (sameShape(g.shape, shape)) return g;
  const lead = g.shape.length - shape.length;
  const axes: number[] = [];
  for (let axis = 0; axis < g.shape.length; axis++)
    if (axis < lead || (shape[axis - lead] === 1 && g.shape[axis] !== 1)) axes.push(axis);
  const summed = axes.length > 0 ? g.sum(axes, { keepDims: true }) : g;
  return lead > 0 ? summed.reshape(shape) : summed;
}

/** What the results of an operation with several leave at its place until its rule runs. */
interface Arrivals {
  readonly cotangents: MaybeTensor[];
  readonly values: MaybeTensor[];
}

class Walk {
  private readonly cotangents: MaybeTensor[];
  private readonly arrivals = new Map<number, Arrivals>();
  constructor(private readonly schedule: Plan) {
    this.cotangents = new Array<MaybeTensor>(schedule.order.length).fill(null);
  }

  accumulate(place: number, g: Tensor): void {
    const sum = this.cotangents[place];
    this.cotangents[place] = sum === null ? g : sum.add(g);
  }

  cotangentOf(place: number): MaybeTensor {
    return this.cotangents[place];
  }

  run(kept: ReadonlySet<number>): void {
    const { order, places } = this.schedule;
    let end = places.length;
    for (let place = order.length - 1; place >= 0; place--) {
      const node = order[place];
      const start = end - node.parents.length;
      const g = this.cotangents[place];
      if (node.output >= 0) {
        if (g !== null) this.arrive(node, g, places[start]);
      } else this.pull(node, place, g, start);
      if (!kept.has(place)) this.cotangents[place] = null;
      end = start;
    }
  }

  private arrive(node: Node, g: Tensor, operation: number): void {
    if (operation < 0) return;
    const { outputCount, savedForInput } = node.primitive;
    let arrived = this.arrivals.get(operation);
    if (arrived === undefined) {
      arrived = {
        cotangents: new Array<MaybeTensor>(outputCount).fill(null),
        values: new Array<MaybeTensor>(savedForInput.length + outputCount).fill(null),
      };
      this.arrivals.set(operation, arrived);
    }
    const sum = arrived.cotangents[node.output];
    arrived.cotangents[node.output] = sum === null ? g : sum.add(g);
    node.saved.forEach((x, i) => {
      if (x !== null) arrived.values[i] = revive(x);
    });
  }

  private pull(node: Node, place: number, g: MaybeTensor, start: number): void {
    const arrived = node.primitive.outputCount === 1 ? undefined : this.arrivals.get(place);
    if (g === null && arrived === undefined) return;
    const values = arrived?.values ?? new Array<MaybeTensor>(node.saved.length);
    for (let i = 0; i < node.saved.length; i++) {
      const x = node.saved[i];
      if (x !== null) values[i] = revive(x);
    }
    const { parents } = node;
    const { places } = this.schedule;
    let wanted = parents;
    for (let i = 0; i < parents.length; i++)
      if (parents[i] !== null && places[start + i] < 0) {
        wanted = parents.map((parent, k) => (places[start + k] < 0 ? null : parent));
        break;
      }
    const results = node.primitive.vjp(arrived?.cotangents ?? [g], values as Tensor[], wanted, node.params);
    for (let i = 0; i < parents.length; i++) {
      const parent = wanted[i];
      const result = results[i];
      if (parent !== null && result !== null && result !== undefined)
        this.accumulate(places[start + i], unbroadcast(result, parent));
    }
  }
}

/**
 * Reverse accumulation: the cotangent of every leaf, null where no root depends on it. Cotangents live in the walk,
 * never on the nodes, so that the graph can be walked again, from inside a rule as well.
 */
export function backward(
  roots: readonly { readonly node: Node; readonly cotangent: Tensor }[],
  leaves: readonly Node[],
): MaybeTensor[] {
  const schedule = plan(
    roots.map(({ node }) => node),
    leaves,
  );
  const planned = walks;
  const placeOf = (node: Node): number => (node.walk === planned ? node.slot : -1);
  const rootPlaces = roots.map(({ node }) => placeOf(node));
  const leafPlaces = leaves.map(placeOf);
  const walk = new Walk(schedule);
  roots.forEach(({ cotangent }, i) => {
    if (rootPlaces[i] >= 0) walk.accumulate(rootPlaces[i], cotangent);
  });
  walk.run(new Set(leafPlaces));
  return leafPlaces.map((place) => (place < 0 ? null : walk.cotangentOf(place)));
}
