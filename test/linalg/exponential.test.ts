import { eye, LinAlgError, linalg, ShapeError, tensor, zeros } from "adjoint";
import { describe, expect, test } from "vitest";
import { expectError } from "../error_assertions.js";
import { generalMatrices } from "../random_values.js";
import { expectClose, squareMatrix } from "./close.js";

const a = tensor(squareMatrix);

describe("expm", () => {
  // Each norm takes another degree of the approximant, the last two are scaled.
  test.each([
    [
      0.01,
      [
        [1.010552380751671, 0.020104267762242, -0.009874764174062],
        [0.040005827287845, 1.00556432160548, 0.030257755761682],
        [-0.020154944821401, 0.009950779762802, 1.025567235249403],
      ],
    ],
    [
      0.05,
      [
        [1.064071638237814, 0.103043018561836, -0.046831381326011],
        [0.200725890889493, 1.039315911016264, 0.157244600959844],
        [-0.104383055120381, 0.048841436163828, 1.13967885646101],
      ],
    ],
    [
      0.2,
      [
        [1.446730831267253, 0.477702519564285, -0.143366656237564],
        [0.846279777934767, 1.34776618785002, 0.77111640994333],
        [-0.504983834862736, 0.184288629185241, 1.770906076817404],
      ],
    ],
    [
      0.4,
      [
        [2.569697924173272, 1.308517422398314, -0.092937592591378],
        [1.975524994959166, 2.362851665418218, 2.283531058516201],
        [-1.46889488485768, 0.333503786280426, 3.350614162897801],
      ],
    ],
    [
      1,
      [
        [17.695455605749764, 13.56092712923676, 7.933412395827919],
        [10.305996017963436, 17.458197243536237, 28.749319814110272],
        [-17.764891689364305, -1.627465555636618, 22.611195252518073],
      ],
    ],
  ])("SciPy's values, times %d", (factor, expected) => {
    expectClose(linalg.expm(a.mul(factor)), expected, 5e-15);
  });

  test("a rotation by many turns", () => {
    const turned = linalg.expm([[0, -100], [100, 0]]); // biome-ignore format: a matrix
    const [c, s] = [Math.cos(100), Math.sin(100)];
    expectClose(turned, [[c, -s], [s, c]], 1e-13); // biome-ignore format: a matrix
  });

  test("far from normal: no needless squarings lose digits", () => {
    const exact = [[Math.E, 1e6 * Math.sinh(1)], [0, 1 / Math.E]]; // biome-ignore format: a matrix
    const found = linalg.expm([[1, 1e6], [0, -1]]); // biome-ignore format: a matrix
    for (const [i, j] of [[0, 0], [0, 1], [1, 1]]) // biome-ignore format: positions
      expect(Math.abs((found.at(i, j) as number) / exact[i][j] - 1)).toBeLessThan(1e-14);
  });

  test("diagonal matrices, underflow and overflow", () => {
    expectClose(linalg.expm(tensor([1, -2, 0]).diag()), tensor([Math.E, Math.exp(-2), 1]).diag(), 1e-15);
    expect(linalg.expm([[-1e200]]).item()).toBe(0);
    expect(linalg.expm([[1000]]).item()).toBe(Number.POSITIVE_INFINITY);
  });

  test("batches whose matrices need different scalings, transposed, strided", () => {
    const batch = generalMatrices([3], 4, 31).mul(tensor([1e-3, 1, 20]).reshape([3, 1, 1]));
    const together = linalg.expm(batch.mT);
    for (const i of [0, 1, 2]) expectClose(together.slice(i), linalg.expm(batch.slice(i)).mT, 1e-12);
  });

  test("its inverse is that of the negative matrix", () => {
    expectClose(linalg.expm(a).matmul(linalg.expm(a.neg())), eye(3), 1e-11);
  });

  test("float32, integers, no elements, zeros", () => {
    const single = linalg.expm(tensor(squareMatrix, { dtype: "float32" }));
    expect(single.dtype).toBe("float32");
    expect(single.cast("float64").div(linalg.expm(a)).sub(1).abs().max().item()).toBeLessThan(1e-7);
    expect(linalg.expm(eye(2, { dtype: "int32" })).dtype).toBe("float64");
    expect(linalg.expm(zeros([2, 0, 0])).shape).toEqual([2, 0, 0]);
    expect(linalg.expm(zeros([2, 2])).toArray()).toEqual(eye(2).toArray());
  });

  test("bad input", () => {
    expectError(() => linalg.expm(zeros([2, 3])), ShapeError, "ERR_ADJOINT_SHAPE", /^expm: /, "[2,3]");
    const error = expectError(
      () => linalg.expm(tensor([1, Number.NaN]).reshape([2, 1, 1])),
      LinAlgError,
      "ERR_ADJOINT_NONFINITE",
      "matrix [1]",
    );
    expect(error.operation).toBe("expm");
  });
});
