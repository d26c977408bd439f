import * as ad from "adjoint";
import { ArgumentError, DTypeError, grad, ShapeError, type Tensor, tensor, vmap } from "adjoint";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { expectError } from "../error_assertions.js";
import { checkDerivatives, type Sample } from "../finite_differences.js";
import { randomTensor, spreadTensor } from "../random_values.js";

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
const a = tensor([
  [5, 3.5, 1, 2],
  [9, 0, -4, 7.25],
  [2, 2, 8, 6],
]);

function expectClose(found: Tensor, expected: unknown): void {
  ad.testing.assertAllClose(found, tensor(expected as number[]), { rtol: 1e-14, atol: 1e-14 });
}

describe("quantiles, as NumPy has them", () => {
  test("of rows, of columns, of everything", () => {
    expectClose(ad.quantile(a, [0, 0.1, 0.37, 0.5, 0.99, 1], 1), [
      [1, -4, 2],
      [1.3, -2.8, 2],
      [2.165, 0.7974999999999991, 2.44],
      [2.75, 3.625, 4],
      [4.955, 8.9475, 7.94],
      [5, 9, 8],
    ]);
    expectClose(ad.quantile(a, 0.37), 2);
    expectClose(ad.quantile(a, [0.3], [1, 0]), [2]);
    expectClose(ad.median(a, 0), [5, 2, 1, 6]);
    expectClose(a.median(), 2.75);
    expect(ad.quantile(a, [[0.5, 1]], 1, { keepDims: true }).shape).toEqual([1, 2, 3, 1]);
    expect(ad.median(a, { keepDims: true }).shape).toEqual([1, 1]);
    expect(ad.median(a, [], { keepDims: true }).toArray()).toEqual(a.toArray());
  });

  test("against interpolation between sorted numbers", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 1, maxLength: 9 }),
        fc.double({ noNaN: true, min: 0, max: 1 }),
        (values, q) => {
          const sorted = [...values].sort((x, y) => x - y);
          const position = q * (values.length - 1);
          const low = Math.floor(position);
          const high = Math.min(low + 1, values.length - 1);
          const expected = sorted[low] + (sorted[high] - sorted[low]) * (position - low);
          expect(ad.quantile(values, q).item()).toBeCloseTo(expected, 8);
          expect(ad.quantile(values, [q]).at(0)).toBeCloseTo(expected, 8);
          expect(ad.quantile(values, 0.5).item()).toBeCloseTo(ad.median(values).item() as number, 8);
        },
      ),
    );
  });

  test("NaN, infinities, dtypes, nothing", () => {
    const odd = [
      [1, nan, 2],
      [3, 4, 5],
    ];
    expect(ad.median(odd, 1).toArray()).toEqual([nan, 4]);
    expect(ad.quantile(odd, [0, 1], 1).toArray()).toEqual([
      [nan, 3],
      [nan, 5],
    ]);
    expect(ad.median([infinity, 1, infinity, infinity]).item()).toBe(infinity);
    expect(ad.quantile([-infinity, -infinity, 3], 0.2).item()).toBe(-infinity);
    expect(ad.quantile([1, infinity], 0).item()).toBe(1);
    expect(ad.median(ad.zeros([2, 0]), 1).toArray()).toEqual([nan, nan]);
    expect(ad.median(ad.zeros([0, 2]), 1).shape).toEqual([0]);
    expect(ad.median(tensor([1, 2], { dtype: "int32" })).item()).toBe(1.5);
    expect(ad.quantile(tensor([1, 2], { dtype: "float32" }), [0.5]).dtype).toBe("float32");
    expect(ad.quantile(3, 0.2).item()).toBe(3);
  });

  test("under vmap, of the values and of the probabilities", () => {
    expect(vmap((x: Tensor) => ad.quantile(x, 0.37))(a).toArray()).toEqual(ad.quantile(a, 0.37, 1).toArray());
    const q = tensor([0.1, 0.8]);
    expect(vmap((p: Tensor) => ad.quantile(a, p, 1))(q).toArray()).toEqual(ad.quantile(a, q, 1).toArray());
  });

  test("the derivative with respect to the probability", () => {
    expect(grad((q: Tensor) => ad.quantile([1, 2, 4, 8], q).sum())(tensor([0.1, 0.6])).toArray()).toEqual([
      3, 6,
    ]);
  });

  test("bad input", () => {
    for (const q of [1.5, -0.1, nan, [0.5, 2]])
      expectError(() => ad.quantile(a, q), ArgumentError, "ERR_ADJOINT_ARGUMENT", /^quantile: q is /);
    expectError(() => ad.quantile([], 0.5), ArgumentError, "ERR_ADJOINT_ARGUMENT", "float64[0]");
    expectError(() => ad.quantile(a, [true]), DTypeError, "ERR_ADJOINT_DTYPE", "bool[1]");
    expectError(() => ad.median(a, 2), ArgumentError, "ERR_ADJOINT_ARGUMENT", /^median: axis 2/);
    expectError(
      () => vmap((q: Tensor) => ad.quantile(a, q))(tensor([0.5, 1.5])),
      ArgumentError,
      "ERR_ADJOINT_ARGUMENT",
      /^quantile: q is 1.5/,
    );
  });
});

describe("covariance, as NumPy has it", () => {
  const covariance = [
    [3.0625, 6.760416666666666, -4.916666666666666],
    [6.760416666666666, 37.34895833333333, -8.541666666666666],
    [-4.916666666666666, -8.541666666666666, 9],
  ];
  test("of rows", () => {
    expectClose(ad.cov(a), covariance);
    expectClose(ad.cov(a.slice([0, 2]), a.slice(2)), covariance);
    expectClose(ad.cov(a, { correction: 0 }).slice(0), [2.296875, 5.0703125, -3.6875]);
    expectClose(ad.cov([1, 2, 3], [1, 2, 2], { correction: 0 }), [
      [2 / 3, 1 / 3],
      [1 / 3, 2 / 9],
    ]);
    expectClose(ad.corrcoef(a), [
      [1, 0.632115104764523, -0.9365079365079364],
      [0.632115104764523, 1, -0.46588863653676965],
      [-0.9365079365079364, -0.46588863653676965, 1],
    ]);
    expectClose(a.slice(0).corrcoef(a.slice(1)), [
      [1, 0.632115104764523],
      [0.632115104764523, 1],
    ]);
  });

  test("one variable, none, nothing observed", () => {
    expect(ad.cov([1, 2, 4]).shape).toEqual([]);
    expectClose(ad.cov([1, 2, 4]), 7 / 3);
    expect(ad.corrcoef([1, 2, 4]).item()).toBe(1);
    expect(ad.cov(3).item()).toBe(nan);
    expect(ad.cov(ad.zeros([0, 2])).shape).toEqual([0, 0]);
    expect(ad.cov(ad.zeros([2, 0])).toArray()).toEqual([
      [nan, nan],
      [nan, nan],
    ]);
    expect(ad.cov(tensor([[1, 2]], { dtype: "float32" })).dtype).toBe("float32");
    expect(ad.cov(tensor([[1, 2]], { dtype: "int32" })).item()).toBe(0.5);
  });

  test("bad input", () => {
    expectError(() => ad.cov(ad.zeros([2, 2, 2])), ShapeError, "ERR_ADJOINT_SHAPE", "float64[2,2,2]");
    expectError(() => ad.corrcoef([1, 2], [1, 2, 3]), ShapeError, "ERR_ADJOINT_SHAPE", "[1,2]", "[1,3]");
    expectError(() => ad.cov(a, { correction: nan }), ArgumentError, "ERR_ADJOINT_ARGUMENT", "NaN");
  });
});

const samples: Sample[] = [
  { name: "median of an even number", f: (x) => x.median().square(), at: [spreadTensor([6], 1)] },
  { name: "median of columns", f: (x) => x.median(0).square(), at: [spreadTensor([3, 2], 2)] },
  { name: "quantile", f: (x) => x.quantile(0.37, [0, 2]).square(), at: [spreadTensor([2, 3, 2], 3)] },
  { name: "quantiles", f: (x) => x.quantile([0.1, 0.9], 1).square(), at: [spreadTensor([2, 5], 4)] },
  {
    name: "quantiles and their probabilities",
    f: (x, q) => x.quantile(q).square(),
    at: [spreadTensor([5], 5), tensor([0.1, 0.4, 0.9])],
  },
  { name: "cov", f: (x) => ad.cov(x), at: [randomTensor([3, 5], 6)] },
  { name: "cov of one variable", f: (x) => ad.cov(x), at: [randomTensor([5], 7)] },
  {
    name: "cov of two",
    f: (x, y) => ad.cov(x, y, { correction: 0 }),
    at: [randomTensor([5], 8), randomTensor([2, 5], 9)],
  },
  { name: "corrcoef", f: (x) => ad.corrcoef(x), at: [randomTensor([3, 5], 10)] },
];

describe("derivatives", () => {
  test.each(samples)("$name", checkDerivatives);
});
