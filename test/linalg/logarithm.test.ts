import {
  eye,
  grad,
  hessian,
  jvp,
  LinAlgError,
  linalg,
  ShapeError,
  stack,
  type Tensor,
  tensor,
  vmap,
  zeros,
} from "adjoint";
import { describe, expect, test } from "vitest";
import { expectError } from "../error_assertions.js";
import { checkDerivatives } from "../finite_differences.js";
import { positiveMatrices, randomTensor } from "../random_values.js";
import { expectClose, largest } from "./close.js";
import { jordanBlock, shiftedSquare } from "./nonsymmetric_matrices.js";

/** Eigenvalues that the exponential of anything this small has: the principal logarithm undoes it. */
const small = (n: number, seed: number): Tensor => randomTensor([n, n], seed).div(Math.sqrt(n));

describe("logm", () => {
  test("values in 50 digits, rounded", () => {
    expectClose(
      linalg.logm(shiftedSquare),
      [
        [1.5185255071039336, 0.6108671336560204, -0.680469877354778, 0.0539346013509462, -0.2177421858726353],
        [
          -0.0660425885761278, 1.204534963236532, -0.5032499255788125, 0.3158867573242803,
          -0.4518704954423876,
        ],
        [0.3379131840003902, 0.2730705345802389, 0.3671550375134329, 0.2992434528481309, -0.7281935845502598],
        [
          0.1885260659965653, -0.0967835834606083, -0.7470592993012123, 1.8323324450495222,
          -0.8863370316875318,
        ],
        [-0.3526255544411964, 0.1700915239017491, 0.675305083098059, -0.0490447931219838, 1.1503271028656488],
      ],
      5e-15,
    );
  });

  test.each([1, 2, 3, 4, 7, 24, 25, 50])("undoes the exponential at %d", (n) => {
    for (const scale of [1e-3, 1, 2]) {
      const x = small(n, n).mul(scale);
      expectClose(linalg.logm(linalg.expm(x)), x, 1e-13);
    }
  });

  test("logarithms of inverses, of squares and of block diagonals", () => {
    const log = linalg.logm(shiftedSquare);
    expectClose(linalg.logm(linalg.inv(shiftedSquare)), log.neg(), 1e-13);
    expectClose(linalg.logm(linalg.sqrtm(shiftedSquare)), log.div(2), 1e-14);
    expectClose(linalg.logm(eye(2).kron(shiftedSquare)), eye(2).kron(log), 1e-14);
    expect(linalg.trace(log).item()).toBeCloseTo(
      linalg.slogdet(shiftedSquare).logAbsDet.item() as number,
      13,
    );
  });

  test("a rotation by nearly half a turn", () => {
    for (const angle of [0.1, 2, 3.1]) {
      const [c, s] = [Math.cos(angle), Math.sin(angle)];
      expectClose(linalg.logm([[c, -s], [s, c]]), [[0, -angle], [angle, 0]], 1e-14); // biome-ignore format: matrices
    }
  });

  test("Jordan blocks: the series in their nilpotent part", () => {
    const expected = [
      [Math.log(2), 1 / 2, -1 / 8, 1 / 24],
      [0, Math.log(2), 1 / 2, -1 / 8],
      [0, 0, Math.log(2), 1 / 2],
      [0, 0, 0, Math.log(2)],
    ];
    expectClose(linalg.logm(jordanBlock(4, 2)), expected, 1e-15);
    expectClose(linalg.logm(jordanBlock(4, 2).mT), tensor(expected).mT, 1e-15);
  });

  test("symmetric matrices: the logarithm of eigenvalues", () => {
    const a = positiveMatrices([], 6, 1).add(positiveMatrices([], 6, 1).mT);
    const { values, vectors } = linalg.eigh(a);
    expectClose(linalg.logm(a), vectors.mul(values.log()).matmul(vectors.mT), 1e-14);
  });

  test("graded and far from normal triangles: no needless roots lose digits", () => {
    expectClose(
      linalg.logm(tensor([1e-20, 1, 1e20]).diag()),
      tensor([-20, 0, 20]).mul(Math.LN10).diag(),
      1e-15,
    );
    expect(linalg.logm([[1, 1e10], [0, 1]]).toArray()).toEqual([[0, 1e10], [0, 0]]); // biome-ignore format: matrices
    const found = linalg.logm([[1, 1e6], [0, 1 + 1e-9]]); // biome-ignore format: a matrix
    const gap = 1 + 1e-9 - 1;
    expect((found.at(0, 1) as number) / ((1e6 * Math.log1p(gap)) / gap)).toBeCloseTo(1, 14);
  });

  test("batches, transposed and strided; under vmap", () => {
    const batch = stack([linalg.expm(small(3, 3)), eye(3), jordanBlock(3, 4)]);
    const together = linalg.logm(batch.mT);
    for (const i of [0, 1, 2]) expectClose(together.slice(i), linalg.logm(batch.slice(i)).mT, 1e-14);
    expectClose(vmap((x: Tensor) => linalg.logm(x))(batch), linalg.logm(batch), 1e-15);
  });

  test("float32, integers, no elements, the identity", () => {
    const single = linalg.logm(shiftedSquare.cast("float32"));
    expect(single.dtype).toBe("float32");
    expectClose(single.cast("float64"), linalg.logm(shiftedSquare), 2e-6);
    expectClose(linalg.logm(tensor([[1, 2], [0, 1]], { dtype: "int32" })), [[0, 2], [0, 0]], 1e-15); // biome-ignore format: matrices
    expect(linalg.logm(zeros([2, 0, 0])).shape).toEqual([2, 0, 0]);
    expect(largest(linalg.logm(eye(3)))).toBe(0);
  });
});

describe("derivatives of logm", () => {
  test.each([
    ["5 x 5", shiftedSquare],
    ["1 x 1", tensor([[3]])],
    ["a rotation", tensor([[0, -1], [1, 0]])], // biome-ignore format: a matrix
    ["a Jordan block", jordanBlock(3, 2)],
    ["equal eigenvalues", eye(3).mul(2)],
    ["a batch", stack([linalg.expm(small(2, 4)), jordanBlock(2, 5)])],
  ] as const)("both orders at %s", (name, a) => {
    checkDerivatives({ name, f: (x: Tensor) => linalg.logm(x), at: [a], tolerance: 1e-6 });
  });

  test("the derivative is the inverse of the exponential's", () => {
    const x = small(6, 5);
    const e = randomTensor([6, 6], 6);
    const [a, along] = jvp(linalg.expm, [x], [e]);
    expectClose(jvp((y: Tensor) => linalg.logm(y), [a], [along])[1], e, 1e-13);
  });

  test("far from normal: the series of three terms", () => {
    for (const corner of [1, 1e4, 1e10]) {
      const nilpotent = eye(2, 2, { k: 1 }).mul(corner);
      const e = randomTensor([2, 2], 7);
      const exact = e
        .sub(nilpotent.matmul(e).add(e.matmul(nilpotent)).div(2))
        .add(nilpotent.matmul(e).matmul(nilpotent).div(3));
      const found = jvp((a: Tensor) => linalg.logm(a), [eye(2).add(nilpotent)], [e])[1];
      expectClose(found.div(exact), zeros([2, 2]).add(1), 1e-14);
    }
  });

  test("the Hessian is symmetric, and a third derivative is right", () => {
    const f = (x: Tensor) =>
      linalg
        .logm(x)
        .mul(randomTensor([3, 3], 8))
        .sum();
    const a = linalg.expm(small(3, 9));
    const second = hessian(f)(a).reshape([9, 9]);
    expectClose(second, second.mT, 1e-13);
    const slope = (x: Tensor) => grad((y: Tensor) => grad(f)(y).square().sum())(x);
    checkDerivatives({ name: "third", f: slope, at: [a], second: false, tolerance: 1e-6 });
  });

  test("float32 gradients", () => {
    const f = (x: Tensor) => linalg.logm(x).square().sum();
    const single = grad(f)(shiftedSquare.cast("float32"));
    expect(single.dtype).toBe("float32");
    expectClose(single.cast("float64"), grad(f)(shiftedSquare), 1e-5);
  });
});

describe("logm of matrices without a real logarithm", () => {
  test.each([
    ["a negative diagonal", [[-4, 0], [0, 1]], "-4"], // biome-ignore format: a matrix
    ["−I, which has other real logarithms", [[-1, 0], [0, -1]], "-1"], // biome-ignore format: a matrix
    ["an indefinite matrix", [[1, 2], [2, 1]], "-1"], // biome-ignore format: a matrix
    ["1 x 1", [[-0.25]], "-0.25"],
  ])("%s", (_name, a, eigenvalue) => {
    const body = () => linalg.logm(a);
    expectError(body, LinAlgError, "ERR_ADJOINT_NOT_REAL", /^logm: /, `negative eigenvalue ${eigenvalue}`);
  });

  test.each([
    ["zeros", zeros([2, 2])],
    ["a nilpotent matrix", jordanBlock(2, 0)],
    ["rank one", tensor([[1, 2], [2, 4]])], // biome-ignore format: a matrix
    ["rank three of seven", randomTensor([7, 3], 10).matmul(randomTensor([3, 7], 11))],
    ["float32", tensor([[1, 1], [1, 1]], { dtype: "float32" })], // biome-ignore format: a matrix
  ])("singular: %s", (_name, a) => {
    expectError(() => linalg.logm(a), LinAlgError, "ERR_ADJOINT_SINGULAR", /^logm: .* no logarithm/);
  });

  test("in a batch the matrix is named, or becomes NaN, and the derivatives of the others stand", () => {
    const batch = tensor([1, -9, 4]).reshape([3, 1, 1]);
    const body = () => linalg.logm(batch);
    expect(expectError(body, LinAlgError, "ERR_ADJOINT_NOT_REAL", "-9", "[1] of the batch")).toMatchObject({
      operation: "logm",
      batchIndex: [1],
    });
    const lenient = (x: Tensor) => linalg.logm(x, { onFailure: "nan" }).reshape([3]);
    expectClose(lenient(batch), [0, Number.NaN, Math.log(4)], 1e-15);
    const slopes = grad((x: Tensor) => lenient(x).sum())(batch).reshape([3]);
    expectClose(slopes, [1, Number.NaN, 0.25], 1e-15);
  });

  test("NaN, Infinity, and what is not square", () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY])
      expectError(() => linalg.logm([[value]]), LinAlgError, "ERR_ADJOINT_NONFINITE", /^logm: /);
    expectError(() => linalg.logm(zeros([2, 3])), ShapeError, "ERR_ADJOINT_SHAPE", /^logm: /, "[2,3]");
  });
});
