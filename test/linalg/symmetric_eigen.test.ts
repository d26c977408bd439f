import { type DType, eye, grad, jvp, linalg, type Tensor, tensor, vmap, zeros } from "adjoint";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addon } from "../addon.js";
import { orthogonalMatrices, randomTensor } from "../random_values.js";
import { expectClose, largest } from "./close.js";

const epsilons = { float64: 2 ** -52, float32: 2 ** -23 } as const;
type Float = keyof typeof epsilons;
const dtypes: readonly Float[] = ["float64", "float32"];
/** On both sides of every size at which another algorithm or block takes over. */
const orders = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 24, 31, 33, 40, 47, 64, 65, 96, 100, 129, 200, 257];

const symmetric = (n: number, seed: number): Tensor => {
  const x = randomTensor([n, n], seed);
  return x.add(x.mT);
};
const withEigenvalues = (values: readonly number[], seed: number): Tensor => {
  const q = orthogonalMatrices([], values.length, seed);
  const a = q.mul(tensor([...values])).matmul(q.mT);
  return a.add(a.mT).mul(0.5);
};
const from = (n: number, value: (i: number) => number): number[] =>
  Array.from({ length: n }, (_, i) => value(i));

/** A V = V Λ and Vᵀ V = I as far as rounding allows, values in order, and the same without the vectors. */
function expectDecomposition(a: Tensor, dtype: Float): void {
  const x = a.cast(dtype);
  const n = x.shape[0];
  const { values, vectors } = linalg.eigh(x);
  expect(values.dtype).toBe(dtype);
  const [w, v, exact] = [values, vectors, x].map((y) => y.cast("float64"));
  const rounding = 4 * Math.max(n, 4) * epsilons[dtype];
  const scale = largest(exact);
  // The size of entries is taken out first, so that products neither overflow nor vanish.
  const unit = scale > 0 ? scale : 1;
  const norm = Math.max(1, largest(w.div(unit)));
  const residual = exact
    .div(unit)
    .matmul(v)
    .sub(v.mul(w.div(unit)));
  expect(largest(residual)).toBeLessThanOrEqual(rounding * norm);
  expect(largest(v.mT.matmul(v).sub(eye(n)))).toBeLessThanOrEqual(rounding);
  const sorted = Array.from(values.toTypedArray()).every((value, i, all) => i === 0 || all[i - 1] <= value);
  expect(sorted).toBe(true);
  const alone = linalg.eigvalsh(x).cast("float64");
  expect(largest(alone.div(unit).sub(w.div(unit)))).toBeLessThanOrEqual(rounding * norm);
}

const everywhere = addon.simdTargets.flatMap((target) =>
  dtypes.map((dtype): [string, Float] => [target, dtype]),
);
describe.each(everywhere)("eigenvalues and vectors to rounding, on %s, %s", (target, dtype) => {
  beforeAll(() => addon.setSimdTarget(target));
  afterAll(() => addon.setSimdTarget(addon.simdTargets[0]));

  test.each(orders)("a full matrix of order %i", (n) => {
    for (const seed of [1, 2, 3]) expectDecomposition(symmetric(n, seed), dtype);
  });

  test.each([2, 3, 4, 6, 12, 25, 41, 70, 130])("special matrices of order %i", (n) => {
    const one = from(n, () => 1);
    const coupled = (diagonal: (i: number) => number, below: (i: number) => number): Tensor =>
      tensor(
        from(n, (i) => i).map((i) =>
          from(n, (j) => (i === j ? diagonal(i) : Math.abs(i - j) === 1 ? below(Math.min(i, j)) : 0)),
        ),
      );
    const matrices: Record<string, Tensor> = {
      zero: zeros([n, n]),
      identity: eye(n),
      "diagonal, not in order": tensor(from(n, (i) => ((i * 7) % n) - n / 3)).diag(),
      "of one vector": randomTensor([n, 1], 4).matmul(randomTensor([n, 1], 4).mT),
      "all ones": tensor(one).expandDims(0).mul(tensor(one).expandDims(-1)),
      "two clusters": withEigenvalues(
        from(n, (i) => (i % 2 === 0 ? 1 : -2)),
        5,
      ),
      "a tight cluster": withEigenvalues(
        from(n, (i) => 1 + i * 1e-15),
        6,
      ),
      "graded down": withEigenvalues(
        from(n, (i) => 10 ** (-i * (14 / n))),
        7,
      ),
      "graded entries": symmetric(n, 8)
        .mul(tensor(from(n, (i) => 10 ** (-i * (12 / n)))))
        .mul(tensor(from(n, (i) => 10 ** (-i * (12 / n)))).expandDims(-1)),
      "graded the other way": symmetric(n, 9)
        .mul(tensor(from(n, (i) => 10 ** ((i - n) * (12 / n)))))
        .mul(tensor(from(n, (i) => 10 ** ((i - n) * (12 / n)))).expandDims(-1)),
      "a second difference": coupled(
        () => 2,
        () => -1,
      ),
      "Wilkinson's": coupled(
        (i) => Math.abs(i - (n - 1) / 2),
        () => 1,
      ),
      "two blocks": coupled(
        (i) => i + 1,
        (i) => (i === n >> 1 ? 0 : 0.5),
      ),
      "an arrow": tensor(from(n, (i) => i))
        .diag()
        .add(
          eye(n)
            .slice([0, 1])
            .mT.matmul(randomTensor([1, n], 10)),
        ),
    };
    for (const a of Object.values(matrices)) expectDecomposition(a.add(a.mT).mul(0.5), dtype);
  });

  test.each([2, 3, 5, 9, 33, 70])("entries far from 1 in size, of order %i", (n) => {
    const limits = dtype === "float64" ? [-1070, -1030, -600, 500, 1020] : [-145, -130, -70, 60, 125];
    for (const exponent of limits) {
      const a = symmetric(n, 11)
        .div(2)
        .mul(2 ** (exponent / 2))
        .mul(2 ** (exponent / 2))
        .cast(dtype);
      const { values, vectors } = linalg.eigh(a);
      // Subnormal numbers have a rounding of their own.
      const tiny = dtype === "float64" ? 2 ** -1074 : 2 ** -149;
      const [w, v, exact] = [values, vectors, a].map((y) => y.cast("float64"));
      const unit = 2 ** Math.round(Math.log2(largest(exact)));
      const rounding = 8 * n * (epsilons[dtype] + tiny / unit);
      expect(largest(v.mT.matmul(v).sub(eye(n)))).toBeLessThanOrEqual(8 * n * epsilons[dtype]);
      expect(
        largest(
          exact
            .div(unit)
            .matmul(v)
            .sub(v.mul(w.div(unit))),
        ),
      ).toBeLessThanOrEqual(rounding);
    }
  });
});

test("blocks that differ in scale by more than rounding keep their own digits", () => {
  const small = symmetric(3, 12);
  const a = tensor(from(6, () => 0))
    .diag()
    .add(0);
  const pad = (x: Tensor, before: number, after: number): Tensor => x.pad([[before, after], [before, after]]); // biome-ignore format: both axes alike
  const both = a.add(pad(symmetric(3, 13), 0, 3)).add(pad(small.mul(1e-100), 3, 0));
  const { values } = linalg.eigh(both);
  const expected = linalg.eigvalsh(small);
  const found = Array.from(values.toTypedArray()).filter((x) => Math.abs(x) < 1e-50);
  expectClose(tensor(found).mul(1e100), expected, 1e-13);
});

test.each(orders)("eigenvalues of a second difference of order %i: 2 − 2 cos(kπ/(n + 1))", (n) => {
  const a = eye(n)
    .mul(2)
    .sub(eye(n, { k: 1 }))
    .sub(eye(n, { k: -1 }));
  const expected = from(n, (k) => 4 * Math.sin(((k + 1) * Math.PI) / (2 * (n + 1))) ** 2);
  expectClose(linalg.eigh(a).values, expected, 4 * n * epsilons.float64);
  expectClose(linalg.eigvalsh(a), expected, 4 * n * epsilons.float64);
});

test.each([3, 10, 50])("each triangle is read alone, from any layout, in batches: order %i", (n) => {
  const a = randomTensor([4, n, n], 14);
  const flipped = a.flip([0, 1, 2]).flip([0, 1, 2]);
  const stepped = a.mT.mT.slice([null, null, -2]);
  for (const triangle of ["both", "lower", "upper"] as const) {
    const whole = linalg.eigh(a, { triangle });
    const read = triangle === "lower" ? a.tril() : triangle === "upper" ? a.triu() : a.div(2);
    const full = read.add(read.mT).sub(triangle === "both" ? 0 : a.mul(eye(n)));
    const rebuilt = whole.vectors.mul(whole.values.expandDims(-2)).matmul(whole.vectors.mT);
    expectClose(rebuilt, full, 1e-13);
    expectClose(linalg.eigh(flipped, { triangle }).values, whole.values, 0);
    expectClose(linalg.eigh(a.mT, { triangle: triangle === "both" ? "both" : triangle === "lower" ? "upper" : "lower" }).values, whole.values, 1e-13); // biome-ignore format: one call
    expectClose(linalg.eigh(stepped, { triangle }).values, whole.values.slice([null, null, -2]), 0);
    expectClose(linalg.eigvalsh(a, { triangle }), whole.values, 1e-13);
    expectClose(vmap((x: Tensor) => linalg.eigh(x, { triangle }).values)(a), whole.values, 0);
  }
});

describe("the pullback at every size", () => {
  const loss =
    (c: Tensor, m: Tensor, triangle: "both" | "lower" | "upper") =>
    (a: Tensor): Tensor => {
      const { values, vectors } = linalg.eigh(a, { triangle });
      return values.mul(c).sum().add(vectors.square().mul(m).sum());
    };
  const directional = (f: (a: Tensor) => Tensor, a: Tensor, e: Tensor): Tensor => jvp(f, [a], [e])[1];

  test.each([1, 2, 3, 8, 9, 17, 40, 97, 130])("is adjoint to the tangent: order %i", (n) => {
    const a = symmetric(n, 15).add(tensor(from(n, (i) => 3 * i)).diag());
    const [c, m, e] = [randomTensor([n], 16), randomTensor([n, n], 17), randomTensor([n, n], 18)];
    for (const triangle of ["both", "lower", "upper"] as const) {
      const f = loss(c, m, triangle);
      const g = grad(f)(a);
      expectClose(g.mul(e).sum(), directional(f, a, e), 1e-11);
      const entries = triangle === "lower" ? g.triu({ k: 1 }) : triangle === "upper" ? g.tril({ k: -1 }) : g.sub(g.mT); // biome-ignore format: a choice
      expect(Array.from(entries.toTypedArray()).every((x) => x === 0)).toBe(true);
      const step = 1e-4;
      const difference = f(a.add(e.mul(step)))
        .sub(f(a.sub(e.mul(step))))
        .div(2 * step);
      expectClose(g.mul(e).sum(), difference, 1e-5);
    }
  });

  test("of batches, where cotangents are broadcast, turned or missing", () => {
    const a = symmetric(5, 19)
      .add(randomTensor([3, 1, 1], 20))
      .add(tensor(from(5, (i) => 2 * i)).diag());
    const e = randomTensor([3, 5, 5], 21);
    const losses: ((x: Tensor) => Tensor)[] = [
      (x) =>
        linalg
          .eigh(x)
          .vectors.square()
          .mT.mul(randomTensor([5, 5], 22))
          .sum(),
      (x) =>
        linalg
          .eigh(x)
          .vectors.square()
          .slice(null, [null, null, -2])
          .sum(-1)
          .mul(randomTensor([3, 3], 23))
          .sum(),
      (x) => linalg.eigh(x).values.sum(),
      (x) => linalg.eigvalsh(x).square().sum(),
      (x) => linalg.eigh(x).vectors.square().matmul(linalg.eigh(x).values.expandDims(-1)).square().sum(),
    ];
    for (const f of losses) expectClose(grad(f)(a).mul(e).sum(), directional(f, a, e), 1e-12);
  });

  test("float32 stays float32", () => {
    for (const n of [3, 20]) {
      const f = loss(randomTensor([n], 24).cast("float32"), randomTensor([n, n], 25).cast("float32"), "both");
      const a = symmetric(n, 26).add(tensor(from(n, (i) => 3 * i)).diag());
      const g = grad(f)(a.cast("float32"));
      expect(g.dtype).toBe("float32" satisfies DType);
      const exact = grad(loss(randomTensor([n], 24), randomTensor([n, n], 25), "both"))(a);
      expectClose(g.cast("float64"), exact, 1e-4);
    }
  });
});
