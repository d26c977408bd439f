import type { Storage } from "../storage.js";
import { canFail, type Instruction, type Operation, readsOf } from "./operation.js";

/** Numbers for storages, as they are met. */
class Numbering {
  private readonly numbers = new Map<Storage, number>();
  of(storage: Storage): number {
    const known = this.numbers.get(storage);
    if (known !== undefined) return known;
    this.numbers.set(storage, this.numbers.size);
    return this.numbers.size - 1;
  }
}

/** Operations with one signature compute the same: what they fill counts by its order, what they read by identity. */
function signature({ instructions, writes }: Operation, numbering: Numbering): string {
  return instructions
    .map(({ kernel, dims, operands, params }) => {
      const places = operands.map(({ storage, offset, strides }) => {
        const own = writes.indexOf(storage);
        const name = own >= 0 ? `w${own}` : `r${numbering.of(storage)}`;
        return `${name}+${offset}*${strides.join()}`;
      });
      return `${kernel}[${dims.join()}](${places.join(" ")})${params.map((p) => (Object.is(p, -0) ? "-0" : p)).join()}`;
    })
    .join(";");
}

const renamed = (instruction: Instruction, names: ReadonlyMap<Storage, Storage>): Instruction => ({
  ...instruction,
  operands: instruction.operands.map((operand) => ({
    ...operand,
    storage: names.get(operand.storage) ?? operand.storage,
  })),
});

export interface Simplified {
  readonly operations: readonly Operation[];
  /** The storage that holds what another, removed one would have held. */
  readonly standIn: ReadonlyMap<Storage, Storage>;
}

/** The storage that holds what `storage` was to hold. */
export const standIn = (simplified: Simplified, storage: Storage): Storage =>
  simplified.standIn.get(storage) ?? storage;

/** Computes everything once: an operation like an earlier one gives way to it. */
export function removeCommon(operations: readonly Operation[]): Simplified {
  const standIn = new Map<Storage, Storage>();
  const numbering = new Numbering();
  const known = new Map<string, Operation>();
  const kept: Operation[] = [];
  for (const original of operations) {
    const operation = {
      ...original,
      instructions: original.instructions.map((instruction) => renamed(instruction, standIn)),
    };
    const key = signature(operation, numbering);
    const earlier = known.get(key);
    if (earlier === undefined) {
      known.set(key, operation);
      kept.push(operation);
    } else for (const [i, storage] of operation.writes.entries()) standIn.set(storage, earlier.writes[i]);
  }
  return { operations: kept, standIn };
}

/** Leaves out what no result depends on, except for what can fail: an error is a result too. */
export function removeDead(operations: readonly Operation[], results: Iterable<Storage>): Operation[] {
  const wanted = new Set(results);
  const kept: Operation[] = [];
  for (let i = operations.length - 1; i >= 0; i--) {
    const operation = operations[i];
    if (!operation.writes.some((storage) => wanted.has(storage)) && !operation.instructions.some(canFail))
      continue;
    for (const storage of readsOf(operation)) wanted.add(storage);
    kept.push(operation);
  }
  return kept.reverse();
}
