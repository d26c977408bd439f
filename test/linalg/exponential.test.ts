import {
  eye,
  grad,
  hessian,
  jvp,
  LinAlgError,
  linalg,
  ShapeError,
  type Tensor,
  tensor,
  zeros,
} from "adjoint";
import { describe, expect, test } from "vitest";
import { expectError } from "../error_assertions.js";
import { checkDerivatives } from "../finite_differences.js";
import { generalMatrices, randomTensor } from "../random_values.js";
import { expectClose, largest, squareMatrix } from "./close.js";

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

  test.each([1e6, 1e10, 1e60, 1e200])("a corner of %d, above and below the diagonal", (corner) => {
    const exact = tensor([[Math.E, corner * Math.sinh(1)], [0, 1 / Math.E]]); // biome-ignore format: a matrix
    const a = tensor([[1, corner], [0, -1]]); // biome-ignore format: a matrix
    const ratio = [[1, 1], [0, 1]]; // biome-ignore format: a matrix
    const divisor = exact.add([[0, 0], [1, 0]]); // biome-ignore format: a matrix
    expectClose(linalg.expm(a).div(divisor), ratio, 1e-14);
    expectClose(linalg.expm(a.mT).mT.div(divisor), ratio, 1e-14);
  });

  test("stiff triangles: what squaring would round away", () => {
    const found = linalg.expm([[-1e4, 1e4], [0, -1]]); // biome-ignore format: a matrix
    expectClose(found, [[0, (1e4 / 9999) * Math.exp(-1)], [0, Math.exp(-1)]], 1e-15); // biome-ignore format: a matrix
    expect((found.at(0, 1) as number) / ((1e4 / 9999) * Math.exp(-1))).toBeCloseTo(1, 14);
  });

  test("badly scaled: a diagonal change of scale and its inverse", () => {
    const scales = tensor([1, 2 ** 20, 2 ** -27]);
    const changed = a.mul(scales.expandDims(1)).div(scales);
    const back = linalg.expm(changed).mul(scales).div(scales.expandDims(1));
    expectClose(back, linalg.expm(a), 1e-13);
  });

  test("nilpotent matrices: the series ends", () => {
    const n = randomTensor([4, 4], 32).triu({ k: 1 });
    const seriesOf = (x: Tensor): Tensor =>
      eye(4).add(x).add(linalg.matrixPower(x, 2).div(2)).add(linalg.matrixPower(x, 3).div(6));
    expectClose(linalg.expm(n.mul(1e3)), seriesOf(n.mul(1e3)), 1e-15);
    const { q } = linalg.qr(randomTensor([4, 4], 33));
    expectClose(linalg.expm(q.matmul(n).matmul(q.mT)), q.matmul(seriesOf(n)).matmul(q.mT), 1e-14);
  });

  test("diagonal matrices, underflow and overflow", () => {
    expectClose(linalg.expm(tensor([1, -2, 0]).diag()), tensor([Math.E, Math.exp(-2), 1]).diag(), 1e-15);
    expect(linalg.expm([[-1e200]]).item()).toBe(0);
    expect(linalg.expm([[1000]]).item()).toBe(Number.POSITIVE_INFINITY);
    const huge = zeros([2, 2]).add(1e308);
    expect(linalg.expm(huge).toArray()).toEqual(huge.mul(10).toArray());
    expect(largest(linalg.expm(huge.neg().triu()))).toBe(0);
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

describe("derivatives of expm", () => {
  test("far from normal: the series of three terms", () => {
    for (const corner of [1, 1e4, 1e10, 1e100]) {
      const nilpotent = eye(2, 2, { k: 1 }).mul(corner);
      const e = randomTensor([2, 2], 34);
      const exact = e
        .add(nilpotent.matmul(e).add(e.matmul(nilpotent)).div(2))
        .add(nilpotent.matmul(e).matmul(nilpotent).div(6));
      expectClose(jvp(linalg.expm, [nilpotent], [e])[1].div(exact), zeros([2, 2]).add(1), 1e-14);
    }
  });

  test("powers of the matrix on both sides of the direction are not lost", () => {
    // The sum of N^i E N^j / (i + j + 1)! over i, j up to 3, for N with N^4 = 0.
    const nilpotent = eye(4, 4, { k: 1 }).mul(1e6);
    const e = randomTensor([4, 4], 35);
    let exact = zeros([4, 4]);
    const factorials = [1, 1, 2, 6, 24, 120, 720, 5040];
    for (let i = 0; i < 4; i++)
      for (let j = 0; j < 4; j++) {
        const term = linalg.matrixPower(nilpotent, i).matmul(e).matmul(linalg.matrixPower(nilpotent, j));
        exact = exact.add(term.div(factorials[i + j + 1]));
      }
    expectClose(jvp(linalg.expm, [nilpotent], [e])[1].div(exact), zeros([4, 4]).add(1), 1e-13);
  });

  test.each([0, 0.01, 0.1, 0.5, 1, 5, 20])(
    "the derivative along the matrix itself is A exp(A), at scale %d",
    (scale) => {
      const b = a.mul(scale);
      const weights = randomTensor([3, 3], 36);
      const exact = b.matmul(linalg.expm(b));
      expectClose(jvp(linalg.expm, [b], [b])[1], exact, 1e-13);
      const gradient = grad((x: Tensor) => linalg.expm(x).mul(weights).sum())(b);
      const expected = exact.mul(weights).sum().item() as number;
      expect(gradient.mul(b).sum().item() as number).toBeCloseTo(
        expected,
        12 - Math.ceil(Math.log10(1 + largest(exact))),
      );
    },
  );

  test.each([
    ["zeros", zeros([3, 3])],
    ["a Jordan block", eye(3).add(eye(3, 3, { k: 1 }))],
    ["a rotation", tensor([[0, -2], [2, 0]])], // biome-ignore format: a matrix
    ["1 x 1", tensor([[1.5]])],
    [
      "a batch that needs different scalings",
      generalMatrices([2], 3, 37).mul(tensor([0.1, 1]).reshape([2, 1, 1])),
    ],
  ])("both orders at %s", (name, at) => {
    checkDerivatives({ name, f: (x: Tensor) => linalg.expm(x), at: [at], tolerance: 1e-6 });
  });

  test("the Hessian is symmetric; float32 gradients", () => {
    const f = (x: Tensor) => linalg.expm(x).square().sum();
    const at = a.div(3);
    const second = hessian(f)(at).reshape([9, 9]);
    expectClose(second, second.mT, 1e-14);
    const single = grad(f)(at.cast("float32"));
    expect(single.dtype).toBe("float32");
    expectClose(single.cast("float64"), grad(f)(at), 1e-6);
  });
});
