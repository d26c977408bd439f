import { ShapeError } from "../../errors.js";
import { showOperand } from "../../shape.js";
import type { Tensor } from "../../tensor.js";

/** Solves for a right-hand side that is a vector only when it has one axis: it gets a column axis on the way. */
export function withColumns(
  operation: string,
  a: Tensor,
  b: Tensor,
  solve: (columns: Tensor) => Tensor,
): Tensor {
  const n = a.shape[a.ndim - 1];
  const vector = b.ndim === 1;
  if (b.ndim === 0 || b.shape[vector ? 0 : b.ndim - 2] !== n)
    throw new ShapeError(
      operation,
      `expected a right-hand side [${n}] or [..., ${n}, k] for ${showOperand(a)}, got ${showOperand(b)}`,
    );
  return vector ? solve(b.expandDims(1)).squeeze(-1) : solve(b);
}
