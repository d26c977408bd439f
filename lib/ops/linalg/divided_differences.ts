import { isPartOfProgram } from "../../core/wrapper.js";
import type { Tensor } from "../../tensor.js";

/** A function of eigenvalues in memory, with what its divided differences need. */
export interface ScalarFunction {
  values(w: Tensor): Tensor;
  /** f⁽ᵏ⁾(w) / k! for k from 0 to `order`. */
  taylor(w: Tensor, order: number): readonly Tensor[];
  /** f[x, y] = (f(y) − f(x)) / (y − x) by a formula without cancellation. */
  difference?(x: Tensor, y: Tensor): Tensor;
  /** Where f is defined; everywhere unless said. */
  readonly domain?: "positive" | "nonnegative";
  /** For how many derivatives f is smooth enough at 0; all of them unless said. */
  readonly smoothness?: number;
  /** Where f is smooth on each of several groups only: which group an eigenvalue belongs to. */
  groups?(w: Tensor): Tensor;
}

/** Terms beyond the first of an expansion about one of the points. */
const TERMS = 6;
/** Gaps above this fraction of the largest eigenvalue cost a digit at most: no expansion is needed. */
const WIDE = 0.1;

/** [..., n] along one of `rank` axes behind the batch. */
const along = (x: Tensor, axis: number, rank: number): Tensor =>
  x.reshape([
    ...x.shape.slice(0, -1),
    ...Array.from({ length: rank }, (_, k) => (k === axis ? x.shape[x.ndim - 1] : 1)),
  ]);

const larger = (x: Tensor, y: Tensor): Tensor => x.greater(y).where(x, y);

/** Whether some eigenvalues are neither the same nor far apart, or may be. */
function anyClose(w: Tensor): boolean {
  if (w.size === 0) return false;
  if (isPartOfProgram(w)) return true;
  const gaps = w.expandDims(-1).sub(w.expandDims(-2)).abs();
  const scale = w.abs().max(-1, { keepDims: true }).expandDims(-1);
  return gaps
    .greater(0)
    .logicalAnd(gaps.less(scale.mul(WIDE)))
    .any()
    .item() as boolean;
}

/** The quotient of the pair of points that are furthest apart, that gap, and the size of its rounding errors. */
interface Quotient {
  readonly value: Tensor;
  readonly gap: Tensor;
  readonly rounding: Tensor;
}

/** (f[… without x_p] − f[… without x_q]) / (x_q − x_p) for the pair with the widest gap. */
function widest(lower: Tensor, x: readonly Tensor[]): Quotient {
  const rank = x.length;
  let best: Quotient | null = null;
  for (let p = 0; p < rank; p++)
    for (let q = p + 1; q < rank; q++) {
      const [a, b] = [lower.expandDims(p - rank), lower.expandDims(q - rank)];
      const distance = x[q].sub(x[p]);
      const gap = distance.abs();
      const next = { value: a.sub(b).div(distance), gap, rounding: a.abs().add(b.abs()).div(gap) };
      if (best === null) best = next;
      else {
        const wider: Tensor = next.gap.greater(best.gap);
        best = {
          value: wider.where(next.value, best.value),
          gap: wider.where(next.gap, best.gap),
          rounding: wider.where(next.rounding, best.rounding),
        };
      }
    }
  return best!;
}

/** The expansion about the first point, and the size of its last terms. */
function expansion(
  f: ScalarFunction,
  w: Tensor,
  x: readonly Tensor[],
  terms: number,
): readonly [Tensor, Tensor] {
  const rank = x.length;
  const coefficients = f.taylor(w, rank - 1 + terms).slice(rank - 1);
  // Σ_k f⁽ᵐ⁺ᵏ⁾(x₀)/(m + k)! h_k, where h_k is the sum of all products of k of the distances to x₀, with repetition.
  const products: Tensor[] = [];
  for (let q = 1; q < rank; q++) {
    const distance = x[q].sub(x[0]);
    for (let k = 0; k < terms; k++) {
      const shorter = k === 0 ? null : products[k - 1];
      const extended = shorter === null ? distance : distance.mul(shorter);
      products[k] = products[k] === undefined ? extended : products[k].add(extended);
    }
  }
  let sum = along(coefficients[0], 0, rank);
  let error = sum.mul(0);
  for (let k = 0; k < terms; k++) {
    const coefficient = along(coefficients[k + 1], 0, rank);
    const term = products[k].equal(0).where(0, products[k].mul(coefficient));
    sum = sum.add(term);
    if (k >= terms - 2) error = larger(term.abs(), error);
  }
  return [sum, error];
}

/**
 * The divided differences f[w_i, …, w_l] of all `order` + 1 eigenvalues [..., n], as a tensor [..., n, …, n]. A
 * quotient is used where it loses fewer digits than a Taylor expansion about one of the points is short of.
 * @see de Boor, "Divided differences", 2005
 */
export function dividedDifferences(f: ScalarFunction, w: Tensor, order: number): Tensor {
  if (order === 0) return f.values(w);
  const rank = order + 1;
  const x = Array.from({ length: rank }, (_, k) => along(w, k, rank));
  if (w.shape[w.ndim - 1] === 0) return x.reduce((product, points) => product.mul(points));
  if (order === 1 && f.difference !== undefined) return f.difference(x[0], x[1]);
  const { value, gap, rounding } = widest(dividedDifferences(f, w, order - 1), x);
  const [expanded, error] = expansion(f, w, x, anyClose(w) ? TERMS : 0);
  const same = gap.equal(0);
  const exact = anyClose(w) ? same.logicalOr(error.less(rounding.mul(w.element.epsilon))) : same;
  const groups = f.groups?.(w);
  if (groups === undefined) return exact.where(expanded, value);
  const label = along(groups, 0, rank);
  const together = x.map((_, k) => along(groups, k, rank).equal(label)).reduce((all, t) => all.logicalAnd(t));
  // Between groups that touch there is no derivative; `gaugeGuard` has spoken.
  const scale = w
    .abs()
    .max(-1, { keepDims: true })
    .mul(Math.max(w.shape[w.ndim - 1], 10) * w.element.epsilon);
  const touching = gap.lessEqual(along(scale, 0, rank));
  return together.where(exact.where(expanded, value), touching.where(0, value));
}
