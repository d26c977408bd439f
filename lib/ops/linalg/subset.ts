import type { AbstractValue } from "../../core/primitive.js";
import { ArgumentError } from "../../errors.js";
import { showOperand } from "../../shape.js";

/** Eigenvalues from ... to − 1, counted from 0 in ascending order. */
export type Subset = readonly [from: number, to: number];

/** The subset that was asked for, or the error that says what [from, to] may be. */
export function checkedSubset(operation: string, subset: unknown, a: AbstractValue): Subset {
  const n = a.shape[a.shape.length - 1];
  const isPair = Array.isArray(subset) && subset.length === 2 && subset.every(Number.isInteger);
  const [from, to] = isPair ? (subset as number[]) : [NaN, NaN];
  if (!(from >= 0 && from <= to && to <= n))
    throw new ArgumentError(
      operation,
      `subset is ${show(subset)}, expected integers [from, to] with 0 <= from <= to <= ${n} for ${showOperand(a)}`,
    );
  return [from, to];
}

const show = (value: unknown): string => (Array.isArray(value) ? `[${value.join(", ")}]` : String(value));

/** Whether a part of the spectrum costs less than all of it: a subset of less than n / `share`, as measured. */
export const isCheaper = ([from, to]: Subset, a: AbstractValue, share: number): boolean =>
  share * (to - from) < a.shape[a.shape.length - 1];
