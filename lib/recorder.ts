import type { FailedInstruction } from "./failure.js";
import type { Storage } from "./storage.js";
import type { Tensor } from "./tensor.js";

/** What native code found while an instruction ran. What the numbers mean is the kernel's to say. */
export interface Report {
  readonly info: number;
  /** The matrix, counted in the batch, that `info` speaks of. */
  readonly failed: number;
  /** The smallest reciprocal condition number, Infinity if none was taken, and the matrix it belongs to. */
  readonly rcond: number;
  readonly batch: number;
}

/** An operand with its strides over the iteration space of an instruction. */
export type Strided = readonly [tensor: Tensor, strides: readonly number[]];

/** A native call that is not made. */
export interface RecordedInstruction extends FailedInstruction {
  readonly kernel: number;
  readonly dims: readonly number[];
  readonly operands: readonly Strided[];
  readonly params: readonly number[];
}

/** Takes down what an operation would do to memory, while a program is made of it. */
export interface Recorder {
  /** In place of memory for a result. */
  plan(bytes: number): Storage;
  /** In place of a native call. */
  instruct(recorded: RecordedInstruction): void;
  /** Later, when a run is complete, `look` is shown what the last instruction found. */
  measure(look: (found: Report) => void): void;
}

/** The recorder that operations write to now, null while they run. */
export let recorder: Recorder | null = null;

export function recordingWith<T>(next: Recorder, body: () => T): T {
  const outer = recorder;
  recorder = next;
  try {
    return body();
  } finally {
    recorder = outer;
  }
}
