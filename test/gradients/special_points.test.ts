import * as ad from "adjoint";
import { grad, hessian, jvp, nn, type Tensor, tensor } from "adjoint";
import { describe, expect, test } from "vitest";

const { POSITIVE_INFINITY: infinity, NaN: nan } = Number;

type F = (x: Tensor) => Tensor;

/** A scalar function of a vector at a point, its gradient and, where it is of interest, its Hessian. */
interface Point {
  name: string;
  f: F;
  at: number[];
  gradient: number[];
  hessian?: number[][];
}

const zeros = (n: number): number[][] => Array.from({ length: n }, () => new Array<number>(n).fill(0));
const of =
  (f: (x: Tensor, y: Tensor) => Tensor): F =>
  (v) =>
    f(v.slice(0), v.slice(1));

const corners: Point[] = [
  { name: "hypot at the origin", f: of(ad.hypot), at: [0, 0], gradient: [0, 0], hessian: zeros(2) },
  { name: "atan2 at the origin", f: of(ad.atan2), at: [0, 0], gradient: [0, 0], hessian: zeros(2) },
  { name: "atan2 on an axis", f: of(ad.atan2), at: [0, 2], gradient: [0.5, 0] },
  { name: "abs at 0", f: (x) => x.abs().sum(), at: [0, -0, -2], gradient: [0, 0, -1], hessian: zeros(3) },
  { name: "clip at its bounds", f: (x) => x.clip(0, 1).sum(), at: [0, 1, 2], gradient: [1, 1, 0] },
  { name: "std of equal elements", f: (x) => x.std(), at: [2, 2, 2], gradient: [0, 0, 0], hessian: zeros(3) },
  { name: "maximum of a tie", f: (x) => x.max(), at: [3, 3, 1], gradient: [0.5, 0.5, 0], hessian: zeros(3) },
  {
    name: "a condition that chooses before the domain ends",
    f: (x) => {
      const inside = x.greater(0);
      return inside.where(inside.where(x, 1).sqrt(), 0).sum();
    },
    at: [-1, 0, 4],
    gradient: [0, 0, 0.25],
  },
  {
    name: "a constant NaN that is not chosen",
    f: (x) => x.greater(0).where(x.square(), nan).sum(),
    at: [1, 2],
    gradient: [2, 4],
  },
];

const powers: Point[] = [
  { name: "0 to the 0", f: (x) => x.pow(0).sum(), at: [0, 2], gradient: [0, 0], hessian: zeros(2) },
  { name: "0 to the 1", f: (x) => x.pow(1).sum(), at: [0, 2], gradient: [1, 1], hessian: zeros(2) },
  {
    name: "0 to the 2",
    f: (x) => x.pow(2).sum(),
    at: [0, 1e-310],
    gradient: [0, 2e-310],
    hessian: [
      [2, 0],
      [0, 2],
    ],
  },
  { name: "0 to the 1/2", f: (x) => x.pow(0.5).sum(), at: [0], gradient: [infinity] },
  { name: "infinity to the 0", f: (x) => x.pow(0).sum(), at: [infinity, 1e-310], gradient: [0, 0] },
  {
    name: "an exponent of 0",
    f: of(ad.pow),
    at: [2, 0],
    gradient: [0, Math.LN2],
    hessian: [
      [0, 0.5],
      [0.5, Math.LN2 ** 2],
    ],
  },
];

const products: Point[] = [
  {
    name: "a product with one zero",
    f: (x) => x.prod(),
    at: [0, 2, 3],
    gradient: [6, 0, 0],
    hessian: [
      [0, 3, 2],
      [3, 0, 0],
      [2, 0, 0],
    ],
  },
  {
    name: "a product with two zeros",
    f: (x) => x.prod(),
    at: [0, 0, 3],
    gradient: [0, 0, 0],
    hessian: [
      [0, 3, 0],
      [3, 0, 0],
      [0, 0, 0],
    ],
  },
  { name: "a product of zeros", f: (x) => x.prod(), at: [0, 0, 0], gradient: [0, 0, 0], hessian: zeros(3) },
  {
    name: "cumulative products with a zero",
    f: (x) => x.cumprod().sum(),
    at: [2, 0, 3],
    gradient: [1, 8, 0],
    hessian: [
      [0, 4, 0],
      [4, 0, 2],
      [0, 2, 0],
    ],
  },
];

const infinities: Point[] = [
  { name: "logaddexp of −∞", f: of(ad.logaddexp), at: [-infinity, -infinity], gradient: [0, 0] },
  { name: "logaddexp of −∞ and 1", f: of(ad.logaddexp), at: [-infinity, 1], gradient: [0, 1] },
  {
    name: "logsumexp of −∞ alone",
    f: (x) => x.logsumexp(),
    at: [-infinity, -infinity],
    gradient: [0, 0],
    hessian: zeros(2),
  },
  {
    name: "logsumexp of −∞ and equal numbers",
    f: (x) => x.logsumexp(),
    at: [-infinity, 1, 1],
    gradient: [0, 0.5, 0.5],
    hessian: [
      [0, 0, 0],
      [0, 0.25, -0.25],
      [0, -0.25, 0.25],
    ],
  },
  {
    name: "cross entropy with a class that neither side admits",
    f: (x) => nn.crossEntropy(x, [0.5, 0.5, 0]),
    at: [0, 0, -infinity],
    gradient: [0, 0, 0],
  },
  { name: "acosh of a large number", f: (x) => x.acosh().sum(), at: [1e200], gradient: [1e-200] },
  { name: "acosh where it is not defined", f: (x) => x.acosh().sum(), at: [-3], gradient: [nan] },
];

const tables = { corners, powers, products, infinities };
for (const [family, points] of Object.entries(tables))
  describe(`derivatives at ${family}`, () => {
    test.each(points)("$name", ({ f, at, gradient, hessian: expected }) => {
      const x = tensor(at);
      expectRelative(grad(f)(x), gradient);
      // Forward mode meets the same points by itself.
      gradient.forEach((slope, i) => {
        const direction = at.map((_, k) => (k === i ? 1 : 0));
        const [, moved] = jvp(f, [x], [tensor(direction)]);
        expectRelative(moved, [slope]);
      });
      if (expected) expectRelative(hessian(f)(x), expected.flat());
    });
  });

function expectRelative(found: Tensor, expected: number[]): void {
  const values = [...found.toTypedArray()];
  expected.forEach((value, i) => {
    if (Number.isFinite(value))
      expect(Math.abs(values[i] - value)).toBeLessThanOrEqual(1e-14 * Math.abs(value));
    else expect(values[i]).toBe(value);
  });
}

/** Where a function flattens out its derivatives are small, not 0. */
const tails: { name: string; f: F; x: number; first: number; second: number }[] = [
  { name: "sigmoid", f: (x) => nn.sigmoid(x), x: 40, first: Math.exp(-40), second: -Math.exp(-40) },
  { name: "sigmoid", f: (x) => nn.sigmoid(x), x: -40, first: Math.exp(-40), second: Math.exp(-40) },
  { name: "softplus", f: (x) => nn.softplus(x), x: 700, first: 1, second: Math.exp(-700) },
  { name: "logSigmoid", f: (x) => nn.logSigmoid(x), x: 40, first: Math.exp(-40), second: -Math.exp(-40) },
  { name: "expm1", f: (x) => x.expm1(), x: -60, first: Math.exp(-60), second: Math.exp(-60) },
  { name: "elu", f: (x) => nn.elu(x), x: -60, first: Math.exp(-60), second: Math.exp(-60) },
];

test.each(tails)("derivatives of $name at $x", ({ f, x, first, second }) => {
  const slope = grad(f) as F;
  expectRelative(slope(tensor(x)), [first]);
  expectRelative(grad(slope)(tensor(x)), [second]);
});

test("logsumexp of nothing", () => {
  const nothing = ad.zeros([0, 2]);
  const [y, moved] = jvp((x: Tensor) => x.logsumexp(0), [nothing], [nothing]);
  expect(y.toArray()).toEqual([-infinity, -infinity]);
  expect(moved.toArray()).toEqual([0, 0]);
});
