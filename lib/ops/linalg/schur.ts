import { leadingAxes } from "../../core/batching.js";
import { bind } from "../../core/bind.js";
import { define } from "../../core/define.js";
import { notDifferentiable } from "../../core/primitive.js";
import { execute, kernel, kernelFor } from "../../instruction.js";
import { columnMajorStrides, withoutLast } from "../../shape.js";
import { emptyStrided, type Tensor } from "../../tensor.js";
import { eye } from "../creation.js";
import { failureCode, type OnFailure, squareMatrices } from "./conventions.js";

/** The real Schur form A = Q T Qᵀ, shared by everything that is computed from it. */
export interface SchurForm {
  readonly q: Tensor;
  /** Upper triangular, with blocks of order two where eigenvalues are complex. */
  readonly t: Tensor;
}

interface Factorisation {
  /** The public function on whose behalf this runs. */
  readonly operation: string;
  readonly onFailure: OnFailure;
}

const gees = kernel("gees");

const schurPrimitive = define<"a", "q" | "t", Factorisation>({
  name: "schurForm",
  inputs: ["a"],
  outputs: ["q", "t"],
  shape([a], { operation }) {
    squareMatrices(operation, a);
    return [a, a];
  },
  run([a], [{ shape, element }], { operation, onFailure }) {
    const strides = columnMajorStrides(shape);
    const q = emptyStrided(operation, shape, strides, element);
    const t = emptyStrided(operation, shape, strides, element);
    execute(
      operation,
      kernelFor(operation, gees, element),
      shape,
      [
        [a, a.strides],
        [q, strides],
        [t, strides],
      ],
      [failureCode(onFailure)],
      "gees",
      withoutLast(shape, 2),
    );
    return [q, t];
  },
  derivative: notDifferentiable(
    "the form enters only functions of the matrix, whose rules speak of the matrix",
  ),
  batch: leadingAxes(2),
});

export function schurForm(operation: string, a: Tensor, onFailure: OnFailure): SchurForm {
  const [q, t] = bind(schurPrimitive, [a], { operation, onFailure });
  return { q, t };
}

/**
 * The form of [[A, F], [0, A]], which needs no new factorisation: Q twice on the diagonal and [[T, Qᵀ F Q], [0, T]].
 * Column-major as forms are: built as its transpose.
 */
export function enlargedForm({ q, t }: SchurForm, f: Tensor): SchurForm {
  const { dtype } = t;
  const twice = (x: Tensor): Tensor => eye(2, { dtype }).kron(x.mT);
  const corner = q.mT.matmul(f).matmul(q).stopGradient();
  return { q: twice(q).mT, t: twice(t).add(eye(2, { k: -1, dtype }).kron(corner.mT)).mT };
}
