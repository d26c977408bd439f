import {
  type AdjointWarning,
  ArgumentError,
  eye,
  grad,
  hessian,
  jacobian,
  jvp,
  linalg,
  onWarning,
  stack,
  type Tensor,
  tensor,
  vjp,
  vmap,
} from "adjoint";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { expectError, expectGaugeError } from "../error_assertions.js";
import { differenceAlong } from "../finite_differences.js";
import { expectClose } from "../linalg/close.js";
import { orthogonalMatrices, randomTensor } from "../random_values.js";

let seen: AdjointWarning[] = [];
let remove: () => void;
beforeEach(() => {
  seen = [];
  remove = onWarning((warning) => seen.push(warning));
});
afterEach(() => remove());

const diagonal = (...values: number[]): Tensor => tensor(values).diag();
/** A symmetric matrix with these eigenvalues, in no special basis. */
function withEigenvalues(values: readonly number[], seed: number): Tensor {
  const q = orthogonalMatrices([], values.length, seed);
  return q.mul(tensor([...values])).matmul(q.mT);
}
const symmetric = (n: number, seed: number): Tensor => {
  const x = randomTensor([n, n], seed);
  return x.add(x.mT);
};

type Loss = (a: Tensor) => Tensor;
const weights = randomTensor([5], 90);
const inner = randomTensor([5, 5], 91);
/** Quartic in the vector of a simple eigenvalue. */
const ofVector =
  (place: number): Loss =>
  (a) => {
    const v = linalg.eigh(a).vectors.slice(null, place);
    return v
      .square()
      .mul(weights.slice([0, a.shape[0]]))
      .sum()
      .square();
  };
/** Quadratic in the projector on the eigenvalues from, …, to − 1. */
const ofProjector =
  (from: number, to: number): Loss =>
  (a) => {
    const v = linalg.eigh(a).vectors.slice(null, [from, to]);
    return v
      .matmul(v.mT)
      .mul(inner.slice([0, a.shape[0]], [0, a.shape[0]]))
      .sum()
      .square();
  };

/** First and second derivatives in both modes against differences of values and of gradients, along symmetric e. */
function expectDerivatives(f: Loss, a: Tensor, seed: number, tolerance = 1e-7): void {
  const n = a.shape[0];
  const [e, c] = [symmetric(n, seed), symmetric(n, seed + 1)];
  const g = grad(f)(a);
  expectClose(g.mul(e).sum(), differenceAlong(f, a, e), tolerance);
  expectClose(jvp(f, [a], [e])[1], g.mul(e).sum(), 1e-9);
  const second = differenceAlong((x) => grad(f)(x), a, e);
  expectClose(jvp((x: Tensor) => grad(f)(x), [a], [e])[1], second, tolerance);
  const reverse = grad((x: Tensor) => grad(f)(x).mul(c).sum())(a);
  expectClose(reverse.mul(e).sum(), second.mul(c).sum(), tolerance);
}

describe("what is smooth at equal eigenvalues differentiates there", () => {
  const matrices: [string, Tensor, number, [number, number]][] = [
    ["diag(4, 1, 1)", diagonal(4, 1, 1), 2, [0, 2]],
    ["diag(1, 1, 4)", diagonal(1, 1, 4), 2, [0, 2]],
    ["diag(2, 2, 2, 5)", diagonal(2, 2, 2, 5), 3, [0, 3]],
    ["a rotated matrix", withEigenvalues([1, 3, 3, 3, 5], 3), 0, [1, 4]],
    ["two clusters", withEigenvalues([1, 1, 2, 4, 4], 4), 2, [0, 2]],
  ];

  test.each(matrices)("the vector of a simple eigenvalue, to second order: %s", (_name, a, place) => {
    expectDerivatives(ofVector(place), a, 10);
  });

  test.each(matrices)("the projector on a whole cluster, to second order: %s", (_name, a, _place, range) => {
    expectDerivatives(ofProjector(...range), a, 20);
  });

  test("the simple vector of diag(4, 1, 1): (λ − A)⁺ g beside it", () => {
    const g = tensor([1, 2, 3]);
    const f = (a: Tensor): Tensor => linalg.eigh(a).vectors.slice(null, 2).mul(g).sum();
    const sign = linalg.eigh(diagonal(4, 1, 1)).vectors.at(0, 2) as number;
    const expected = tensor([[0, 1, 1.5], [1, 0, 0], [1.5, 0, 0]]).mul(sign / 3); // biome-ignore format: a matrix
    expectClose(grad(f)(diagonal(4, 1, 1)), expected);
  });

  test("the sum of all eigenvalues is the trace: its Hessian is 0", () => {
    for (const a of [eye(3), diagonal(4, 1, 1), withEigenvalues([1, 3, 3, 3, 5], 5), eye(3).mul(0)]) {
      const n = a.shape[0];
      const f = (x: Tensor): Tensor => linalg.eigvalsh(x).sum();
      expectClose(grad(f)(a), eye(n), 1e-14);
      expect(hessian(f)(a).abs().max().item()).toBeLessThan(1e-13);
      const reverse = grad((x: Tensor) => grad(f)(x).mul(symmetric(n, 6)).sum())(a);
      expect(reverse.abs().max().item()).toBeLessThan(1e-13);
    }
  });

  test("the sum of the lowest eigenvalues, with equal ones among them: Σ 2 (vᵢᵀ E vⱼ)² / (λᵢ − λⱼ)", () => {
    const values = [1, 1, 2, 4, 4];
    const [q, a] = [orthogonalMatrices([], 5, 7), withEigenvalues(values, 7)];
    const e = symmetric(5, 8);
    const rotated = q.mT.matmul(e).matmul(q);
    let expected = 0;
    for (let i = 0; i < 3; i++)
      for (let j = 3; j < 5; j++)
        expected += (2 * (rotated.at(i, j) as number) ** 2) / (values[i] - values[j]);
    const f = (x: Tensor): Tensor => linalg.eigvalsh(x).slice([0, 3]).sum();
    const along = (x: Tensor): Tensor =>
      jvp((y: Tensor) => grad(f)(y), [x], [e])[1]
        .mul(e)
        .sum();
    expectClose(along(a), tensor(expected), 1e-12);
    const mapped = vmap(along)(stack([a, a.add(eye(5))]));
    expectClose(mapped, tensor([expected, expected]), 1e-12);
    expectClose(
      grad((x: Tensor) => grad(f)(x).mul(e).sum())(a)
        .mul(e)
        .sum(),
      tensor(expected),
      1e-12,
    );
  });

  test("a single one of equal eigenvalues: a subgradient", () => {
    const g = grad((a: Tensor) => linalg.eigvalsh(a).slice(0))(withEigenvalues([2, 2, 3], 9));
    expectClose(linalg.trace(g), tensor(1));
    expectClose(linalg.eigvalsh(g), tensor([0, 0, 1]));
  });

  test("numerators that vanish at distinct eigenvalues keep their derivatives", () => {
    expectDerivatives(ofVector(0), diagonal(1, 2, 4), 30);
    expectDerivatives(ofVector(1), diagonal(1, 2, 4), 31);
  });
});

describe("what depends on an arbitrary basis is refused", () => {
  const loss: Loss = (a) =>
    linalg
      .eigh(a)
      .vectors.slice(null, 0)
      .mul(weights.slice([0, 3]))
      .sum();
  const a = diagonal(4, 1, 1);

  test("with the places, the gap, the defect and the ways out", () => {
    const error = expectGaugeError(
      () => grad(loss)(a),
      /^eigh: /,
      "eigenvalues 0 and 1",
      "spectralProjector",
    );
    expect(error.message).toMatch(/gap 0.0e\+0.*defect \d/);
    expect(error.message).toContain("degenerate");
    expect(error).toMatchObject({ operation: "eigh", indices: [0, 1], gap: 0, batchIndex: [] });
    expect(error.defect).toBeGreaterThan(0.1);
  });

  test("where rounding parts the eigenvalues", () => {
    const rotated = withEigenvalues([1, 1, 1, 4], 12);
    const f: Loss = (x) =>
      linalg
        .eigh(x)
        .vectors.slice(null, 1)
        .mul(weights.slice([0, 4]))
        .sum();
    const error = expectGaugeError(() => grad(f)(rotated));
    expect(error.gap).toBeLessThan(1e-14);
  });

  test("in a batch, under vmap, to second order, and in the pullback of a Jacobian", () => {
    const batch = stack([diagonal(1, 2, 3), diagonal(2, 1, 3), a]);
    expect(expectGaugeError(() => vmap(grad(loss))(batch), "matrix [2] of the batch").batchIndex).toEqual([
      2,
    ]);
    const all = (x: Tensor): Tensor =>
      linalg
        .eigh(x)
        .vectors.mul(randomTensor([3, 3, 3], 13))
        .sum();
    expect(expectGaugeError(() => grad(all)(batch)).batchIndex).toEqual([2]);
    expectGaugeError(() => hessian(loss)(a));
    expectGaugeError(() => grad((x: Tensor) => grad(loss)(x).sum())(a));
    expectGaugeError(() => jacobian((x: Tensor) => linalg.eigh(x).vectors)(a));
  });

  test("a function of the matrix that goes through vectors and values", () => {
    const c = symmetric(3, 14);
    const through =
      (weight: Tensor): Loss =>
      (x) => {
        const { values, vectors } = linalg.eigh(x);
        return vectors.mul(values.exp()).matmul(vectors.mT).mul(weight).sum();
      };
    for (const weight of [c, eye(3).mul(0).add(1)])
      for (const x of [eye(3), a, withEigenvalues([1, 1, 4], 15)])
        expectGaugeError(() => grad(through(weight))(x));
    expectDerivatives(through(c), diagonal(1, 2, 4), 16);
  });

  test("second derivatives of single eigenvalues, and of functions that values alone do not give", () => {
    const lowest: Loss = (x) => linalg.eigvalsh(x).slice(0);
    const squares: Loss = (x) => linalg.eigvalsh(x).square().sum();
    for (const f of [lowest, squares]) {
      expectGaugeError(() => hessian(f)(eye(3)), /^eigvalsh: /, "second derivative");
      expectGaugeError(() => grad((x: Tensor) => grad(f)(x).mul(symmetric(3, 17)).sum())(eye(3)));
    }
    expectClose(grad(squares)(eye(3)), eye(3).mul(2));
  });

  test("forward mode refuses where every vector is arbitrary, and warns where some are", () => {
    const f = (x: Tensor): Tensor => linalg.eigh(x).vectors;
    expectGaugeError(() => jvp(f, [eye(3)], [symmetric(3, 18)]), "part along the tangent");
    jvp(f, [a], [symmetric(3, 18)]);
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({ code: "ADJOINT_GAUGE", operation: "eigh", indices: [0, 1] });
    jvp(f, [a], [diagonal(1, 2, 2)]);
    expectClose(
      jvp((x: Tensor) => linalg.eigh(x).values, [eye(3)], [symmetric(3, 18)])[1].sum(),
      [symmetric(3, 18).trace().item() as number].reduce((x) => x) as number,
    );
    expect(seen).toHaveLength(1);
  });

  test('degenerate: "warn" and "zero"', () => {
    const masked = (degenerate: "warn" | "zero") =>
      grad((x: Tensor) =>
        linalg
          .eigh(x, { degenerate })
          .vectors.slice(null, 0)
          .mul(weights.slice([0, 3]))
          .sum(),
      )(a);
    const zero = masked("zero");
    expect(seen).toHaveLength(0);
    expectClose(masked("warn"), zero, 0);
    expect(seen).toHaveLength(1);
    expect(seen[0].message).toMatch(/^eigh: the loss depends on the vectors of eigenvalues 0 and 1/);
    // The simple vector's share is left.
    expect(zero.isFinite().all().item()).toBe(true);
    expectError(
      () => linalg.eigh(a, { degenerate: "nan" as never }),
      ArgumentError,
      "ERR_ADJOINT_ARGUMENT",
      /^eigh: degenerate is "nan", expected "throw", "warn", "zero"/,
    );
  });

  test("the forward pass never minds", () => {
    expectClose(linalg.eigh(eye(3)).values, tensor([1, 1, 1]));
    expect(seen).toHaveLength(0);
  });
});

describe("adjointness for arbitrary tangents", () => {
  const read = ["both", "lower", "upper"] as const;
  const functions: Record<string, (a: Tensor, triangle: (typeof read)[number]) => Tensor> = {
    "eigenvectors squared": (a, triangle) => linalg.eigh(a, { triangle }).vectors.square(),
    eigenvalues: (a, triangle) => linalg.eigvalsh(a, { triangle }),
    cholesky: (a, triangle) => linalg.cholesky(a, { triangle }),
    "solve, symmetric": (a, triangle) =>
      linalg.solve(a, weights.slice([0, 4]), { assume: "symmetric", triangle }),
    "solve, positive": (a, triangle) =>
      linalg.solve(a, weights.slice([0, 4]), { assume: "positive", triangle }),
  };
  const a = randomTensor([4, 4], 40).add(diagonal(4, 6, 9, 13));
  const v = randomTensor([4, 4], 41);

  describe.each(Object.entries(functions))("%s", (_name, f) => {
    test.each(read)("%s: ⟨c, J v⟩ = ⟨Jᵀ c, v⟩, the difference quotient along v", (triangle) => {
      const g = (x: Tensor): Tensor => f(x, triangle);
      const [y, dy] = jvp(g, [a], [v]);
      const c = randomTensor(y.shape, 42);
      const [pulled] = vjp(g, a)[1](c) as unknown as [Tensor];
      const along = c.mul(dy).sum();
      expectClose(pulled.mul(v).sum(), along, 1e-12);
      expectClose(
        along,
        differenceAlong((x) => g(x).mul(c).sum(), a, v),
        1e-8,
      );
      if (triangle === "lower") expect(pulled.triu({ k: 1 }).abs().max().item()).toBe(0);
      if (triangle === "upper") expect(pulled.tril({ k: -1 }).abs().max().item()).toBe(0);
      if (triangle === "both") expectClose(pulled, pulled.mT, 1e-14);
    });
  });
});
