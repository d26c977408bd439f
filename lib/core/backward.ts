import { closeScope, note, openScope, scope } from "../scope.js";
import { sameShape } from "../shape.js";
import { largeAllocations } from "../storage.js";
import { isDisposed, ownHandle, saved as revive, type Tensor } from "../tensor.js";
import type { Node } from "./graph.js";
import { currentDepth } from "./levels.js";
import type { AbstractValue, MaybeTensor } from "./primitive.js";

// What a walk knows of a node stands on the node. `walk` says whose mark it is, negative while the node is only known
// for a leaf. `slot` is twice the node's place in the walk's order, and one more for a leaf; where it has no place, twice
// −1 less the number of parents that have been looked at.

const UNPLACED = -2;
const LEAF = 1;

/** The place of a node in a walk, negative where no leaf lies behind it. */
const placeIn = (walk: number, node: Node | null): number =>
  node !== null && node.walk === walk ? node.slot >> 1 : -1;

let walks = 0;
/** How many walks are under way, one inside a rule of another. */
let running = 0;

/** What the walks around one knew of the nodes that it marks. */
interface Marks {
  readonly nodes: Node[];
  readonly walks: number[];
  readonly slots: number[];
}

function save({ nodes, walks, slots }: Marks, node: Node): void {
  nodes.push(node);
  walks.push(node.walk);
  slots.push(node.slot);
}

function restore({ nodes, walks, slots }: Marks): void {
  for (let i = nodes.length - 1; i >= 0; i--) {
    nodes[i].walk = walks[i];
    nodes[i].slot = slots[i];
  }
}

function enter(node: Node, walk: number, outer: Marks | null): void {
  if (outer !== null) save(outer, node);
  node.slot = node.walk === -walk ? UNPLACED | LEAF : UNPLACED;
  node.walk = walk;
}

/** The nodes between roots and leaves, parents first. Depth first, without recursion. */
function plan(
  roots: readonly (Node | null)[],
  leaves: readonly Node[],
  walk: number,
  outer: Marks | null,
): readonly Node[] {
  let oldest = Number.POSITIVE_INFINITY;
  for (const leaf of leaves) {
    if (outer !== null) save(outer, leaf);
    leaf.walk = -walk;
    if (leaf.sequence < oldest) oldest = leaf.sequence;
  }
  const isNew = (node: Node | null): boolean =>
    node !== null && node.walk !== walk && node.sequence >= oldest;
  const nextNew = ({ parents }: Node, from: number): number => {
    let next = from;
    while (next < parents.length && !isNew(parents[next])) next++;
    return next;
  };
  const order: Node[] = [];
  /** The way from the root to the parent of the node that is looked at. */
  const path: Node[] = [];
  for (const root of roots) {
    if (!isNew(root)) continue;
    enter(root!, walk, outer);
    for (let node: Node | undefined = root!; node !== undefined; node = path.pop()) {
      let next = nextNew(node, -1 - (node.slot >> 1));
      while (next < node.parents.length) {
        node.slot = (node.slot & LEAF) - 2 * (next + 2);
        path.push(node);
        node = node.parents[next]!;
        enter(node, walk, outer);
        next = nextNew(node, 0);
      }
      if ((node.slot & LEAF) !== 0 || node.parents.some((parent) => placeIn(walk, parent) >= 0)) {
        node.slot = (node.slot & LEAF) + 2 * order.length;
        order.push(node);
      }
    }
  }
  return order;
}

/** Sums a cotangent over the axes that its input was broadcast along. */
function unbroadcast(g: Tensor, { shape }: AbstractValue): Tensor {
  if (sameShape(g.shape, shape)) return g;
  const lead = g.shape.length - shape.length;
  const axes: number[] = [];
  for (let axis = 0; axis < g.shape.length; axis++)
    if (axis < lead || (shape[axis - lead] === 1 && g.shape[axis] !== 1)) axes.push(axis);
  // Mostly the axes in front are all of them.
  if (lead > 0 && axes.length === lead) return g.sum(axes);
  const summed = axes.length > 0 ? g.sum(axes, { keepDims: true }) : g;
  return lead > 0 ? summed.reshape(shape) : summed;
}

/** What the results of an operation with several leave at its place until its rule runs. */
interface Arrivals {
  readonly cotangents: MaybeTensor[];
  readonly values: MaybeTensor[];
}

const conjugated = (g: Tensor): Tensor => (g.element.complex ? g.conj() : g);

/** Saved values as they were when they were saved. */
function values(saved: readonly MaybeTensor[]): readonly MaybeTensor[] {
  for (let i = 0; i < saved.length; i++) {
    const x = saved[i];
    if (x !== null && isDisposed(x)) return saved.map((y) => y && revive(y));
  }
  return saved;
}

/**
 * The large tensors that rules make: their memory serves the next rule as soon as no place of the walk holds them.
 * What a view, the tape or a user's rule holds as well is marked so on its storage, and stays.
 */
class Temporaries {
  /** How many places hold each of them; what none holds is not in it. */
  private readonly holders = new Map<Tensor, number>();
  constructor(private readonly made: Tensor[]) {}

  /** A place has `g` now. */
  hold(g: Tensor): void {
    const count = this.holders.get(g);
    if (count !== undefined) this.holders.set(g, count + 1);
    else if (this.made.includes(g)) this.holders.set(g, 1);
  }

  /** A place has it no more. */
  release(g: Tensor): void {
    const count = this.holders.get(g);
    if (count === undefined) return;
    if (count > 1) this.holders.set(g, count - 1);
    else {
      this.holders.delete(g);
      end(g);
    }
  }

  /** Ends what a rule has made and no place holds. */
  sweep(): void {
    for (const x of this.made) if (!this.holders.has(x)) end(x);
    this.made.length = 0;
  }

  /** Gives g away if only one place holds it: true then, once. */
  yield(g: Tensor): boolean {
    return this.holders.get(g) === 1 && this.holders.delete(g);
  }
}

function end(x: Tensor): void {
  if (x.storage !== null && !x.storage.shared) x.dispose();
}

const NOTHING: Tensor[] = [];

/** `largeAllocations` when the last walk began. */
let allocationsBefore = 0;

/** What is carried along a plan: cotangents live here, by place. */
class Walk {
  private readonly cotangents: MaybeTensor[];
  private arrivals: Map<number, Arrivals> | null = null;
  private made: Tensor[] = NOTHING;
  /** Null as long as all that is made is small, as it mostly is: nothing is spent on it then. */
  private temporaries: Temporaries | null = null;
  constructor(
    private readonly order: readonly Node[],
    private readonly mark: number,
  ) {
    this.cotangents = new Array<MaybeTensor>(order.length);
    for (let place = 0; place < this.cotangents.length; place++) this.cotangents[place] = null;
  }

  /** Adds to the cotangent that a root begins with. */
  start(place: number, g: Tensor): void {
    this.cotangents[place] = this.sum(this.cotangents[place], g);
  }

  run(): void {
    // Inside another transform tensors stand for others, which it may have noted. And where nothing large has been
    // made since the last walk there is nothing to gain.
    const before = allocationsBefore;
    allocationsBefore = largeAllocations;
    if (before === allocationsBefore || currentDepth() > 0) {
      this.pullAll();
      return;
    }
    const own = openScope(0, true);
    this.made = own.made;
    try {
      this.pullAll();
    } finally {
      closeScope(own);
    }
  }

  /** The cotangent at a place, for somebody outside of the walk: a handle that nobody else has. */
  result(place: number): MaybeTensor {
    const g = this.cotangents[place];
    if (g === null) return null;
    if (g.element.complex) return g.conj();
    if (!this.temporaries?.yield(g)) return ownHandle(g);
    if (scope !== null) note(g);
    return g;
  }

  private pullAll(): void {
    const { order, cotangents } = this;
    for (let place = order.length - 1; place >= 0; place--) {
      const node = order[place];
      const g = cotangents[place];
      const inner = (node.slot & LEAF) === 0;
      if (node.output >= 0) {
        const operation = placeIn(this.mark, node.parents[0]);
        if (g !== null && operation >= 0) this.arrive(node, g, operation);
      } else if (node.primitive.outputCount > 1) {
        const arrived = this.arrivals?.get(place);
        if (arrived !== undefined) {
          this.pull(node, arrived.cotangents, this.merged(node, arrived));
          if (this.temporaries !== null)
            for (const each of arrived.cotangents) if (each !== null) this.temporaries.release(each);
        }
      } else if (g !== null) {
        if (node.primitive.partials !== undefined) this.pullElementwise(node, g);
        else this.pull(node, [g], values(node.saved));
      }
      if (inner) cotangents[place] = null;
      if (this.made.length > 0 || this.temporaries !== null) this.reuse(inner ? g : null);
    }
  }

  /** The sum of a cotangent and what was there before. */
  private sum(before: MaybeTensor, g: Tensor): Tensor {
    const after = before === null ? g : before.add(g);
    if (this.made.length > 0 || this.temporaries !== null) this.replace(before, after);
    return after;
  }

  private replace(before: MaybeTensor, after: Tensor): void {
    this.temporaries ??= new Temporaries(this.made);
    this.temporaries.hold(after);
    if (before !== null) this.temporaries.release(before);
  }

  /** After a rule has run: what it made and no place holds, and the cotangent it was given. */
  private reuse(g: MaybeTensor): void {
    this.temporaries ??= new Temporaries(this.made);
    if (g !== null) this.temporaries.release(g);
    this.temporaries.sweep();
  }

  private arrive(node: Node, g: Tensor, operation: number): void {
    const { outputCount, savedForInput } = node.primitive;
    this.arrivals ??= new Map();
    let arrived = this.arrivals.get(operation);
    if (arrived === undefined) {
      arrived = {
        cotangents: new Array<MaybeTensor>(outputCount).fill(null),
        values: new Array<MaybeTensor>(savedForInput.length + outputCount).fill(null),
      };
      this.arrivals.set(operation, arrived);
    }
    arrived.cotangents[node.output] = this.sum(arrived.cotangents[node.output], g);
    this.merged(node, arrived);
  }

  private merged({ saved }: Node, arrived: Arrivals): readonly MaybeTensor[] {
    values(saved).forEach((x, i) => {
      if (x !== null) arrived.values[i] = x;
    });
    return arrived.values;
  }

  private accumulate(place: number, g: Tensor, parent: AbstractValue): void {
    this.cotangents[place] = this.sum(this.cotangents[place], unbroadcast(g, parent));
  }

  private pullElementwise({ primitive, parents, saved }: Node, g: Tensor): void {
    const partials = primitive.partials!;
    const read = values(saved) as readonly Tensor[];
    for (let i = 0; i < parents.length; i++) {
      const place = placeIn(this.mark, parents[i]);
      if (place >= 0)
        this.accumulate(place, partials[i][1](g, read[0], read[1], read[2], read[3]), parents[i]!);
    }
  }

  private pull(
    { primitive, parents, params }: Node,
    cotangents: readonly MaybeTensor[],
    saved: readonly MaybeTensor[],
  ): void {
    let wanted = parents;
    for (let i = 0; i < parents.length; i++)
      if (parents[i] !== null && placeIn(this.mark, parents[i]) < 0) {
        wanted = parents.map((parent) => (placeIn(this.mark, parent) < 0 ? null : parent));
        break;
      }
    const results = primitive.vjp(cotangents, saved as Tensor[], wanted, params);
    for (let i = 0; i < parents.length; i++) {
      const parent = wanted[i];
      const result = results[i];
      if (parent === null || result === null || result === undefined) continue;
      this.accumulate(placeIn(this.mark, parent), result, parent);
    }
  }
}

/**
 * Reverse accumulation from roots with a cotangent each (a root that is null is off the tape): the cotangent of every
 * leaf, null where no root depends on it. Cotangents live in the walk,
 * never on the nodes, so that the graph can be walked again, from inside a rule as well.
 *
 * The cotangent of a complex z = x + iy is ∂/∂x + i ∂/∂y, the direction of steepest ascent: Re Σ ḡ t pairs it with
 * tangents. Inside the walk it is the conjugate of that, paired by Re Σ g t, because then the rule of a holomorphic
 * operation is its transpose without conjugates, the same as for real numbers. So only what enters and leaves is
 * conjugated, which for real tensors does nothing.
 */
export function backward(
  roots: readonly (Node | null)[],
  given: readonly Tensor[],
  leaves: readonly Node[],
): MaybeTensor[] {
  const mark = ++walks;
  const outer: Marks | null = running > 0 ? { nodes: [], walks: [], slots: [] } : null;
  running++;
  try {
    const walk = new Walk(plan(roots, leaves, mark, outer), mark);
    for (let i = 0; i < roots.length; i++) {
      const place = placeIn(mark, roots[i]);
      if (place >= 0) walk.start(place, conjugated(given[i]));
    }
    walk.run();
    const found = new Array<MaybeTensor>(leaves.length);
    for (let i = 0; i < leaves.length; i++) {
      const place = placeIn(mark, leaves[i]);
      found[i] = place < 0 ? null : walk.result(place);
    }
    return found;
  } finally {
    running--;
    if (outer !== null) restore(outer);
  }
}
