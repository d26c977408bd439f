import * as ad from "adjoint";
import { ArgumentError, DTypeError, ShapeError, type Tensor, tensor } from "adjoint";
import { describe, expect, test } from "vitest";
import { expectError } from "./error_assertions.js";

const range = (...shape: number[]): Tensor =>
  ad.arange(shape.reduce((product, n) => product * n, 1)).reshape(shape);
const int = (data: ad.NestedArray<number>): Tensor => tensor(data, { dtype: "int32" });
const { NaN: nan } = Number;
/** What TypeScript would refuse. */
// biome-ignore lint/suspicious/noExplicitAny: wrong types on purpose
const wrong = (value: unknown): any => value;

describe("elements by index, as NumPy has them", () => {
  test("take puts the shape of the indices in the axis's place", () => {
    const x = range(2, 3, 4);
    expect(x.take([1, 0, -1]).shape).toEqual([3, 3, 4]);
    expect(x.take(int([[2, 0]]), 1).shape).toEqual([2, 1, 2, 4]);
    expect(
      x
        .take([[2, 0]], 1)
        .slice(1, 0)
        .toArray(),
    ).toEqual(x.slice(1).take([2, 0]).toArray());
    expect(x.take(2, -1).toArray()).toEqual(x.slice("...", 2).toArray());
    expect(x.take([]).shape).toEqual([0, 3, 4]);
    expect(ad.zeros([0, 3]).take([2, 2], 1).shape).toEqual([0, 2]);
    expect(x.T.take([1, 0], 1).toArray()).toEqual(x.T.flip(1).slice(null, [1, null]).toArray());
    expect(tensor([true, false]).take([1, 1, 0]).toArray()).toEqual([false, false, true]);
    expect(int([5, 6]).take(Int32Array.of(1)).dtype).toBe("int32");
  });

  test("takeAlongAxis, the last axis by default, broadcasts the others", () => {
    const x = tensor([[0, 10, 20]]);
    const y = [
      [2, 0],
      [1, 1],
    ];
    expect(x.takeAlongAxis(y).toArray()).toEqual([
      [20, 0],
      [10, 10],
    ]);
    const z = range(3, 4);
    expect(z.takeAlongAxis(z.argmax(0, { keepDims: true }), 0).toArray()).toEqual([[8, 9, 10, 11]]);
    expect(z.takeAlongAxis([[-1]], 1).toArray()).toEqual([[3], [7], [11]]);
    expect(z.takeAlongAxis(ad.zeros([3, 0], { dtype: "int32" }), 1).shape).toEqual([3, 0]);
  });

  test("putAlongAxis: the last of several values stays, broadcasting as NumPy", () => {
    const x = range(2, 3);
    const i = [
      [-1, 0],
      [1, 1],
    ];
    expect(
      x
        .putAlongAxis(
          i,
          [
            [10, 20],
            [30, 40],
          ],
          1,
        )
        .toArray(),
    ).toEqual([
      [20, 1, 10],
      [3, 40, 5],
    ]);
    expect(x.putAlongAxis([[1]], 7, 1).toArray()).toEqual([
      [0, 7, 2],
      [3, 7, 5],
    ]);
    expect(x.putAlongAxis([[0]], [100, 200, 300], 0).toArray()).toEqual([
      [100, 200, 300],
      [3, 4, 5],
    ]);
    expect(tensor([true, true]).putAlongAxis([0], false).toArray()).toEqual([false, true]);
    expect(x.toArray()).toEqual(range(2, 3).toArray());
  });

  test("scatterAdd adds up what falls on one place", () => {
    expect(ad.scatterAdd([0, 0, 0], [2, 0, 2, -1], [1, 2, 3, 4]).toArray()).toEqual([2, 0, 8]);
    expect(ad.scatterAdd(int([1, 1]), [0, 0], int([5, 6])).toArray()).toEqual([12, 1]);
    expect(
      ad
        .zeros([3, 2])
        .scatterAdd([[1]], [[5, 6]], 0)
        .toArray(),
    ).toEqual([
      [0, 0],
      [5, 6],
      [0, 0],
    ]);
    expect(Object.is(ad.scatterAdd([-0, 1], [1], 1).at(0), -0)).toBe(true);
    expect(ad.scatterAdd(ad.zeros([2], { dtype: "float32" }), [0], 0.5).dtype).toBe("float32");
  });

  test("setSlice and addSlice give changed copies", () => {
    const x = range(2, 3);
    expect(x.setSlice([1], -1).toArray()).toEqual([
      [0, 1, 2],
      [-1, -1, -1],
    ]);
    expect(x.setSlice(0, [7, 8, 9]).slice(0).toArray()).toEqual([7, 8, 9]);
    expect(x.setSlice(["...", [null, null, -2]], [[1, 2]]).toArray()).toEqual([
      [2, 1, 1],
      [2, 4, 1],
    ]);
    expect(x.addSlice([null, 1], [10, 20]).toArray()).toEqual([
      [0, 11, 2],
      [3, 24, 5],
    ]);
    expect(x.setSlice([0, 0], 5).at(0, 0)).toBe(5);
    expect(x.setSlice([[5, 9]], 1).toArray()).toEqual(x.toArray());
    expect(x.T.setSlice([0], 0).toArray()).toEqual([
      [0, 0],
      [1, 4],
      [2, 5],
    ]);
    expect(int([1, 2]).setSlice([[0, 1]], [3]).dtype).toBe("int32");
    expect(tensor(3).setSlice([], 4).item()).toBe(4);
    expect(x.toArray()).toEqual(range(2, 3).toArray());
  });
});

describe("shapes made and unmade, as NumPy has them", () => {
  test("tile", () => {
    const x = [
      [1, 2],
      [3, 4],
    ];
    const tiled = [
      [1, 2, 1, 2],
      [3, 4, 3, 4],
    ];
    expect(ad.tile(x, [2, 1, 2]).toArray()).toEqual([tiled, tiled]);
    expect(ad.tile([[1, 2]], 2).toArray()).toEqual([[1, 2, 1, 2]]);
    expect(ad.tile(ad.zeros([2, 0]), [2, 3]).shape).toEqual([4, 0]);
    expect(ad.tile(5, [2]).toArray()).toEqual([5, 5]);
    expect(ad.tile([1, 2], 0).shape).toEqual([0]);
  });

  test("repeat, by one count or many", () => {
    const x = [
      [1, 2],
      [3, 4],
    ];
    expect(ad.repeat(x, 2).toArray()).toEqual([1, 1, 2, 2, 3, 3, 4, 4]);
    expect(ad.repeat(x, [2, 0], 0).toArray()).toEqual([
      [1, 2],
      [1, 2],
    ]);
    expect(ad.repeat(x, int([1, 2]), 1).toArray()).toEqual([
      [1, 2, 2],
      [3, 4, 4],
    ]);
    expect(ad.repeat(x, [0, 1, 2, 3]).toArray()).toEqual([2, 3, 3, 4, 4, 4]);
  });

  test("roll", () => {
    const x = range(2, 3, 4);
    expect(x.roll([1, -2], [0, 2]).toArray()).toEqual([
      [
        [14, 15, 12, 13],
        [18, 19, 16, 17],
        [22, 23, 20, 21],
      ],
      [
        [2, 3, 0, 1],
        [6, 7, 4, 5],
        [10, 11, 8, 9],
      ],
    ]);
    expect(range(2, 3).roll(1, [0, 1]).toArray()).toEqual([
      [5, 3, 4],
      [2, 0, 1],
    ]);
    expect(range(2, 2).roll(1).toArray()).toEqual([
      [3, 0],
      [1, 2],
    ]);
    expect(ad.roll([1, 2, 3], -7).toArray()).toEqual([2, 3, 1]);
    expect(range(2, 2).roll([1, 1], 0).toArray()).toEqual(range(2, 2).toArray());
    expect(ad.zeros([0, 2]).roll(1, 0).shape).toEqual([0, 2]);
    expect(tensor(4).roll(3).item()).toBe(4);
  });

  test("pad", () => {
    const margins = [
      [0, 1],
      [2, 0],
    ] as const;
    expect(range(2, 2).pad(margins, { value: 9 }).toArray()).toEqual([
      [9, 9, 0, 1],
      [9, 9, 2, 3],
      [9, 9, 9, 9],
    ]);
    expect(ad.pad([true], [[1, 0]], { value: true }).toArray()).toEqual([true, true]);
    expect(ad.pad(ad.zeros([0]), [[1, 1]], { value: 2 }).toArray()).toEqual([2, 2]);
    expect(ad.pad([1], 1).toArray()).toEqual([0, 1, 0]);
    expect(tensor(3).pad([]).item()).toBe(3);
  });

  test("split and unstack", () => {
    const shapes = (parts: Tensor[]) => parts.map(({ shape }) => [...shape]);
    expect(shapes(range(2, 6).split(3, 1))).toEqual([
      [2, 2],
      [2, 2],
      [2, 2],
    ]);
    const sized = range(3, 2).split([0, 2, 1]);
    expect(sized.map((part) => part.toArray())).toEqual([
      [],
      [
        [0, 1],
        [2, 3],
      ],
      [[4, 5]],
    ]);
    expect(shapes(ad.zeros([0, 2]).split(2))).toEqual([
      [0, 2],
      [0, 2],
    ]);
    expect(
      range(2, 2)
        .unstack(-1)
        .map((part) => part.toArray()),
    ).toEqual([
      [0, 2],
      [1, 3],
    ]);
    expect(ad.unstack(ad.zeros([0, 2]))).toEqual([]);
  });

  test("meshgrid", () => {
    const [x, y] = ad.meshgrid([1, 2, 3], [4, 5]);
    expect(x.toArray()).toEqual([
      [1, 2, 3],
      [1, 2, 3],
    ]);
    expect(y.toArray()).toEqual([
      [4, 4, 4],
      [5, 5, 5],
    ]);
    const [i, j] = ad.meshgrid([1, 2, 3], int([4, 5]), { indexing: "ij" });
    expect(i.toArray()).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
    expect([j.dtype, ...j.shape]).toEqual(["int32", 3, 2]);
    expect(ad.meshgrid([1, 2, 3], [4, 5], [6]).map(({ shape }) => [...shape])).toEqual([
      [2, 3, 1],
      [2, 3, 1],
      [2, 3, 1],
    ]);
    expect(ad.meshgrid([1, 2])[0].toArray()).toEqual([1, 2]);
    expect(ad.meshgrid()).toEqual([]);
  });
});

describe("what depends on data", () => {
  test("values, as NumPy has them", () => {
    expect(
      range(4, 6)
        .remainder(5)
        .equal(0)
        .nonzero()
        .map((v) => v.toArray()),
    ).toEqual([
      [0, 0, 1, 2, 3],
      [0, 5, 4, 3, 2],
    ]);
    expect(ad.nonzero([0, nan, -0, 2]).map((v) => v.toArray())).toEqual([[1, 3]]);
    expect(ad.nonzero(ad.zeros([0, 2])).map(({ shape }) => [...shape])).toEqual([[0], [0]]);
    const values = [
      [3, 1, nan],
      [1, nan, -0],
    ];
    expect(ad.unique(values).toArray()).toEqual([-0, 1, 3, nan]);
    expect(ad.unique([true, false, true]).toArray()).toEqual([false, true]);
    expect(ad.unique([]).shape).toEqual([0]);
    const { values: different, counts } = ad.uniqueCounts(values);
    expect(different.toArray()).toEqual([-0, 1, 3, nan]);
    expect([counts.dtype, counts.toArray()]).toEqual(["int32", [1, 2, 1, 2]]);
    const [found, inverse] = tensor(values).uniqueInverse();
    expect([inverse.dtype, inverse.toArray()]).toEqual([
      "int32",
      [
        [2, 1, 3],
        [1, 3, 0],
      ],
    ]);
    expect(found.take(inverse).toArray()).toEqual(values);
    for (const dtype of ["float32", "int32", "bool"] as const) {
      const x = ad.cast([2, 0, 2, 1], dtype);
      const restored = x.uniqueInverse();
      expect(restored.values.dtype).toBe(dtype);
      expect(restored.values.take(restored.inverse).toArray()).toEqual(x.toArray());
      expect(x.uniqueCounts().counts.sum().item()).toBe(4);
    }
    expect(ad.uniqueCounts([]).counts.toArray()).toEqual([]);
    expect(ad.uniqueInverse(ad.zeros([0, 2])).inverse.shape).toEqual([0, 2]);
    expect(ad.uniqueInverse(5).inverse.item()).toBe(0);
    expect(range(2, 3).maskedSelect([true, false, true]).toArray()).toEqual([0, 2, 3, 5]);
    expect(range(3).maskedSelect(tensor([[true], [false]])).shape).toEqual([3]);
  });

  test("under vmap an error names where, unless the shape is the same for all", () => {
    const x = range(2, 3);
    for (const f of [
      (v: Tensor) => v.maskedSelect(v.greater(1)),
      (v: Tensor) => v.unique(),
      (v: Tensor) => v.uniqueCounts().counts,
      (v: Tensor) => v.uniqueInverse().inverse,
      (v: Tensor) => v.nonzero()[0],
      (v: Tensor) => tensor(Number(v.allClose(0))),
    ])
      expectError(() => ad.vmap(f)(x), ArgumentError, "ERR_ADJOINT_ARGUMENT", /where\(/);
    expect(
      ad
        .vmap((v: Tensor) => v.maskedSelect([true, false, true]))(x)
        .toArray(),
    ).toEqual([
      [0, 2],
      [3, 5],
    ]);
  });

  test("allClose", () => {
    expect(ad.allClose([1, 2], [1, 2 + 1e-9])).toBe(true);
    expect(ad.allClose([1, 2], [1, 2.1])).toBe(false);
    expect(ad.allClose([1, 2.1], 2, { rtol: 0.6 })).toBe(true);
    expect(ad.allClose(nan, nan)).toBe(false);
    expect(ad.allClose([1 / 0, -1 / 0], [1 / 0, -1 / 0])).toBe(true);
    expect(ad.allClose(1 / 0, -1 / 0)).toBe(false);
    expect(ad.allClose(1, 1 / 0)).toBe(false);
    expect(ad.allClose(1, 2, { atol: 1, rtol: 0 })).toBe(true);
    expect(ad.zeros([0]).allClose([])).toBe(true);
  });

  test("testing.assertAllClose", () => {
    const { assertAllClose } = ad.testing;
    assertAllClose([1, nan, 1 / 0], [1 + 1e-9, nan, 1 / 0]);
    assertAllClose(ad.ones([2], { dtype: "float32" }), int([1, 1]));
    expect(() => assertAllClose([1, 2, 4], [1, 2.5, 3])).toThrow(
      /2 of 3 elements differ.*at \[2\] expected 3, got 4/,
    );
    expect(() => assertAllClose([1, nan], [1, 2])).toThrow(/at \[1\] expected 2, got NaN/);
    expect(() => assertAllClose([1], 1)).toThrow(/expected float64\[\], got float64\[1\]/);
    expect(() => assertAllClose(1, 1.1, { rtol: 0.2 })).not.toThrow();
  });
});

describe("bad input", () => {
  const x = range(3, 4);
  const rangeRows: [string, () => unknown, ...(string | RegExp)[]][] = [
    ["take", () => x.take([0, 3]), /^take: index 3 is out of range for axis 0 of float64\[3,4\]/],
    ["take, negative", () => x.take(-5, 1), /^take: index -5 .*axis 1/],
    ["take from nothing", () => ad.zeros([0]).take([0]), /^take: index 0 .*float64\[0\]/],
    ["take, axis", () => x.take([0], 2), /^take: axis 2/],
    ["take of a scalar", () => ad.take(1, [0]), /^take: axis 0/],
    ["takeAlongAxis", () => x.takeAlongAxis([[4]]), /^takeAlongAxis: index 4/],
    ["putAlongAxis", () => x.putAlongAxis([[4]], 1), /^putAlongAxis: index 4/],
    ["scatterAdd", () => x.scatterAdd([[-4]], 1, 0), /^scatterAdd: index -4 .*axis 0 of float64\[3,4\]/],
    ["setSlice", () => x.setSlice([3], 1), /^setSlice: index 3 .*float64\[3,4\]/],
    ["setSlice, too many", () => x.setSlice([0, 0, 0], 1), /^setSlice: 3 indices/],
    ["setSlice, no array", () => x.setSlice(wrong(null), 1), /^setSlice: expected an array/],
    ["addSlice, step 0", () => x.addSlice([[0, 1, 0]], 1), /^addSlice: the step/],
    ["roll, fraction", () => x.roll(0.5), /^roll: .*0\.5/],
    ["roll, pairs", () => x.roll([1, 2, 3], [0, 1]), /^roll: 3 shifts .* 2 axes/],
    ["roll, axis", () => x.roll(1, 2), /^roll: axis 2/],
    ["pad, too few", () => x.pad([[1, 1]]), /^pad: .*float64\[3,4\].*\[\[1,1\]\]/],
    ["pad, negative", () => x.pad(-1), /^pad: /],
    ["pad, pair of three", () => x.pad(wrong([[1, 1, 1], [0]])), /^pad: /],
    ["pad, option", () => x.pad(1, wrong({ mode: "edge" })), /^pad: .*"mode".*value/],
    ["repeat, negative", () => x.repeat(-1), /^repeat: .*-1/],
    ["split, no parts", () => x.split(0), /^split: .*0/],
    ["split, negative", () => x.split([4, -1]), /^split: /],
    ["unstack, axis", () => x.unstack(2), /^unstack: axis 2/],
    ["meshgrid", () => ad.meshgrid([1], wrong({ indexing: "xz" })), /^meshgrid: .*"xz"/],
  ];
  test.each(rangeRows)("%s", (_name, body, ...parts) => {
    expectError(body, ArgumentError, "ERR_ADJOINT_ARGUMENT", ...parts);
  });

  const shapeRows: typeof rangeRows = [
    ["takeAlongAxis, rank", () => x.takeAlongAxis([0]), /^takeAlongAxis: .*int32\[1\].*float64\[3,4\]/],
    ["takeAlongAxis, extent", () => x.takeAlongAxis([[0], [1]]), /^takeAlongAxis: /],
    ["putAlongAxis, values", () => x.putAlongAxis([[0]], [1, 2]), /^putAlongAxis: .*\[1,2\].*\[3,1\]/],
    ["putAlongAxis, rank", () => x.putAlongAxis([[0]], [[[1]]]), /^putAlongAxis: /],
    ["scatterAdd, indices", () => range(1, 4).scatterAdd([[0], [1]], 1), /^scatterAdd: .*int32\[2,1\]/],
    ["setSlice, value", () => x.setSlice([0], [1, 2]), /^setSlice: .*\[2\].*\[4\]/],
    ["setSlice, value of a higher rank", () => x.setSlice([0], [[1, 2, 3, 4]]), /^setSlice: /],
    ["tile, negative", () => x.tile([-1]), /^tile: .*-1/],
    ["repeat, counts", () => x.repeat([1, 2], 0), /^repeat: .*float64\[3,4\]/],
    ["split, parts", () => x.split(3, 1), /^split: axis 1 of float64\[3,4\].*3/],
    ["split, sizes", () => x.split([1, 1]), /^split: sizes \[1,1\]/],
    ["meshgrid", () => ad.meshgrid([1], [[2]]), /^meshgrid: .*float64\[1,1\]/],
    ["nonzero", () => ad.nonzero(3), /^nonzero: .*float64\[\]/],
    ["maskedSelect", () => x.maskedSelect([true, false]), /^maskedSelect: /],
    ["allClose", () => x.allClose([1, 2]), /^allClose: /],
  ];
  test.each(shapeRows)("%s", (_name, body, ...parts) => {
    expectError(body, ShapeError, "ERR_ADJOINT_SHAPE", ...parts);
  });

  const dtypeRows: typeof rangeRows = [
    ["float indices", () => x.take(tensor([0, 1])), /^take: .*int32.*float64\[2\].*cast/],
    ["Float64Array as indices", () => x.take(Float64Array.of(1)), /^take: .*float64\[1\]/],
    ["a fraction as an index", () => x.take([0.5]), /^take: .*0\.5/],
    ["NaN as an index", () => x.take(nan), /^take: .*NaN/],
    ["a mask as indices", () => x.take([true, false, true]), /^take: .*bool\[3\].*maskedSelect/],
    ["takeAlongAxis", () => x.takeAlongAxis(ad.zeros([3, 1])), /^takeAlongAxis: .*int32/],
    ["floats into int32", () => int([1]).setSlice([0], tensor(1.5)), /^setSlice: int32\[1\].*float64/],
    ["a fraction into int32", () => int([1]).setSlice([0], 1.5), /^setSlice: 1\.5/],
    ["numbers into bool", () => tensor([true]).setSlice([0], 2), /^setSlice: bool\[1\]/],
    ["scatterAdd of bool", () => ad.scatterAdd([true], [0], true), /^scatterAdd: .*bool/],
    ["addSlice of bool", () => tensor([true]).addSlice([0], true), /^addSlice: .*bool/],
    ["scatterAdd beyond int32", () => int([2 ** 31 - 1]).scatterAdd([0], 1), /^scatterAdd: .*int32/],
    ["pad of int32", () => int([1]).pad(1, { value: 0.5 }), /^pad: 0\.5/],
    ["repeat by fractions", () => x.repeat([0.5]), /^repeat: .*0\.5/],
    ["a mask of numbers", () => x.maskedSelect([1, 0, 1, 0]), /^maskedSelect: .*float64/],
  ];
  test.each(dtypeRows)("%s", (_name, body, ...parts) => {
    expectError(body, DTypeError, "ERR_ADJOINT_DTYPE", ...parts);
  });

  test("under vmap an index out of range is the same error", () => {
    const i = int([[0], [7]]);
    expectError(
      () => ad.vmap((v: Tensor, k: Tensor) => v.take(k), { inAxes: [null, 0] })(ad.ones([3]), i),
      ArgumentError,
      "ERR_ADJOINT_ARGUMENT",
      /^take: index 7 is out of range/,
    );
  });
});
