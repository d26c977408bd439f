import * as ad from "adjoint";
import { type Tensor, tensor } from "adjoint";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { randomTensor, sizeOf, uniform } from "../random_values.js";

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
type Binary = (x: Tensor, y: Tensor) => Tensor;

/** Two shapes that broadcast, by cutting and collapsing axes of one. */
const broadcastable = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }).chain((shape) => {
  const part = fc.tuple(fc.nat(shape.length), fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }));
  const cut = ([drop, ones]: [number, boolean[]]) => shape.slice(drop).map((n, i) => (ones[i] ? 1 : n));
  return fc.tuple(part.map(cut), part.map(cut), fc.boolean(), fc.boolean());
});

function naiveBroadcast(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const [m, n] = [a[a.length - rank + i] ?? 1, b[b.length - rank + i] ?? 1];
    return m === 1 ? n : m;
  });
}

/** The element of x that a broadcast index reads. */
function readAt(values: ArrayLike<number>, shape: readonly number[], index: readonly number[]): number {
  const own = index.slice(index.length - shape.length).map((i, axis) => (shape[axis] === 1 ? 0 : i));
  return values[own.reduce((position, i, axis) => position * shape[axis] + i, 0)];
}

function naiveBinary(
  f: (a: number, b: number) => number,
  x: Tensor,
  y: Tensor,
): { shape: number[]; values: number[] } {
  const shape = naiveBroadcast(x.shape, y.shape);
  const [a, b] = [x.toTypedArray(), y.toTypedArray()];
  const values = Array.from({ length: sizeOf(shape) }, (_, position) => {
    const index: number[] = [];
    let rest = position;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index.unshift(rest % shape[axis]);
      rest = Math.floor(rest / shape[axis]);
    }
    return f(readAt(a, x.shape, index), readAt(b, y.shape, index));
  });
  return { shape, values };
}

const binaries: [string, Binary, (a: number, b: number) => number][] = [
  ["add", ad.add, (a, b) => a + b],
  ["sub", ad.sub, (a, b) => a - b],
  ["mul", ad.mul, (a, b) => a * b],
  ["div", ad.div, (a, b) => a / b],
  ["maximum", ad.maximum, Math.max],
  ["minimum", ad.minimum, Math.min],
  ["less", ad.less, (a, b) => Number(a < b)],
  ["greaterEqual", ad.greaterEqual, (a, b) => Number(a >= b)],
];

describe("broadcasting", () => {
  test.each(binaries)("%s of any shapes that fit, in any layout, against a loop", (_name, f, scalar) => {
    fc.assert(
      fc.property(broadcastable, fc.nat(1000), ([a, b, flipA, flipB], seed) => {
        const make = (shape: number[], flipped: boolean, s: number): Tensor => {
          const x = flipped ? randomTensor([...shape].reverse(), s).T : randomTensor(shape, s);
          return flipped && shape.length > 0 ? x.flip(0) : x;
        };
        const [x, y] = [make(a, flipA, seed), make(b, flipB, seed + 1)];
        const { shape, values } = naiveBinary(scalar, x, y);
        const z = f(x, y);
        expect(z.shape).toEqual(shape);
        expect(Array.from(z.toTypedArray())).toEqual(values);
      }),
      { numRuns: 150, seed: 5 },
    );
  });

  test("where broadcasts all three", () => {
    const z = ad.where(tensor([[true], [false]]), tensor([1, 2, 3]), 0);
    expect(z.toArray()).toEqual([
      [1, 2, 3],
      [0, 0, 0],
    ]);
  });

  test.each(["float64", "float32", "int32", "complex128"] as const)(
    "where of numbers and %s tensors, also apart in memory, of every length modulo the width of vectors",
    (dtype) => {
      for (let n = 0; n < 70; n++) {
        const values = Array.from({ length: n }, (_, i) => i - 30);
        const condition = values.map((v) => v % 3 === 0);
        const x = tensor(values).cast(dtype);
        const apart = ad.stack([x, x.neg()], 1).slice(null, 0);
        const expected = (f: (v: number) => number) => tensor(values.map(f)).cast(dtype).toArray();
        const given = tensor(condition, { dtype: "bool" });
        expect(ad.where(given, 7, x).toArray()).toEqual(expected((v) => (v % 3 === 0 ? 7 : v)));
        expect(ad.where(given, x, 7).toArray()).toEqual(expected((v) => (v % 3 === 0 ? v : 7)));
        expect(ad.where(given, 7, apart).toArray()).toEqual(expected((v) => (v % 3 === 0 ? 7 : v)));
        expect(ad.where(given, x, apart).toArray()).toEqual(expected((v) => v));
        const [one, two] = [7, 8].map((v) => tensor(v).cast(dtype));
        expect(ad.where(given, one, two).toArray()).toEqual(expected((v) => (v % 3 === 0 ? 7 : 8)));
      }
    },
  );

  test("long vectors of every length modulo the width of vector instructions", () => {
    for (let n = 0; n < 70; n++) {
      const x = randomTensor([n], n, 0.1, 2);
      const values = x.toTypedArray();
      expect(Array.from(x.add(x).toTypedArray())).toEqual(Array.from(values, (v) => v + v));
      expect(Array.from(x.sqrt().toTypedArray())).toEqual(Array.from(values, Math.sqrt));
    }
  });
});

const unary: [string, (x: Tensor) => Tensor, (x: number) => number, tolerance: number][] = [
  ["exp", ad.exp, Math.exp, 2],
  ["expm1", ad.expm1, Math.expm1, 3],
  ["log", ad.log, Math.log, 2],
  ["log1p", ad.log1p, Math.log1p, 3],
  ["log2", ad.log2, Math.log2, 3],
  ["log10", ad.log10, Math.log10, 3],
  ["sin", ad.sin, Math.sin, 3],
  ["cos", ad.cos, Math.cos, 3],
  ["tan", ad.tan, Math.tan, 4],
  ["asin", ad.asin, Math.asin, 3],
  ["acos", ad.acos, Math.acos, 3],
  ["atan", ad.atan, Math.atan, 3],
  ["sinh", ad.sinh, Math.sinh, 4],
  ["cosh", ad.cosh, Math.cosh, 4],
  ["tanh", ad.tanh, Math.tanh, 4],
  ["asinh", ad.asinh, Math.asinh, 4],
  ["acosh", ad.acosh, Math.acosh, 4],
  ["atanh", ad.atanh, Math.atanh, 4],
  ["sqrt", ad.sqrt, Math.sqrt, 0],
  ["abs", ad.abs, Math.abs, 0],
  ["floor", ad.floor, Math.floor, 0],
  ["ceil", ad.ceil, Math.ceil, 0],
  ["trunc", ad.trunc, Math.trunc, 0],
  ["sign", ad.sign, (x) => Math.sign(x) + 0, 0],
  ["neg", ad.neg, (x) => -x, 0],
  ["square", ad.square, (x) => x * x, 0],
];
const special = [
  0,
  -0,
  1,
  -1,
  0.5,
  -0.5,
  infinity,
  -infinity,
  nan,
  5e-324,
  1e-300,
  1e300,
  -1e300,
  709,
  710,
  -745,
  -746,
];

describe("functions of one tensor against JavaScript's", () => {
  test.each(unary)("%s", (_name, f, scalar, ulps) => {
    const next = uniform(9);
    const points = [
      ...special,
      ...Array.from({ length: 500 }, () => (next() - 0.5) * 10 ** (6 * next() - 3)),
    ];
    const found = f(tensor(points)).toTypedArray();
    points.forEach((x, i) => {
      const expected = scalar(x);
      if (Number.isNaN(expected) || !Number.isFinite(expected) || expected === 0)
        expect(found[i], `at ${x}`).toBe(expected);
      else expect(Math.abs(found[i] / expected - 1), `at ${x}`).toBeLessThanOrEqual(ulps * 2 ** -52);
    });
  });

  test("halves round to even", () => {
    expect(ad.round([-2.5, -1.5, 0.5, 1.5, 2.5, 2.4, 2.6]).toArray()).toEqual([-2, -2, 0, 2, 2, 2, 3]);
    expect(Object.is(ad.round(-0.5).item(), -0)).toBe(true);
    expect(ad.round(tensor(Float32Array.of(2.5, 3.5))).toArray()).toEqual([2, 4]);
    expect(ad.round(2 ** 51 + 0.5).item()).toBe(2 ** 51);
  });

  test("error functions at known points", () => {
    expect(ad.erf(1).item()).toBeCloseTo(0.8427007929497149, 15);
    expect((ad.erfc(10).item() as number) / 2.088487583762545e-45).toBeCloseTo(1, 13);
    expect(ad.erf([0, infinity, -infinity, nan]).toArray()).toEqual([0, 1, -1, nan]);
  });
});

describe("special values", () => {
  test("extremes let NaN win", () => {
    expect(ad.maximum([nan, 1, 2], [1, nan, 3]).toArray()).toEqual([nan, nan, 3]);
    expect(ad.minimum([nan, 1, 2], [1, nan, 3]).toArray()).toEqual([nan, nan, 2]);
    expect(ad.max([1, nan, 2]).item()).toBeNaN();
    expect(ad.min([nan, 1]).item()).toBeNaN();
    expect(ad.max([-infinity, -infinity]).item()).toBe(-infinity);
    for (let n = 1; n < 40; n++)
      for (const at of [0, n >> 1, n - 1]) {
        const values = Array.from({ length: n }, (_, i) => (i === at ? nan : i));
        expect(ad.max(values).item(), `${at} of ${n}`).toBeNaN();
        expect(ad.min(tensor(values).cast("float32")).item(), `${at} of ${n}`).toBeNaN();
      }
  });

  test("powers", () => {
    const cases = [
      [0, 0],
      [nan, 0],
      [1, nan],
      [2, -infinity],
      [-8, 1 / 3],
      [0, -1],
      [-0, -1],
      [-2, 3],
      [infinity, -1],
      [1, infinity],
    ];
    const expected = [1, 1, 1, 0, nan, infinity, -infinity, -8, 0, 1];
    expect(
      ad
        .pow(
          cases.map(([x]) => x),
          cases.map(([, y]) => y),
        )
        .toArray(),
    ).toEqual(expected);
    expect(tensor(Int32Array.of(3, -2)).pow(3).toArray()).toEqual([27, -8]);
  });

  test("remainders and floored quotients have Python's signs", () => {
    expect(ad.remainder([7, -7, 7, -7], [3, 3, -3, -3]).toArray()).toEqual([1, 2, -2, -1]);
    expect(ad.floorDivide([7, -7, 7, -7], [3, 3, -3, -3]).toArray()).toEqual([2, -3, -3, 2]);
    const [x, y] = [Int32Array.of(7, -7, 7, -7), Int32Array.of(3, 3, -3, -3)].map((v) => tensor(v));
    expect(x.remainder(y).toArray()).toEqual([1, 2, -2, -1]);
    expect(x.floorDivide(y).toArray()).toEqual([2, -3, -3, 2]);
    expect(ad.remainder([1, nan, infinity], [0, 1, 2]).toArray()).toEqual([nan, nan, nan]);
  });

  test("signs of zeros", () => {
    expect(ad.copysign([1, -2, 0], [-0, 0, -1]).toArray()).toEqual([-1, 2, -0]);
    expect(Object.is(ad.mul(-1, 0).item(), -0)).toBe(true);
    expect(ad.div(1, [0, -0]).toArray()).toEqual([infinity, -infinity]);
    expect(ad.atan2([0, -0, 0, -0], [-1, -1, 1, 1]).toArray()).toEqual([Math.PI, -Math.PI, 0, -0]);
  });

  test("classification and comparison", () => {
    const x = tensor([1, nan, infinity, -infinity]);
    expect(x.isFinite().toArray()).toEqual([true, false, false, false]);
    expect(x.isInf().toArray()).toEqual([false, false, true, true]);
    expect(x.isNaN().toArray()).toEqual([false, true, false, false]);
    expect(x.equal(x).toArray()).toEqual([true, false, true, true]);
    expect(x.notEqual(x).toArray()).toEqual([false, true, false, false]);
    expect(tensor(Int32Array.of(1)).isFinite().toArray()).toEqual([true]);
  });

  test("logic", () => {
    const [a, b] = [tensor([true, true, false, false]), tensor([true, false, true, false])];
    expect(a.logicalAnd(b).toArray()).toEqual([true, false, false, false]);
    expect(a.logicalOr(b).toArray()).toEqual([true, true, true, false]);
    expect(a.logicalXor(b).toArray()).toEqual([false, true, true, false]);
    expect(a.logicalNot().toArray()).toEqual([false, false, true, true]);
  });

  test("no overflow on the way", () => {
    expect(ad.hypot(3e300, 4e300).item()).toBe(5e300);
    expect(ad.logaddexp(1000, 1000).item()).toBeCloseTo(1000 + Math.LN2, 12);
    expect(ad.logaddexp(-infinity, -infinity).item()).toBe(-infinity);
    expect(ad.nn.sigmoid([-1000, 0, 1000]).toArray()).toEqual([0, 0.5, 1]);
    expect(ad.nn.softmax([1000, 1000]).toArray()).toEqual([0.5, 0.5]);
    expect(ad.nn.logSoftmax([-1000, 0]).toArray()).toEqual([-1000, 0]);
  });

  test("clip", () => {
    expect(ad.clip([-1, 0.5, 2, nan], 0, 1).toArray()).toEqual([0, 0.5, 1, nan]);
    expect(ad.clip([-1, 2], null, 1).toArray()).toEqual([-1, 1]);
    expect(ad.clip([-1, 2], 0, null).toArray()).toEqual([0, 2]);
    expect(ad.clip([1, 2], null, nan).toArray()).toEqual([nan, nan]);
    expect(ad.clip([1, 2], [nan, 1.5], 1.8).toArray()).toEqual([nan, 1.8]);
    expect(ad.clip([[1, 5]], [[0], [2]], [2, 3]).toArray()).toEqual([
      [1, 3],
      [2, 3],
    ]);
  });
});

describe("a few elements, which no kernel is called for, are what kernels give", () => {
  const values = [0, -0, 1, -1.5, 1 / 3, 2 ** -1074, -(2 ** -1030), 1e308, -1e308, infinity, -infinity, nan];
  const xs = values.flatMap((x) => values.map(() => x));
  const ys = values.flatMap(() => values);
  const operations: [string, Binary][] = [
    ["add", ad.add],
    ["sub", ad.sub],
    ["mul", ad.mul],
    ["div", ad.div],
    ["neg", (x) => x.neg()],
    ["square", (x) => x.square()],
  ];

  test.each(operations)("%s", (_name, operation) => {
    const whole = operation(tensor(xs), tensor(ys)).toTypedArray();
    const compiled = ad.compile((x: Tensor, y: Tensor) => operation(x, y));
    for (let count = 0; count <= 20; count++)
      for (let start = 0; start + count <= xs.length; start += 20) {
        const part = [start, start + count] as const;
        const expected = whole.slice(...part);
        const [x, y] = [tensor(xs.slice(...part)), tensor(ys.slice(...part))];
        expect(operation(x, y).toTypedArray()).toEqual(expected);
        expect(compiled(x, y).toTypedArray()).toEqual(expected);
        expect(operation(tensor(xs).slice(part), tensor(ys).slice(part)).toTypedArray()).toEqual(expected);
        expect(operation(x.flip(), y.flip()).flip().toTypedArray()).toEqual(expected);
        if (count % 2 === 0)
          expect(operation(x.reshape([2, count / 2]), y.reshape([2, count / 2])).toTypedArray()).toEqual(
            expected,
          );
      }
  });
});
