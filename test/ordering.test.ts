import * as ad from "adjoint";
import { ArgumentError, DTypeError, ShapeError, type Tensor, tensor } from "adjoint";
import { describe, expect, test } from "vitest";
import { expectError } from "./error_assertions.js";
import { randomTensor } from "./random_values.js";

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
const int = (data: ad.NestedArray<number>): Tensor => tensor(data, { dtype: "int32" });
/** What TypeScript would refuse. */
// biome-ignore lint/suspicious/noExplicitAny: wrong types on purpose
const wrong = (value: unknown): any => value;

describe("order, as NumPy has it", () => {
  const odd = [3, nan, -0, 0, -infinity, infinity, nan, 1];

  test("NaN last, equal elements in their order", () => {
    expect(ad.sort(odd).toArray()).toEqual([-infinity, -0, 0, 1, 3, infinity, nan, nan]);
    expect(ad.argsort(odd).toArray()).toEqual([4, 2, 3, 7, 0, 5, 1, 6]);
    expect(ad.sort(odd, { descending: true }).toArray()).toEqual([
      nan,
      nan,
      infinity,
      3,
      1,
      -0,
      0,
      -infinity,
    ]);
    expect(ad.argsort([1, 2, 2, 1], { descending: true }).toArray()).toEqual([1, 2, 0, 3]);
    expect(ad.sort(int([3, -1, 2])).toArray()).toEqual([-1, 2, 3]);
    expect(ad.sort([true, false]).toArray()).toEqual([false, true]);
    expect(ad.argsort(tensor([2, 1], { dtype: "float32" })).toArray()).toEqual([1, 0]);
  });

  test("along any axis of any layout", () => {
    const x = randomTensor([3, 4, 5], 1);
    for (const axis of [0, 1, 2, -1])
      for (const y of [x, x.T, x.slice("...", [null, null, -2])]) {
        const sorted = y.sort(axis);
        expect(y.takeAlongAxis(y.argsort(axis), axis).toArray()).toEqual(sorted.toArray());
        const columns = sorted.moveAxis(axis, -1).reshape([-1, y.shape.at(axis)!]);
        for (const line of columns.toArray() as number[][])
          expect(line).toEqual([...line].sort((a, b) => a - b));
      }
    expect(ad.zeros([0, 3]).sort().shape).toEqual([0, 3]);
    expect(ad.zeros([3, 0]).argsort().shape).toEqual([3, 0]);
  });

  test("argmax and argmin", () => {
    expect(ad.argmax([1, nan, 5, nan]).item()).toBe(1);
    expect(ad.argmin([1, nan, -5]).item()).toBe(1);
    expect(ad.argmax([2, 3, 3]).item()).toBe(1);
    const x = tensor([
      [1, 3],
      [3, 0],
    ]);
    expect(x.argmax().item()).toBe(1);
    expect(x.T.argmax().item()).toBe(1);
    expect(x.argmin({ keepDims: true }).toArray()).toEqual([[3]]);
    expect(x.argmax(0).toArray()).toEqual([1, 0]);
    expect(x.argmax(-1, { keepDims: true }).toArray()).toEqual([[1], [0]]);
    expect(x.argmax(0).dtype).toBe("int32");
    expect(ad.zeros([0, 3]).argmax(1).shape).toEqual([0]);
    expect(tensor(4).argmax().item()).toBe(0);
  });

  test("searchSorted", () => {
    const sorted = [1, 2, 2, 3];
    const values = [
      [0, 2],
      [3, 9],
    ];
    expect(ad.searchSorted(sorted, values).toArray()).toEqual([
      [0, 1],
      [3, 4],
    ]);
    expect(ad.searchSorted(sorted, [0, 2, 3, 9], { side: "right" }).toArray()).toEqual([0, 3, 4, 4]);
    expect(ad.searchSorted([1, 2, nan, nan], [nan, 5]).toArray()).toEqual([2, 2]);
    expect(ad.searchSorted([1, 2, nan, nan], [nan, 5], { side: "right" }).toArray()).toEqual([4, 2]);
    expect(ad.searchSorted([], [1, 2]).toArray()).toEqual([0, 0]);
    expect(ad.searchSorted(sorted, 2.5).item()).toBe(3);
    expect(ad.searchSorted(int([1, 2]), [1.5]).toArray()).toEqual([1]);
    const rows = tensor([sorted, [0, 0, 0, 0]]);
    expect(
      ad
        .vmap((s: Tensor) => s.searchSorted([2, 3]))(rows)
        .toArray(),
    ).toEqual([
      [1, 3],
      [4, 4],
    ]);
  });
});

describe("products and sums", () => {
  test("cumprod, cumsum and prod", () => {
    const x = [
      [1, 2, 0],
      [3, 0, 4],
    ];
    expect(ad.cumprod(x, 0).toArray()).toEqual([
      [1, 2, 0],
      [3, 0, 0],
    ]);
    expect(ad.cumsum([true, true, false]).toArray()).toEqual([1, 2, 2]);
    expect(ad.cumsum(int([1, 2])).dtype).toBe("int32");
    expect(ad.prod(x, 1).toArray()).toEqual([0, 0]);
    expect(ad.prod([]).item()).toBe(1);
    expect(ad.prod(ad.zeros([2, 0]), 1).toArray()).toEqual([1, 1]);
    expect(ad.prod([true, true]).dtype).toBe("int32");
    expect(ad.prod(x, { keepDims: true }).shape).toEqual([1, 1]);
    expect(ad.cumprod(ad.zeros([0, 2]), 0).shape).toEqual([0, 2]);
  });

  test("derivatives where factors are zero, by hand", () => {
    const product = (x: Tensor) => x.prod();
    expect(ad.grad(product)([2, 0, 3]).toArray()).toEqual([0, 6, 0]);
    expect(ad.grad(product)([0, 0, 3]).toArray()).toEqual([0, 0, 0]);
    expect(ad.grad(product)([5]).toArray()).toEqual([1]);
    expect(
      ad
        .hessian(product)(tensor([0, 0, 3]))
        .toArray(),
    ).toEqual([
      [0, 3, 0],
      [3, 0, 0],
      [0, 0, 0],
    ]);
    expect(
      ad
        .grad((x: Tensor) => x.cumprod().sum())([2, 0, 3])
        .toArray(),
    ).toEqual([1, 8, 0]);
    expect(
      ad
        .hessian((x: Tensor) => x.cumprod().slice(2))(tensor([0, 0, 0]))
        .toArray(),
    ).toEqual([
      [0, 0, 0],
      [0, 0, 0],
      [0, 0, 0],
    ]);
    expect(ad.grad(product)(ad.zeros([0])).shape).toEqual([0]);
  });
});

describe("bad input", () => {
  const x = ad.zeros([2, 0]);
  test.each<[string, () => unknown, RegExp]>([
    ["sort of a scalar", () => ad.sort(1), /^sort: axis -1/],
    ["argsort, axis", () => x.argsort(2), /^argsort: axis 2/],
    ["sort, option", () => x.sort(wrong({ reverse: true })), /^sort: .*"reverse"/],
    ["argmax of nothing", () => x.argmax(1), /^argmax: .*float64\[2,0\]/],
    ["argmin of nothing", () => x.argmin(), /^argmin: /],
    ["argmax, axis", () => x.argmax(-3), /^argmax: axis -3/],
    ["cumsum of a scalar", () => ad.cumsum(1), /^cumsum: axis -1/],
    ["cumprod, axis", () => x.cumprod(0.5), /^cumprod: expected an integer axis, got 0\.5/],
    ["prod, axes twice", () => x.prod([0, -2]), /^prod: axis 0/],
    ["searchSorted, side", () => ad.searchSorted([1], 1, wrong({ side: "up" })), /^searchSorted: .*"up"/],
  ])("%s", (_name, body, message) => {
    expectError(body, ArgumentError, "ERR_ADJOINT_ARGUMENT", message);
  });

  test("shapes and dtypes", () => {
    expectError(() => ad.searchSorted([[1]], 1), ShapeError, "ERR_ADJOINT_SHAPE", /float64\[1,1\]/);
    const large = int([2 ** 30, 2 ** 30, 2 ** 30]);
    for (const f of [ad.cumsum, ad.cumprod, ad.prod])
      expectError(() => f(large), DTypeError, "ERR_ADJOINT_DTYPE", /int32/);
  });
});
