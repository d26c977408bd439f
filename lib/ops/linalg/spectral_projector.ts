import { methods } from "../../core/registry.js";
import { ArgumentError, showValue } from "../../errors.js";
import { checkOptions } from "../../options.js";
import type { Method, Tensor, TensorLike } from "../../tensor.js";
import { arange } from "../creation.js";
import type { Triangle } from "./conventions.js";
import type { ScalarFunction } from "./divided_differences.js";
import { type Degenerate, degenerateOf } from "./gauge.js";
import { constantOnGroups } from "./scalar_functions.js";
import {
  type Spectral,
  type SpectralSystem,
  spectralFunction,
  spectralPotential,
} from "./spectral_function.js";
import { symmetricSystem } from "./symmetric_function.js";

/** Which eigenvalues, counted from the lowest: from `from` up to and without `to`. */
export type EigenvalueRange = readonly [from: number, to: number];

export interface SpectralProjectorOptions {
  /** What is read: both triangles as (A + Aᵀ)/2, or one of them. "both" by default. */
  triangle?: Triangle;
  /** What a derivative does where the range cuts through equal eigenvalues. "throw" by default. */
  degenerate?: Degenerate;
}

function checkedRange(operation: string, range: EigenvalueRange, n: number): EigenvalueRange {
  const valid =
    Array.isArray(range) &&
    range.length === 2 &&
    range.every((i) => Number.isInteger(i)) &&
    range[0] >= 0 &&
    range[0] <= range[1] &&
    range[1] <= n;
  if (!valid)
    throw new ArgumentError(
      operation,
      `expected a range [from, to] with 0 <= from <= to <= ${n}, got ${showValue(range)}`,
    );
  return range;
}

/** 1 on a range of the ascending eigenvalues, 0 below and above. */
function indicator([from, to]: EigenvalueRange): ScalarFunction {
  const place = (w: Tensor): Tensor => arange(w.shape[w.ndim - 1]);
  return constantOnGroups(
    (w) => place(w).greaterEqual(from).logicalAnd(place(w).less(to)).where(w.mul(0).add(1), 0),
    (w) =>
      place(w).greaterEqual(from).cast(w.dtype).add(place(w).greaterEqual(to).cast(w.dtype)).add(w.mul(0)),
  );
}

function prepared(
  operation: string,
  a: TensorLike,
  range: EigenvalueRange,
  options: SpectralProjectorOptions | undefined,
): readonly [SpectralSystem, Spectral] {
  checkOptions(operation, options, ["triangle", "degenerate"]);
  const system = symmetricSystem(operation, a, options?.triangle);
  const f = indicator(checkedRange(operation, range, system.w.shape[system.w.ndim - 1]));
  const degenerate = degenerateOf(operation, options?.degenerate);
  return [system, { operation, values: "eigenvalues", degenerate, f }];
}

/**
 * The orthogonal projector on the eigenvectors of a range of eigenvalues, ascending, of symmetric matrices
 * [..., n, n]: Σ v vᵀ. It does not depend on the basis inside of the range, and its derivatives of every order are
 * exact with equal eigenvalues there; the range must not cut through equal ones.
 * @throws ShapeError if not square, ArgumentError for a range beyond 0 to n, LinAlgError if not finite; derivatives
 * GradientError (ERR_ADJOINT_GAUGE) where the range cuts through equal eigenvalues
 * @see Kato, "Perturbation Theory for Linear Operators", 1995, section II.1
 * @example linalg.spectralProjector([[2, 0], [0, 1]], [0, 1]) // [[0, 0], [0, 1]]
 */
export function spectralProjector(
  a: TensorLike,
  range: EigenvalueRange,
  options?: SpectralProjectorOptions,
): Tensor {
  return spectralFunction(...prepared("spectralProjector", a, range, options));
}

/**
 * The sum of a range of eigenvalues, ascending, of symmetric matrices [..., n, n]. Its gradient is the spectral
 * projector, its derivatives of every order are exact with equal eigenvalues inside of the range.
 * @throws as `spectralProjector`
 * @see Overton and Womersley, "Second derivatives for optimizing eigenvalues of symmetric matrices", 1995
 * @example linalg.eigSum([[2, 1], [1, 2]], [0, 1]) // 1
 */
export function eigSum(a: TensorLike, range: EigenvalueRange, options?: SpectralProjectorOptions): Tensor {
  const [system, spectral] = prepared("eigSum", a, range, options);
  return spectralPotential(system, system.w.slice("...", [range[0], range[1]]).sum(-1), spectral);
}

methods({ spectralProjector, eigSum });

declare module "../../tensor.js" {
  interface Tensor {
    spectralProjector: Method<typeof spectralProjector>;
    eigSum: Method<typeof eigSum>;
  }
}
