import { grad, gradcheck, LinAlgError, linalg, stack, type Tensor, tensor } from "adjoint";
import { describe, expect, test } from "vitest";
import { expectError } from "../error_assertions.js";
import { generalMatrices, positiveMatrices } from "../random_values.js";
import { largest } from "./close.js";

const symmetric = (a: Tensor): Tensor => a.add(a.mT).mul(0.5);

describe("symmetric eigenproblems by size and batch (SelfAdjointEigTest, SelfAdjointEigGradTest)", () => {
  const cases = [1, 2, 5, 10].flatMap((n) => [[], [3], [3, 2]].map((batch) => ({ n, batch })));

  test.each(cases)("values, vectors and residuals, order $n, batch $batch", ({ n, batch }) => {
    const a = symmetric(positiveMatrices(batch, n, n));
    const { values, vectors } = linalg.eigh(a);
    expect(values.shape).toEqual([...batch, n]);
    expect(largest(a.matmul(vectors).sub(vectors.mul(values.reshape([...batch, 1, n]))))).toBeLessThan(
      1e-13 * (n + 1) * 20,
    );
    expect(largest(linalg.eigvalsh(a).sub(values))).toBeLessThan(1e-13 * (n + 1) * 20);
  });

  test.each(cases)("derivatives of values, order $n, batch $batch", ({ n, batch }) => {
    gradcheck((a) => linalg.eigvalsh(a), [positiveMatrices(batch, n, n)], { order: 2, tolerance: 1e-5 });
  });

  test.each(cases)("derivatives of vectors, up to sign, order $n, batch $batch", ({ n, batch }) => {
    const f = (a: Tensor): Tensor => {
      const { vectors } = linalg.eigh(a);
      return vectors.mul(vectors.sum(-2, { keepDims: true }).sign());
    };
    const squares = (a: Tensor): Tensor => linalg.eigh(a).vectors.square();
    const at = [positiveMatrices(batch, n, n + 1)];
    gradcheck(squares, at, { order: 2, tolerance: 1e-5 });
    gradcheck(f, at, { tolerance: 1e-5 });
  });

  test("vectors differ from a reference by a sign only, which the first row fixes", () => {
    const a = symmetric(positiveMatrices([2], 5, 3));
    const fixed = (v: Tensor): Tensor => v.mul(v.slice(null, [0, 1]).sign());
    const { vectors } = linalg.eigh(a);
    const lower = linalg.eigh(a, { triangle: "lower" }).vectors;
    expect(largest(fixed(vectors).sub(fixed(lower)))).toBeLessThan(1e-13);
  });

  test("a matrix with denormal entries has finite values and orthonormal vectors", () => {
    const a = symmetric(generalMatrices([], 32, 9))
      .mul(1e-310)
      .add(
        tensor([...Array(32).keys()])
          .mul(1e-3)
          .diag(),
      );
    const { values, vectors } = linalg.eigh(a);
    expect(largest(a.matmul(vectors).sub(vectors.mul(values)))).toBeLessThan(1e-15);
    expect(largest(vectors.mT.matmul(vectors).sub(linalg.matrixPower(vectors, 0)))).toBeLessThan(1e-13);
  });
});

/** Distinct singular values, none near 0. */
function rectangular(rows: number, columns: number, seed: number): Tensor {
  const n = Math.max(rows, columns);
  return generalMatrices([], n, seed).slice([0, rows], [0, columns]);
}

describe("singular values by rows and columns (SvdTest, SvdGradTest, SvdGradGradTest)", () => {
  const sizes = [0, 1, 2, 5, 10, 32];
  const pairs = sizes.flatMap((rows) => sizes.map((columns) => ({ rows, columns })));

  test.each(pairs)("$rows by $columns: shapes and the product, reduced and full", ({ rows, columns }) => {
    const a = rectangular(rows, columns, 1);
    const least = Math.min(rows, columns);
    for (const fullMatrices of [false, true]) {
      const { u, s, vh } = linalg.svd(a, { fullMatrices });
      expect(u.shape).toEqual([rows, fullMatrices ? rows : least]);
      expect(s.shape).toEqual([least]);
      expect(vh.shape).toEqual([fullMatrices ? columns : least, columns]);
      const product = u
        .slice(null, [0, least])
        .mul(s)
        .matmul(vh.slice([0, least]));
      expect(largest(product.sub(a))).toBeLessThan(1e-12);
    }
  });

  test.each(pairs.filter(({ rows, columns }) => Math.max(rows, columns) <= 10))(
    "$rows by $columns: derivatives",
    ({ rows, columns }) => {
      const a = rectangular(rows, columns, 2);
      gradcheck((x) => linalg.svdvals(x), [a], { order: 2, tolerance: 1e-5 });
      gradcheck(
        (x) => {
          const { u, s, vh } = linalg.svd(x);
          return [u.square(), s, vh.square(), u.matmul(vh)];
        },
        [a],
        { order: 2, tolerance: 1e-4 },
      );
    },
  );
});

describe("determinants of singular matrices (DetGradSingularMatrixTest)", () => {
  const gradient = grad((a: Tensor) => linalg.det(a).sum());
  const near = (e: number): Tensor =>
    tensor([
      [1, 1],
      [1, 1 + e],
    ]);

  test("of [[1, 2], [2, 4]]", () => {
    expect(
      largest(
        gradient([
          [1, 2],
          [2, 4],
        ]).sub([
          [4, -2],
          [-2, 1],
        ]),
      ),
    ).toBeLessThan(1e-14);
  });

  test.each([1e-6, 1e-9, 1e-12])("of a matrix %s away from singular, to 1e-9", (e) => {
    const exact = [
      [1 + e, -1],
      [-1, 1],
    ];
    expect(largest(gradient(near(e)).sub(exact))).toBeLessThan(1e-9);
  });

  test("of a batch in which some matrices are singular", () => {
    const batch = tensor([
      [
        [1, 2],
        [2, 4],
      ],
      [
        [2, 1],
        [1, 3],
      ],
      [
        [0, 0],
        [0, 0],
      ],
      [
        [1, 1],
        [1, 1 + 1e-9],
      ],
    ]);
    const exact = stack([
      tensor([
        [4, -2],
        [-2, 1],
      ]),
      tensor([
        [3, -1],
        [-1, 2],
      ]),
      tensor([
        [0, 0],
        [0, 0],
      ]),
      tensor([
        [1 + 1e-9, -1],
        [-1, 1],
      ]),
    ]);
    expect(largest(gradient(batch).sub(exact))).toBeLessThan(1e-12);
    gradcheck((a) => linalg.det(a), [batch], { order: 2 });
  });

  test("the logarithm of slogdet has no derivative there: the matrix of the batch is named", () => {
    const singular = tensor([
      [1, 2],
      [2, 4],
    ]);
    const f = grad((a: Tensor) => linalg.slogdet(a).logAbsDet.sum());
    expectError(() => f(singular), LinAlgError, "ERR_ADJOINT_SINGULAR", /^slogdet: /);
    const batch = stack([tensor([2, 4]).diag(), singular]);
    expectError(() => f(batch), LinAlgError, "ERR_ADJOINT_SINGULAR", "matrix [1] of the batch");
  });
});
