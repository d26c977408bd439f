import { checkOptions, liftPair } from "../../convert.js";
import { methods } from "../../core/registry.js";
import { ArgumentError } from "../../errors.js";
import type { Method, Tensor, TensorLike } from "../../tensor.js";
import { withWarnings } from "../../warnings.js";
import { positiveSolve } from "./cholesky.js";
import {
  floating,
  type OnFailure,
  onFailureOf,
  squareMatrices,
  symmetrise,
  type Triangle,
  triangleOf,
} from "./conventions.js";
import { luFactor, luSolve } from "./lu_factor.js";
import { withColumns } from "./right_hand_side.js";

export interface SolveOptions {
  /** What A is known to be: "positive" (definite) solves by Cholesky. "general" by default. */
  assume?: "general" | "symmetric" | "positive";
  /** For symmetric and positive definite A: what is read, both triangles as (A + Aᵀ)/2, or one of them. */
  triangle?: Triangle;
  /** "throw" by default; "nan" gives NaN for a matrix that is singular or not finite. */
  onFailure?: OnFailure;
}

/**
 * X of A X = B for matrices [..., n, n], by LAPACK's `getrf` and `getrs`, or `potrf` and `potrs`. B is [..., n, k],
 * or a vector [n]; batches broadcast. Warns (see `onWarning`) where the estimated reciprocal condition number is
 * below 10 times the machine epsilon. One factorisation serves the value and derivatives of every order.
 * @throws ShapeError where shapes do not fit, LinAlgError if singular, not positive definite or not finite
 * @see Giles, "Collected matrix derivative results for forward and reverse mode algorithmic differentiation", 2008
 * @example linalg.solve([[2, 0], [0, 4]], [2, 8]) // [1, 2]
 */
export function solve(a: TensorLike, b: TensorLike, options?: SolveOptions): Tensor {
  checkOptions("solve", options, ["assume", "triangle", "onFailure"]);
  const [matrix, right] = liftPair("solve", a, b).map(floating);
  squareMatrices("solve", matrix);
  const triangle = triangleOf("solve", options?.triangle);
  const onFailure = onFailureOf("solve", options?.onFailure);
  const solveColumns = (columns: Tensor): Tensor => {
    switch (options?.assume ?? "general") {
      case "general":
        return general(matrix, columns, onFailure);
      case "symmetric":
        return general(symmetrise(matrix, triangle), columns, onFailure);
      case "positive":
        return positiveSolve(matrix, columns, triangle, onFailure);
      default:
        throw new ArgumentError(
          "solve",
          `assume is ${JSON.stringify(options?.assume)}, expected "general", "symmetric", "positive"`,
        );
    }
  };
  return withWarnings(() => withColumns("solve", matrix, right, solveColumns));
}

const general = (a: Tensor, b: Tensor, onFailure: OnFailure): Tensor =>
  luSolve(a, b, luFactor("solve", a, onFailure), { operation: "solve", transposed: false });

methods({ solve });

declare module "../../tensor.js" {
  interface Tensor {
    solve: Method<typeof solve>;
  }
}
