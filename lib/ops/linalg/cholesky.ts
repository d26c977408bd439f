import { floating, lift, liftPair } from "../../convert.js";
import { bindOne } from "../../core/bind.js";
import { define } from "../../core/define.js";
import { methods } from "../../core/registry.js";
import { checkOptions } from "../../options.js";
import type { Method, Tensor, TensorLike } from "../../tensor.js";
import { withWarnings } from "../../warnings.js";
import { besideFailed, factorOf, halvedTril, pullBackFactor } from "./cholesky_pullback.js";
import {
  type OnFailure,
  onFailureOf,
  squareMatrices,
  symmetrise,
  type Triangle,
  triangleOf,
} from "./conventions.js";
import { choleskyOf, type Factorisation } from "./positive_factor.js";
import { withColumns } from "./right_hand_side.js";
import { triangularSolve } from "./triangular.js";

export interface CholeskyOptions {
  /** Gives U with A = UᵀU in place of L with A = L Lᵀ. */
  upper?: boolean;
  /** What is read: both triangles as (A + Aᵀ)/2, or one of them. "both" by default. */
  triangle?: Triangle;
  /** "throw" by default; "nan" gives NaN for a matrix that is not positive definite or not finite. */
  onFailure?: OnFailure;
}

const choleskyPrimitive = define<"a", "l", Factorisation>({
  ...choleskyOf,
  name: "cholesky",
  derivative: {
    // Murray 2016, "Differentiation of the Cholesky decomposition", equations 8 and 10: dL = L Φ(L⁻¹ dA L⁻ᴴ), so
    // A̅ = L⁻ᴴ Φ(Lᴴ L̅) L⁻¹, Φ the lower triangle with its diagonal halved.
    saves: { a: ["l"] },
    vjp([g], [_a, l], _wanted, { triangle, onFailure }) {
      const symmetric = pullBackFactor(l, g!, onFailure);
      return [symmetrise.ofSymmetric(symmetric, triangle)];
    },
    jvp([da], [_a, factor], { triangle, onFailure }) {
      if (da === null) return [null];
      const tangent = besideFailed(factor, onFailure, (l) => {
        const left = triangularSolve(l, symmetrise(da, triangle), factorOf);
        return l.matmul(halvedTril(triangularSolve(l, left.mH, factorOf).mH));
      });
      return [tangent];
    },
  },
});

/** `cholesky` on behalf of another function, which errors name. */
export const lowerFactor = (a: Tensor, params: Factorisation): Tensor =>
  bindOne(choleskyPrimitive, [a], params);

/**
 * The Cholesky factor of positive definite matrices [..., n, n], by LAPACK's `potrf`: lower triangular L with
 * A = L Lᵀ and a positive diagonal, or its transpose. `triangle` decides what is read and where the gradient lives,
 * as for `eigh`.
 * @throws ShapeError if not square, LinAlgError if not positive definite or not finite
 * @see Murray, "Differentiation of the Cholesky decomposition", 2016
 * @example linalg.cholesky([[4, 2], [2, 5]]) // [[2, 0], [1, 2]]
 */
export function cholesky(a: TensorLike, options?: CholeskyOptions): Tensor {
  checkOptions("cholesky", options, ["upper", "triangle", "onFailure"]);
  const l = lowerFactor(floating(lift("cholesky", a)), {
    operation: "cholesky",
    triangle: triangleOf("cholesky", options?.triangle),
    onFailure: onFailureOf("cholesky", options?.onFailure),
  });
  return options?.upper ? l.mH : l;
}

const byFactor = {
  lower: true,
  transpose: false,
  unitDiagonal: false,
  purpose: { operation: "choleskySolve" },
};

/**
 * X of L Lᵀ X = B, given the lower Cholesky factor L [..., n, n]. B is [..., n, k], or a vector [n]. Warns (see
 * `onWarning`) where the estimated reciprocal condition number of L Lᵀ is below 10 times the machine epsilon.
 * @throws ShapeError where shapes do not fit, LinAlgError for a zero on the diagonal
 * @example linalg.choleskySolve([[2, 0], [1, 2]], [8, 9]) // [1.375, 1.25]
 */
export function choleskySolve(l: TensorLike, b: TensorLike): Tensor {
  const [factor, right] = liftPair("choleskySolve", l, b).map(floating);
  squareMatrices("choleskySolve", factor);
  return withWarnings(() =>
    withColumns("choleskySolve", factor, right, (columns) => {
      const half = triangularSolve(factor, columns, { ...byFactor, measure: "product" });
      return triangularSolve(factor, half, { ...byFactor, transpose: true });
    }),
  );
}

methods({ cholesky, choleskySolve });

declare module "../../tensor.js" {
  interface Tensor {
    cholesky: Method<typeof cholesky>;
    choleskySolve: Method<typeof choleskySolve>;
  }
}
