import { lift, liftPair } from "../../convert.js";
import { leadingAxes } from "../../core/batching.js";
import { bindOne } from "../../core/bind.js";
import { define } from "../../core/define.js";
import type { Primitive } from "../../core/primitive.js";
import { methods } from "../../core/registry.js";
import { execute, kernel, kernelFor, whenMeasured } from "../../instruction.js";
import { checkOptions } from "../../options.js";
import { withoutLast } from "../../shape.js";
import { empty, type Method, type Tensor, type TensorLike } from "../../tensor.js";
import { noteCondition, withWarnings } from "../../warnings.js";
import { besideFailed, factorOf, halvedTril, pullBackFactor } from "./cholesky_pullback.js";
import {
  failureCode,
  floating,
  type OnFailure,
  onFailureOf,
  squareMatrices,
  symmetrise,
  type Triangle,
  triangleCode,
  triangleOf,
} from "./conventions.js";
import { negatedProduct, solutionOf, substitute, tangentSide, withColumns } from "./right_hand_side.js";
import { triangularSolve } from "./triangular.js";

export interface CholeskyOptions {
  /** Gives U with A = UᵀU in place of L with A = L Lᵀ. */
  upper?: boolean;
  /** What is read: both triangles as (A + Aᵀ)/2, or one of them. "both" by default. */
  triangle?: Triangle;
  /** "throw" by default; "nan" gives NaN for a matrix that is not positive definite or not finite. */
  onFailure?: OnFailure;
}

interface Positive {
  /** The public function on whose behalf this runs, and what it calls the matrix: for errors. */
  readonly operation: string;
  readonly subject?: string;
  readonly triangle: Triangle;
  readonly onFailure: OnFailure;
  /** Whether rcond is estimated and warned about: where equations are solved with the factor. */
  readonly measured: boolean;
}

const potrf = kernel("potrf");
const potrs = kernel("potrs");

function factorise([a]: readonly Tensor[], params: Positive): Tensor {
  const { operation, subject, triangle, onFailure, measured } = params;
  const { shape, element } = a;
  const l = empty(operation, shape, element);
  const batch = withoutLast(shape, 2);
  execute(
    operation,
    kernelFor(operation, potrf, element),
    shape,
    [
      [a, a.strides],
      [l, l.strides],
    ],
    [failureCode(onFailure), triangleCode(triangle), 0, measured ? 1 : 0],
    "potrf",
    batch,
    subject,
  );
  if (measured)
    whenMeasured((found) => noteCondition({ operation, routine: "potrf", element, space: batch }, found));
  return l;
}

const choleskyPrimitive = define<"a", "l", Positive>({
  name: "cholesky",
  inputs: ["a"],
  outputs: ["l"],
  shape([a], { operation }) {
    squareMatrices(operation, a);
    return [{ shape: a.shape, element: a.element }];
  },
  run: (inputs, _outputs, params) => [factorise(inputs, params)],
  derivative: {
    // Murray 2016, "Differentiation of the Cholesky decomposition", equations 8 and 10: dL = L Φ(L⁻¹ dA L⁻ᴴ), so
    // A̅ = L⁻ᴴ Φ(Lᴴ L̅) L⁻¹, Φ the lower triangle with its diagonal halved.
    saves: { a: ["l"] },
    vjp([g], [_a, l], _wanted, { triangle, onFailure }) {
      const symmetric = pullBackFactor(l, g!, onFailure);
      return [triangle === "both" ? symmetric : symmetrise.transposed(symmetric, triangle)];
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
  batch: leadingAxes(2),
});

/** `cholesky` on behalf of another function, which errors name. */
export const lowerFactor = (a: Tensor, params: Omit<Positive, "measured">): Tensor =>
  bindOne(choleskyPrimitive, [a], { ...params, measured: false });

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

interface PositiveSubstitution {
  readonly triangle: Triangle;
  readonly onFailure: OnFailure;
}

/** X of A X = B for positive definite A, by the factor; A's own input carries the derivative. */
const positiveSolvePrimitive: Primitive<PositiveSubstitution> = define<
  "a" | "b" | "l",
  "x",
  PositiveSubstitution
>({
  name: "positiveSolve",
  inputs: ["a", "b", "l"],
  outputs: ["x"],
  shape: ([a, b]) => [solutionOf("solve", a, b)],
  run([, b, l], [solution], { onFailure }) {
    const potrsOf = {
      operation: "solve",
      kernels: potrs,
      routine: "potrs",
      params: [failureCode(onFailure)],
    };
    return [substitute(potrsOf, [l], [], b, solution)];
  },
  derivative: {
    // As for luSolve; A is its own transpose, and only what was read of it carries the cotangent.
    saves: { a: ["a", "l", "x"], b: ["a", "l"] },
    vjp([g], [a, , l, x], [wantsA], params) {
      const gb = bindOne(positiveSolvePrimitive, [a, g!, l], params);
      return [
        wantsA && symmetrise.transposed(symmetrise(negatedProduct(gb, x), "both"), params.triangle),
        gb,
      ];
    },
    jvp([da, db], [a, , l, x], params) {
      const moved = da && symmetrise(da, params.triangle).matmul(x);
      const right = tangentSide(db, moved);
      return [right && bindOne(positiveSolvePrimitive, [a, right, l], params)];
    },
  },
  batch: leadingAxes(2, 2, 2),
});

const choleskyFactorPrimitive = define<"a", "l", Positive>({
  name: "choleskyFactor",
  inputs: ["a"],
  outputs: ["l"],
  shape([a], { operation }) {
    squareMatrices(operation, a);
    return [{ shape: a.shape, element: a.element }];
  },
  run: (inputs, _outputs, params) => [factorise(inputs, params)],
  derivative: { refused: "the factor enters only positiveSolve, whose rule speaks of the matrix" },
  batch: leadingAxes(2),
});

/** `solve` for positive definite matrices. */
export function positiveSolve(a: Tensor, b: Tensor, triangle: Triangle, onFailure: OnFailure): Tensor {
  const l = bindOne(choleskyFactorPrimitive, [a], {
    operation: "solve",
    triangle,
    onFailure,
    measured: true,
  });
  return bindOne(positiveSolvePrimitive, [a, b, l], { triangle, onFailure });
}

/** The factor of a symmetric matrix, for a solve that finds out about the condition by itself. */
export function unmeasuredFactor(a: Tensor, onFailure: OnFailure): Tensor {
  const factorisation: Positive = { operation: "solve", triangle: "lower", onFailure, measured: false };
  return bindOne(choleskyFactorPrimitive, [a], factorisation);
}

methods({ cholesky, choleskySolve });

declare module "../../tensor.js" {
  interface Tensor {
    cholesky: Method<typeof cholesky>;
    choleskySolve: Method<typeof choleskySolve>;
  }
}
