import { type DType, eye, grad, jvp, linalg, type Tensor, tensor, vjp } from "adjoint";
import { describe, expect, test } from "vitest";
import { randomTensor } from "../random_values.js";
import { largest } from "./close.js";

// Kernels change their way with the order: leaves of 16, halves, tiles of 96, other routines beyond.
const orders = [1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 31, 33, 39, 40, 41, 95, 96, 97, 127, 128, 129, 192, 255, 256, 257, 385]; // biome-ignore format: one line
const small = orders.filter((n) => n <= 129);

const epsilonOf = (x: Tensor): number => (x.dtype === "float32" ? 2 ** -23 : 2 ** -52);
/** How far x is from y, in units that rounding errors of products of order n are counted in. */
function distance(x: Tensor, y: Tensor, n: number, scale = 1): number {
  expect(x.shape).toEqual(y.shape);
  expect(x.dtype).toBe(y.dtype);
  return largest(x.sub(y)) / (epsilonOf(x) * (n + 8) * Math.max(scale, largest(y)));
}
const regular = (n: number, seed: number, dtype: DType): Tensor =>
  randomTensor([n, n], seed)
    .add(eye(n).mul(2 + Math.sqrt(n)))
    .flip(0)
    .cast(dtype);
function positive(n: number, seed: number, dtype: DType): Tensor {
  const x = randomTensor([n, n], seed);
  return x.matmul(x.T).div(n).add(eye(n)).cast(dtype);
}
const inner = (x: Tensor, y: Tensor): number => x.mul(y).sum().item() as number;

/** Column by column: products of matrices and vectors take another way. */
const byColumns = (a: Tensor, b: Tensor): Tensor =>
  tensor(
    Array.from({ length: b.shape[1] }, (_, j) => a.matmul(b.slice(null, j)).toArray() as number[]),
    {
      dtype: a.dtype,
    },
  ).T;

describe.each(["float64", "float32"] as const)("%s", (dtype) => {
  const matrix = (rows: number, columns: number, seed: number): Tensor =>
    randomTensor([rows, columns], seed).cast(dtype);

  test.each(small)("products of order %i, straight and transposed, with strides", (n) => {
    const [a, b] = [matrix(n, n, 1), matrix(n, n, 2)];
    const expected = byColumns(a, b);
    const stored = a.T.add(0);
    const spread = matrix(n, 2 * n, 3)
      .mul(0)
      .setSlice([null, [0, null, 2]], b);
    for (const left of [a, stored.T])
      for (const right of [b, b.T.add(0).T, spread.slice(null, [0, null, 2]), b.flip(0).flip(0)])
        expect(distance(left.matmul(right), expected, n)).toBeLessThan(1);
    expect(distance(b.T.matmul(a.T), expected.T.add(0), n)).toBeLessThan(1);
  });

  test.each([
    [128, 64, 784],
    [784, 128, 64],
    [1000, 8, 200],
    [8, 1000, 200],
    [500, 500, 8],
    [16, 300, 300],
    [257, 256, 255],
    [512, 512, 64],
    [130, 13, 600],
    [2, 600, 600],
    [40, 300, 1],
  ])("products [%i, %i] with %i between", (m, n, k) => {
    const [a, b] = [matrix(m, k, 4), matrix(k, n, 5)];
    const v = matrix(n, 1, 6);
    for (const left of [a, a.T.add(0).T])
      for (const right of [b, b.T.add(0).T])
        expect(
          distance(left.matmul(right).matmul(v), a.matmul(b.matmul(v)), n + k, Math.sqrt(n * k)),
        ).toBeLessThan(1);
  });

  test.each([9, 97, 129, 257])("what is not finite stays in its row and column, order %i", (n) => {
    const i = n - 2;
    const a = matrix(n, n, 7).setSlice([i, 3], Number.NaN);
    const b = matrix(n, n, 8).setSlice([5, i], Number.POSITIVE_INFINITY);
    for (const [left, right] of [
      [a, b],
      [a.T.add(0).T, b],
      [a, b.T.add(0).T],
      [a.T.add(0).T, b.T.add(0).T],
    ]) {
      const finite = left.matmul(right).isFinite().cast("int32");
      expect(finite.sum().item()).toBe((n - 1) * (n - 1));
      expect(finite.slice(i).sum().item()).toBe(0);
      expect(finite.slice(null, i).sum().item()).toBe(0);
    }
  });

  test.each(orders)("inverse and solves of order %i", (n) => {
    const a = regular(n, 9, dtype);
    const identity = eye(n, { dtype });
    const x = linalg.inv(a);
    expect(distance(x.matmul(a), identity, n, 4)).toBeLessThan(1);
    expect(distance(a.matmul(x), identity, n, 4)).toBeLessThan(1);
    for (const k of [1, 3, 4, 17]) {
      const b = matrix(n, k, 10);
      expect(distance(a.matmul(linalg.solve(a, b)), b, n, 4)).toBeLessThan(1);
      expect(distance(a.T.matmul(linalg.solve(a.T, b)), b, n, 4)).toBeLessThan(1);
    }
    const y = grad((m: Tensor) => linalg.slogdet(m).logAbsDet)(a);
    expect(distance(y, x.T.add(0), n, 1)).toBeLessThan(1);
  });

  test.each(orders)("triangular solves of order %i", (n) => {
    const t = matrix(n, n, 11)
      .mul(1 / n)
      .add(eye(n, { dtype }));
    for (const lower of [true, false])
      for (const unitDiagonal of [true, false])
        for (const transpose of [true, false])
          for (const k of [1, 5, 40]) {
            const read = lower ? t.tril({ k: -1 }) : t.triu({ k: 1 });
            const diagonal = unitDiagonal ? eye(n, { dtype }) : t.diagonal().diag();
            const full = read.add(diagonal);
            const b = matrix(n, k, 12);
            const product = (x: Tensor) => (transpose ? full.T : full).matmul(x);
            const x = linalg.solveTriangular(t, b, { lower, transpose, unitDiagonal });
            expect(distance(product(x), b, n, 2)).toBeLessThan(1);
            const byColumn = linalg.solveTriangular(t, b.T.add(0).T, { lower, transpose, unitDiagonal });
            expect(distance(product(byColumn), b, n, 2)).toBeLessThan(1);
          }
  });

  test.each(orders)("Cholesky factors of order %i and their derivatives", (n) => {
    const a = positive(n, 13, dtype);
    const l = linalg.cholesky(a);
    expect(distance(l.matmul(l.T), a, n)).toBeLessThan(1);
    expect(largest(l.triu({ k: 1 }))).toBe(0);
    expect(distance(linalg.cholesky(a, { upper: true }).T.add(0), l, n)).toBeLessThan(1);
    const b = matrix(n, 3, 14);
    expect(distance(a.matmul(linalg.solve(a, b, { assume: "positive" })), b, n, 4)).toBeLessThan(1);
    // What stands above the diagonal is a constant, and its cotangent does not matter.
    const [g, t] = [matrix(n, n, 15), matrix(n, n, 16)];
    for (const triangle of ["both", "lower", "upper"] as const) {
      const f = (x: Tensor) => linalg.cholesky(x, { triangle });
      const [, pullback] = vjp(f, a);
      const [pulled] = pullback(g);
      const [, pushed] = jvp(f, [a], [t]);
      const scale = n * n * epsilonOf(a) * (1 + largest(pulled) * largest(t));
      expect(Math.abs(inner(pulled, t) - inner(g, pushed))).toBeLessThan(scale);
      if (triangle === "both") expect(distance(pulled, pulled.T.add(0), n)).toBeLessThan(1);
    }
  });
});

test.each(orders.filter((n) => n > 1))(
  "a zero pivot and a minor that is not positive are named, order %i",
  (n) => {
    const k = n - 2;
    const ones = eye(n);
    const singular = ones.setSlice([k, k], 0);
    expect(() => linalg.inv(singular)).toThrow(expect.objectContaining({ info: k + 1, routine: "getri" }));
    expect(() => linalg.solve(singular, ones)).toThrow(
      expect.objectContaining({ info: k + 1, routine: "getrf" }),
    );
    const indefinite = ones.setSlice([k, k], -1);
    expect(() => linalg.cholesky(indefinite)).toThrow(
      expect.objectContaining({ info: k + 1, routine: "potrf" }),
    );
    const batch = ones.expandDims(0).mul(tensor([1, -1, 1]).expandDims([-2, -1]));
    const factors = linalg.cholesky(batch, { onFailure: "nan" });
    expect(factors.isNaN().all([-2, -1]).toArray()).toEqual([false, true, false]);
    const pulled = grad((x: Tensor) => linalg.cholesky(x, { onFailure: "nan" }).slice([0, null, 2]).sum())(
      batch,
    );
    expect(pulled.isNaN().any([-2, -1]).toArray()).toEqual([false, true, false]);
  },
);

test.each([8, 9, 16, 17, 64, 100])("pivots are the largest of their columns, order %i", (n) => {
  const { p, l, u } = linalg.lu(randomTensor([n, n], 17));
  const a = randomTensor([n, n], 17);
  expect(distance(p.matmul(l).matmul(u), a, n)).toBeLessThan(1);
  const graded = a.mul(tensor(Array.from({ length: n }, (_, i) => 10 ** ((i * 7) % 13))).expandDims(-1));
  const x = linalg.solve(graded, graded.sum(-1));
  expect(largest(x.sub(1))).toBeLessThan(1e-9);
  expect(largest(l)).toBe(1);
});
