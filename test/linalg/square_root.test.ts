import {
  eye,
  GradientError,
  grad,
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

const squareError = (root: Tensor, a: Tensor): number => largest(root.matmul(root).sub(a)) / largest(a);

/** The square of a matrix whose eigenvalues are right of the imaginary axis, some of them complex. */
function squareOf(n: number, seed: number): readonly [root: Tensor, square: Tensor] {
  const root = randomTensor([n, n], seed).add(eye(n).mul(Math.sqrt(n)));
  return [root, root.matmul(root)];
}

describe("sqrtm", () => {
  test("values in 50 digits, rounded", () => {
    expectClose(
      linalg.sqrtm(shiftedSquare),
      [
        [
          2.0898307485721013, 0.5467516588048931, -0.6442499288436487, 0.0597465961250715,
          -0.1697660502248012,
        ],
        [
          -0.0549398602625614, 1.7619099481348157, -0.4683830459538097, 0.3007990336513204,
          -0.3802303637148959,
        ],
        [0.3304930277446738, 0.2094706460631238, 0.9896242976477588, 0.2863462806134116, -0.6134202811003725],
        [
          0.2255353135832918, -0.1566495674461707, -0.7894335943808789, 2.439241316882819,
          -0.7902061680521968,
        ],
        [-0.292114025773669, 0.1421655738499421, 0.5172184192127772, 0.0034190535813505, 1.6806066311943777],
      ],
      5e-15,
    );
  });

  test.each([1, 2, 3, 4, 7, 23, 24, 25, 49, 64])("R R = A, and R is the principal root, at %d", (n) => {
    const [root, square] = squareOf(n, n);
    const found = linalg.sqrtm(square);
    expect(squareError(found, square)).toBeLessThan(1e-13);
    expectClose(found, root, 1e-12);
  });

  test("a rotation turns half as far, one by nearly half a turn too", () => {
    for (const angle of [0.1, 1, 2, 3.1]) {
      const turn = (x: number) => [[Math.cos(x), -Math.sin(x)], [Math.sin(x), Math.cos(x)]]; // biome-ignore format: a matrix
      expectClose(linalg.sqrtm(turn(angle)), turn(angle / 2), 1e-14);
    }
  });

  test("Jordan blocks: the binomial series in their nilpotent part", () => {
    const found = linalg.sqrtm(jordanBlock(4, 1));
    const expected = [
      [1, 0.5, -0.125, 0.0625],
      [0, 1, 0.5, -0.125],
      [0, 0, 1, 0.5],
      [0, 0, 0, 1],
    ];
    expectClose(found, expected, 1e-15);
    expectClose(linalg.sqrtm(jordanBlock(4, 1).mT), tensor(expected).mT, 1e-15);
  });

  test("symmetric matrices: the root of eigenvalues", () => {
    const a = positiveMatrices([], 6, 1).add(positiveMatrices([], 6, 1).mT);
    const { values, vectors } = linalg.eigh(a);
    expectClose(linalg.sqrtm(a), vectors.mul(values.sqrt()).matmul(vectors.mT), 1e-14);
  });

  test("badly scaled triangles keep the digits of each entry", () => {
    const found = linalg.sqrtm([[1e-20, 1e10], [0, 1e20]]); // biome-ignore format: a matrix
    expect(found.toArray()).toEqual([[1e-10, 1], [0, 1e10]]); // biome-ignore format: a matrix
  });

  test("singular matrices that have a root", () => {
    expect(linalg.sqrtm(zeros([3, 3])).toArray()).toEqual(zeros([3, 3]).toArray());
    expect(linalg.sqrtm(tensor([0, 4]).diag()).toArray()).toEqual([[0, 0], [0, 2]]); // biome-ignore format: a matrix
    expectClose(linalg.sqrtm([[1, 1], [1, 1]]), tensor([[1, 1], [1, 1]]).div(Math.SQRT2), 1e-15); // biome-ignore format: matrices
    const thin = randomTensor([7, 3], 2);
    const deficient = thin.matmul(thin.mT);
    const { u, s } = linalg.svd(thin);
    expectClose(linalg.sqrtm(deficient), u.mul(s).matmul(u.mT), 1e-13);
  });

  test("batches, transposed and strided, with real and complex eigenvalues", () => {
    const batch = stack([squareOf(3, 3)[1], eye(3), jordanBlock(3, 4)]);
    const together = linalg.sqrtm(batch.mT);
    for (const i of [0, 1, 2]) expectClose(together.slice(i), linalg.sqrtm(batch.slice(i)).mT, 1e-14);
    expectClose(vmap((x: Tensor) => linalg.sqrtm(x))(batch), linalg.sqrtm(batch), 1e-15);
  });

  test("float32, integers, no elements", () => {
    const single = linalg.sqrtm(shiftedSquare.cast("float32"));
    expect(single.dtype).toBe("float32");
    expectClose(single.cast("float64"), linalg.sqrtm(shiftedSquare), 2e-6);
    expect(linalg.sqrtm(tensor([[4, 0], [0, 9]], { dtype: "int32" })).toArray()).toEqual([[2, 0], [0, 3]]); // biome-ignore format: matrices
    expect(linalg.sqrtm(zeros([2, 0, 0])).shape).toEqual([2, 0, 0]);
  });
});

describe("derivatives of sqrtm", () => {
  test.each([
    ["5 x 5", shiftedSquare],
    ["1 x 1", tensor([[3]])],
    ["a rotation", tensor([[0, -1], [1, 0]])], // biome-ignore format: a matrix
    ["a Jordan block", jordanBlock(3, 2)],
    ["equal eigenvalues", eye(3).mul(2)],
    ["a batch", stack([squareOf(2, 4)[1], jordanBlock(2, 5)])],
  ] as const)("both orders at %s", (name, a) => {
    checkDerivatives({ name, f: (x: Tensor) => linalg.sqrtm(x), at: [a], tolerance: 1e-6 });
  });

  test("the derivative of the root along the matrix itself is half the root", () => {
    const along = linalg.sqrtm(shiftedSquare).div(2);
    const weights = randomTensor([5, 5], 5);
    const gradient = grad((x: Tensor) => linalg.sqrtm(x).mul(weights).sum())(shiftedSquare);
    expect(gradient.mul(shiftedSquare).sum().item()).toBeCloseTo(
      along.mul(weights).sum().item() as number,
      12,
    );
  });

  test("at a singular matrix there is none", () => {
    for (const a of [tensor([0, 1]).diag(), tensor([[1, 1], [1, 1]])]) // biome-ignore format: matrices
      expectError(
        () => grad((x: Tensor) => linalg.sqrtm(x).slice(0, 0))(a),
        GradientError,
        "ERR_ADJOINT_GRADIENT",
        /^sqrtm: the matrix is singular/,
      );
  });
});

describe("sqrtm of matrices without a real principal root", () => {
  test.each([
    ["a negative diagonal", [[-4, 0], [0, 1]], "-4"], // biome-ignore format: a matrix
    ["−I, which has other real roots", [[-1, 0], [0, -1]], "-1"], // biome-ignore format: a matrix
    ["an indefinite matrix", [[1, 2], [2, 1]], "-1"], // biome-ignore format: a matrix
    ["1 x 1", [[-0.25]], "-0.25"],
    ["a small number on a diagonal", [[-1e-20, 1], [0, 1]], "-1e-20"], // biome-ignore format: a matrix
  ])("%s", (_name, a, eigenvalue) => {
    const body = () => linalg.sqrtm(a);
    expectError(body, LinAlgError, "ERR_ADJOINT_NOT_REAL", /^sqrtm: /, `negative eigenvalue ${eigenvalue}`);
  });

  test.each([
    ["a nilpotent matrix", jordanBlock(2, 0)],
    ["a nilpotent block beside others", tensor([[2, 1, 1], [0, 0, 3], [0, 0, 0]])], // biome-ignore format: a matrix
  ])("%s has no root at all", (_name, a) => {
    expectError(() => linalg.sqrtm(a), LinAlgError, "ERR_ADJOINT_SINGULAR", /^sqrtm: .* no square root/);
  });

  test("in a batch the matrix is named, or becomes NaN, and the derivatives of the others stand", () => {
    const batch = tensor([4, -9, 16]).reshape([3, 1, 1]);
    const body = () => linalg.sqrtm(batch);
    expect(expectError(body, LinAlgError, "ERR_ADJOINT_NOT_REAL", "-9", "[1] of the batch")).toMatchObject({
      operation: "sqrtm",
      batchIndex: [1],
    });
    const lenient = (x: Tensor) => linalg.sqrtm(x, { onFailure: "nan" }).reshape([3]);
    expect(lenient(batch).toArray()).toEqual([2, Number.NaN, 4]);
    const slopes = grad((x: Tensor) => lenient(x).sum())(batch).reshape([3]);
    expect(slopes.toArray()).toEqual([0.25, Number.NaN, 0.125]);
  });

  test("NaN, Infinity, and what is not square", () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY])
      expectError(() => linalg.sqrtm([[value]]), LinAlgError, "ERR_ADJOINT_NONFINITE", /^sqrtm: /);
    expect(linalg.sqrtm([[Number.NaN]], { onFailure: "nan" }).item()).toBeNaN();
    expectError(() => linalg.sqrtm(zeros([2, 3])), ShapeError, "ERR_ADJOINT_SHAPE", /^sqrtm: /, "[2,3]");
  });
});
