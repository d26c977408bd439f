import type { FailedInstruction } from "../failure.js";
import { native } from "../native.js";
import type { Report } from "../recorder.js";
import type { Storage } from "../storage.js";

/** What an instruction touches: elements of a storage, with strides over the iteration space. */
export interface Operand {
  readonly storage: Storage;
  /** In elements, as are the strides. */
  readonly offset: number;
  readonly strides: readonly number[];
  /** Bytes of an element. */
  readonly itemSize: number;
}

export interface Instruction extends FailedInstruction {
  readonly kernel: number;
  readonly dims: readonly number[];
  readonly operands: readonly Operand[];
  readonly params: readonly number[];
}

/** Looks at what an instruction found when a run is complete: it may warn, or throw. */
export type Look = (found: Report) => void;

/** What one primitive did: instructions, and the storages that they fill. */
export interface Operation {
  readonly instructions: readonly Instruction[];
  readonly writes: readonly Storage[];
  /** Sees what the last instruction found; null if nobody looks. */
  readonly look: Look | null;
  /** The line that called it, where it can fail. */
  readonly site: string;
}

/** What a program may do with a kernel: the numbers are the native enumeration's. */
const GENERAL = 0;
const ELEMENTWISE = 2;
const REDUCTION = 3;

export const canFail = ({ kernel }: Instruction): boolean => native.kernelKinds[kernel] === GENERAL;
export const isElementwise = ({ kernel }: Instruction): boolean => native.kernelKinds[kernel] === ELEMENTWISE;
export const isReduction = ({ kernel }: Instruction): boolean => native.kernelKinds[kernel] === REDUCTION;

/** The operand that an elementwise instruction or a reduction writes. */
export const resultOf = ({ operands }: Instruction): Operand => operands[operands.length - 1];

/** The storages that an operation reads, besides what it fills itself. */
export function* readsOf({ instructions, writes }: Operation): Generator<Storage> {
  for (const { operands } of instructions)
    for (const { storage } of operands) if (!writes.includes(storage)) yield storage;
}
