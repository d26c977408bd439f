import type { Tensor } from "../../tensor.js";
import type { ScalarFunction } from "./divided_differences.js";
import { oddPower } from "./scalar_functions.js";
import {
  type Spectral,
  type SpectralSystem,
  spectralFunction,
  spectralPotential,
} from "./spectral_function.js";
import { svd } from "./svd.js";

const beside = (x: Tensor, widths: readonly (readonly [number, number])[]): Tensor =>
  x.pad([...x.shape.slice(0, x.ndim - widths.length).map(() => [0, 0] as const), ...widths]);

/** What indices in messages count. */
export const OF_EITHER_SIGN = "singular values (of either sign)";

/** [[0, A], [Aᴴ, 0]], whose eigenvalues are the singular values of A, with both signs, and zeros. */
function embedded(a: Tensor): Tensor {
  const [m, n] = a.shape.slice(-2);
  const upper = beside(a, [
    [0, n],
    [m, 0],
  ]);
  return upper.add(upper.mH);
}

/** A singular value decomposition as the spectrum of [[0, A], [Aᴴ, 0]]. */
export interface SingularSpectrum extends SpectralSystem {
  readonly s: Tensor;
}

/** The first k pairs (u, v)/√2 belong to s, the next to −s, the others, on one side, to 0. */
export function singularSpectrum(x: Tensor): SingularSpectrum {
  const [m, n] = x.shape.slice(-2);
  const k = Math.min(m, n);
  const rest = m + n - 2 * k;
  const { u, s, vh } = svd(x.stopGradient(), { fullMatrices: true });
  const v = vh.mH;
  const stacked = (above: Tensor, below: Tensor, before: number): Tensor => {
    const after = m + n - before - k;
    const top = beside(above, [
      [0, n],
      [before, after],
    ]);
    return top.add(
      beside(below, [
        [m, 0],
        [before, after],
      ]),
    );
  };
  const [left, right] = [u, v].map((side) => side.slice("...", [0, k]).mul(Math.SQRT1_2));
  let vectors = stacked(left, right, 0).add(stacked(left, right.neg(), k));
  const free = (side: Tensor, rows: readonly [number, number]): Tensor =>
    beside(side.slice("...", [k]), [rows, [2 * k, 0]]);
  if (rest > 0) vectors = vectors.add(m > n ? free(u, [0, n]) : free(v, [m, 0]));
  const values = beside(s, [[0, k + rest]]).sub(beside(s, [[k, rest]]));
  return { a: embedded(x), w: values, v: vectors, s };
}

/** The block of f([[0, A], [Aᴴ, 0]]) in the place of A, for an odd f: U f(S) Vᴴ. */
export function singularFunction(x: Tensor, system: SpectralSystem, spectral: Spectral): Tensor {
  const m = x.shape[x.ndim - 2];
  return spectralFunction(system, spectral).slice("...", [0, m], [m]);
}

/** Σ g(s), given g(s), with the gradient U f(S) Vᴴ where f is g's derivative; half of f belongs to each sign of s. */
export function sumOverSingularValues(
  operation: string,
  x: Tensor,
  sum: (s: Tensor) => Tensor,
  halfDerivative: ScalarFunction,
): Tensor {
  const system = singularSpectrum(x);
  return spectralPotential(system, sum(system.s), {
    operation,
    values: OF_EITHER_SIGN,
    degenerate: "throw",
    f: halfDerivative,
  });
}

/** The sum of singular values. */
export const nuclearNorm = (x: Tensor): Tensor =>
  sumOverSingularValues("matrixNorm", x, (s) => s.sum(-1), oddPower(0, 0.5));
