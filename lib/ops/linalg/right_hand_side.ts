import type { AbstractValue, MaybeTensor } from "../../core/primitive.js";
import { ShapeError } from "../../errors.js";
import { broadcastShapes, shapeOf, showOperand } from "../../shape.js";
import type { Tensor } from "../../tensor.js";

/** What X of A X = B is, for B with a column axis: the batches broadcast. */
export function solutionOf(operation: string, a: AbstractValue, b: AbstractValue): AbstractValue {
  const batch = broadcastShapes(operation, a.shape.slice(0, -2), b.shape.slice(0, -2));
  return { shape: shapeOf([...batch, ...b.shape.slice(-2)]), element: b.element };
}

/** The right-hand side dB − dA X of a solution's tangent; an absent one is zero. */
export function tangentSide(db: MaybeTensor, daTimesX: MaybeTensor): MaybeTensor {
  return daTimesX && db ? db.sub(daTimesX) : (daTimesX?.neg() ?? db);
}

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
