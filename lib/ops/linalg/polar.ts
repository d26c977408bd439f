import { floating, lift } from "../../convert.js";
import { methods } from "../../core/registry.js";
import { NamedTensors } from "../../core/tree.js";
import { checkOptions } from "../../options.js";
import type { Method, Tensor, TensorLike } from "../../tensor.js";
import { matrices, oneOf, symmetrise } from "./conventions.js";
import { type Degenerate, degenerateOf } from "./gauge.js";
import { orthogonalSign } from "./scalar_functions.js";
import { OF_EITHER_SIGN, singularFunction, singularSpectrum } from "./singular_function.js";

export interface PolarOptions {
  /** "right" for A = U P, by default, "left" for A = P U. */
  side?: "right" | "left";
  /** What a derivative does at a matrix whose rank is not full, where U is arbitrary. "throw" by default. */
  degenerate?: Degenerate;
}

/** The orthogonal factor and the positive semidefinite one. */
export class PolarResult extends NamedTensors {
  static override readonly fields = ["u", "p"];
  constructor(
    readonly u: Tensor,
    readonly p: Tensor,
  ) {
    super();
  }
}

/**
 * The polar decomposition A = U P of matrices [..., m, n] (A = P U for side "left"): U [..., m, n] is the matrix with
 * orthonormal columns, or rows, next to A, and P is symmetric positive semidefinite, [..., n, n] or [..., m, m].
 * Derivatives of every order are exact through equal singular values, by divided differences with denominators
 * s_i + s_j; none exists where the rank is not full.
 * @throws ShapeError without two axes, LinAlgError if not finite; derivatives GradientError (ERR_ADJOINT_GAUGE) where
 * the rank is not full
 * @see Higham, "Functions of Matrices", 2008, chapter 8
 * @example linalg.polar([[0, 2], [1, 0]]).p // [[1, 0], [0, 2]]
 */
export function polar(a: TensorLike, options?: PolarOptions): PolarResult {
  checkOptions("polar", options, ["side", "degenerate"]);
  const side = oneOf("polar", "side", options?.side, ["right", "left"]);
  const degenerate = degenerateOf("polar", options?.degenerate);
  const x = floating(lift("polar", a));
  matrices("polar", x);
  const system = singularSpectrum(x);
  const spectral = {
    operation: "polar",
    values: OF_EITHER_SIGN,
    degenerate,
    f: orthogonalSign(Math.min(...x.shape.slice(-2))),
  };
  const u = singularFunction(x, system, spectral);
  const p = side === "right" ? u.mH.matmul(x) : x.matmul(u.mH);
  return new PolarResult(u, symmetrise(p, "both"));
}

methods({ polar });

declare module "../../tensor.js" {
  interface Tensor {
    polar: Method<typeof polar>;
  }
}
