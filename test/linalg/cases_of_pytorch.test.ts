import { eye, GradientError, grad, gradcheck, linalg, type Tensor, tensor, zeros } from "adjoint";
import { describe, expect, test } from "vitest";
import { expectError } from "../error_assertions.js";
import { generalMatrices, orthogonalMatrices, positiveMatrices, randomTensor } from "../random_values.js";
import { largest } from "./close.js";

describe("losses that depend on an arbitrary phase or basis (test_invariance_error_spectral_decompositions)", () => {
  const tied = tensor([3, 1, 1]).diag();
  const weights = randomTensor([3, 3], 1);
  const cases: [string, (a: Tensor) => Tensor, Tensor, RegExp][] = [
    ["eigh, vectors of equal eigenvalues", (a) => linalg.eigh(a).vectors.mul(weights).sum(), tied, /^eigh: /],
    ["svd, vectors of equal singular values", (a) => linalg.svd(a).u.mul(weights).sum(), tied, /^svd: /],
    [
      "eig, the phase of a complex vector",
      (a) =>
        linalg
          .eig(a)
          .vectors.real()
          .mul(weights.slice([0, 2], [0, 2]))
          .sum(),
      tensor([
        [1, -2],
        [1, 1],
      ]),
      /^eig: /,
    ],
  ];
  test.each(cases)("%s: refused", (_name, loss, a, message) => {
    expectError(() => grad(loss)(a), GradientError, "ERR_ADJOINT_GAUGE", message);
  });
});

describe("cholesky by shape, with a symmetric gradient (test_cholesky_autograd)", () => {
  const shapes: number[][] = [[], [4, 3], [4, 3, 2]];
  test.each(
    shapes.flatMap((batch) => [2, 3].flatMap((n) => [false, true].map((upper) => ({ batch, n, upper })))),
  )("stack $batch of order $n, upper $upper", ({ batch, n, upper }) => {
    const root = randomTensor([...batch, n, n], 2);
    const a = root.matmul(root.mT).add(eye(n));
    const f = (x: Tensor): Tensor => linalg.cholesky(x, { upper });
    gradcheck(f, [a], { order: 2, tolerance: 1e-5 });
    const g = grad((x: Tensor) => f(x).mul(randomTensor(x.shape, 3)).sum())(a);
    expect(largest(g.sub(g.mT))).toBe(0);
  });
});

describe("det of matrices of every rank, with small pivots and in batches", () => {
  const ofRank = (batch: readonly number[], n: number, rank: number, small = 0): Tensor => {
    const pivots = Array.from({ length: n }, (_, i) => (i < rank ? 1 + 0.4 * i : small));
    return orthogonalMatrices(batch, n, 4)
      .mul(tensor(pivots))
      .matmul(orthogonalMatrices(batch, n, 5));
  };
  const cases = [2, 3, 5].flatMap((n) =>
    Array.from({ length: n }, (_, rank) => rank).flatMap((rank) =>
      [[], [2], [2, 3]].flatMap((batch) => [0, 2 ** -52].map((small) => ({ n, rank, batch, small }))),
    ),
  );
  test.each(cases)("order $n, rank $rank, stack $batch, pivots of $small", ({ n, rank, batch, small }) => {
    gradcheck((a) => linalg.det(a), [ofRank(batch, n, rank, small)], { order: 2, tolerance: 1e-5 });
  });
});

/** Singular values between 2/3 and 3/2, all different. */
function distinct(batch: readonly number[], m: number, n: number): Tensor {
  const least = Math.min(m, n);
  if (least === 0 || batch.includes(0)) return zeros([...batch, m, n]);
  const s = Array.from({ length: least }, (_, i) => 2 / 3 + ((5 / 6) * (i + 1)) / (least + 1));
  const u = orthogonalMatrices(batch, m, 6).mT.slice("...", [0, least], null).mT;
  return u.mul(tensor(s)).matmul(orthogonalMatrices(batch, n, 7).mT.slice("...", [0, least], null));
}

describe("svd: every observable, size and batch", () => {
  const sizes = [0, 3, 5];
  const cases = sizes.flatMap((m) =>
    sizes.flatMap((n) =>
      [[], [0], [3]].flatMap((batch) => [false, true].map((fullMatrices) => ({ m, n, batch, fullMatrices }))),
    ),
  );
  test.each(cases)("$m by $n, stack $batch, fullMatrices $fullMatrices", ({ m, n, batch, fullMatrices }) => {
    const a = distinct(batch, m, n);
    const k = Math.min(m, n);
    const f = (x: Tensor): Tensor[] => {
      const { u, s, vh } = linalg.svd(x, { fullMatrices });
      const [left, right] = [u.mT.slice("...", [0, k], null).mT, vh.slice("...", [0, k], null)];
      return [left.abs(), s, right.abs(), left.matmul(right)];
    };
    gradcheck(f, [a], { order: 2, tolerance: 1e-4 });
  });
});

test.each([
  [4, 4, 2],
  [5, 3, 2],
  [3, 5, 1],
])("pinv of A = B Cᵀ, %d by %d of rank %d, through its factors (pinv.singular)", (m, n, rank) => {
  for (const batch of [[], [2]]) {
    const b = orthogonalMatrices(batch, m, 8).mT.slice("...", [0, rank], null).mT;
    const c = orthogonalMatrices(batch, n, 9).mT.slice("...", [0, rank], null).mT;
    gradcheck((x, y) => linalg.pinv(x.matmul(y.mT), { rtol: 1e-10 }), [b, c], { tolerance: 1e-5 });
  }
});

describe("norms at zero have the subgradient 0 (subgradients_at_zero)", () => {
  const vectorOrders = [1, 2, 3, 0.5, "inf", "-inf", -1, -2, 0] as const;
  test.each(vectorOrders)("of vectors, ord %s: finite", (ord) => {
    for (const shape of [[1], [4], [3, 4]]) {
      const g = grad((x: Tensor) => linalg.vectorNorm(x, { ord, axis: -1 }).sum())(zeros(shape));
      expect(g.shape).toEqual(shape);
      expect(largest(g)).toBe(0);
    }
  });

  test.each(["fro", "nuc", 1, -1, 2, -2, "inf", "-inf"] as const)("of matrices, ord %s", (ord) => {
    for (const shape of [
      [3, 4],
      [4, 3],
      [2, 3, 3],
    ]) {
      expect(largest(grad((x: Tensor) => linalg.matrixNorm(x, { ord }).sum())(zeros(shape)))).toBe(0);
    }
  });
});

describe("lstsq, with rows minus columns −1, 0 and 1", () => {
  const cases = [-1, 0, 1].flatMap((delta) => [[], [3], [3, 3]].map((batch) => ({ delta, batch })));
  test.each(cases)("difference $delta, stack $batch", ({ delta, batch }) => {
    const a = distinct(batch, 3 + delta, 3);
    const b = randomTensor([...batch, 3 + delta, 2], 10);
    gradcheck((x, y) => linalg.lstsq(x, y).solution, [a, b], { order: 2, tolerance: 1e-5 });
  });
});

describe("of A + Aᵀ, for any A (gradcheck_wrapper_hermitian_input)", () => {
  const functions: [string, (a: Tensor) => Tensor | Tensor[]][] = [
    ["eigvalsh", (a) => linalg.eigvalsh(a)],
    ["eigh", (a) => [linalg.eigh(a).values, linalg.eigh(a).vectors.abs()]],
    ["eigh of the lower triangle", (a) => linalg.eigh(a, { triangle: "lower" }).vectors.square()],
    ["eigh of the upper triangle", (a) => linalg.eigh(a, { triangle: "upper" }).vectors.square()],
    ["cholesky", (a) => linalg.cholesky(a)],
    ["cholesky of the lower triangle", (a) => linalg.cholesky(a, { triangle: "lower" })],
    ["inv", (a) => linalg.inv(a)],
    ["pinv", (a) => linalg.pinv(a)],
    ["expm", (a) => linalg.expm(a.mul(0.1))],
    ["sqrtm", (a) => linalg.sqrtm(a)],
    ["logm", (a) => linalg.logm(a)],
  ];
  test.each(functions.flatMap(([name, f]) => [[], [2]].map((batch) => ({ name, f, batch }))))(
    "$name, stack $batch",
    ({ f, batch }) => {
      gradcheck((a) => f(a.add(a.mT)), [positiveMatrices(batch, 3, 11)], { order: 2, tolerance: 1e-5 });
    },
  );
});

test("the second derivative of a norm at zero is not one that a difference would give: it is finite", () => {
  const second = grad((x: Tensor) => grad((y: Tensor) => linalg.matrixNorm(y))(x).sum())(zeros([2, 2]));
  expect([...second.toTypedArray()].every(Number.isFinite)).toBe(true);
});

test.each([
  [3, 3],
  [3, 5],
  [5, 3],
])("lu, %d by %d, in a batch", (m, n) => {
  const a = generalMatrices([2], 5, 12).slice(null, [0, m], [0, n]);
  gradcheck(
    (x) => {
      const { l, u } = linalg.lu(x);
      return [l, u];
    },
    [a],
    { order: 2, tolerance: 1e-5 },
  );
});
