import * as ad from "adjoint";
import { nn, type Tensor } from "adjoint";
import { describe, expect, test } from "vitest";
import { checkDerivatives, type Sample } from "../finite_differences.js";
import { randomTensor, spreadTensor } from "../random_values.js";

/** An interval in which a function is smooth, for each function of one tensor. */
const intervals: Record<string, [low: number, high: number]> = {
  neg: [-2, 2],
  reciprocal: [0.5, 2],
  square: [-2, 2],
  sqrt: [0.5, 3],
  rsqrt: [0.5, 3],
  exp: [-2, 2],
  expm1: [-2, 2],
  log: [0.5, 3],
  log1p: [-0.5, 2],
  log2: [0.5, 3],
  log10: [0.5, 3],
  sin: [-3, 3],
  cos: [-3, 3],
  tan: [-1, 1],
  asin: [-0.7, 0.7],
  acos: [-0.7, 0.7],
  atan: [-2, 2],
  sinh: [-2, 2],
  cosh: [-2, 2],
  tanh: [-2, 2],
  asinh: [-2, 2],
  acosh: [1.5, 3],
  atanh: [-0.7, 0.7],
  erf: [-2, 2],
  erfc: [-2, 2],
};

const exported = ad as unknown as Record<string, (...xs: Tensor[]) => Tensor>;

const unary: Sample[] = Object.entries(intervals).flatMap(([name, [low, high]]) => {
  const f = exported[name];
  return [
    { name, f, at: [randomTensor([2, 3], 1, low, high)] },
    { name: `${name} of a transposed view`, f: (x) => f(x.T), at: [randomTensor([2, 3], 2, low, high)] },
  ];
});

const corners: Sample[] = [
  { name: "abs", f: ad.abs, at: [spreadTensor([3, 2], 3)], second: false },
  { name: "abs squared", f: (x) => ad.abs(x).square(), at: [spreadTensor([3, 2], 3)] },
  { name: "sigmoid", f: (x) => nn.sigmoid(x), at: [randomTensor([4], 4, -3, 3)] },
  { name: "clip", f: (x) => ad.clip(x, -0.5, 0.5).square(), at: [spreadTensor([4, 2], 5)] },
  { name: "clip below only", f: (x) => ad.clip(x, 0.2, null).square(), at: [spreadTensor([4, 2], 6)] },
  { name: "cast to float64", f: (x) => x.cast("float64").square(), at: [randomTensor([3], 7)] },
];

const positive = (shape: number[], seed: number) => randomTensor(shape, seed, 0.5, 2);

/** For each function of two tensors, points of operands that broadcast in every way. */
const pairs: [shape: number[], other: number[]][] = [
  [
    [2, 3],
    [2, 3],
  ],
  [[2, 3], [3]],
  [
    [2, 1],
    [1, 3],
  ],
  [[], [2, 2]],
  [
    [1, 1],
    [2, 1, 3],
  ],
];
const binary = pairs.flatMap(([a, b]): Sample[] => {
  const where = `[${a}] and [${b}]`;
  const smooth = ["add", "sub", "mul", "div", "pow", "atan2", "hypot", "logaddexp"];
  return [
    ...smooth.map((name) => ({
      name: `${name} ${where}`,
      f: exported[name],
      at: [positive(a, 11), positive(b, 12)],
    })),
    {
      name: `maximum ${where}`,
      f: (x, y) => ad.maximum(x, y).square(),
      at: [randomTensor(a, 13), randomTensor(b, 14).add(0.037)],
    },
    {
      name: `minimum ${where}`,
      f: (x, y) => ad.minimum(x, y).square(),
      at: [randomTensor(a, 13), randomTensor(b, 14).add(0.037)],
    },
    {
      name: `where ${where}`,
      f: (x, y) => ad.where(x.stopGradient().less(0.1), x.square(), y.square()),
      at: [spreadTensor(a, 15), randomTensor(b, 16)],
    },
    {
      name: `remainder ${where}`,
      f: (x, y) => ad.remainder(x, y).square(),
      at: [randomTensor(a, 17, 3.1, 3.4), randomTensor(b, 18, 1.1, 1.4)],
    },
    {
      name: `copysign ${where}`,
      f: (x, y) => ad.copysign(x, y).square(),
      at: [spreadTensor(a, 19), spreadTensor(b, 20)],
    },
    {
      name: `mul of numbers ${where}`,
      f: (x, y) => x.mul(3).add(y.mul(0.5)).div(2).square(),
      at: [positive(a, 21), positive(b, 22)],
    },
  ];
});

describe("derivatives of elementwise functions", () => {
  test.each([...unary, ...corners, ...binary])("$name", checkDerivatives);

  test("a large batch and a 1x1 matrix agree", () => {
    const whole = ad.grad((x: Tensor) => x.sin().mul(x.exp()).sum())(randomTensor([40, 50], 9));
    const one = ad.grad((x: Tensor) => x.sin().mul(x.exp()).sum())(
      randomTensor([40, 50], 9).slice([7, 8], [9, 10]),
    );
    expect(one.at(0, 0)).toBe(whole.at(7, 9));
  });
});

describe("derivatives by convention where a function has none", () => {
  const at = (f: (x: Tensor) => Tensor, x: number): unknown => ad.grad(f)(x).item();
  test.each([
    ["abs at 0", at((x) => x.abs(), 0), 0],
    ["maximum at a tie", at((x) => ad.maximum(x, 2), 2), 0.5],
    ["minimum at a tie", at((x) => ad.minimum(2, x), 2), 0.5],
    ["maximum of x and x", at((x) => ad.maximum(x, x), 2), 1],
    ["clip at its bounds", at((x) => ad.clip(x, 0, 1), 1), 1],
    ["clip outside", at((x) => ad.clip(x, 0, 1), 1.5), 0],
    ["hypot at the origin", at((x) => ad.hypot(x, 0), 0), 0],
    ["x to the 0 at 0", at((x) => ad.pow(x, 0), 0), 0],
    ["x to the 1 at 0", at((x) => ad.pow(x, 1), 0), 1],
    ["x squared at 0", at((x) => ad.pow(x, 2), 0), 0],
    ["0 to the x", at((x) => ad.pow(0, x), 2), 0],
    ["negative base, whole exponent", at((x) => ad.pow(x, 3), -2), 12],
    ["floor inside a product", at((x) => x.mul(x.floor()), 2.5), 2],
    ["sign inside a product", at((x) => x.mul(x.sign()), -2.5), -1],
  ])("%s", (_name, found, expected) => {
    expect(found).toBeCloseTo(expected as number, 12);
  });

  test("second derivative of the square at 0", () => {
    expect(
      ad
        .grad((x: Tensor) => ad.grad((y: Tensor) => y.pow(2))(x))(0)
        .item(),
    ).toBe(2);
  });

  test("elements that tie share the derivative of an extreme", () => {
    expect(
      ad
        .grad((x: Tensor) => x.max())([1, 3, 3, 2])
        .toArray(),
    ).toEqual([0, 0.5, 0.5, 0]);
    expect(
      ad
        .grad((x: Tensor) => x.min(1).sum())([
          [1, 1, 2],
          [4, 3, 5],
        ])
        .toArray(),
    ).toEqual([
      [0.5, 0.5, 0],
      [0, 1, 0],
    ]);
  });
});

describe("integers on the way", () => {
  const through = (x: Tensor): Tensor => x.cast("int32").cast("float64").mul(x);
  test("have no derivative, in either mode", () => {
    expect(ad.grad(through)(1.5).item()).toBe(1);
    expect(ad.jvp(through, [1.5], [1.7])[1].item()).toBe(1.7);
    const [y, t] = ad.jvp((x: Tensor) => x.cast("int32"), [1.5], [1.7]);
    expect([y.dtype, y.item(), t.item()]).toEqual(["int32", 1, 0]);
  });
});
