import { eye, linalg, type Tensor } from "adjoint";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addon } from "../addon.js";
import { randomTensor } from "../random_values.js";
import { largest } from "./close.js";

const epsilon = { float64: 2 ** -52, float32: 2 ** -23 };

const random = (n: number, seed: number): Tensor => randomTensor([n, n], seed, -0.5, 0.5);

// Orders around the widths of vectors, and beyond the blocks of the recursions.
const orders = [1, 3, 4, 7, 8, 15, 16, 17, 31, 33, 64, 100, 130];

describe.each(addon.simdTargets)("factorisations to rounding, on %s", (target) => {
  beforeAll(() => addon.setSimdTarget(target));
  afterAll(() => addon.setSimdTarget(addon.simdTargets[0]));

  describe.each(["float64", "float32"] as const)("%s", (dtype) => {
    test.each(orders)("LU, order %i", (n) => {
      const a = random(n, n).cast(dtype);
      const { p, l, u } = linalg.lu(a);
      const [permutation, lower, upper] = [p, l, u].map((x) => x.cast("float64"));
      const residual = permutation.matmul(lower).matmul(upper).sub(a.cast("float64"));
      expect(largest(residual)).toBeLessThanOrEqual(8 * n * epsilon[dtype]);
    });

    test.each(orders)("Cholesky, order %i", (n) => {
      const u = random(n, n);
      const a = u
        .matmul(u.mT)
        .add(eye(n).mul(n / 4))
        .cast(dtype);
      const factor = linalg.cholesky(a).cast("float64");
      const residual = factor.matmul(factor.mT).sub(a.cast("float64"));
      expect(largest(residual)).toBeLessThanOrEqual(4 * n * epsilon[dtype] * largest(a.cast("float64")));
    });

    test.each(orders)("a triangular inverse, order %i", (n) => {
      const a = random(n, n)
        .tril()
        .add(eye(n).mul(Math.sqrt(n)))
        .cast(dtype);
      const inverse = linalg.solveTriangular(a, eye(n, { dtype }), { lower: true }).cast("float64");
      const residual = a.cast("float64").matmul(inverse).sub(eye(n));
      expect(largest(residual)).toBeLessThanOrEqual(8 * n * epsilon[dtype]);
    });
  });
});
