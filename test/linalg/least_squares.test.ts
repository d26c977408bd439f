import {
  ArgumentError,
  eye,
  LinAlgError,
  linalg,
  ShapeError,
  type Tensor,
  tensor,
  vmap,
  zeros,
} from "adjoint";
import { describe, expect, test } from "vitest";
import { expectError } from "../error_assertions.js";
import { randomTensor } from "../random_values.js";
import { deficientMatrix, expectClose, tallMatrix } from "./close.js";

const right = [
  [1, 2],
  [0, -1],
  [3, 1],
  [2, 2],
];

describe("pinv", () => {
  test("NumPy's values for a matrix of rank 2", () => {
    expectClose(linalg.pinv(deficientMatrix), [
      [-0.096153846153846, -0.192307692307692, 0.205128205128205, 0.314102564102564],
      [0.115384615384615, 0.230769230769231, -0.179487179487179, -0.243589743589744],
      [0.019230769230769, 0.038461538461538, 0.025641025641026, 0.070512820512821],
    ]);
  });

  test.each([[[4, 4]], [[3, 5]], [[5, 3]], [[2, 1, 3, 5]], [[1, 1]], [[1, 4]]])(
    "the four Moore–Penrose conditions: %j",
    (shape) => {
      const a = randomTensor(shape, 21);
      const x = linalg.pinv(a);
      expectClose(a.matmul(x).matmul(a), a);
      expectClose(x.matmul(a).matmul(x), x, 1e-11);
      expectClose(a.matmul(x), a.matmul(x).mT, 1e-11);
      expectClose(x.matmul(a), x.matmul(a).mT, 1e-11);
    },
  );

  test("rtol decides what counts as 0, per matrix of a batch", () => {
    const d = tensor([
      [1, 0.1],
      [100, 1],
    ]).diag();
    expectClose(
      linalg.pinv(d, { rtol: 0.05 }),
      tensor([
        [1, 10],
        [0.01, 0],
      ]).diag(),
    );
  });

  test("zeros, no elements, float32", () => {
    expect(linalg.pinv(zeros([2, 3])).toArray()).toEqual(zeros([3, 2]).toArray());
    expect(linalg.pinv(zeros([2, 0, 3])).shape).toEqual([2, 3, 0]);
    expect(linalg.pinv(zeros([3, 0])).shape).toEqual([0, 3]);
    expect(linalg.pinv(eye(2, { dtype: "float32" })).dtype).toBe("float32");
  });

  test("bad input", () => {
    expectError(() => linalg.pinv([1, 2]), ShapeError, "ERR_ADJOINT_SHAPE", /^pinv: /, "[2]");
    expectError(
      () => linalg.pinv(eye(2), { rtol: -1 }),
      ArgumentError,
      "ERR_ADJOINT_ARGUMENT",
      /^pinv: .*rtol/,
    );
  });
});

describe("lstsq", () => {
  test("NumPy's values, full rank", () => {
    const { solution, residuals, rank, singularValues } = linalg.lstsq(tallMatrix, right);
    expectClose(solution, [
      [-0.382553511665832, -0.144940266443325],
      [-0.01210672713221, -0.098780815808199],
      [0.636202382533084, 0.019903241511502],
    ]);
    expectClose(residuals, [7.049958974673246, 9.426959597713479]);
    expect(rank.item()).toBe(3);
    expect(rank.dtype).toBe("int32");
    expectClose(singularValues, [5.104300052032905, 3.843121467284118, 3.4534820640213]);
  });

  test("NumPy's values, rank 2: the solution of smallest norm, residuals all the same", () => {
    const { solution, residuals, rank } = linalg.lstsq(deficientMatrix, right);
    expectClose(solution, [
      [1.147435897435897, 0.833333333333334],
      [-0.910256410256411, -0.666666666666667],
      [0.237179487179488, 0.166666666666667],
    ]);
    expectClose(residuals, [4.192307692307692, 5]);
    expect(rank.item()).toBe(2);
  });

  test("a vector", () => {
    const { solution, residuals } = linalg.lstsq([[1, 0], [1, 1], [1, 2]], [1, 2, 4]); // biome-ignore format: a matrix
    expectClose(solution, [5 / 6, 1.5]);
    expectClose(residuals, [1 / 6]);
  });

  test("wide matrices have residuals 0", () => {
    const a = randomTensor([3, 5], 22);
    const b = randomTensor([3, 2], 23);
    const { solution, residuals, rank } = linalg.lstsq(a, b);
    expectClose(a.matmul(solution), b);
    expectClose(residuals, [0, 0]);
    expect(rank.item()).toBe(3);
  });

  test("batches broadcast; a vector beside a batch of matrices", () => {
    const a = randomTensor([2, 1, 5, 3], 24);
    const b = randomTensor([4, 5, 2], 25);
    const { solution, residuals, rank, singularValues } = linalg.lstsq(a, b);
    expect([solution, residuals, rank, singularValues].map((x) => x.shape)).toEqual([
      [2, 4, 3, 2],
      [2, 4, 2],
      [2, 1],
      [2, 1, 3],
    ]);
    const alone = linalg.lstsq(a.slice(1, 0), b.slice(2));
    expectClose(solution.slice(1, 2), alone.solution);
    expectClose(residuals.slice(1, 2), alone.residuals);
    expect(linalg.lstsq(a, randomTensor([5], 26)).solution.shape).toEqual([2, 1, 3]);
    expect(linalg.lstsq(a, randomTensor([5], 26)).residuals.shape).toEqual([2, 1, 1]);
  });

  test("mapped over the matrix, over the right-hand side, over both", () => {
    const a = randomTensor([3, 5, 2], 27);
    const b = randomTensor([3, 5, 2], 28);
    const solve = (x: Tensor, y: Tensor) => linalg.lstsq(x, y);
    for (const inAxes of [
      [0, 0],
      [0, null],
      [null, 0],
    ] as const) {
      const [x, y] = [a, b].map((t, i) => (inAxes[i] === null ? t.slice(0) : t));
      const mapped = vmap(solve, { inAxes: [...inAxes] })(x, y);
      const one = solve(inAxes[0] === null ? x : x.slice(2), inAxes[1] === null ? y : y.slice(2));
      expectClose(mapped.solution.slice(2), one.solution);
      expectClose(mapped.residuals.slice(2), one.residuals);
      expectClose(mapped.rank.slice(2), one.rank);
    }
  });

  test("no elements", () => {
    const { solution, residuals, rank } = linalg.lstsq(zeros([3, 0]), zeros([3, 2]).add(1));
    expect(solution.shape).toEqual([0, 2]);
    expect(residuals.toArray()).toEqual([3, 3]);
    expect(rank.item()).toBe(0);
    expect(linalg.lstsq(zeros([0, 3]), zeros([0, 2])).solution.toArray()).toEqual(zeros([3, 2]).toArray());
  });

  test("bad input", () => {
    expectError(
      () => linalg.lstsq(zeros([3, 2]), zeros([2])),
      ShapeError,
      "ERR_ADJOINT_SHAPE",
      /^lstsq: /,
      "[3,2]",
    );
    expectError(() => linalg.lstsq(zeros([3]), zeros([3])), ShapeError, "ERR_ADJOINT_SHAPE", /^lstsq: /);
    expectError(() => linalg.lstsq(zeros([3, 2]), 1), ShapeError, "ERR_ADJOINT_SHAPE", /^lstsq: /);
  });
});

describe("cond and matrixRank", () => {
  test("NumPy's values", () => {
    expectClose(linalg.cond(tallMatrix), 1.4780155093926743);
    expect(linalg.matrixRank(deficientMatrix).item()).toBe(2);
    expect(linalg.matrixRank(deficientMatrix).dtype).toBe("int32");
  });

  test("singular matrices", () => {
    expect(linalg.cond([[1, 0], [0, 0]]).item()).toBe(Number.POSITIVE_INFINITY); // biome-ignore format: a matrix
    expect(linalg.cond(zeros([2, 2])).item()).toBe(Number.POSITIVE_INFINITY);
  });

  test("tolerances", () => {
    const a = tensor([1, 0.1, 0.01]).diag();
    expect(linalg.matrixRank(a).item()).toBe(3);
    expect(linalg.matrixRank(a, { tol: 0.05 }).item()).toBe(2);
    expect(linalg.matrixRank(a.mul(100), { tol: 0.05 }).item()).toBe(3);
    expect(linalg.matrixRank(a.mul(100), { rtol: 0.05 }).item()).toBe(2);
    expectError(
      () => linalg.matrixRank(a, { tol: -1 }),
      ArgumentError,
      "ERR_ADJOINT_ARGUMENT",
      /^matrixRank: /,
    );
  });

  test("batches, vmap, no elements", () => {
    const a = tensor(deficientMatrix).mul(tensor([1, 0]).reshape([2, 1, 1]));
    expect(linalg.matrixRank(a).toArray()).toEqual([2, 0]);
    expect(vmap((x: Tensor) => linalg.matrixRank(x))(a).toArray()).toEqual([2, 0]);
    expect(linalg.matrixRank(zeros([2, 0, 3])).toArray()).toEqual([0, 0]);
    expectError(
      () => linalg.cond(zeros([2, 0, 3])),
      ArgumentError,
      "ERR_ADJOINT_ARGUMENT",
      /^cond: /,
      "[2,0,3]",
    );
    expectError(() => linalg.cond([1]), ShapeError, "ERR_ADJOINT_SHAPE", /^cond: /);
  });
});

test("failures carry the name of the function that was called", () => {
  const bad = [[1, Number.NaN], [2, 3]]; // biome-ignore format: a matrix
  const named: [string, () => unknown][] = [
    ["pinv", () => linalg.pinv(bad)],
    ["lstsq", () => linalg.lstsq(bad, [1, 2])],
    ["cond", () => linalg.cond(bad)],
    ["matrixRank", () => linalg.matrixRank(bad)],
    ["matrixNorm", () => linalg.matrixNorm(bad, { ord: 2 })],
    ["matrixNorm", () => linalg.matrixNorm(bad, { ord: "nuc" })],
    ["matrixPower", () => linalg.matrixPower(bad, -1)],
  ];
  for (const [name, body] of named) {
    const error = expectError(
      body,
      LinAlgError,
      "ERR_ADJOINT_NONFINITE",
      new RegExp(`^${name}: the matrix holds`),
    );
    expect(error.operation).toBe(name);
  }
  const singular = expectError(
    () => linalg.matrixPower([[1, 2], [2, 4]], -3), // biome-ignore format: a matrix
    LinAlgError,
    "ERR_ADJOINT_SINGULAR",
    /^matrixPower: /,
  );
  expect((singular as LinAlgError & { routine: string }).routine).toBe("getri");
});

test("one bad matrix of a batch gives NaN in its place", () => {
  const batch = tensor([[[2, 0], [0, 4]], [[1, Number.NaN], [2, 3]]]); // biome-ignore format: matrices
  expect(linalg.pinv(batch, { onFailure: "nan" }).toArray()).toEqual([[[0.5, 0], [0, 0.25]], [[Number.NaN, Number.NaN], [Number.NaN, Number.NaN]]]); // biome-ignore format: matrices
  const { solution, residuals } = linalg.lstsq(batch, [2, 4], { onFailure: "nan" });
  expect(solution.toArray()).toEqual([[1, 1], [Number.NaN, Number.NaN]]); // biome-ignore format: a matrix
  expect(residuals.toArray()).toEqual([[0], [Number.NaN]]);
});
