import { arange, concat, jacobian, nn, type Tensor, tensor, vmap, zeros } from "adjoint";
import { describe, expect, test } from "vitest";

const functions = { softmax: nn.softmax, logSoftmax: nn.logSoftmax };
const dtypes = ["float64", "float32"] as const;

/** Numbers of a few units that do not repeat. */
const numbers = (shape: readonly number[], dtype: (typeof dtypes)[number]): Tensor => {
  const count = shape.reduce((product, n) => product * n, 1);
  return arange(count).mul(1.7).sin().mul(4).reshape(shape).cast(dtype);
};

/** The row at a place along the last axis, alone and contiguous. */
const rowAlone = (x: Tensor, ...place: number[]): Tensor =>
  tensor(x.slice(...place).toTypedArray()).cast(x.dtype);

describe.each(dtypes)("in %s", (dtype) => {
  // Below, at and above what is taken at a time, in elements and in rows.
  const shapes = [1, 2, 7, 16, 17, 129, 300].flatMap((n) => [1, 2, 8, 9, 64, 70].map((rows) => [rows, n]));

  test.each(Object.entries(functions))("%s of a row is that of the row alone, wherever it lies", (_, f) => {
    for (const [rows, n] of shapes) {
      const x = numbers([rows, n], dtype);
      const columns = numbers([n, rows], dtype);
      const [y, z] = [f(x), f(columns, 0)];
      const spread = f(numbers([rows, 2 * n], dtype).slice(null, [null, null, 2]));
      const backwards = f(x.flip());
      for (const row of [0, rows >> 1, rows - 1]) {
        expect(y.slice(row).toArray()).toEqual(f(rowAlone(x, row)).toArray());
        expect(z.T.slice(row).toArray()).toEqual(f(rowAlone(columns.T, row)).toArray());
        const everySecond = numbers([rows, 2 * n], dtype).slice(row, [null, null, 2]);
        expect(spread.slice(row).toArray()).toEqual(f(rowAlone(everySecond)).toArray());
        expect(backwards.slice(row).toArray()).toEqual(f(rowAlone(x.flip(), row)).toArray());
      }
    }
  });

  test("softmax sums to 1, and its logarithm is logSoftmax", () => {
    const tolerance = dtype === "float64" ? 1e-14 : 1e-6;
    for (const axis of [0, 1, 2]) {
      const x = numbers([5, 40, 9], dtype);
      const p = nn.softmax(x, axis);
      expect(p.sum(axis).sub(1).abs().max().item()).toBeLessThan(tolerance);
      expect(p.log().sub(nn.logSoftmax(x, axis)).abs().max().item()).toBeLessThan(10 * tolerance);
    }
  });

  test.each(Object.entries(functions))("%s of special values", (name, f) => {
    const least = name === "softmax" ? 0 : Number.NEGATIVE_INFINITY;
    const most = name === "softmax" ? 1 : 0;
    const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
    const rows = [
      [1, -infinity, -infinity],
      [1, nan, -infinity],
      [infinity, 0, 0],
      [-infinity, -infinity, -infinity],
      [2 ** 100, 0, -(2 ** 100)],
    ];
    const none = [nan, nan, nan];
    const first = f(tensor(rows).cast(dtype)).toArray() as number[][];
    expect(first.slice(0, 2)).toEqual([[most, least, least], none]);
    expect(first[2].every((y) => Number.isNaN(y) || y === least)).toBe(true);
    expect(first.slice(3)).toEqual([none, name === "softmax" ? [1, 0, 0] : [0, -(2 ** 100), -(2 ** 101)]]);
    // Enough of them to be taken together, and side by side.
    const many = tensor(Array.from({ length: 20 }, (_, i) => rows[i % 5])).cast(dtype);
    for (const y of [f(many), f(tensor(many.T.toArray()).cast(dtype), 0).T])
      for (let i = 0; i < 20; i++) expect(y.slice(i).toArray()).toEqual(first[i % 5]);
  });
});

test("without elements, along any axis", () => {
  for (const f of Object.values(functions))
    for (const axis of [0, 1, 2]) expect(f(zeros([2, 0, 3]), axis).shape).toEqual([2, 0, 3]);
});

test("mapped over any axis, and their Jacobians", () => {
  const x = numbers([3, 4, 5], "float64");
  for (const f of Object.values(functions)) {
    const rows = concat([0, 1, 2].map((i) => f(x.slice(i), 0).expandDims(0)));
    expect(vmap((y) => f(y, 0))(x).toArray()).toEqual(rows.toArray());
    // A constant added to a row changes nothing, and softmax's sum is constant.
    const j = jacobian((y) => f(y))(x.slice(0, 0));
    const directions = f === nn.softmax ? [j.sum(0), j.sum(1)] : [j.sum(1)];
    for (const d of directions) expect(d.abs().max().item()).toBeLessThan(1e-14);
  }
});
