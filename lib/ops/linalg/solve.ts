import { floating, liftPair } from "../../convert.js";
import { methods } from "../../core/registry.js";
import { checkOptions } from "../../options.js";
import type { Method, Tensor, TensorLike } from "../../tensor.js";
import { withWarnings } from "../../warnings.js";
import {
  type Assumption,
  assumptionOf,
  type OnFailure,
  onFailureOf,
  squareMatrices,
  symmetrise,
  type Triangle,
  triangleOf,
} from "./conventions.js";
import { luFactor, luSolve } from "./lu_factor.js";
import { positiveSolve } from "./positive_definite.js";
import { positiveFactor } from "./positive_factor.js";
import { refinedPositiveSolve, refinedSolve } from "./refinement.js";
import { withColumns } from "./right_hand_side.js";

export interface SolveOptions {
  /** What A is known to be: "positive" (definite) solves by Cholesky. "general" by default. */
  assume?: Assumption;
  /** For symmetric and positive definite A: what is read, both triangles as (A + Aᵀ)/2, or one of them. */
  triangle?: Triangle;
  /** "throw" by default; "nan" gives NaN for a matrix that is singular or not finite. */
  onFailure?: OnFailure;
  /**
   * Refines the solution by residuals in twice the precision until it is right to the last digits, for matrices whose
   * condition number is up to about 1/epsilon. Takes a few solves more; derivatives are refined as well.
   */
  refine?: boolean;
}

/**
 * X of A X = B for matrices [..., n, n], by LAPACK's `getrf` and `getrs`, or `potrf` and `potrs`. B is [..., n, k],
 * or a vector [n]; batches broadcast. Warns (see `onWarning`) where the estimated reciprocal condition number is
 * below 10 times the machine epsilon, or with `refine` where refinement does not converge. One factorisation serves
 * the value and derivatives of every order; that of a positive definite matrix also `slogdet` and `inv` of the same
 * tensor that assume it.
 * @throws ShapeError where shapes do not fit, LinAlgError if singular, not positive definite or not finite
 * @see Giles, "Collected matrix derivative results for forward and reverse mode algorithmic differentiation", 2008;
 * Higham, "Accuracy and Stability of Numerical Algorithms", chapter 12, for refinement
 * @example linalg.solve([[2, 0], [0, 4]], [2, 8]) // [1, 2]
 */
export function solve(a: TensorLike, b: TensorLike, options?: SolveOptions): Tensor {
  checkOptions("solve", options, ["assume", "triangle", "onFailure", "refine"]);
  const [matrix, right] = liftPair("solve", a, b).map(floating);
  squareMatrices("solve", matrix);
  const assume = assumptionOf("solve", options?.assume);
  const triangle = triangleOf("solve", options?.triangle);
  const onFailure = onFailureOf("solve", options?.onFailure);
  const refine = options?.refine ?? false;
  const solveColumns = (columns: Tensor): Tensor => {
    if (assume !== "positive")
      return general(
        assume === "general" ? matrix : symmetrise(matrix, triangle),
        columns,
        onFailure,
        refine,
      );
    const factorisation = { operation: "solve", triangle, onFailure };
    if (!refine) return positiveSolve(matrix, columns, factorisation);
    const l = positiveFactor(matrix, factorisation);
    return refinedPositiveSolve(symmetrise(matrix, triangle), columns, l, onFailure);
  };
  return withWarnings(() => withColumns("solve", matrix, right, solveColumns));
}

function general(a: Tensor, b: Tensor, onFailure: OnFailure, refine: boolean): Tensor {
  const factors = luFactor(a, { operation: "solve", onFailure, measured: !refine });
  if (refine) return refinedSolve(a, b, factors, onFailure);
  return luSolve(a, b, factors, { operation: "solve", transposed: false, onFailure });
}

methods({ solve });

declare module "../../tensor.js" {
  interface Tensor {
    solve: Method<typeof solve>;
  }
}
