import type { Tensor } from "../../tensor.js";
import { arange } from "../creation.js";
import type { ScalarFunction } from "./divided_differences.js";

const upTo = (order: number, term: (k: number) => Tensor): Tensor[] =>
  Array.from({ length: order + 1 }, (_, k) => term(k));

export const factorial = (k: number): number => (k < 2 ? 1 : k * factorial(k - 1));

/** p (p − 1) … (p − k + 1) / k! */
function binomial(p: number, k: number): number {
  let product = 1;
  for (let i = 0; i < k; i++) product *= (p - i) / (i + 1);
  return product;
}

const larger = (x: Tensor, y: Tensor): Tensor => x.greater(y).where(x, y);
const smaller = (x: Tensor, y: Tensor): Tensor => x.less(y).where(x, y);

export const exponential: ScalarFunction = {
  values: (w) => w.exp(),
  taylor(w, order) {
    const e = w.exp();
    return upTo(order, (k) => e.div(factorial(k)));
  },
  difference(x, y) {
    const gap = x.sub(y).abs();
    const same = gap.equal(0);
    const ratio = same.where(1, gap.neg().expm1().neg().div(same.where(1, gap)));
    return larger(x, y).exp().mul(ratio);
  },
};

export const logarithm: ScalarFunction = {
  domain: "positive",
  values: (w) => w.log(),
  taylor: (w, order) => upTo(order, (k) => (k === 0 ? w.log() : w.pow(-k).mul((k % 2 === 0 ? -1 : 1) / k))),
  difference(x, y) {
    const gap = x.sub(y).abs();
    const least = smaller(x, y);
    const same = gap.equal(0);
    return same.where(least.reciprocal(), gap.div(least).log1p().div(same.where(1, gap)));
  },
};

const domainOf = (p: number): Pick<ScalarFunction, "domain" | "smoothness"> => {
  if (Number.isInteger(p) && p >= 0) return {};
  return p > 0 ? { domain: "nonnegative", smoothness: p } : { domain: "positive" };
};

/** w to the power p; a coefficient that is 0 stays 0 at w = 0 too. */
export const power = (p: number): ScalarFunction => ({
  ...domainOf(p),
  values: (w) => w.pow(p),
  taylor: (w, order) =>
    upTo(order, (k) => {
      const coefficient = binomial(p, k);
      return coefficient === 0 ? w.mul(0) : w.pow(p - k).mul(coefficient);
    }),
});

export const squareRoot: ScalarFunction = {
  ...power(0.5),
  values: (w) => w.sqrt(),
  difference: (x, y) => x.sqrt().add(y.sqrt()).reciprocal(),
};

export const inverseSquareRoot: ScalarFunction = {
  ...power(-0.5),
  values: (w) => w.sqrt().reciprocal(),
  difference(x, y) {
    const [p, q] = [x.sqrt(), y.sqrt()];
    return p.mul(q).mul(p.add(q)).reciprocal().neg();
  },
};

/** Constant on each of several groups of eigenvalues; `values` and `groups` may look at all eigenvalues at once. */
export const constantOnGroups = (
  values: (w: Tensor) => Tensor,
  groups: (w: Tensor) => Tensor,
): ScalarFunction => ({
  values,
  groups,
  taylor: (w, order) => upTo(order, (k) => (k === 0 ? values(w) : w.mul(0))),
});

/** −1, 0 or 1; eigenvalues that differ from 0 by no more than rounding count as 0. */
export function signOf(w: Tensor): Tensor {
  if (w.size === 0) return w;
  const tolerance = w
    .abs()
    .max(-1, { keepDims: true })
    .mul(Math.max(w.shape[w.ndim - 1], 10) * w.element.epsilon);
  return w.abs().lessEqual(tolerance).where(0, w.sign());
}

export const sign: ScalarFunction = constantOnGroups(signOf, signOf);

/** c · sign(w) |w|ᵖ, smooth on both sides of 0 and constant at 0. */
export function oddPower(p: number, c: number): ScalarFunction {
  const side = (w: Tensor, x: Tensor): Tensor => signOf(w).equal(0).where(0, x);
  return {
    values: (w) => side(w, w.sign().mul(w.abs().pow(p)).mul(c)),
    groups: signOf,
    taylor: (w, order) =>
      upTo(order, (k) => {
        const coefficient = c * binomial(p, k);
        const size = w
          .abs()
          .pow(p - k)
          .mul(coefficient);
        return coefficient === 0 ? w.mul(0) : side(w, k % 2 === 0 ? w.sign().mul(size) : size);
      }),
  };
}

/** 1, −1 and 0 in the places of s, −s and the zeros that `singularSpectrum` adds. */
const places = (w: Tensor, count: number): Tensor => {
  const place = arange(w.shape[w.ndim - 1]);
  const side = place
    .less(count)
    .cast(w.dtype)
    .sub(
      place
        .greaterEqual(count)
        .logicalAnd(place.less(2 * count))
        .cast(w.dtype),
    );
  return side.add(w.mul(0));
};

/** The sign of singular values by their places: those that are 0 keep the vectors that were found. */
export const orthogonalSign = (count: number): ScalarFunction =>
  constantOnGroups(
    (w) => places(w, count),
    (w) => places(w, count),
  );

/** ±c for the k leading ones of `count` singular values and their negatives, 0 for the others and those that are 0. */
export function leading(k: number, count: number, c: number): ScalarFunction {
  const chosen = (w: Tensor): Tensor => {
    const place = arange(w.shape[w.ndim - 1]);
    const within = place.less(k).logicalOr(place.greaterEqual(count).logicalAnd(place.less(count + k)));
    return within.where(signOf(w), 0);
  };
  return constantOnGroups((w) => chosen(w).mul(c), chosen);
}
