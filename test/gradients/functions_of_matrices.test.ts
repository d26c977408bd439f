import {
  ArgumentError,
  eye,
  GradientError,
  grad,
  gradcheck,
  hessian,
  jvp,
  LinAlgError,
  linalg,
  ShapeError,
  stack,
  type Tensor,
  tensor,
  vmap,
  zeros,
} from "adjoint";
import { describe, expect, test } from "vitest";
import { expectError } from "../error_assertions.js";
import { expectClose, largest } from "../linalg/close.js";
import { orthogonalMatrices, randomTensor } from "../random_values.js";

const withEigenvalues = (values: readonly number[], q: Tensor): Tensor =>
  q.mul(tensor([...values])).matmul(q.mT);
const symmetricPart = (x: Tensor): Tensor => x.add(x.mT).mul(0.5);

/** (eʸ − eˣ)/(y − x) without cancellation. */
function slope(x: number, y: number): number {
  const gap = Math.abs(x - y);
  return gap === 0 ? Math.exp(x) : (Math.exp(Math.max(x, y)) * -Math.expm1(-gap)) / gap;
}

describe("tr(exp(A) C) through a gap that closes", () => {
  const q = orthogonalMatrices([], 4, 1);
  const c = randomTensor([4, 4], 2);
  const gaps = [
    1e-1, 5e-2, 3e-2, 2e-2, 1e-2, 7e-3, 3e-3, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-9, 1e-11, 1e-13, 0,
  ];

  test.each(gaps)("gap %s: the gradient to 1e-13", (gap) => {
    const w = [0.3, 0.3 + gap, 1.1, -0.7];
    const slopes = tensor(w.map((x) => w.map((y) => slope(x, y))));
    const exact = q.matmul(slopes.mul(q.mT.matmul(symmetricPart(c)).matmul(q))).matmul(q.mT);
    const f = (a: Tensor): Tensor =>
      linalg
        .matrixFunction(a, (x) => x.exp())
        .mul(c)
        .sum();
    const found = grad(f)(withEigenvalues(w, q));
    expect(largest(found.sub(exact)) / largest(exact)).toBeLessThan(1e-13);
  });

  test("continuous: the gradient changes by no more than the matrix does", () => {
    const f = (a: Tensor): Tensor =>
      linalg
        .matrixFunction(a, (x) => x.sin().mul(x))
        .mul(c)
        .sum();
    const at = (gap: number): Tensor => grad(f)(withEigenvalues([0.3, 0.3 + gap, 1.1, -0.7], q));
    for (const gap of gaps.slice(0, -1)) expect(largest(at(gap).sub(at(0)))).toBeLessThan(4 * gap + 2e-13);
  });
});

describe("derivatives of every order, at equal and nearly equal eigenvalues, are those of expm", () => {
  const q = orthogonalMatrices([], 4, 3);
  const [c, e, d] = [4, 5, 6].map((seed) => randomTensor([4, 4], seed));
  const own = (a: Tensor): Tensor =>
    linalg
      .matrixFunction(a, (x) => x.exp())
      .mul(c)
      .sum();
  const general = (a: Tensor): Tensor => linalg.expm(symmetricPart(a)).mul(c).sum();
  type Loss = (a: Tensor) => Tensor;
  const along =
    (f: Loss, direction: Tensor): Loss =>
    (a) =>
      jvp(f, [a], [direction])[1];

  test.each([
    [1, 1, 1, 1],
    [1, 1, 2, 3],
    [1, 1 + 1e-9, 1 + 1e-5, 2],
    [1, 1.01, 1.02, 1.03],
    [-2, -2 + 1e-3, 0, 0],
  ])("%s, %s, %s, %s", (...values) => {
    const a = withEigenvalues(values, q);
    expectClose(grad(own)(a), grad(general)(a), 1e-13);
    expectClose(along(grad(own), e)(a), along(grad(general), e)(a), 1e-11);
    const reverse = (f: Loss): Tensor => grad((x: Tensor) => grad(f)(x).mul(e).sum())(a);
    expectClose(reverse(own), reverse(general), 1e-11);
    expectClose(along(along(grad(own), e), d)(a), along(along(grad(general), e), d)(a), 1e-8);
  });
});

test("expm of symmetric matrices is that of general ones", () => {
  const a = randomTensor([2, 4, 4], 30);
  expectClose(linalg.expm(a, { assume: "symmetric" }), linalg.expm(symmetricPart(a)));
  const lower = a.tril().add(a.tril({ k: -1 }).mT);
  expectClose(linalg.expm(a, { assume: "symmetric", triangle: "lower" }), linalg.expm(lower));
  const loss = (x: Tensor): Tensor => linalg.expm(x, { assume: "symmetric" }).square().sum();
  gradcheck(loss, [eye(3)], { order: 2 });
  // Beyond the range of exp(−x) exp(y) in between.
  const wide = linalg.expm(tensor([-1600, 0]).diag(), { assume: "symmetric" });
  expectClose(wide, tensor([0, 1]).diag());
  expectClose(grad(loss)(tensor([-1600, 0]).diag()), tensor([0, 2]).diag());
  expectError(
    () => linalg.expm(eye(2), { assume: "spd" as never }),
    ArgumentError,
    "ERR_ADJOINT_ARGUMENT",
    "symmetric",
  );
});

describe.each([
  ["sqrtm", linalg.sqrtm, Math.sqrt, (x: number, y: number) => 1 / (Math.sqrt(x) + Math.sqrt(y))],
  [
    "logm",
    linalg.logm,
    Math.log,
    (x: number, y: number) => (x === y ? 1 / x : Math.log1p((y - x) / x) / (y - x)),
  ],
] as const)("%s of symmetric matrices", (name, f, scalar, difference) => {
  const own = (x: Tensor): Tensor => f(x, { assume: "symmetric" });
  const positive = (x: Tensor): Tensor => x.matmul(x.mT).add(eye(4).mul(4));

  test("is that of general ones", () => {
    const a = positive(randomTensor([2, 4, 4], 31));
    const skewed = a.add(randomTensor([4, 4], 32).triu({ k: 1 }));
    expectClose(own(a), f(a), 1e-13);
    expectClose(own(skewed), f(symmetricPart(skewed)), 1e-13);
    expectClose(f(skewed, { assume: "symmetric", triangle: "lower" }), f(a), 1e-13);
    const upper = skewed.triu().add(skewed.triu({ k: 1 }).mT);
    expectClose(f(skewed, { assume: "symmetric", triangle: "upper" }), f(upper), 1e-13);
    const c = randomTensor([4, 4], 33);
    const gradient = (g: (x: Tensor) => Tensor): Tensor => grad((x: Tensor) => g(x).mul(c).sum())(skewed);
    expectClose(
      gradient(own),
      gradient((x) => f(symmetricPart(x))),
      1e-12,
    );
    const curved = (g: (x: Tensor) => Tensor): Tensor =>
      grad((x: Tensor) =>
        grad((y: Tensor) => g(y).mul(c).sum())(x)
          .square()
          .sum(),
      )(skewed);
    expectClose(
      curved(own),
      curved((x) => f(symmetricPart(x))),
      1e-11,
    );
  });

  const q = orthogonalMatrices([], 4, 34);
  const c = randomTensor([4, 4], 35);
  test.each([
    [1, 1, 2, 5],
    [2, 2, 2, 2],
    [1, 1 + 1e-9, 1 + 1e-5, 2],
    [1e-8, 1e-8, 1, 1e8],
  ])("derivatives at %s, %s, %s, %s", (...values) => {
    const a = withEigenvalues(values, q);
    const slopes = tensor(values.map((x) => values.map((y) => difference(x, y))));
    const exact = q.matmul(slopes.mul(q.mT.matmul(symmetricPart(c)).matmul(q))).matmul(q.mT);
    const diagonal = tensor(values).diag();
    const loss = (x: Tensor): Tensor => own(x).mul(c).sum();
    expectClose(own(diagonal), tensor(values.map(scalar)).diag());
    expectClose(grad(loss)(diagonal), slopes.mul(symmetricPart(c)), 1e-13);
    if (values[0] < 0.5) return;
    expectClose(grad(loss)(a), exact, 1e-13);
    gradcheck(own, [a], { order: 2 });
  });

  test("batches, float32, no elements", () => {
    const batch = stack([positive(randomTensor([4, 4], 36)), eye(4).mul(3)]);
    expectClose(vmap(own)(batch), own(batch), 1e-14);
    const single = grad((x: Tensor) => own(x).sum())(batch.cast("float32"));
    expect(single.dtype).toBe("float32");
    expectClose(single.cast("float64"), grad((x: Tensor) => own(x).sum())(batch), 1e-5);
    expect(grad((x: Tensor) => own(x).sum())(zeros([2, 0, 0])).shape).toEqual([2, 0, 0]);
  });

  test("matrices without", () => {
    const batch = stack([eye(2), tensor([1, -2]).diag()]);
    const error = expectError(
      () => own(batch),
      LinAlgError,
      "ERR_ADJOINT_NOT_POSITIVE_DEFINITE",
      new RegExp(`^${name}: .* got -2 \\(matrix \\[1\\] of the batch\\)`),
    );
    expect(error).toMatchObject({ operation: name, routine: "syevd", batchIndex: [1] });
    const lenient = (x: Tensor): Tensor => f(x, { assume: "symmetric", onFailure: "nan" });
    for (const bad of [batch, stack([eye(2), tensor([1, Number.NaN]).diag()])])
      for (const found of [lenient(bad), vmap(lenient)(bad), grad((x: Tensor) => lenient(x).sum())(bad)]) {
        expect(found.slice(0).isFinite().all().item()).toBe(true);
        expect(found.slice(1).isNaN().all().item()).toBe(true);
      }
    expectError(() => own(zeros([2, 3])), ShapeError, "ERR_ADJOINT_SHAPE", "float64[2,3]");
    for (const options of [{ assume: "spd" }, { assume: "symmetric", triangle: "left" }])
      expectError(() => f(eye(2), options as never), ArgumentError, "ERR_ADJOINT_ARGUMENT", "expected");
  });
});

test("roots of singular matrices have no derivative, logarithms of them do not exist", () => {
  const batch = stack([eye(2), tensor([0, 4]).diag()]);
  const root = (x: Tensor): Tensor => linalg.sqrtm(x, { assume: "symmetric" });
  expectClose(root(batch), stack([eye(2), tensor([0, 2]).diag()]), 0);
  expectError(
    () => grad((x: Tensor) => root(x).sum())(batch),
    GradientError,
    "ERR_ADJOINT_GRADIENT",
    /^sqrtm: the matrix is singular \(matrix \[1\] of the batch\)/,
  );
  const lenient = (x: Tensor): Tensor => linalg.sqrtm(x, { assume: "symmetric", onFailure: "nan" });
  const found = grad((x: Tensor) => lenient(x).sum())(batch);
  expectClose(found.slice(0), eye(2).mul(0).add(0.5), 1e-14);
  expect(found.slice(1).isNaN().all().item()).toBe(true);
  const cubed = (x: Tensor): Tensor => linalg.powm(x, 1.5).sum();
  expect(grad(cubed)(batch).isFinite().all().item()).toBe(true);
  expectError(() => hessian(cubed)(batch), GradientError, "ERR_ADJOINT_GRADIENT", /^powm: .* order 2/);
  expectError(
    () => linalg.logm(batch, { assume: "symmetric" }),
    LinAlgError,
    "ERR_ADJOINT_NOT_POSITIVE_DEFINITE",
    /^logm: expected positive eigenvalues, got 0/,
  );
});

describe("powers", () => {
  const a = withEigenvalues([1, 1, 2, 5], orthogonalMatrices([], 4, 7));
  test("identities, and derivatives to second order with equal eigenvalues", () => {
    const root = linalg.powm(a, 0.5);
    expectClose(root.matmul(root), a);
    expectClose(linalg.invSqrtm(a).matmul(root), eye(4));
    expectClose(linalg.powm(a, -1), linalg.inv(a));
    expectClose(linalg.powm(a, 3), linalg.matrixPower(a, 3), 1e-12);
    for (const f of [
      (x: Tensor) => linalg.powm(x, 0.5),
      (x: Tensor) => linalg.powm(x, -1.3),
      linalg.invSqrtm,
    ])
      gradcheck((x) => f(x), [a], { order: 2 });
    expectClose(hessian((x: Tensor) => linalg.powm(x, 2).trace())(eye(2)).reshape([4, 4]), [
      [2, 0, 0, 0],
      [0, 1, 1, 0],
      [0, 1, 1, 0],
      [0, 0, 0, 2],
    ]);
  });

  test("semidefinite matrices have powers, rounding does not make them indefinite", () => {
    const flat = tensor([[1, 1], [1, 1]]); // biome-ignore format: a matrix
    expectClose(linalg.powm(flat, 0.5), flat.mul(Math.SQRT1_2), 1e-14);
    const v = randomTensor([5, 2], 8);
    expectClose(linalg.powm(v.matmul(v.mT), 1.5).isFinite().all(), true as never);
  });

  test("the others are refused", () => {
    const indefinite = stack([eye(2), tensor([1, -2]).diag()]);
    const error = expectError(
      () => linalg.invSqrtm(indefinite),
      LinAlgError,
      "ERR_ADJOINT_NOT_POSITIVE_DEFINITE",
      /^invSqrtm: expected positive eigenvalues, got -2 \(matrix \[1\] of the batch\)/,
    );
    expect(error).toMatchObject({ routine: "syevd", batchIndex: [1] });
    expectError(
      () => linalg.powm(indefinite, 0.5),
      LinAlgError,
      "ERR_ADJOINT_NOT_POSITIVE_DEFINITE",
      /^powm: /,
    );
    expectError(
      () => vmap((x: Tensor) => linalg.invSqrtm(x))(indefinite),
      LinAlgError,
      "ERR_ADJOINT_NOT_POSITIVE_DEFINITE",
    );
    expectError(() => linalg.powm(eye(2), Number.NaN), ArgumentError, "ERR_ADJOINT_ARGUMENT", "NaN");
    expectClose(linalg.powm(tensor([1, -2]).diag(), 3), tensor([1, -8]).diag());
  });
});

describe("matrixFunction", () => {
  test("takes elementwise functions of its own argument", () => {
    expectError(
      () => linalg.matrixFunction(eye(2), (w) => w.sum()),
      ShapeError,
      "ERR_ADJOINT_SHAPE",
      "elementwise",
    );
    expectError(
      () => linalg.matrixFunction(eye(2), 3 as never),
      ArgumentError,
      "ERR_ADJOINT_ARGUMENT",
      "function",
    );
    expectError(
      () => linalg.matrixFunction(zeros([2, 3]), (w) => w),
      ShapeError,
      "ERR_ADJOINT_SHAPE",
      "float64[2,3]",
    );
    expectError(
      () => grad((t: Tensor) => linalg.matrixFunction(eye(2), (w) => w.mul(t)).sum())(2),
      GradientError,
      "ERR_ADJOINT_GRADIENT",
      "closes over",
    );
  });

  test("batches, float32, no elements", () => {
    const batch = randomTensor([2, 3, 3, 3], 9);
    const f = (x: Tensor): Tensor => linalg.matrixFunction(x, (w) => w.cos());
    const [mapped, direct] = [vmap(vmap(f))(batch), f(batch)];
    expectClose(mapped, direct, 1e-14);
    const single = grad((x: Tensor) => f(x).sum())(batch.cast("float32"));
    expect(single.dtype).toBe("float32");
    expectClose(single.cast("float64"), grad((x: Tensor) => f(x).sum())(batch), 1e-5);
    expect(grad((x: Tensor) => f(x).sum())(zeros([2, 0, 0])).shape).toEqual([2, 0, 0]);
  });
});

describe("spectral projectors and sums of eigenvalues", () => {
  const q = orthogonalMatrices([], 5, 10);
  const a = withEigenvalues([1, 1, 2, 4, 4], q);

  test("values, and derivatives to second order with equal eigenvalues inside and outside", () => {
    const first = q.slice(null, [0, 2]);
    expectClose(linalg.spectralProjector(a, [0, 2]), first.matmul(first.mT));
    expectClose(linalg.eigSum(a, [0, 3]), tensor(4));
    expectClose(grad((x: Tensor) => linalg.eigSum(x, [3, 5]))(a), linalg.spectralProjector(a, [3, 5]));
    gradcheck((x) => linalg.spectralProjector(x, [0, 2]), [a], { order: 2 });
    gradcheck((x) => linalg.eigSum(x, [0, 3]).square(), [a], { order: 2 });
  });

  test("the second derivative of the sum of the lowest: Σ 2 (vᵢᵀ E vⱼ)² / (λᵢ − λⱼ)", () => {
    const values = [1, 1, 2, 4, 4];
    const e = symmetricPart(randomTensor([5, 5], 11));
    const rotated = q.mT.matmul(e).matmul(q);
    let expected = 0;
    for (let i = 0; i < 3; i++)
      for (let j = 3; j < 5; j++)
        expected += (2 * (rotated.at(i, j) as number) ** 2) / (values[i] - values[j]);
    const f = grad((x: Tensor) => linalg.eigSum(x, [0, 3]));
    expectClose(
      jvp((x: Tensor) => f(x), [a], [e])[1]
        .mul(e)
        .sum(),
      tensor(expected),
      1e-12,
    );
  });

  test("a range that cuts through equal eigenvalues has no derivative", () => {
    const loss = (x: Tensor): Tensor =>
      linalg
        .spectralProjector(x, [0, 1])
        .mul(randomTensor([5, 5], 12))
        .sum();
    const error = expectError(
      () => grad(loss)(a),
      GradientError,
      "ERR_ADJOINT_GAUGE",
      /^spectralProjector: /,
    );
    expect(error).toMatchObject({ indices: [0, 1] });
    expectError(
      () => hessian((x: Tensor) => linalg.eigSum(x, [0, 4]))(a),
      GradientError,
      "ERR_ADJOINT_GAUGE",
    );
    const zero = (x: Tensor): Tensor => linalg.spectralProjector(x, [0, 1], { degenerate: "zero" }).sum();
    expect(grad(zero)(a).isFinite().all().item()).toBe(true);
  });

  test("ranges", () => {
    expectClose(linalg.spectralProjector(a, [0, 5]), eye(5), 1e-14);
    expectClose(linalg.eigSum(a, [2, 2]), tensor(0));
    for (const range of [[-1, 2], [3, 2], [0, 6], [0.5, 1], 3]) // biome-ignore format: ranges
      expectError(
        () => linalg.eigSum(a, range as never),
        ArgumentError,
        "ERR_ADJOINT_ARGUMENT",
        "range",
        "5",
      );
  });
});

describe("the polar decomposition", () => {
  const a = randomTensor([4, 3], 13);

  test("A = U P, and at the identity dU is the skew part", () => {
    const { u, p } = linalg.polar(a);
    expectClose(u.matmul(p), a);
    expectClose(u.mT.matmul(u), eye(3));
    expect(linalg.eigvalsh(p).min().item()).toBeGreaterThan(0);
    const left = linalg.polar(a.mT, { side: "left" });
    expectClose(left.p.matmul(left.u), a.mT);
    const e = randomTensor([3, 3], 14);
    expectClose(jvp((x: Tensor) => linalg.polar(x).u, [eye(3)], [e])[1], e.sub(e.mT).mul(0.5));
    expectClose(jvp((x: Tensor) => linalg.polar(x).p, [eye(3)], [e])[1], e.add(e.mT).mul(0.5));
  });

  test("derivatives to second order, at equal singular values too", () => {
    for (const x of [a, a.mT, eye(3), eye(4, 3).mul(2)]) gradcheck((y) => linalg.polar(y), [x], { order: 2 });
  });

  test("two singular values that are 0 leave U arbitrary", () => {
    const c = randomTensor([3, 3], 15);
    const loss = (x: Tensor): Tensor => linalg.polar(x).u.mul(c).sum();
    expectError(() => grad(loss)(tensor([1, 0, 0]).diag()), GradientError, "ERR_ADJOINT_GAUGE", /^polar: /);
    expectError(
      () => linalg.polar(eye(2), { side: "up" as never }),
      ArgumentError,
      "ERR_ADJOINT_ARGUMENT",
      "right",
    );
  });
});

describe("norms of singular values", () => {
  const a = tensor([3, 3, 1]).diag().pad([[0, 1], [0, 0]]); // biome-ignore format: a matrix

  test("values", () => {
    expectClose(linalg.kyFanNorm(a, 2), tensor(6));
    expectClose(linalg.schattenNorm(a, 3), tensor(55 ** (1 / 3)));
    expectClose(linalg.schattenNorm(a, 1), linalg.matrixNorm(a, { ord: "nuc" }));
    expectClose(linalg.schattenNorm(a, 2), linalg.matrixNorm(a));
    expectClose(linalg.schattenNorm(a, Number.POSITIVE_INFINITY), tensor(3));
    expectClose(linalg.schattenNorm(a.mul(1e200), 3), tensor(55 ** (1 / 3) * 1e200));
    expectClose(linalg.kyFanNorm(a, 3), linalg.matrixNorm(a, { ord: "nuc" }));
  });

  test("derivatives to second order at equal singular values", () => {
    gradcheck((x) => linalg.kyFanNorm(x, 2), [a], { order: 2 });
    for (const p of [1.5, 3, 4]) gradcheck((x) => linalg.schattenNorm(x, p), [a], { order: 2 });
    gradcheck((x) => linalg.matrixNorm(x, { ord: "nuc" }), [a], { order: 2 });
  });

  test("at 0 the gradient is 0", () => {
    for (const f of [(x: Tensor) => linalg.schattenNorm(x, 3), (x: Tensor) => linalg.kyFanNorm(x, 2)])
      expectClose(grad(f)(zeros([3, 2])), zeros([3, 2]));
  });

  test("arguments", () => {
    expectError(() => linalg.kyFanNorm(a, 4), ArgumentError, "ERR_ADJOINT_ARGUMENT", "from 1 to 3", "4");
    expectError(() => linalg.schattenNorm(a, 0.5), ArgumentError, "ERR_ADJOINT_ARGUMENT", "0.5");
  });
});

describe("vech", () => {
  test("and back; the gradient of free parameters counts entries off the diagonal twice", () => {
    const a = symmetricPart(randomTensor([2, 4, 4], 16).sub(0));
    expectClose(linalg.unvech(linalg.vech(a)), a.tril().add(a.tril({ k: -1 }).mT), 0);
    const x = a.slice(0).add(a.slice(0).mT);
    const f = (y: Tensor): Tensor => linalg.eigvalsh(y).slice(0);
    const g = grad(f)(x);
    const free = grad((v: Tensor) => f(linalg.unvech(v)))(linalg.vech(x));
    expectClose(free, linalg.vech(g.mul(2).sub(g.mul(eye(4)))));
    const lower = grad((y: Tensor) => linalg.eigvalsh(y, { triangle: "lower" }).slice(0))(x);
    expectClose(linalg.vech(lower), free);
  });

  test("shapes", () => {
    expect(linalg.unvech([]).shape).toEqual([0, 0]);
    expect(linalg.vech(zeros([3, 0, 0])).shape).toEqual([3, 0]);
    expectError(() => linalg.unvech([1, 2]), ShapeError, "ERR_ADJOINT_SHAPE", "float64[2]");
    expectError(() => linalg.vech([[1, 2]]), ShapeError, "ERR_ADJOINT_SHAPE", "float64[1,2]");
  });
});
