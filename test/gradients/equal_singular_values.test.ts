import { eye, grad, hessian, jvp, LinAlgError, linalg, stack, type Tensor, tensor, vmap } from "adjoint";
import { describe, expect, test } from "vitest";
import { expectError, expectGaugeError } from "../error_assertions.js";
import { differenceAlong } from "../finite_differences.js";
import { expectClose } from "../linalg/close.js";
import { orthogonalMatrices, randomTensor } from "../random_values.js";

/** An m x n matrix with these singular values, in no special basis. */
function withSingularValues(m: number, n: number, values: readonly number[], seed: number): Tensor {
  const k = values.length;
  const u = orthogonalMatrices([], m, seed).slice(null, [0, k]);
  const v = orthogonalMatrices([], n, seed + 1).slice(null, [0, k]);
  return u.mul(tensor([...values])).matmul(v.mT);
}

type Loss = (a: Tensor) => Tensor;
/** Of both vectors of a simple singular value. */
const ofPair =
  (place: number): Loss =>
  (a) => {
    const { u, vh } = linalg.svd(a);
    const [m, n] = a.shape;
    const [left, right] = [u.slice(null, place), vh.slice(place)];
    return linalg
      .outer(left, right)
      .mul(randomTensor([m, n], 60))
      .sum()
      .square();
  };
/** Of the sum of u vᵀ over a whole cluster. */
const ofCluster =
  (from: number, to: number): Loss =>
  (a) => {
    const { u, vh } = linalg.svd(a);
    const part = u.slice(null, [from, to]).matmul(vh.slice([from, to]));
    return part.mul(randomTensor(a.shape, 61)).sum().square();
  };

function expectDerivatives(f: Loss, a: Tensor, seed: number, tolerance = 1e-7): void {
  const [e, c] = [randomTensor(a.shape, seed), randomTensor(a.shape, seed + 1)];
  const g = grad(f)(a);
  expectClose(g.mul(e).sum(), differenceAlong(f, a, e), tolerance);
  expectClose(jvp(f, [a], [e])[1], g.mul(e).sum(), 1e-9);
  const second = differenceAlong((x) => grad(f)(x), a, e);
  expectClose(jvp((x: Tensor) => grad(f)(x), [a], [e])[1], second, tolerance);
  const reverse = grad((x: Tensor) => grad(f)(x).mul(c).sum())(a);
  expectClose(reverse.mul(e).sum(), second.mul(c).sum(), tolerance);
}

describe("what is smooth at equal singular values differentiates there", () => {
  const matrices: [string, Tensor, number, [number, number]][] = [
    ["square", withSingularValues(3, 3, [4, 2, 2], 1), 0, [1, 3]],
    ["tall", withSingularValues(5, 3, [3, 3, 1], 2), 2, [0, 2]],
    ["wide", withSingularValues(3, 4, [3, 3, 1], 3), 2, [0, 2]],
    ["diagonal", tensor([3, 3, 1]).diag(), 2, [0, 2]],
  ];
  test.each(matrices)("the pair of a simple one, to second order: %s", (_name, a, place) => {
    expectDerivatives(ofPair(place), a, 10);
  });
  test.each(matrices)("a whole cluster, to second order: %s", (_name, a, _place, range) => {
    expectDerivatives(ofCluster(...range), a, 20);
  });

  test("the pair of a simple one beside singular values that are 0", () => {
    expectDerivatives(ofPair(0), withSingularValues(4, 4, [3, 1], 4), 30);
    expectDerivatives(ofPair(1), withSingularValues(5, 4, [3, 1], 5), 31);
  });

  test("the sum of squares is that of the entries; the sum of a cluster has second derivatives", () => {
    const a = withSingularValues(4, 3, [3, 1, 1], 6);
    const sumOfCluster: Loss = (x) => linalg.svdvals(x).slice([1, 3]).sum();
    expectDerivatives(sumOfCluster, a, 40);
    expectClose(grad((x: Tensor) => linalg.svdvals(x).square().sum())(a), a.mul(2));
  });
});

describe("what depends on an arbitrary basis is refused", () => {
  const a = withSingularValues(4, 3, [3, 1, 1], 7);
  const ofVector = (x: Tensor): Tensor => {
    const { u, vh } = linalg.svd(x);
    return u
      .slice(null, 1)
      .mul(tensor([1, 2, 3, 4]))
      .sum()
      .add(
        vh
          .slice(1)
          .mul(tensor([1, 2, 3]))
          .sum(),
      );
  };

  test("vectors of equal singular values", () => {
    const error = expectGaugeError(
      () => grad(ofVector)(a),
      /^svd: /,
      "singular values 1 and 2",
      "linalg.polar",
    );
    expect(error).toMatchObject({ operation: "svd", indices: [1, 2] });
    const b = withSingularValues(4, 3, [3, 2, 1], 8);
    expect(expectGaugeError(() => vmap(grad(ofVector))(stack([b, a])), "matrix [1]").batchIndex).toEqual([1]);
    expectGaugeError(() => hessian(ofVector)(a));
    expectClose(grad(ofVector)(b).mul(a).sum(), differenceAlong(ofVector, b, a), 1e-7);
  });

  test("vectors of singular values that are 0", () => {
    const deficient = withSingularValues(4, 3, [3, 1], 9);
    const last: Loss = (x) =>
      linalg
        .svd(x)
        .u.slice(null, 2)
        .square()
        .mul(tensor([1, 2, 3, 4]))
        .sum();
    expect(expectGaugeError(() => grad(last)(deficient), "singular values and 0").defect).toBeGreaterThan(0);
    const two = withSingularValues(3, 3, [3], 10);
    const inner: Loss = (x) =>
      linalg
        .svd(x)
        .vh.slice(2)
        .square()
        .mul(tensor([1, 2, 3]))
        .sum();
    expectGaugeError(() => grad(inner)(two));
  });

  test("second derivatives of single ones", () => {
    expectGaugeError(() => hessian((x: Tensor) => linalg.svdvals(x).slice(0))(eye(3)), /^svdvals: /);
    expectGaugeError(
      () => hessian((x: Tensor) => linalg.svdvals(x).square().sum())(eye(3)),
      "second derivative",
    );
  });

  test('degenerate: "zero" is finite', () => {
    const masked = grad((x: Tensor) => linalg.svd(x, { degenerate: "zero" }).u.slice(null, 1).sum())(a);
    expect(masked.isFinite().all().item()).toBe(true);
  });
});

describe("extremes", () => {
  test("tiny singular values keep the derivatives of their vectors", () => {
    // A power of two: scaling changes no digit, and squares of these numbers are 0.
    const scale = 2 ** -565;
    const a = withSingularValues(3, 3, [3, 2, 1], 50);
    const f = ofPair(1);
    expectClose(grad(f)(a.mul(scale)).mul(scale), grad(f)(a), 1e-11);
  });

  test("NaN is refused by name, or goes through", () => {
    const bad = tensor([[1, Number.NaN], [0, 1]]); // biome-ignore format: a matrix
    for (const f of [linalg.svdvals, linalg.eigvalsh]) {
      expectError(() => f(bad), LinAlgError, "ERR_ADJOINT_NONFINITE", "NaN");
      expect(f(bad, { onFailure: "nan" }).isNaN().all().item()).toBe(true);
      const g = grad((x: Tensor) => f(x, { onFailure: "nan" }).sum())(stack([eye(2), bad]));
      expectClose(g.slice(0), eye(2));
      expect(g.slice(1).isNaN().all().item()).toBe(true);
    }
  });
});
