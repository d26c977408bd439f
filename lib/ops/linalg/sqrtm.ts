import { floating, lift } from "../../convert.js";
import { leadingAxes } from "../../core/batching.js";
import { bind, bindOne } from "../../core/bind.js";
import { define } from "../../core/define.js";
import { notDifferentiable } from "../../core/primitive.js";
import { methods } from "../../core/registry.js";
import { execute, kernel, kernelFor } from "../../instruction.js";
import { checkOptions } from "../../options.js";
import { columnMajorStrides, withoutLast } from "../../shape.js";
import { emptyStrided, type Method, type Tensor, type TensorLike, withNode } from "../../tensor.js";
import { failureCode, type OnFailure, oneOf, onFailureOf, type Triangle, triangleOf } from "./conventions.js";
import { squareRoot } from "./scalar_functions.js";
import { schurForm } from "./schur.js";
import { sylvesterSolve } from "./sylvester.js";
import { symmetricFunction } from "./symmetric_function.js";

export interface SqrtmOptions {
  /** What A is known to be: "symmetric" goes by eigenvalues. "general" by default. */
  assume?: "general" | "symmetric";
  /** For symmetric A: what is read, both triangles as (A + Aᵀ)/2, or one of them. */
  triangle?: Triangle;
  /** "throw" by default; "nan" gives NaN for a matrix whose root does not exist, is not real, or is not finite. */
  onFailure?: OnFailure;
}

const kernels = kernel("sqrtm");

/** The root of A and, in the Schur basis, that of T: itself a Schur form, with the Q of A. */
const rootsPrimitive = define<"q" | "t", "r" | "s", OnFailure>({
  name: "schurRoot",
  inputs: ["q", "t"],
  outputs: ["r", "s"],
  shape: ([, t]) => [t, t],
  run([q, t], [{ shape, element }], onFailure) {
    const strides = columnMajorStrides(shape);
    const r = emptyStrided("sqrtm", shape, strides, element);
    const s = emptyStrided("sqrtm", shape, strides, element);
    execute(
      "sqrtm",
      kernelFor("sqrtm", kernels, element),
      shape,
      [q, t, r, s].map((x) => [x, x.strides] as const),
      [failureCode(onFailure)],
      "sqrtm",
      withoutLast(shape, 2),
    );
    return [r, s];
  },
  derivative: notDifferentiable("the roots enter only sqrtm, whose rule speaks of the matrix"),
  batch: leadingAxes(2, 2),
});

/** The root `r`, which is known. It depends on A alone; its Schur form says how. */
const sqrtmPrimitive = define<"a" | "r" | "q" | "s", "x", OnFailure>({
  name: "sqrtm",
  inputs: ["a", "r", "q", "s"],
  outputs: ["x"],
  shape: ([, r]) => [r],
  run: ([, r]) => [withNode(r, null)],
  derivative: {
    // Higham 2008, "Functions of Matrices", section 6.1: R dR + dR R = dA, so Rᴴ A̅ + A̅ Rᴴ = R̅, by the Schur form of R.
    saves: { a: ["q", "s", "x"] },
    vjp: ([g], [, , q, s, x], _wanted, onFailure) => [derivativeAlong(g!, x, q, s, true, onFailure)],
    jvp: ([da], [, , q, s, x], onFailure) => [da && derivativeAlong(da, x, q, s, false, onFailure)],
  },
  batch: leadingAxes(2, 2, 2, 2),
});

function derivativeAlong(
  e: Tensor,
  root: Tensor,
  q: Tensor,
  s: Tensor,
  transposed: boolean,
  onFailure: OnFailure,
): Tensor {
  const form = { q, t: s };
  return sylvesterSolve(root, root, e, [form, form], {
    operation: "sqrtm",
    transposeA: transposed,
    transposeB: transposed,
    onFailure,
    measured: false,
  });
}

/**
 * The principal square root of matrices [..., n, n]: R with R R = A and eigenvalues right of the imaginary axis, by
 * the real Schur form. A singular matrix has a root where its eigenvalue 0 has as many eigenvectors as it counts, but
 * no derivative. For symmetric matrices the root is symmetric; with `assume: "symmetric"` it is computed by `syevd`,
 * with derivatives by divided differences that are exact through ties.
 * @throws ShapeError if not square; LinAlgError if not finite, where an eigenvalue is negative (the root is not real)
 * and where a singular matrix has no root; GradientError for the derivative at a singular matrix
 * @see Higham, "Computing real square roots of a real matrix", 1987; Deadman, Higham and Ralha, "Blocked Schur
 * algorithms for computing the matrix square root", 2013
 * @example linalg.sqrtm([[4, 1], [0, 9]]) // [[2, 0.2], [0, 3]]
 */
export function sqrtm(a: TensorLike, options?: SqrtmOptions): Tensor {
  checkOptions("sqrtm", options, ["assume", "triangle", "onFailure"]);
  const onFailure = onFailureOf("sqrtm", options?.onFailure);
  const triangle = triangleOf("sqrtm", options?.triangle);
  if (oneOf("sqrtm", "assume", options?.assume, ["general", "symmetric"]) === "symmetric")
    return symmetricFunction("sqrtm", a, squareRoot, triangle, onFailure);
  const x = floating(lift("sqrtm", a));
  const { q, t } = schurForm("sqrtm", x, onFailure);
  const [r, s] = bind(rootsPrimitive, [q, t], onFailure);
  return bindOne(sqrtmPrimitive, [x, r, q, s], onFailure);
}

methods({ sqrtm });

declare module "../../tensor.js" {
  interface Tensor {
    sqrtm: Method<typeof sqrtm>;
  }
}
