import { grad, gradcheck, jvp, linalg, stack, type Tensor, tensor, testing, vjp } from "adjoint";
import { describe, expect, test } from "vitest";

describe("derivatives of a batch in which one matrix has no Cholesky factor", () => {
  const good = tensor([
    [4, 1],
    [1, 3],
  ]);
  const bad = tensor([
    [1, 2],
    [2, 1],
  ]);
  const factor = (x: Tensor) => linalg.cholesky(x, { onFailure: "nan" });
  const direction = tensor([
    [0.3, -0.2],
    [0.5, 0.7],
  ]);

  test("those of the others stand, its own are NaN", () => {
    const batch = stack([bad, good]);
    const along = stack([direction, direction]);
    const [, tangent] = jvp(factor, [batch], [along]);
    const [, pullback] = vjp(factor, batch);
    const [gradient] = pullback(along);
    testing.assertAllClose(tangent.slice(1), jvp(linalg.cholesky, [good], [direction])[1]);
    testing.assertAllClose(gradient.slice(1), vjp((x: Tensor) => linalg.cholesky(x), good)[1](direction)[0]);
    for (const one of [tangent, gradient]) expect(one.slice(0).isNaN().any().item()).toBe(true);
  });

  test("the option changes nothing where none fails", () => {
    expect(gradcheck((x: Tensor) => factor(x).sin().sum(), [stack([good, good])], { order: 2 })).toBeLessThan(
      1e-6,
    );
  });
});

describe("what ChainRules asks of factors and spectra besides", () => {
  const indefinite = tensor([
    [1, 2],
    [2, 1],
  ]);

  test("a factorisation that may fail passes its failure through (check = false)", () => {
    const l = linalg.cholesky(indefinite, { onFailure: "nan" });
    expect(l.isNaN().any().item()).toBe(true);
    expect(() => linalg.cholesky(indefinite)).toThrow(/not positive definite/);
  });

  test("the determinant of a singular factor has its derivative; its logarithm is refused", () => {
    const l = tensor([
      [1, 0],
      [1, 0],
    ]);
    testing.assertAllClose(
      grad((x: Tensor) => linalg.det(x))(l),
      tensor([
        [0, -1],
        [0, 1],
      ]),
      { atol: 1e-14 },
    );
    expect(linalg.slogdet(l).logAbsDet.item()).toBe(Number.NEGATIVE_INFINITY);
    expect(() => grad((x: Tensor) => linalg.slogdet(x).logAbsDet)(l)).toThrow(/singular/);
  });

  test("the gradient of a real matrix is real, whatever its eigenvalues are", () => {
    const rotation = tensor([
      [0, 1],
      [-2, 0.5],
    ]);
    expect(grad((x: Tensor) => linalg.eigvals(x).abs().sum())(rotation).dtype).toBe("float64");
  });
});
