import { abs, diag, einsum, eye, linalg, logsumexp, matmul, max, sum, type Tensor, tensor } from "adjoint";
import { describe, expect, test } from "vitest";
import {
  generalMatrices,
  integer,
  positiveMatrices,
  randomTensor,
  sizeOf,
  uniform,
} from "./random_values.js";

const distance = (x: Tensor, y: Tensor): number => {
  const difference = abs(x.sub(y));
  return difference.size === 0 ? 0 : (max(difference).item() as number);
};

function expectSame(x: Tensor, y: Tensor, tolerance = 1e-12): void {
  expect(x.shape).toEqual(y.shape);
  expect(distance(x, y)).toBeLessThanOrEqual(tolerance);
}

const identity = (a: Tensor): Tensor => eye(a.shape[a.ndim - 1]).broadcastTo(a.shape);

const sizes: [n: number, batch: number[]][] = [
  [0, []],
  [1, []],
  [2, []],
  [3, [2]],
  [5, [2, 3]],
  [17, []],
  [64, []],
  [130, []],
];

describe.each(sizes)("identities of %i by %i matrices", (n, batch) => {
  const general = generalMatrices(batch, n, n + 1);
  const positive = positiveMatrices(batch, n, n + 2);
  const symmetric = positive.add(positive.mT).mul(0.5);
  const tolerance = 1e-11;

  test("eigenvectors rebuild the matrix and are orthonormal", () => {
    const { values, vectors } = linalg.eigh(positive);
    expectSame(vectors.mul(values.expandDims(-2)).matmul(vectors.mT), symmetric, tolerance);
    expectSame(vectors.mT.matmul(vectors), identity(general), tolerance);
    expectSame(linalg.eigvalsh(positive), values, tolerance);
    if (n > 1)
      expect(
        values
          .slice("...", [1, null])
          .greaterEqual(values.slice("...", [0, -1]))
          .all()
          .item(),
      ).toBe(true);
  });

  test("one triangle is read where that is asked", () => {
    expectSame(
      linalg.eigvalsh(symmetric.tril(), { triangle: "lower" }),
      linalg.eigvalsh(symmetric),
      tolerance,
    );
    expectSame(
      linalg.eigvalsh(symmetric.triu(), { triangle: "upper" }),
      linalg.eigvalsh(symmetric),
      tolerance,
    );
    expectSame(
      linalg.cholesky(symmetric.tril(), { triangle: "lower" }),
      linalg.cholesky(symmetric),
      tolerance,
    );
    expectSame(
      linalg.cholesky(symmetric.triu(), { triangle: "upper" }),
      linalg.cholesky(symmetric),
      tolerance,
    );
  });

  test("the inverse inverts", () => {
    expectSame(linalg.inv(general).matmul(general), identity(general), tolerance);
    expectSame(linalg.inv(general.mT), linalg.inv(general).mT, tolerance);
  });

  test("solutions solve", () => {
    const b = randomTensor([...batch, n, 3], n + 3);
    expectSame(general.matmul(linalg.solve(general, b)), b, tolerance);
    expectSame(symmetric.matmul(linalg.solve(positive, b, { assume: "positive" })), b, tolerance);
    expectSame(symmetric.matmul(linalg.solve(positive, b, { assume: "symmetric" })), b, tolerance);
    expectSame(symmetric.matmul(linalg.choleskySolve(linalg.cholesky(positive), b)), b, tolerance);
    const v = randomTensor([n], n + 4);
    expectSame(
      general.matmul(linalg.solve(general, v).expandDims(-1)).squeeze(-1),
      v.broadcastTo([...batch, n]),
      tolerance,
    );
  });

  test("triangular solutions solve, whatever lies in the other triangle", () => {
    const b = randomTensor([...batch, n, 2], n + 5);
    expectSame(general.tril().matmul(linalg.solveTriangular(general, b)), b, tolerance);
    expectSame(general.triu().matmul(linalg.solveTriangular(general, b, { lower: false })), b, tolerance);
    const unit = general.tril({ k: -1 }).mul(0.1).add(identity(general));
    const read = general.mul(0.1);
    expectSame(
      unit.mT.matmul(linalg.solveTriangular(read, b, { transpose: true, unitDiagonal: true })),
      b,
      tolerance,
    );
  });

  test("the Cholesky factor rebuilds the matrix", () => {
    const l = linalg.cholesky(positive);
    expectSame(l.matmul(l.mT), symmetric, tolerance);
    expectSame(l, l.tril(), 0);
    const u = linalg.cholesky(positive, { upper: true });
    expectSame(u, l.mT, 0);
  });

  test("singular vectors rebuild the matrix and are orthonormal", () => {
    const { u, s, vh } = linalg.svd(general);
    expectSame(u.mul(s.expandDims(-2)).matmul(vh), general, tolerance);
    expectSame(u.mT.matmul(u), identity(general), tolerance);
    expectSame(vh.matmul(vh.mT), identity(general), tolerance);
    expectSame(linalg.svdvals(general), s, tolerance);
  });

  test("determinants", () => {
    const { sign, logAbsDet } = linalg.slogdet(general);
    const d = linalg.det(general);
    if (n <= 17) expect(distance(sign.mul(logAbsDet.exp()).div(d), d.div(d))).toBeLessThan(1e-10);
    const triangular = general.tril();
    const product = triangular.diagonal();
    expectSame(linalg.slogdet(triangular).logAbsDet, product.abs().log().sum(-1), 1e-10);
    expectSame(linalg.slogdet(general.mT).logAbsDet, logAbsDet, 1e-10);
    if (n > 0) expectSame(linalg.slogdet(general.mul(-1)).sign, sign.mul((-1) ** n), 0);
  });

  test("trace and diagonal", () => {
    expectSame(linalg.trace(general), general.mul(identity(general)).sum([-2, -1]), 1e-11);
    expectSame(diag(general.diagonal()), general.mul(identity(general)), 0);
  });
});

describe("singular values of rectangular matrices", () => {
  test.each([
    [5, 2],
    [2, 5],
    [0, 3],
    [3, 0],
    [1, 4],
    [70, 20],
  ])("%i by %i", (m, n) => {
    const a = randomTensor([m, n], m + 10 * n);
    const thin = linalg.svd(a);
    const k = Math.min(m, n);
    expect([thin.u.shape, thin.s.shape, thin.vh.shape]).toEqual([[m, k], [k], [k, n]]);
    expectSame(thin.u.mul(thin.s).matmul(thin.vh), a);
    const full = linalg.svd(a, { fullMatrices: true });
    expect([full.u.shape, full.s.shape, full.vh.shape]).toEqual([[m, m], [k], [n, n]]);
    expectSame(full.u.mT.matmul(full.u), eye(m));
    expectSame(full.vh.matmul(full.vh.mT), eye(n));
    expectSame(
      full.u
        .slice(null, [0, k])
        .mul(full.s)
        .matmul(full.vh.slice([0, k])),
      a,
    );
  });

  test("small singular values survive beside large ones", () => {
    const { s } = linalg.svd([
      [1, 1],
      [0, 1e-10],
    ]);
    expect((s.at(1) as number) / (1e-10 / Math.SQRT2)).toBeCloseTo(1, 9);
  });
});

describe("determinants of special matrices", () => {
  test("known values", () => {
    expect(
      linalg
        .det([
          [1, 2],
          [3, 4],
        ])
        .item(),
    ).toBeCloseTo(-2, 14);
    expect(
      linalg
        .det([
          [0, 1],
          [1, 0],
        ])
        .item(),
    ).toBe(-1);
    expect(linalg.det([[7]]).item()).toBe(7);
    expect(linalg.det(tensor([], { shape: [0, 0] })).item()).toBe(1);
  });

  test("a singular matrix has determinant 0, sign 0 and logarithm −∞", () => {
    const a = [
      [1, 2],
      [2, 4],
    ];
    expect(linalg.det(a).item()).toBeCloseTo(0, 300);
    const [sign, logAbsDet] = linalg.slogdet(a);
    expect([sign.item(), logAbsDet.item()]).toEqual([0, Number.NEGATIVE_INFINITY]);
  });

  test("the logarithm neither overflows nor underflows", () => {
    const n = 200;
    expect(linalg.slogdet(eye(n).mul(1e10)).logAbsDet.item()).toBeCloseTo(n * Math.log(1e10), 8);
    expect(linalg.slogdet(eye(n).mul(-1e-10)).logAbsDet.item()).toBeCloseTo(n * Math.log(1e-10), 8);
    expect(linalg.det(eye(n).mul(1e10)).item()).toBe(Number.POSITIVE_INFINITY);
  });
});

/** Matrix multiplication by its definition. */
function naiveProduct(a: Tensor, b: Tensor): number[] {
  const [m, k] = a.shape;
  const n = b.shape[1];
  const [x, y] = [a.toTypedArray(), b.toTypedArray()];
  const values: number[] = [];
  for (let i = 0; i < m; i++)
    for (let j = 0; j < n; j++) {
      let total = 0;
      for (let l = 0; l < k; l++) total += x[i * k + l] * y[l * n + j];
      values.push(total);
    }
  return values;
}

describe("matrix products", () => {
  const extents = [0, 1, 2, 3, 4, 7, 8, 9, 16, 33, 101];
  test("every small shape and layout against the definition", () => {
    const next = uniform(5);
    for (let trial = 0; trial < 150; trial++) {
      const [m, k, n] = [0, 1, 2].map(() => extents[integer(next, 0, extents.length - 1)]);
      const flipA = next() < 0.5;
      const flipB = next() < 0.5;
      const stepped = next() < 0.3;
      let a = flipA ? randomTensor([k, m], trial).T : randomTensor([m, k], trial);
      const b = flipB ? randomTensor([n, k], trial + 1).T : randomTensor([k, n], trial + 1);
      if (stepped)
        a = randomTensor([2 * m, k], trial)
          .slice([null, null, 2])
          .flip(0);
      const expected = tensor(naiveProduct(a, b), { shape: [m, n] });
      expectSame(matmul(a, b), expected, 1e-12);
      expectSame(matmul(a.cast("float32"), b.cast("float32")).cast("float64"), expected, 2e-5);
    }
  });

  test("batches that broadcast against a loop", () => {
    const a = randomTensor([2, 1, 3, 4], 1);
    const b = randomTensor([5, 4, 2], 2);
    const c = matmul(a, b);
    expect(c.shape).toEqual([2, 5, 3, 2]);
    for (let i = 0; i < 2; i++)
      for (let j = 0; j < 5; j++) expectSame(c.slice(i, j), matmul(a.slice(i, 0), b.slice(j)), 1e-14);
  });

  test("vectors", () => {
    const a = randomTensor([3, 4], 3);
    const v = randomTensor([4], 4);
    expectSame(matmul(a, v), a.mul(v).sum(1));
    expectSame(matmul(v, a.T), a.mul(v).sum(1));
    expectSame(matmul(v, v), v.square().sum());
    expectSame(linalg.outer(v, v), v.expandDims(1).mul(v));
  });

  test("NaN and infinities pass as IEEE says, also beside zeros", () => {
    const c = matmul(
      [
        [0, 1],
        [1, 1],
      ],
      [
        [Number.NaN, 1],
        [1, Number.POSITIVE_INFINITY],
      ],
    );
    expect(c.toArray()).toEqual([
      [Number.NaN, Number.POSITIVE_INFINITY],
      [Number.NaN, Number.POSITIVE_INFINITY],
    ]);
  });

  test("int32 products are exact and overflow is an error", () => {
    const a = tensor(Int32Array.of(1, 2, 3, 4), { shape: [2, 2] });
    const c = matmul(a, a);
    expect([c.dtype, c.toArray()]).toEqual([
      "int32",
      [
        [7, 10],
        [15, 22],
      ],
    ]);
  });
});

/** Einstein summation by its definition: a loop over all labels. */
function naiveEinsum(equation: string, xs: Tensor[]): Tensor {
  const [left, output] = equation.split("->");
  const terms = left.split(",");
  const extents = new Map<string, number>();
  terms.forEach((term, i) => {
    [...term].forEach((label, axis) => {
      extents.set(label, xs[i].shape[axis]);
    });
  });
  const labels = [...extents.keys()];
  const shape = [...output].map((label) => extents.get(label)!);
  const values = new Float64Array(sizeOf(shape));
  const position = (term: string, at: Map<string, number>): number =>
    [...term].reduce((p, label) => p * extents.get(label)! + at.get(label)!, 0);
  const operands = xs.map((x) => x.toTypedArray());
  const loop = (depth: number, at: Map<string, number>): void => {
    if (depth === labels.length) {
      values[position(output, at)] += terms.reduce((p, term, i) => p * operands[i][position(term, at)], 1);
      return;
    }
    for (let i = 0; i < extents.get(labels[depth])!; i++) loop(depth + 1, at.set(labels[depth], i));
  };
  loop(0, new Map());
  return tensor(values, { shape });
}

describe("einsum against loops", () => {
  test.each([
    [
      "ij,jk->ik",
      [
        [2, 3],
        [3, 4],
      ],
    ],
    [
      "ij,kj->ki",
      [
        [2, 3],
        [4, 3],
      ],
    ],
    ["ij->ji", [[2, 3]]],
    ["ii->i", [[3, 3]]],
    ["iij->j", [[3, 3, 2]]],
    ["iii->", [[3, 3, 3]]],
    ["ij->", [[2, 3]]],
    ["i,j,k->kji", [[2], [3], [4]]],
    [
      "bij,bjk->bik",
      [
        [2, 3, 4],
        [2, 4, 2],
      ],
    ],
    [
      "bi,bi->b",
      [
        [2, 3],
        [2, 3],
      ],
    ],
    [
      "ij,jk,kl->il",
      [
        [2, 3],
        [3, 4],
        [4, 2],
      ],
    ],
    [
      "ij,ij,ij->ij",
      [
        [2, 3],
        [2, 3],
        [2, 3],
      ],
    ],
    [
      "ij,kl->ikjl",
      [
        [2, 3],
        [4, 2],
      ],
    ],
    [
      "ijk,jil->kl",
      [
        [2, 3, 4],
        [3, 2, 2],
      ],
    ],
    [
      "ij,jk->k",
      [
        [2, 3],
        [3, 4],
      ],
    ],
    ["a,ab,abc->c", [[2], [2, 3], [2, 3, 4]]],
    [
      "ij,jj->i",
      [
        [2, 3],
        [3, 3],
      ],
    ],
    [
      "ij,jk->ik",
      [
        [0, 3],
        [3, 4],
      ],
    ],
    [
      "ij,jk->ik",
      [
        [2, 0],
        [0, 4],
      ],
    ],
    [",i->i", [[], [3]]],
  ] as [string, number[][]][])("%s of %j", (equation, shapes) => {
    const xs = shapes.map((shape, i) => randomTensor(shape, 7 + i));
    expectSame(einsum(equation, ...xs), naiveEinsum(equation, xs));
  });

  test("without an arrow the output has the single labels in alphabetical order", () => {
    const x = randomTensor([2, 3], 1);
    expectSame(einsum("ba", x), x.T, 0);
    expectSame(einsum("ij,jk", x, x.T), matmul(x, x.T));
    expectSame(einsum("ii", x.slice(null, [0, 2])), linalg.trace(x.slice(null, [0, 2])));
  });

  test("an ellipsis broadcasts", () => {
    const a = randomTensor([5, 1, 2, 3], 1);
    const b = randomTensor([4, 3, 2], 2);
    expectSame(einsum("...ij,...jk->...ik", a, b), matmul(a, b));
    expectSame(einsum("i...->...i", a), a.moveAxis(0, -1), 0);
    expectSame(einsum("...,...", a, a), a.square());
    // Two operands in which the ellipsis has extent 1 meet first, the third one widens it.
    const [c, d, e] = [randomTensor([1, 1, 3], 3), randomTensor([1], 4), randomTensor([2, 1], 5)];
    expectSame(einsum("...c,...,...->...", c, d, e), c.sum(-1).mul(d).mul(e));
  });
});

describe("logsumexp", () => {
  const x = randomTensor([3, 4], 8);
  test("a shift comes out as it went in", () => {
    for (const shift of [1e3, -1e3, 1e8])
      expect(distance(logsumexp(x.add(shift), 1), logsumexp(x, 1).add(shift))).toBeLessThan(1e-7);
  });
  test("is the logarithm of the sum", () => expectSame(logsumexp(x), sum(x.exp()).log()));
  test("infinities", () => {
    const inf = Number.POSITIVE_INFINITY;
    expect(logsumexp([-inf, -inf]).item()).toBe(-inf);
    expect(logsumexp([-inf, 3]).item()).toBe(3);
    expect(logsumexp([inf, 3]).item()).toBe(inf);
    expect(logsumexp([Number.NaN, 3]).item()).toBeNaN();
    expect(logsumexp(tensor([])).item()).toBe(-inf);
  });
});
