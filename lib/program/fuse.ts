import type { Storage } from "../storage.js";
import { collapse } from "./collapse.js";
import {
  type Instruction,
  isElementwise,
  isReduction,
  type Operand,
  type Operation,
  readsOf,
  resultOf,
} from "./operation.js";

/** Fewer elements than this fit the cache whatever is done with them. */
const LEAST_FUSED = 2048;
/** Elements of a block: some of them, for every value that is alive, fit the first-level cache. */
const BLOCK = 1024;
const LARGEST_ITEM = 16;

/** How an operand moves while an iteration space is taken block by block: the numbers are the native ones. */
export const FOLLOW = 0;
export const SCRATCH = 1;
export const PARTIAL = 2;

export interface Motion {
  readonly kind: typeof FOLLOW | typeof SCRATCH | typeof PARTIAL;
  /** Of a partial result, the elements from one block to the next. */
  readonly step: number;
}

/** A storage of the program's own: the same place in every block, or partial results of all blocks. */
export interface Temporary {
  readonly name: "scratch" | "partial";
  readonly bytes: number;
}

/** Where an operand lies: a storage of the recording, or a temporary that fusion made. */
export interface Place extends Omit<Operand, "storage"> {
  readonly memory: Storage | Temporary;
  readonly motion: Motion;
}

export interface Work {
  readonly instruction: Instruction;
  readonly dims: readonly number[];
  readonly places: readonly Place[];
}

/** What runs as one: an instruction as a whole, or several over one iteration space, block by block. */
export interface Step {
  readonly operation: Operation;
  readonly works: readonly Work[];
  /** The axis that blocks are cut from; -1 for an instruction as a whole. */
  readonly splitAxis: number;
  readonly chunk: number;
  /** Whether the operation's measure is read after it. */
  readonly measured: boolean;
}

const followed: Motion = { kind: FOLLOW, step: 0 };
const place = ({ storage, ...rest }: Operand): Place => ({ ...rest, memory: storage, motion: followed });

const whole = (operation: Operation, instruction: Instruction, measured = false): Step => ({
  operation,
  works: [{ instruction, dims: instruction.dims, places: instruction.operands.map(place) }],
  splitAxis: -1,
  chunk: 0,
  measured,
});

const wholes = (operation: Operation): Step[] =>
  operation.instructions.map((instruction, i) =>
    whole(operation, instruction, operation.look !== null && i === operation.instructions.length - 1),
  );

const sizeOf = (dims: readonly number[]): number => dims.reduce((a, b) => a * b, 1);

function mayFuse({ instructions }: Operation): boolean {
  const [instruction] = instructions;
  return (
    instructions.length === 1 &&
    (isElementwise(instruction) || isReduction(instruction)) &&
    sizeOf(instruction.dims) >= LEAST_FUSED
  );
}

/** Two operands of one iteration space that meet the same element at every index. */
function sameElements(a: Operand, b: Operand, dims: readonly number[]): boolean {
  return (
    a.storage === b.storage &&
    a.offset === b.offset &&
    a.itemSize === b.itemSize &&
    dims.every((dim, axis) => dim === 1 || a.strides[axis] === b.strides[axis])
  );
}

/** Operations that may run together, or one alone: none of them waits for one of a later group. */
function grouped(operations: readonly Operation[]): Operation[][] {
  const writers = new Map<Storage, Operation>();
  const levels = new Map<Operation, number>();
  const groups = new Map<string, Operation[]>();
  const order: { level: number; members: Operation[] }[] = [];
  for (const operation of operations) {
    const fusible = mayFuse(operation);
    const { dims } = operation.instructions[0];
    let level = 0;
    for (const storage of readsOf(operation)) {
      const writer = writers.get(storage);
      if (writer === undefined) continue;
      const [made] = writer.instructions;
      const together =
        fusible &&
        mayFuse(writer) &&
        isElementwise(made) &&
        made.dims.join() === dims.join() &&
        operation.instructions[0].operands.every(
          (operand) => operand.storage !== storage || sameElements(operand, resultOf(made), dims),
        );
      level = Math.max(level, levels.get(writer)! + (together ? 0 : 1));
    }
    levels.set(operation, level);
    for (const storage of operation.writes) writers.set(storage, operation);
    const key = `${level}:${dims.join()}`;
    const group = fusible ? groups.get(key) : undefined;
    if (group !== undefined) group.push(operation);
    else {
      const members = [operation];
      if (fusible) groups.set(key, members);
      order.push({ level, members });
    }
  }
  return order.sort((a, b) => a.level - b.level).map(({ members }) => members);
}

/** Scratch memory by turns: what is no longer read gives way to what is written next. */
class ScratchPool {
  private readonly free: Temporary[] = [];
  take(): Temporary {
    return this.free.pop() ?? { name: "scratch", bytes: LARGEST_ITEM * BLOCK };
  }
  give(scratch: Temporary): void {
    this.free.push(scratch);
  }
}

/** How an iteration space is cut into blocks. */
interface Cut {
  readonly dims: readonly number[];
  /** Of the operands that are bound to memory, over `dims`. */
  readonly strides: ReadonlyMap<Operand, readonly number[]>;
  readonly splitAxis: number;
  readonly chunk: number;
  readonly blocks: number;
}

const instructionOf = ({ instructions }: Operation): Instruction => instructions[0];

/** Values in scratch memory have no strides of their own: they follow the blocks. */
function cut(members: readonly Operation[], inScratch: (storage: Storage) => boolean): Cut {
  const operands = members.flatMap((member) => instructionOf(member).operands);
  const bound = operands.filter(({ storage }) => !inScratch(storage));
  const space = collapse(
    instructionOf(members[0]).dims,
    bound.map(({ strides }) => strides),
  );
  const { dims } = space;
  let splitAxis = 0;
  while (splitAxis < dims.length - 1 && sizeOf(dims.slice(splitAxis + 1)) > BLOCK) splitAxis++;
  const inner = sizeOf(dims.slice(splitAxis + 1));
  const chunk = Math.min(dims[splitAxis], Math.max(1, Math.floor(BLOCK / inner)));
  return {
    dims,
    strides: new Map(bound.map((operand, i) => [operand, space.strides[i]])),
    splitAxis,
    chunk,
    blocks: sizeOf(dims.slice(0, splitAxis)) * Math.ceil(dims[splitAxis] / chunk),
  };
}

/** Of a reduction: which of the axes that blocks are cut from it reduces. */
const reducedOuter = ({ strides, splitAxis }: Cut, instruction: Instruction): boolean[] =>
  strides
    .get(resultOf(instruction))!
    .slice(0, splitAxis + 1)
    .map((stride) => stride === 0);

/** Blocks serve a reduction that needs all of the axes that they are cut from, or none. */
function fits(member: Operation, space: Cut): boolean {
  const instruction = instructionOf(member);
  if (!isReduction(instruction)) return true;
  const reduced = reducedOuter(space, instruction);
  return reduced.every(Boolean) || !reduced.some(Boolean);
}

/** The steps of a group: one over blocks, and what has to follow it. */
function inBlocks(
  members: readonly Operation[],
  inScratch: (storage: Storage) => boolean,
  space: Cut,
): Step[] {
  const { dims, splitAxis, chunk, blocks } = space;
  const pool = new ScratchPool();
  const scratch = new Map<Storage, Temporary>();
  const lastUse = new Map<Storage, number>();
  members.forEach((member, i) => {
    for (const { storage } of instructionOf(member).operands) lastUse.set(storage, i);
  });
  const passing = ({ storage, itemSize }: Operand): Place => {
    const memory = scratch.get(storage) ?? pool.take();
    scratch.set(storage, memory);
    const strides = dims.map((_, axis) => (axis <= splitAxis ? 0 : sizeOf(dims.slice(axis + 1))));
    return { memory, offset: 0, strides, itemSize, motion: { kind: SCRATCH, step: 0 } };
  };
  const works: Work[] = [];
  const after: Step[] = [];
  members.forEach((operation, i) => {
    const instruction = instructionOf(operation);
    const places = instruction.operands.map((operand) =>
      inScratch(operand.storage)
        ? passing(operand)
        : { ...place(operand), strides: space.strides.get(operand)! },
    );
    const work = { instruction, dims, places };
    if (isReduction(instruction) && reducedOuter(space, instruction)[0]) {
      const { partial, rest } = partialResults(operation, work, splitAxis, blocks);
      works.push(partial);
      after.push(rest);
    } else works.push(work);
    for (const { storage } of instruction.operands) {
      const own = scratch.get(storage);
      if (own === undefined || lastUse.get(storage) !== i) continue;
      scratch.delete(storage);
      pool.give(own);
    }
  });
  return [{ operation: members[0], works, splitAxis, chunk, measured: false }, ...after];
}

/** A reduction over whole blocks leaves a result for each, to be reduced once more. */
function partialResults(
  operation: Operation,
  work: Work,
  splitAxis: number,
  blocks: number,
): { partial: Work; rest: Step } {
  const { instruction, dims, places } = work;
  const out = places[places.length - 1];
  const kept = dims.flatMap((_, axis) => (axis > splitAxis && out.strides[axis] !== 0 ? [axis] : []));
  const extents = kept.map((axis) => dims[axis]);
  const step = sizeOf(extents);
  const strides = dims.map(() => 0);
  kept.forEach((axis, i) => {
    strides[axis] = sizeOf(extents.slice(i + 1));
  });
  const memory: Temporary = { name: "partial", bytes: blocks * step * out.itemSize };
  const partial: Place = {
    memory,
    offset: 0,
    strides,
    itemSize: out.itemSize,
    motion: { kind: PARTIAL, step },
  };
  const again: Work = {
    instruction,
    dims: [blocks, ...extents],
    places: [
      { ...partial, strides: [step, ...kept.map((axis) => strides[axis])], motion: followed },
      { ...out, strides: [0, ...kept.map((axis) => out.strides[axis])] },
    ],
  };
  return {
    partial: { ...work, places: [...places.slice(0, -1), partial] },
    rest: { operation, works: [again], splitAxis: -1, chunk: 0, measured: false },
  };
}

/** The steps of operations that may run together. */
function together(
  group: readonly Operation[],
  readers: ReadonlyMap<Storage, ReadonlySet<Operation>>,
  results: ReadonlySet<Storage>,
): Step[] {
  const apart: Operation[] = [];
  let members = group;
  while (members.length > 1) {
    const inside = new Set(members);
    const made = new Set(
      members.filter((member) => isElementwise(instructionOf(member))).flatMap(({ writes }) => writes),
    );
    const inScratch = (storage: Storage): boolean =>
      made.has(storage) &&
      !results.has(storage) &&
      [...(readers.get(storage) ?? [])].every((reader) => inside.has(reader));
    const space = cut(members, inScratch);
    const fitting = members.filter((member) => fits(member, space));
    if (fitting.length === members.length)
      return [...inBlocks(members, inScratch, space), ...apart.flatMap(wholes)];
    apart.push(...members.filter((member) => !fits(member, space)));
    members = fitting;
  }
  return [...members, ...apart].flatMap(wholes);
}

/** Puts operations into steps: elementwise chains, with their reductions, in blocks that stay in the cache. */
export function fuse(operations: readonly Operation[], results: ReadonlySet<Storage>): Step[] {
  const readers = new Map<Storage, Set<Operation>>();
  for (const operation of operations)
    for (const storage of readsOf(operation)) {
      const own = readers.get(storage) ?? new Set();
      readers.set(storage, own.add(operation));
    }
  return grouped(operations).flatMap((group) => together(group, readers, results));
}
