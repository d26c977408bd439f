import { floating, lift } from "../../convert.js";
import { leadingAxes } from "../../core/batching.js";
import { bindOne } from "../../core/bind.js";
import { define } from "../../core/define.js";
import { methods } from "../../core/registry.js";
import { execute, kernel, kernelFor, whenMeasured } from "../../instruction.js";
import { checkOptions } from "../../options.js";
import { withoutLast } from "../../shape.js";
import { empty, type Method, type Tensor, type TensorLike } from "../../tensor.js";
import { noteCondition, withWarnings } from "../../warnings.js";
import {
  type Assumption,
  assumptionOf,
  failureCode,
  type OnFailure,
  onFailureOf,
  squareMatrices,
  symmetrise,
  type Triangle,
  triangleOf,
} from "./conventions.js";
import { positiveInverse } from "./positive_definite.js";

export interface InverseOptions {
  /** What A is known to be: "positive" (definite) inverts by Cholesky. "general" by default. */
  assume?: Assumption;
  /** For symmetric and positive definite A: what is read, both triangles as (A + Aᵀ)/2, or one of them. */
  triangle?: Triangle;
  /** "throw" by default; "nan" gives NaN for a matrix that is singular or not finite. */
  onFailure?: OnFailure;
}

const kernels = kernel("inv");

const invPrimitive = define<"a", "x", OnFailure>({
  name: "inv",
  inputs: ["a"],
  outputs: ["x"],
  shape([a]) {
    squareMatrices("inv", a);
    return [{ shape: a.shape, element: a.element }];
  },
  run([a], [{ shape, element }], onFailure) {
    const x = empty("inv", shape, element);
    const batch = withoutLast(shape, 2);
    const operands = [
      [a, a.strides],
      [x, x.strides],
    ] as const;
    execute(
      "inv",
      kernelFor("inv", kernels, element),
      shape,
      operands,
      [failureCode(onFailure), 1],
      "getri",
      batch,
    );
    whenMeasured((found) =>
      noteCondition({ operation: "inv", routine: "getrf", element, space: batch }, found),
    );
    return [x];
  },
  derivative: {
    // Giles 2008, section 2.2.3: dX = −X dA X.
    saves: { a: ["x"] },
    vjp([g], [_a, x]) {
      const adjoint = x.mH;
      return [adjoint.matmul(g!).matmul(adjoint).neg()];
    },
    jvp: ([da], [_a, x]) => [da && x.matmul(da).matmul(x).neg()],
  },
  batch: leadingAxes(2),
});

/**
 * The inverse of matrices [..., n, n], by LAPACK's `getrf` and `getri`, or `potrf` and `potri`. To compute A⁻¹B use `solve`: it is faster
 * and keeps more digits. Warns (see `onWarning`) where the reciprocal condition number 1/(‖A‖₁‖A⁻¹‖₁) is below 10
 * times the machine epsilon.
 * @throws ShapeError if not square, LinAlgError if singular, not positive definite or not finite
 * @see Giles, "Collected matrix derivative results for forward and reverse mode algorithmic differentiation", 2008
 * @example linalg.inv([[2, 0], [0, 4]]) // [[0.5, 0], [0, 0.25]]
 */
export function inv(a: TensorLike, options?: InverseOptions): Tensor {
  checkOptions("inv", options, ["assume", "triangle", "onFailure"]);
  const assume = assumptionOf("inv", options?.assume);
  const triangle = triangleOf("inv", options?.triangle);
  const onFailure = onFailureOf("inv", options?.onFailure);
  const x = floating(lift("inv", a));
  if (assume !== "general") squareMatrices("inv", x);
  return withWarnings(() =>
    assume === "positive"
      ? positiveInverse(x, { operation: "inv", triangle, onFailure })
      : bindOne(invPrimitive, [assume === "general" ? x : symmetrise(x, triangle)], onFailure),
  );
}

methods({ inv });

declare module "../../tensor.js" {
  interface Tensor {
    inv: Method<typeof inv>;
  }
}
