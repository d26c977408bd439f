import { eye, grad, gradcheck, LinAlgError, linalg, stack, type Tensor, tensor } from "adjoint";
import { describe, expect, test } from "vitest";
import { expectError } from "../error_assertions.js";
import { generalMatrices, orthogonalMatrices, positiveMatrices, randomTensor } from "../random_values.js";
import { largest } from "./close.js";

const symmetric = (a: Tensor): Tensor => a.add(a.mT).mul(0.5);
const withEigenvalues = (values: readonly number[], seed: number): Tensor => {
  const q = orthogonalMatrices([], values.length, seed);
  return q.mul(tensor([...values])).matmul(q.mT);
};

describe("functions of symmetric matrices, singular, nearly singular and of low rank", () => {
  type Scalar = (w: Tensor) => Tensor;
  const anywhere: [string, Scalar][] = [
    ["exp", (w) => w.exp()],
    ["cos", (w) => w.cos()],
    ["sin", (w) => w.sin()],
    ["tan", (w) => w.tan()],
    ["cosh", (w) => w.cosh()],
    ["sinh", (w) => w.sinh()],
    ["tanh", (w) => w.tanh()],
    ["acos", (w) => w.acos()],
    ["asin", (w) => w.asin()],
    ["atan", (w) => w.atan()],
    ["asinh", (w) => w.asinh()],
    ["atanh", (w) => w.atanh()],
  ];
  const spectra: [string, number[]][] = [
    ["singular", [0, 0.2, 0.45, 0.7]],
    ["nearly singular", [1e-15, 0.2, 0.45, 0.7]],
    ["of rank 1", [0, 0, 0, 0.6]],
    ["of rank 2", [0, 0, 0.3, 0.6]],
    ["all zero", [0, 0, 0, 0]],
    ["nearly equal eigenvalues", [0.3, 0.3 + 1e-9, 0.5, 0.5]],
  ];
  test.each(anywhere.flatMap(([name, f]) => spectra.map(([kind, w]) => ({ name, f, kind, w }))))(
    "$name, $kind",
    ({ f, w }) => {
      const a = withEigenvalues(w, 3);
      const q = orthogonalMatrices([], 4, 3);
      const exact = q.mul(f(tensor(w))).matmul(q.mT);
      expect(largest(linalg.matrixFunction(a, f).sub(exact))).toBeLessThan(1e-13);
      gradcheck((x) => linalg.matrixFunction(x, f), [a], { order: 2 });
    },
  );

  const above: [string, Scalar, number][] = [
    ["log", (w) => w.log(), 0.5],
    ["sqrt", (w) => w.sqrt(), 0.5],
    ["acosh", (w) => w.acosh(), 1.5],
  ];
  test.each(above.flatMap(([name, f, from]) => spectra.map(([kind, w]) => ({ name, f, from, kind, w }))))(
    "$name, a multiple of the identity plus a matrix that is $kind",
    ({ f, w, from }) => {
      const a = withEigenvalues(w, 4).add(eye(4).mul(from));
      gradcheck((x) => linalg.matrixFunction(x, f), [a], { order: 2, tolerance: 1e-5 });
    },
  );

  test("the root of a matrix of low rank, and its square", () => {
    const a = withEigenvalues([1, 4, 9], 5);
    const low = tensor([0, 0, 4]).diag();
    expect(largest(linalg.matrixFunction(low, (w) => w.sqrt()).sub(tensor([0, 0, 2]).diag()))).toBe(0);
    const root = linalg.matrixFunction(a, (w) => w.sqrt());
    expect(largest(root.matmul(root).sub(a))).toBeLessThan(1e-13);
  });
});

describe("phases of eigenvectors", () => {
  /** The k-th entry of each vector positive: a convention that depends on a small entry. */
  const normalised = (a: Tensor, k: number): Tensor => {
    const { vectors } = linalg.eigh(a);
    return vectors.mul(vectors.slice([k, k + 1]).sign());
  };
  test.each([0, 1, 2, 3])("a sign fixed by entry %d, to second order", (k) => {
    gradcheck((a) => normalised(a, k), [positiveMatrices([], 4, 11)], { order: 2, tolerance: 1e-5 });
  });

  test.each([1e-1, 1e-3, 1e-6])(
    "a sign fixed by an entry as low as %s: the gradient of any other choice",
    (low) => {
      const a = tensor([
        [1, 0, low],
        [0, 2, 0.5],
        [low, 0.5, 4],
      ]);
      const weights = randomTensor([3], 30);
      const loss = (x: Tensor, k: number): Tensor => {
        const v = linalg.eigh(x).vectors.slice(null, 2);
        return v.mul(v.slice(k).sign()).mul(weights).sum();
      };
      const v = linalg.eigh(a).vectors.slice(null, 2).toTypedArray() as Float64Array;
      const turned = Math.sign(v[0]) * Math.sign(v[2]);
      const [byLow, byHigh] = [0, 2].map((k) => grad((x: Tensor) => loss(x, k))(a));
      expect(largest(byLow)).toBeGreaterThan(1e-2);
      expect(largest(byLow.sub(byHigh.mul(turned)))).toBe(0);
    },
  );

  test("normalising twice is normalising once", () => {
    const v = normalised(positiveMatrices([], 4, 12), 0);
    expect(largest(v.mul(v.slice([0, 1]).sign()).sub(v))).toBe(0);
  });

  test("general matrices with separated eigenvalues (rand_eigen)", () => {
    const f = (x: Tensor): Tensor[] => {
      const { values, vectors } = linalg.eig(x);
      return [values.real(), vectors.abs().square()];
    };
    gradcheck(f, [generalMatrices([], 4, 13)], { order: 2, tolerance: 1e-5 });
  });
});

describe("factorisations and their failures", () => {
  test.each([
    [7, 7],
    [7, 10],
    [10, 7],
    [10, 10],
    [13, 10],
    [10, 13],
  ])("lu, %d by %d", (m, n) => {
    const a = generalMatrices([], Math.max(m, n), m + n).slice([0, m], [0, n]);
    const factors = (x: Tensor): Tensor[] => {
      const { l, u } = linalg.lu(x);
      return [l, u];
    };
    const { p, l, u } = linalg.lu(a);
    expect(largest(p.matmul(l).matmul(u).sub(a))).toBeLessThan(1e-13);
    gradcheck(factors, [a], { order: 2, tolerance: 1e-5 });
  });

  test("a Cholesky factorisation that fails is an error, in a batch NaN for that matrix alone", () => {
    const bad = tensor([
      [1, 2],
      [2, 1],
    ]);
    expectError(() => linalg.cholesky(bad), LinAlgError, "ERR_ADJOINT_NOT_POSITIVE_DEFINITE", /^cholesky: /);
    expectError(
      () => grad((x: Tensor) => linalg.cholesky(x).sum())(bad),
      LinAlgError,
      "ERR_ADJOINT_NOT_POSITIVE_DEFINITE",
    );
    const batch = stack([bad, eye(2).mul(4)]);
    const factors = linalg.cholesky(batch, { onFailure: "nan" });
    expect(largest(factors.slice(1).sub(eye(2).mul(2)))).toBe(0);
    expect(factors.slice(0, 0, 0).item()).toBeNaN();
  });

  test("determinant and its logarithm by a Cholesky factor", () => {
    const f = (x: Tensor): Tensor[] => {
      const d = linalg.diagonal(linalg.cholesky(x));
      return [d.prod().square(), d.log().sum().mul(2)];
    };
    const a = positiveMatrices([], 5, 14);
    gradcheck(f, [a], { order: 2, tolerance: 1e-5 });
    expect(f(a)[1].item()).toBeCloseTo(linalg.slogdet(symmetric(a)).logAbsDet.item() as number, 12);
  });
});

describe("pinv, matrix equations, exponentials", () => {
  test.each([
    [1, 4],
    [4, 1],
    [1, 1],
    [3, 5],
    [5, 3],
    [4, 4],
  ])("pinv, %d by %d, rows and columns included", (m, n) => {
    const a = generalMatrices([], Math.max(m, n), 15).slice([0, m], [0, n]);
    gradcheck((x) => linalg.pinv(x), [a], { order: 2, tolerance: 1e-5 });
  });

  test("pinv of a column is its transpose by its square", () => {
    const v = randomTensor([4, 1], 16);
    expect(largest(linalg.pinv(v).sub(v.mT.div(v.square().sum())))).toBeLessThan(1e-14);
  });

  test.each([
    [1, 1],
    [3, 2],
    [4, 5],
  ])("sylvester, %d by %d", (m, n) => {
    const args = [generalMatrices([], m, 17), generalMatrices([], n, 18), randomTensor([m, n], 19)];
    gradcheck((a, b, c) => linalg.sylvester(a, b, c), args, { order: 2 });
  });

  test.each([1, 2, 5])("lyapunov of order %d", (n) => {
    gradcheck((a, q) => linalg.lyapunov(a, q), [generalMatrices([], n, 20), randomTensor([n, n], 21)], {
      order: 2,
    });
  });

  test.each([1e-3, 0.01, 0.1, 0.2, 0.5, 1, 2, 4])("exp of a matrix of norm %s", (norm) => {
    const x = randomTensor([4, 4], 22);
    const a = x.mul(norm).div(linalg.matrixNorm(x, { ord: 1 }));
    gradcheck((y) => linalg.expm(y), [a], { order: 2, tolerance: 1e-5 });
  });

  test("exp of an imbalanced matrix: a change of scale passes through value and gradient", () => {
    const x = randomTensor([3, 3], 23);
    const scale = tensor([1, 2 ** 10, 2 ** 20]);
    const change = scale.reshape([3, 1]).div(scale);
    const f = (a: Tensor): Tensor => linalg.expm(a).div(change).sum();
    const exact = grad((a: Tensor) => linalg.expm(a).sum())(x);
    const found = grad(f)(x.mul(change)).mul(change);
    expect(largest(linalg.expm(x.mul(change)).div(change).sub(linalg.expm(x)))).toBeLessThan(1e-13);
    expect(largest(found.sub(exact))).toBeLessThan(1e-13);
  });
});

describe("symmetric gradients and broadcast stacks (HIPS autograd)", () => {
  /** A symmetric matrix made of a lower triangle: what depends on that triangle alone. */
  const fromLower = (x: Tensor): Tensor => {
    const lower = x.tril();
    return lower.add(lower.mT).mul(0.5);
  };
  const stacks: number[][] = [[], [2], [2, 3]];
  const functions: [string, (a: Tensor) => Tensor | Tensor[]][] = [
    ["cholesky", (a) => linalg.cholesky(a)],
    ["inv", (a) => linalg.inv(a)],
    ["det", (a) => linalg.det(a)],
    ["slogdet", (a) => linalg.slogdet(a).logAbsDet],
    ["eigvalsh", (a) => linalg.eigvalsh(a)],
    ["the squares of eigenvectors", (a) => linalg.eigh(a).vectors.square()],
    ["eigenvalues of eig", (a) => linalg.eigvals(a).real()],
    ["solve", (a) => linalg.solve(a, [[1], [2], [3]])],
    ["pinv", (a) => linalg.pinv(a)],
    ["svdvals", (a) => linalg.svdvals(a)],
    ["the Frobenius norm", (a) => linalg.matrixNorm(a)],
    ["the nuclear norm", (a) => linalg.matrixNorm(a, { ord: "nuc" })],
  ];
  const cases = functions.flatMap(([name, f]) => stacks.map((batch) => ({ name, f, batch })));

  test.each(cases)("$name through a lower triangle, stack $batch", ({ f, batch }) => {
    gradcheck((x) => f(fromLower(x)), [positiveMatrices(batch, 3, 24)], { order: 2, tolerance: 1e-5 });
  });

  test("the gradient of a function of symmetric matrices is symmetric", () => {
    const g = grad((a: Tensor) =>
      linalg
        .cholesky(a)
        .mul(randomTensor([4, 4], 25))
        .sum(),
    )(positiveMatrices([], 4, 26));
    expect(largest(g.sub(g.mT))).toBe(0);
  });

  test.each(stacks)(
    "a Gaussian sample mean + L ε, reparameterised by its covariance, stack %s",
    (...batch) => {
      const noise = randomTensor([...batch, 3, 1], 27);
      const sample = (mean: Tensor, covariance: Tensor): Tensor =>
        mean.add(linalg.cholesky(covariance).matmul(noise)).square().sum();
      gradcheck(sample, [randomTensor([...batch, 3, 1], 28), positiveMatrices(batch, 3, 29)], { order: 2 });
    },
  );
});
