import { floating, lift } from "../../convert.js";
import { methods } from "../../core/registry.js";
import { ArgumentError, showValue, underName } from "../../errors.js";
import { checkOptions } from "../../options.js";
import { showOperand } from "../../shape.js";
import type { Method, Tensor, TensorLike } from "../../tensor.js";
import { matrices } from "./conventions.js";
import { countedValues, fractionOf } from "./pseudo_inverse.js";

/**
 * The condition number of matrices [..., m, n] in the 2-norm: the largest singular value over the smallest, Infinity
 * where that is 0 (with the derivative 0).
 * @throws ShapeError without two axes, ArgumentError for matrices without elements, LinAlgError if not finite
 * @example linalg.cond([[2, 0], [0, 4]]) // 2
 */
export function cond(a: TensorLike): Tensor {
  const x = floating(lift("cond", a));
  matrices("cond", x);
  const k = Math.min(...x.shape.slice(-2));
  if (k === 0)
    throw new ArgumentError("cond", `a matrix without elements has no condition number: ${showOperand(x)}`);
  const s = underName("cond", () => x.svdvals());
  const smallest = s.slice("...", k - 1);
  const singular = smallest.equal(0);
  return singular.where(Number.POSITIVE_INFINITY, s.slice("...", 0).div(singular.where(1, smallest)));
}

export interface MatrixRankOptions {
  /** Singular values up to this number count as 0. */
  tol?: number;
  /** Without tol: up to this fraction of the largest. By default max(m, n) times the machine epsilon. */
  rtol?: number;
}

/**
 * The number of singular values of matrices [..., m, n] that are not 0, to a tolerance; int32.
 * @throws ShapeError without two axes, ArgumentError for a negative tolerance, LinAlgError if not finite
 * @example linalg.matrixRank([[1, 2], [2, 4]]) // 1
 */
export function matrixRank(a: TensorLike, options?: MatrixRankOptions): Tensor {
  checkOptions("matrixRank", options, ["tol", "rtol"]);
  const x = floating(lift("matrixRank", a));
  matrices("matrixRank", x);
  const { tol } = options ?? {};
  if (tol !== undefined && !(tol >= 0))
    throw new ArgumentError("matrixRank", `expected a non-negative tol, got ${showValue(tol)}`);
  const fraction = fractionOf("matrixRank", x, options?.rtol);
  const s = underName("matrixRank", () => x.svdvals());
  return (tol === undefined ? countedValues(s, fraction) : s.greater(tol)).countNonzero(-1);
}

methods({ cond, matrixRank });

declare module "../../tensor.js" {
  interface Tensor {
    cond: Method<typeof cond>;
    matrixRank: Method<typeof matrixRank>;
  }
}
