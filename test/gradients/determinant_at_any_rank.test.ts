import { grad, gradcheck, hessian, jvp, linalg, type Tensor, tensor, zeros } from "adjoint";
import { describe, expect, test } from "vitest";

const det = (x: Tensor): Tensor => linalg.det(x);

const expectClose = (actual: Tensor, expected: number[]): void => {
  [...actual.toTypedArray()].forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i], 13);
  });
};

describe("the gradient of det is the matrix of cofactors, singular or not", () => {
  test.each([
    [
      "rank 1 of 2",
      [
        [1, 2],
        [2, 4],
      ],
      [4, -2, -2, 1],
    ],
    [
      "a zero pivot before the last",
      [
        [0, 1],
        [0, 1],
      ],
      [1, 0, -1, 0],
    ],
    [
      "zero, 2 by 2",
      [
        [0, 0],
        [0, 0],
      ],
      [0, 0, 0, 0],
    ],
    ["zero, 1 by 1", [[0]], [1]],
    [
      "rank 2 of 3",
      [
        [1, 0, 0],
        [0, 1, 0],
        [0, 0, 0],
      ],
      [0, 0, 0, 0, 0, 0, 0, 0, 1],
    ],
    [
      "rank 1 of 3",
      [
        [1, 1, 1],
        [1, 1, 1],
        [1, 1, 1],
      ],
      [0, 0, 0, 0, 0, 0, 0, 0, 0],
    ],
    [
      "regular",
      [
        [2, 0],
        [1, 3],
      ],
      [3, -1, 0, 2],
    ],
  ])("%s", (_name, a, expected) => {
    expectClose(grad(det)(tensor(a)), expected);
  });

  test("the Hessian of a 2 by 2 determinant does not depend on the matrix", () => {
    const expected = [0, 0, 0, 1, 0, 0, -1, 0, 0, -1, 0, 0, 1, 0, 0, 0];
    for (const a of [
      [
        [0, 0],
        [0, 0],
      ],
      [
        [1, 2],
        [2, 4],
      ],
      [
        [0, 1],
        [0, 1],
      ],
      [
        [3, 1],
        [4, 1],
      ],
    ])
      expectClose(hessian(det)(tensor(a)), expected);
  });

  test.each([
    [
      "zero",
      [
        [0, 0, 0],
        [0, 0, 0],
        [0, 0, 0],
      ],
    ],
    [
      "rank 1",
      [
        [1, 2, 3],
        [2, 4, 6],
        [-1, -2, -3],
      ],
    ],
    [
      "rank 2",
      [
        [1, 2, 3],
        [2, 4, 6],
        [0, 1, 1],
      ],
    ],
    [
      "regular",
      [
        [2, -1, 0.5],
        [0.3, 1, 1],
        [1, 1, -2],
      ],
    ],
  ])("differences confirm first and second order: %s", (_name, a) => {
    expect(gradcheck(det, [a], { order: 2 })).toBeLessThan(1e-6);
  });

  test.each([[[0, 0]], [[2, 0, 0]], [[0, 2, 2]]])("without elements, to second order: %j", (shape) => {
    const gradient = (x: Tensor): Tensor => grad((y: Tensor) => det(y).sum())(x);
    expect(grad((x: Tensor) => gradient(x).sum())(zeros(shape)).shape).toEqual(shape);
    expect(jvp(gradient, [zeros(shape)], [zeros(shape)])[1].shape).toEqual(shape);
  });
});
