import type { AbstractValue, MaybeTensor } from "../../core/primitive.js";
import { ShapeError } from "../../errors.js";
import { execute, type KernelIds, kernelFor } from "../../instruction.js";
import { broadcastShapes, columnMajorStrides, shapeOf, showOperand, withoutLast } from "../../shape.js";
import { emptyStrided, type Tensor } from "../../tensor.js";
import { overBatch } from "./conventions.js";

/** What X of A X = B is, for B with a column axis: the batches broadcast. */
export function solutionOf(operation: string, a: AbstractValue, b: AbstractValue): AbstractValue {
  const batch = broadcastShapes(operation, withoutLast(a.shape, 2), withoutLast(b.shape, 2));
  return { shape: shapeOf([...batch, ...b.shape.slice(-2)]), element: b.element };
}

/** A LAPACK routine that solves with factors, and on whose behalf it runs. */
interface Substitution {
  readonly operation: string;
  readonly kernels: KernelIds;
  readonly routine: string;
  readonly params: readonly number[];
}

/** X of A X = B from square matrices (factors, and A itself for residuals), with pivots where there are any. */
export function substitute(
  { operation, kernels, routine, params }: Substitution,
  matrices: readonly Tensor[],
  pivots: readonly Tensor[],
  b: Tensor,
  { shape, element }: AbstractValue,
): Tensor {
  const x = emptyStrided(operation, shape, columnMajorStrides(shape), element);
  const batch = withoutLast(shape, 2);
  const [n, k] = shape.slice(-2);
  const [row, column] = b.strides.slice(-2);
  execute(
    operation,
    kernelFor(operation, kernels, element),
    [...batch, n, n, k],
    [
      ...matrices.map((a) => [a, overBatch(a, 2, batch.length, [...a.strides.slice(-2), 0])] as const),
      ...pivots.map((p) => [p, overBatch(p, 1, batch.length, [1, 0, 0])] as const),
      [b, overBatch(b, 2, batch.length, [row, 0, column])],
      [x, overBatch(x, 2, batch.length, [1, 0, x.strides[x.ndim - 1]])],
    ],
    params,
    routine,
    batch,
  );
  return x;
}

/** The right-hand side dB − dA X of a solution's tangent; an absent one is zero. */
export function tangentSide(db: MaybeTensor, daTimesX: MaybeTensor): MaybeTensor {
  return daTimesX && db ? db.sub(daTimesX) : (daTimesX?.neg() ?? db);
}

/** −X Yᴴ of matrices [..., n, k]: the sign is changed where there are fewer elements. */
export function negatedProduct(x: Tensor, y: Tensor): Tensor {
  const [n, k] = x.shape.slice(-2);
  return k < n ? x.neg().matmul(y.mH) : x.matmul(y.mH).neg();
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
