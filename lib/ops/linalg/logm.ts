import { floating, lift } from "../../convert.js";
import { leadingAxes } from "../../core/batching.js";
import { bindOne } from "../../core/bind.js";
import { define } from "../../core/define.js";
import { methods } from "../../core/registry.js";
import { execute, kernel, kernelFor } from "../../instruction.js";
import { checkOptions } from "../../options.js";
import { broadcastShapes, columnMajorStrides, shapeOf, withoutLast } from "../../shape.js";
import { emptyStrided, type Method, type Tensor, type TensorLike } from "../../tensor.js";
import {
  failureCode,
  type OnFailure,
  oneOf,
  onFailureOf,
  overBatch,
  type Triangle,
  triangleOf,
} from "./conventions.js";
import { rulesAlong, type Shared } from "./frechet.js";
import { logarithm } from "./scalar_functions.js";
import { enlargedForm, schurForm } from "./schur.js";
import { symmetricFunction } from "./symmetric_function.js";

export interface LogmOptions {
  /** What A is known to be: "symmetric" goes by eigenvalues. "general" by default. */
  assume?: "general" | "symmetric";
  /** For symmetric A: what is read, both triangles as (A + Aᵀ)/2, or one of them. */
  triangle?: Triangle;
  /** "throw" by default; "nan" gives NaN for a matrix that has no real logarithm or is not finite. */
  onFailure?: OnFailure;
}

const value = kernel("logm");
const derivative = kernel("logmDerivative");

/** A enters by its Schur form; its own input carries the derivative. */
const alongPrimitive = define<"a" | "e" | "q" | "t", "l", OnFailure>({
  name: "logmDerivative",
  inputs: ["a", "e", "q", "t"],
  outputs: ["l"],
  shape([a, e]) {
    const batch = broadcastShapes("logm", withoutLast(a.shape, 2), withoutLast(e.shape, 2));
    return [{ shape: shapeOf([...batch, ...a.shape.slice(-2)]), element: a.element }];
  },
  run([, e, q, t], [{ shape, element }], onFailure) {
    const l = emptyStrided("logm", shape, columnMajorStrides(shape), element);
    const batch = withoutLast(shape, 2);
    execute(
      "logm",
      kernelFor("logm", derivative, element),
      shape,
      [q, t, e, l].map((x) => [x, overBatch(x, 2, batch.length, x.strides.slice(-2))] as const),
      [failureCode(onFailure)],
      "logm",
      batch,
    );
    return [l];
  },
  derivative: {
    saves: { a: ["a", "e", "q", "t"], e: ["a", "q", "t"] },
    ...rulesAlong<OnFailure>(
      (a, e, form, onFailure) => derivativeAlong(a, e, form, onFailure),
      ([q, t], f) => {
        const form = enlargedForm({ q, t }, f);
        return [form.q, form.t];
      },
    ),
  },
  batch: leadingAxes(2, 2, 2, 2),
});

const derivativeAlong = (a: Tensor, e: Tensor, [q, t]: Shared, onFailure: OnFailure): Tensor =>
  bindOne(alongPrimitive, [a, e, q, t], onFailure);

const logmPrimitive = define<"a" | "q" | "t", "x", OnFailure>({
  name: "logm",
  inputs: ["a", "q", "t"],
  outputs: ["x"],
  shape: ([a]) => [a],
  run([, q, t], [{ shape, element }], onFailure) {
    const x = emptyStrided("logm", shape, columnMajorStrides(shape), element);
    execute(
      "logm",
      kernelFor("logm", value, element),
      shape,
      [q, t, x].map((y) => [y, y.strides] as const),
      [failureCode(onFailure)],
      "logm",
      withoutLast(shape, 2),
    );
    return [x];
  },
  derivative: {
    // As for expm: the adjoint of the derivative at A is L(Aᴴ, G) = L(A, Gᴴ)ᴴ, by the Schur form of A.
    saves: { a: ["a", "q", "t"] },
    vjp: ([g], [a, q, t], _wanted, onFailure) => [derivativeAlong(a, g!.mH, [q, t], onFailure).mH],
    jvp: ([da], [a, q, t], onFailure) => [da && derivativeAlong(a, da, [q, t], onFailure)],
  },
  batch: leadingAxes(2, 2, 2),
});

/**
 * The principal logarithm of matrices [..., n, n]: X with exp(X) = A and eigenvalues whose imaginary parts are between
 * −π and π, by the real Schur form and inverse scaling and squaring. The Schur form serves derivatives of every order.
 * float32 takes the logarithm of the Schur form in double precision. With `assume: "symmetric"` the logarithm is that of
 * the eigenvalues by `syevd`, with derivatives by divided differences that are exact through ties.
 * @throws ShapeError if not square; LinAlgError if singular or not finite, and where an eigenvalue is negative (the
 * logarithm is not real)
 * @see Al-Mohy and Higham, "Improved inverse scaling and squaring algorithms for the matrix logarithm", 2012; Al-Mohy,
 * Higham and Relton, "Computing the Fréchet derivative of the matrix logarithm and estimating the condition number",
 * 2013
 * @example linalg.logm([[1, 1], [0, 1]]) // [[0, 1], [0, 0]]
 */
export function logm(a: TensorLike, options?: LogmOptions): Tensor {
  checkOptions("logm", options, ["assume", "triangle", "onFailure"]);
  const onFailure = onFailureOf("logm", options?.onFailure);
  const triangle = triangleOf("logm", options?.triangle);
  if (oneOf("logm", "assume", options?.assume, ["general", "symmetric"]) === "symmetric")
    return symmetricFunction("logm", a, logarithm, triangle, onFailure);
  const x = floating(lift("logm", a));
  const { q, t } = schurForm("logm", x, onFailure);
  return bindOne(logmPrimitive, [x, q, t], onFailure);
}

methods({ logm });

declare module "../../tensor.js" {
  interface Tensor {
    logm: Method<typeof logm>;
  }
}
