import { floating, lift } from "../../convert.js";
import { isTracked } from "../../core/bind.js";
import { methods } from "../../core/registry.js";
import { ArgumentError, showValue } from "../../errors.js";
import { checkOptions } from "../../options.js";
import type { Method, Tensor, TensorLike } from "../../tensor.js";
import { type OnFailure, squareMatrices, symmetrise, type Triangle, triangleOf } from "./conventions.js";
import type { ScalarFunction } from "./divided_differences.js";
import { eigh } from "./eigh.js";
import { inverseSquareRoot, power, squareRoot } from "./scalar_functions.js";
import { type SpectralSystem, spectralFunction } from "./spectral_function.js";

export interface SymmetricOptions {
  /** What is read: both triangles as (A + Aᵀ)/2, or one of them. "both" by default. */
  triangle?: Triangle;
}

/** The eigenvalues and eigenvectors of a symmetric matrix as constants, beside the matrix. */
export function symmetricSystem(
  operation: string,
  a: TensorLike,
  triangle: Triangle | undefined,
  onFailure: OnFailure = "throw",
): SpectralSystem {
  const x = floating(lift(operation, a));
  squareMatrices(operation, x);
  const read = triangleOf(operation, triangle);
  const { values, vectors } = eigh(x.stopGradient(), { triangle: read, onFailure });
  return { a: isTracked(x) ? symmetrise(x, read) : x, w: values, v: vectors };
}

/** f of symmetric matrices. */
export function symmetricFunction(
  operation: string,
  a: TensorLike,
  f: ScalarFunction,
  triangle: Triangle | undefined,
  onFailure: OnFailure = "throw",
): Tensor {
  const system = symmetricSystem(operation, a, triangle, onFailure);
  return spectralFunction(system, { operation, values: "eigenvalues", degenerate: "throw", onFailure, f });
}

/**
 * A^(−1/2) of symmetric positive definite matrices [..., n, n]. Derivatives of every order are exact through equal
 * eigenvalues, by divided differences.
 * @throws ShapeError if not square, LinAlgError if not positive definite or not finite
 * @see Higham, "Functions of Matrices", 2008, section 3.2
 * @example linalg.invSqrtm([[4, 0], [0, 1]]) // [[0.5, 0], [0, 1]]
 */
export function invSqrtm(a: TensorLike, options?: SymmetricOptions): Tensor {
  checkOptions("invSqrtm", options, ["triangle"]);
  return symmetricFunction("invSqrtm", a, inverseSquareRoot, options?.triangle);
}

/**
 * Aᵖ of symmetric matrices [..., n, n] for any real p: positive definite ones, semidefinite for positive p, any for
 * integers p ≥ 0. Derivatives of every order are exact through equal eigenvalues, by divided differences.
 * @throws ShapeError if not square, ArgumentError for a p that is not finite, LinAlgError for eigenvalues that have no
 * real power, and if not finite; GradientError for derivatives of an order above a fractional p at a singular matrix
 * @see Higham, "Functions of Matrices", 2008, section 3.2
 * @example linalg.powm([[4, 0], [0, 1]], 1.5) // [[8, 0], [0, 1]]
 */
export function powm(a: TensorLike, p: number, options?: SymmetricOptions): Tensor {
  checkOptions("powm", options, ["triangle"]);
  if (typeof p !== "number" || !Number.isFinite(p))
    throw new ArgumentError("powm", `expected a finite power, got ${showValue(p)}`);
  return symmetricFunction("powm", a, p === 0.5 ? squareRoot : power(p), options?.triangle);
}

methods({ invSqrtm, powm });

declare module "../../tensor.js" {
  interface Tensor {
    invSqrtm: Method<typeof invSqrtm>;
    powm: Method<typeof powm>;
  }
}
