import * as ad from "adjoint";
import { type Tensor, tensor } from "adjoint";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { randomTensor, spreadTensor, uniform } from "../random_values.js";

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;

/** The groups of elements that a reduction over `axes` puts together, in the order of the result. */
function groups(x: Tensor, axes: readonly number[]): number[][] {
  const values = x.toTypedArray();
  const kept = x.shape.map((n, axis) => (axes.includes(axis) ? 1 : n));
  const result: number[][] = Array.from({ length: kept.reduce((p, n) => p * n, 1) }, () => []);
  for (let position = 0; position < x.size; position++) {
    let rest = position;
    const index: number[] = [];
    for (let axis = x.ndim - 1; axis >= 0; axis--) {
      index.unshift(rest % x.shape[axis]);
      rest = Math.floor(rest / x.shape[axis]);
    }
    result[index.reduce((p, i, axis) => p * kept[axis] + (axes.includes(axis) ? 0 : i), 0)].push(
      values[position],
    );
  }
  return result;
}

const total = (values: number[]): number => values.reduce((sum, v) => sum + v, 0);
const average = (values: number[]): number => total(values) / values.length;
const spread = (values: number[]): number => average(values.map((v) => (v - average(values)) ** 2));

const reductions: [
  string,
  (x: Tensor, axes: number[], o: { keepDims: boolean }) => Tensor,
  (v: number[]) => number,
][] = [
  ["sum", (x, axes, o) => x.sum(axes, o), total],
  ["mean", (x, axes, o) => x.mean(axes, o), average],
  ["max", (x, axes, o) => x.max(axes, o), (v) => Math.max(...v)],
  ["min", (x, axes, o) => x.min(axes, o), (v) => Math.min(...v)],
  ["variance", (x, axes, o) => x.variance(axes, o), spread],
  ["std", (x, axes, o) => x.std(axes, o), (v) => Math.sqrt(spread(v))],
  ["logsumexp", (x, axes, o) => x.logsumexp(axes, o), (v) => Math.log(total(v.map(Math.exp)))],
  ["countNonzero", (x, axes, o) => x.countNonzero(axes, o), (v) => v.filter((e) => e !== 0).length],
  ["all", (x, axes, o) => x.greater(0).all(axes, o), (v) => Number(v.every((e) => e > 0))],
  ["any", (x, axes, o) => x.greater(1).any(axes, o), (v) => Number(v.some((e) => e > 1))],
];

const shapeAndAxes = fc
  .array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 })
  .chain((shape) =>
    fc.tuple(fc.constant(shape), fc.subarray(shape.map((_, axis) => axis)), fc.boolean(), fc.boolean()),
  );

describe("reductions against loops", () => {
  test.each(reductions)("%s over any axes of any view", (_name, reduce, scalar) => {
    fc.assert(
      fc.property(shapeAndAxes, ([shape, axes, keepDims, transposed]) => {
        const x = transposed ? spreadTensor([...shape].reverse(), 3).T : spreadTensor(shape, 3);
        const negative = axes.map((axis, i) => (i % 2 === 0 ? axis : axis - shape.length));
        const y = reduce(x, negative, { keepDims });
        const expected = groups(x, axes).map(scalar);
        expect(y.shape).toEqual(
          keepDims
            ? shape.map((n, axis) => (axes.includes(axis) ? 1 : n))
            : shape.filter((_, axis) => !axes.includes(axis)),
        );
        Array.from(y.toTypedArray()).forEach((value, i) => {
          expect(Math.abs(value - expected[i])).toBeLessThan(1e-12);
        });
      }),
      { numRuns: 100, seed: 6 },
    );
  });

  test("every length up to a few vector widths", () => {
    for (let n = 1; n < 150; n++) {
      const x = randomTensor([n], n);
      const values = Array.from(x.toTypedArray());
      expect(Math.abs((x.sum().item() as number) - total(values))).toBeLessThan(1e-13);
      expect(x.max().item()).toBe(Math.max(...values));
      expect(x.cast("float32").min().item()).toBe(Math.fround(Math.min(...values)));
    }
  });

  test("options in the place of the axis, axis null", () => {
    const x = tensor([
      [1, 2],
      [3, 4],
    ]);
    expect(x.sum({ keepDims: true }).toArray()).toEqual([[10]]);
    expect(x.sum(null, { keepDims: true }).toArray()).toEqual([[10]]);
    expect(x.sum(null).item()).toBe(10);
    expect(x.sum([]).toArray()).toEqual(x.toArray());
    expect(x.std({ correction: 1 }).item()).toBeCloseTo(Math.sqrt(5 / 3), 14);
    expect(x.variance(0, { correction: 1, keepDims: true }).toArray()).toEqual([[2, 2]]);
  });
});

describe("accuracy", () => {
  test("sums are pairwise, also in float32 and along any axis", () => {
    const n = 1_000_000;
    const x = ad.full([n], 0.1, { dtype: "float32" });
    const exact = n * Math.fround(0.1);
    expect(Math.abs((x.sum().item() as number) / exact - 1)).toBeLessThan(1e-6);
    expect(Math.abs((x.mean().item() as number) / Math.fround(0.1) - 1)).toBeLessThan(1e-6);
    const rows = x.reshape([1000, 1000]);
    for (const axis of [0, 1])
      expect(Math.abs((rows.sum(axis).max().item() as number) / (exact / 1000) - 1)).toBeLessThan(5e-6);
    expect(Math.abs((x.reshape([n, 1]).T.sum().item() as number) / exact - 1)).toBeLessThan(1e-6);
  });

  test("float64 sums of many terms", () => {
    const next = uniform(3);
    const values = Float64Array.from({ length: 300_000 }, () => next() - 0.5);
    let [sum, compensation] = [0, 0];
    for (const value of values) {
      const y = value - compensation;
      const t = sum + y;
      compensation = t - sum - y;
      sum = t;
    }
    expect(Math.abs((tensor(values).sum().item() as number) - sum)).toBeLessThan(1e-11);
  });

  test("the variance of numbers far from zero", () => {
    expect(
      tensor([1e9, 1e9 + 1, 1e9 + 2])
        .variance()
        .item(),
    ).toBeCloseTo(2 / 3, 12);
  });
});

describe("edges", () => {
  test("nothing to reduce", () => {
    const empty = ad.zeros([0, 3]);
    expect(empty.sum().item()).toBe(0);
    expect(empty.sum(0).toArray()).toEqual([0, 0, 0]);
    expect(empty.sum(1).shape).toEqual([0]);
    expect(empty.mean().item()).toBeNaN();
    expect(empty.greater(0).all().item()).toBe(true);
    expect(empty.greater(0).any().item()).toBe(false);
    expect(empty.countNonzero().item()).toBe(0);
    expect(empty.logsumexp(0).toArray()).toEqual([-infinity, -infinity, -infinity]);
    expect(empty.max(1).shape).toEqual([0]);
  });

  test("a scalar", () => {
    expect(tensor(5).sum().item()).toBe(5);
    expect(tensor(5).max([]).item()).toBe(5);
    expect(tensor(5).variance().item()).toBe(0);
    expect(ad.nn.softmax(tensor([3])).toArray()).toEqual([1]);
  });

  test("infinities and NaN", () => {
    expect(tensor([infinity, -infinity]).sum().item()).toBeNaN();
    expect(tensor([infinity, 1]).sum().item()).toBe(infinity);
    expect(tensor([nan, 0]).countNonzero().item()).toBe(1);
    expect(tensor([nan, 1]).mean().item()).toBeNaN();
  });

  test("int32 and bool", () => {
    expect(
      tensor(Int32Array.of(2 ** 31 - 2, 1))
        .sum()
        .item(),
    ).toBe(2 ** 31 - 1);
    expect(tensor(Int32Array.of(3, -7)).min().item()).toBe(-7);
    expect(
      tensor([
        [true, false],
        [true, true],
      ])
        .sum(1)
        .toArray(),
    ).toEqual([1, 2]);
    expect(tensor(Int32Array.of(1, 2)).mean().item()).toBe(1.5);
    const big = tensor(Int32Array.of(2 ** 31 - 1, 2 ** 31 - 1, -(2 ** 31), -(2 ** 31)));
    expect(big.sum().item()).toBe(-2);
  });
});
