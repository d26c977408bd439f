import { matmul, type Tensor, tensor, vmap } from "adjoint";
import { afterAll, describe, expect, test } from "vitest";
import { addon } from "../addon.js";
import { uniform } from "../random_values.js";

afterAll(() => addon.setSimdTarget(addon.simdTargets[0]));

/** Whole numbers, whose products and their sums are exact in any order. */
function wholes(rows: number, columns: number, seed: number): number[][] {
  const next = uniform(seed);
  return Array.from({ length: rows }, () =>
    Array.from({ length: columns }, () => Math.round(16 * next() - 8)),
  );
}

const naive = (a: number[][], b: number[][], columns: number): number[][] =>
  a.map((row) => Array.from({ length: columns }, (_, j) => row.reduce((sum, x, l) => sum + x * b[l][j], 0)));

const transposed = (x: Tensor): Tensor => x.mT.add(0).mT;
const plain = (x: Tensor): Tensor => x;
/** With other numbers between its rows. */
const cutOut = (x: Tensor): Tensor =>
  x
    .pad([
      [1, 2],
      [1, 2],
    ])
    .slice([1, -2], [1, -2]);

const extents = [2, 4, 7, 8, 9, 13, 16, 17, 24, 25, 31, 32, 33, 47, 63, 64, 65];
const of = (i: number): number => extents[i % extents.length];

describe.each(addon.simdTargets)("products on %s", (target) => {
  test.each(["float64", "float32"] as const)("%s, of all extents to 65, in any layout", (dtype) => {
    addon.setSimdTarget(target);
    for (let i = 0; i < 3 * extents.length; i++) {
      const [m, n, k] = [of(i), of(5 * i + (i % 4)), of(11 * i + 2)];
      const [a, b] = [wholes(m, k, i), wholes(k, n, i + 100)];
      const expected = naive(a, b, n);
      const [left, right] = [a, b].map((x) => tensor(x).cast(dtype));
      for (const ofLeft of [plain, transposed, cutOut])
        for (const ofRight of [plain, transposed, cutOut]) {
          const product = matmul(ofLeft(left), ofRight(right));
          expect(product.toArray(), `${m}, ${n}, ${k}`).toEqual(expected);
        }
    }
  });

  test("NaN and infinities reach their row and column, and no other", () => {
    addon.setSimdTarget(target);
    const n = 19;
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const values = wholes(n, n, 1).map((row) => row.map(() => 1));
      values[n - 1][3] = bad;
      const a = tensor(values);
      const b = tensor(wholes(n, n, 2).map((row) => row.map(() => 2)));
      for (const of of [plain, transposed])
        expect(matmul(of(a), transposed(b)).toArray()).toEqual(
          values.map((_, i) => values.map(() => (i === n - 1 ? bad : 2 * n))),
        );
    }
  });
});

test("a number that stands for a whole matrix is multiplied like one", () => {
  const [m, n, k] = [12, 20, 9];
  const b = tensor([1, 2, 3].map((seed) => wholes(k, n, seed)));
  const one = tensor(2).broadcastTo([3, m, k]);
  const expected = b.mul(2).sum(1, { keepDims: true }).broadcastTo([3, m, n]);
  expect(one.matmul(b).toArray()).toEqual(expected.toArray());
  expect(b.mT.matmul(one.mT).toArray()).toEqual(expected.mT.toArray());
  expect(vmap((x: Tensor) => x.matmul(tensor(3).broadcastTo([n, m])))(b).toArray()).toEqual(
    b.mul(3).sum(2, { keepDims: true }).broadcastTo([3, k, m]).toArray(),
  );
});
