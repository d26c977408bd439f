import { floating, liftPair } from "../../convert.js";
import { isTracked } from "../../core/bind.js";
import { methods } from "../../core/registry.js";
import { NamedTensors } from "../../core/tree.js";
import { ShapeError, underName } from "../../errors.js";
import { checkOptions } from "../../options.js";
import { broadcastShapes, showOperand, withoutLast } from "../../shape.js";
import type { Method, Tensor, TensorLike } from "../../tensor.js";
import { withWarnings } from "../../warnings.js";
import { matrices, onFailureOf } from "./conventions.js";
import {
  applyPseudoInverse,
  fractionOf,
  type PseudoInverseOptions,
  pseudoInverseFactors,
} from "./pseudo_inverse.js";

/** The least-squares solution, the sums of squared residuals, and what is known of the matrix. */
export class LstsqResult extends NamedTensors {
  static override readonly fields = ["solution", "residuals", "rank", "singularValues"];
  constructor(
    readonly solution: Tensor,
    readonly residuals: Tensor,
    readonly rank: Tensor,
    readonly singularValues: Tensor,
  ) {
    super();
  }
}

/**
 * The X of smallest norm that minimises ‖A X − B‖, by the singular value decomposition: A is [..., m, n], B is
 * [..., m, k], or a vector [m]; batches broadcast. Singular values up to `rtol` times the largest count as 0.
 *
 * Derivatives are exact for changes of A that keep its rank, and so everywhere for full rank; for other matrices it
 * warns (see `onWarning`), and where the smallest singular value that counts is below 10 epsilon of the largest.
 * @returns solution [..., n, k] ([..., n] for a vector), residuals, the sums of squares of the columns of A X − B
 * [..., k] (k = 1 for a vector), rank (int32) and singularValues of A
 * @throws ShapeError where shapes do not fit, LinAlgError if A is not finite
 * @see Golub and Pereyra, "The differentiation of pseudo-inverses and nonlinear least squares problems", 1973
 * @example linalg.lstsq([[1, 0], [0, 2], [0, 0]], [1, 4, 3]).solution // [1, 2]
 */
export function lstsq(a: TensorLike, b: TensorLike, options?: PseudoInverseOptions): LstsqResult {
  checkOptions("lstsq", options, ["rtol", "onFailure"]);
  const [matrix, right] = liftPair("lstsq", a, b).map(floating);
  matrices("lstsq", matrix);
  const m = matrix.shape[matrix.ndim - 2];
  const vector = right.ndim === 1;
  if (right.ndim === 0 || right.shape[vector ? 0 : right.ndim - 2] !== m)
    throw new ShapeError(
      "lstsq",
      `expected a right-hand side [${m}] or [..., ${m}, k] for ${showOperand(matrix)}, got ${showOperand(right)}`,
    );
  broadcastShapes("lstsq", withoutLast(matrix.shape, 2), vector ? [] : withoutLast(right.shape, 2));
  const fraction = fractionOf("lstsq", matrix, options?.rtol);
  const onFailure = onFailureOf("lstsq", options?.onFailure);
  return withWarnings(() => {
    const columns = vector ? right.expandDims(1) : right;
    const decomposition = underName("lstsq", () => matrix.svd({ onFailure }));
    const inversion = { operation: "lstsq", fraction, differentiated: isTracked(matrix) };
    const { rank, ...factors } = pseudoInverseFactors(decomposition, inversion);
    const solution = applyPseudoInverse(matrix, columns, factors, false);
    const residuals = columns.sub(matrix.matmul(solution)).square().sum(-2);
    return new LstsqResult(vector ? solution.squeeze(-1) : solution, residuals, rank, decomposition.s);
  });
}

methods({ lstsq });

declare module "../../tensor.js" {
  interface Tensor {
    lstsq: Method<typeof lstsq>;
  }
}
