import type { Tensor } from "../tensor.js";
import type { Primitive } from "./primitive.js";

/** A transform that interprets primitives: forward mode, vmap, compile. */
export interface Trace {
  /** Nesting depth; the deepest trace among the inputs interprets. */
  readonly depth: number;
  /** Whether its tensors take the place of memory: rules of the user's own may see them, and nothing is mapped. */
  readonly standsForMemory?: boolean;
  /** Shows values to `look` when there are some: of a trace whose tensors stand for memory. */
  inspect?(tensors: readonly Tensor[], look: (values: readonly Tensor[]) => void): void;
  process<P>(primitive: Primitive<P>, inputs: readonly Tensor[], params: P): readonly Tensor[];
}

/** What a tensor carries in place of memory while a trace interprets it. */
export interface Wrapper {
  readonly trace: Trace;
  /** The tensor whose values a read shows; throws where a read has no single answer. */
  concrete(operation: string): Tensor;
  /** The tensor of all elements, where the transform only maps: nothing of its own follows what is computed. */
  readonly mapped?: Tensor;
  /** What printing shows in place of values. */
  describe(): string;
  /** Set for a plain number that a transform made a tensor of: beside tensors it takes their dtype. */
  readonly weak?: boolean;
}

/** Whether x is part of a program: its values are not known yet, but nothing is mapped or pushed forward. */
export const isPartOfProgram = ({ wrapper }: { readonly wrapper: Wrapper | null }): boolean =>
  wrapper?.trace.standsForMemory === true;

/** The trace that interprets an operation on these inputs; null when all of them are memory. */
export function innermostTrace(inputs: readonly Tensor[]): Trace | null {
  let innermost: Trace | null = null;
  for (const { wrapper } of inputs)
    if (wrapper !== null && (innermost === null || wrapper.trace.depth > innermost.depth))
      innermost = wrapper.trace;
  return innermost;
}
