import { atCallSite } from "../call_site.js";
import { ArgumentError } from "../errors.js";
import type { Tensor, TensorLike } from "../tensor.js";
import type { Variable } from "../variable.js";

/** How a function sees variables while a program is made of it: it reads them anew in every run. */
export interface Tracing {
  read(variable: Variable): Tensor;
  assign(variable: Variable, value: TensorLike): void;
}

/** The trace that a program is being made by; null while operations simply run. */
export let tracing: Tracing | null = null;

export function tracingWith<T>(next: Tracing, body: () => T): T {
  const outer = tracing;
  tracing = next;
  try {
    return body();
  } finally {
    tracing = outer;
  }
}

/** Draws belong to one call; a program would repeat the first one for ever. */
export function refuseDraws(operation: string): void {
  if (tracing !== null)
    throw new ArgumentError(
      operation,
      `a random draw inside compile would be the same in every run${atCallSite()}; draw outside and pass the sample as an argument`,
    );
}
