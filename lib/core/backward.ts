import { closeScope, note, openScope, scope } from "../scope.js";
import { sameShape } from "../shape.js";
import { largeAllocations } from "../storage.js";
import { isDisposed, ownHandle, saved as revive, type Tensor } from "../tensor.js";
import type { Node } from "./graph.js";
import { currentDepth } from "./levels.js";
import type { AbstractValue, MaybeTensor } from "./primitive.js";

/** The nodes between roots and leaves in topological order (parents first), and each parent's place in it. */
interface Plan {
  readonly order: readonly Node[];
  /**
   * For every node of `order` in turn: LEAF or INNER, then a place per parent, -1 where no leaf lies behind it.
   * One list, because making one takes as long as an operation.
   */
  readonly routes: readonly number[];
}

/** A leaf's cotangent is asked for, that of an inner node is not needed once its rule has run. */
const LEAF = 1;
const INNER = 0;

/** Places of nodes without one yet: one that may lead to a leaf, and a leaf. */
const UNPLACED = -1;
const UNPLACED_LEAF = -2;

let walks = 0;
/** The path to the node that is being entered, and the next parent of each on it. They keep their room between walks. */
const path: (Node | null)[] = [];
const cursors: number[] = [];
let depth = 0;
const KEPT_DEPTH = 1024;

function enter(node: Node, walk: number, oldest: number): void {
  if (node.walk === walk || node.sequence < oldest) return;
  node.slot = node.walk === -walk ? UNPLACED_LEAF : UNPLACED;
  node.walk = walk;
  path[depth] = node;
  cursors[depth++] = 0;
}

/**
 * Depth first, without recursion. Marks live on the nodes only while this function runs, and it runs no foreign
 * code: a walk inside a rule, or a rule that throws, cannot disturb another walk.
 */
function plan(roots: readonly Root[], leaves: readonly Node[]): Plan {
  const walk = ++walks;
  let oldest = Number.POSITIVE_INFINITY;
  for (const leaf of leaves) {
    leaf.walk = -walk;
    if (leaf.sequence < oldest) oldest = leaf.sequence;
  }
  const order: Node[] = [];
  const routes: number[] = [];
  for (const root of roots) {
    enter(root.node, walk, oldest);
    while (depth > 0) {
      const top = depth - 1;
      const node = path[top]!;
      const { parents } = node;
      const next = cursors[top]++;
      if (next < parents.length) {
        const parent = parents[next];
        if (parent !== null) enter(parent, walk, oldest);
        continue;
      }
      path[top] = null;
      depth = top;
      const start = routes.length;
      let reached = node.slot === UNPLACED_LEAF;
      routes.push(reached ? LEAF : INNER);
      for (let i = 0; i < parents.length; i++) {
        const parent = parents[i];
        const place = parent !== null && parent.walk === walk ? parent.slot : -1;
        routes.push(place);
        if (place >= 0) reached = true;
      }
      if (reached) {
        node.slot = order.length;
        order.push(node);
      } else routes.length = start;
    }
  }
  if (path.length > KEPT_DEPTH) path.length = cursors.length = 0;
  return { order, routes };
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

/** One execution of a plan: cotangents live here, by place. */
class Walk {
  readonly cotangents: MaybeTensor[];
  private arrivals: Map<number, Arrivals> | null = null;
  private made: Tensor[] = NOTHING;
  /** Null as long as all that is made is small, as it mostly is: nothing is spent on it then. */
  private temporaries: Temporaries | null = null;
  constructor(private readonly schedule: Plan) {
    this.cotangents = new Array<MaybeTensor>(schedule.order.length);
    for (let place = 0; place < this.cotangents.length; place++) this.cotangents[place] = null;
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
    const { order, routes } = this.schedule;
    let end = routes.length;
    for (let place = order.length - 1; place >= 0; place--) {
      const node = order[place];
      const start = end - node.parents.length;
      const g = this.cotangents[place];
      if (node.output >= 0) {
        if (g !== null && routes[start] >= 0) this.arrive(node, g, routes[start]);
      } else if (node.primitive.outputCount > 1) {
        const arrived = this.arrivals?.get(place);
        if (arrived !== undefined) {
          this.pull(node, arrived.cotangents, this.merged(node, arrived), start);
          if (this.temporaries !== null)
            for (const each of arrived.cotangents) if (each !== null) this.temporaries.release(each);
        }
      } else if (g !== null) {
        if (node.primitive.partials !== undefined) this.pullElementwise(node, g, start);
        else this.pull(node, [g], values(node.saved), start);
      }
      if (routes[start - 1] === INNER) this.cotangents[place] = null;
      if (this.made.length > 0 || this.temporaries !== null)
        this.reuse(routes[start - 1] === INNER ? g : null);
      end = start - 1;
    }
  }

  /** The sum of a cotangent and what was there before. */
  sum(before: MaybeTensor, g: Tensor): Tensor {
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

  private pullElementwise({ primitive, parents, saved }: Node, g: Tensor, start: number): void {
    const partials = primitive.partials!;
    const { routes } = this.schedule;
    const read = values(saved) as readonly Tensor[];
    for (let i = 0; i < parents.length; i++) {
      const place = routes[start + i];
      if (place >= 0)
        this.accumulate(place, partials[i][1](g, read[0], read[1], read[2], read[3]), parents[i]!);
    }
  }

  private pull(
    node: Node,
    cotangents: readonly MaybeTensor[],
    saved: readonly MaybeTensor[],
    start: number,
  ): void {
    const { parents } = node;
    const { routes } = this.schedule;
    let wanted = parents;
    for (let i = 0; i < parents.length; i++)
      if (parents[i] !== null && routes[start + i] < 0) {
        wanted = parents.map((parent, k) => (routes[start + k] < 0 ? null : parent));
        break;
      }
    const results = node.primitive.vjp(cotangents, saved as Tensor[], wanted, node.params);
    for (let i = 0; i < parents.length; i++) {
      const parent = wanted[i];
      const result = results[i];
      if (parent === null || result === null || result === undefined) continue;
      this.accumulate(routes[start + i], result, parent);
    }
  }
}

/** Where a walk starts: a value's node and its cotangent. */
export interface Root {
  readonly node: Node;
  readonly cotangent: Tensor;
}

/**
 * Reverse accumulation: the cotangent of every leaf, null where no root depends on it. Cotangents live in the walk,
 * never on the nodes, so that the graph can be walked again, from inside a rule as well.
 *
 * The cotangent of a complex z = x + iy is ∂/∂x + i ∂/∂y, the direction of steepest ascent: Re Σ ḡ t pairs it with
 * tangents. Inside the walk it is the conjugate of that, paired by Re Σ g t, because then the rule of a holomorphic
 * operation is its transpose without conjugates, the same as for real numbers. So only what enters and leaves is
 * conjugated, which for real tensors does nothing.
 */
export function backward(roots: readonly Root[], leaves: readonly Node[]): MaybeTensor[] {
  const schedule = plan(roots, leaves);
  const current = walks;
  const walk = new Walk(schedule);
  const { cotangents } = walk;
  for (const { node, cotangent } of roots)
    if (node.walk === current && node.slot >= 0)
      cotangents[node.slot] = walk.sum(cotangents[node.slot], conjugated(cotangent));
  // Places are read off the nodes before any rule runs: a walk inside of one leaves its own marks.
  const places = new Array<number>(leaves.length);
  for (let i = 0; i < leaves.length; i++) places[i] = leaves[i].walk === current ? leaves[i].slot : UNPLACED;
  walk.run();
  const found = new Array<MaybeTensor>(leaves.length);
  for (let i = 0; i < leaves.length; i++) {
    found[i] = places[i] < 0 ? null : walk.result(places[i]);
  }
  return found;
}
