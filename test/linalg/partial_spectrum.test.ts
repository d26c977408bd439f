import {
  eye,
  GradientError,
  grad,
  hessian,
  jacobian,
  jvp,
  linalg,
  ones,
  onWarning,
  type Tensor,
  tensor,
  vmap,
  zeros,
} from "adjoint";
import { describe, expect, test } from "vitest";
import { expectError } from "../error_assertions.js";
import { checkDerivatives, type Sample } from "../finite_differences.js";
import { generalMatrices, positiveMatrices, randomTensor } from "../random_values.js";
import { expectClose } from "./close.js";

type Range = readonly [from: number, to: number];

/** Small enough a part of a matrix of order 9 for the routines that compute parts. */
const inside: Range = [3, 5];
const symmetricPart = (a: Tensor): Tensor => a.add(a.mT).mul(0.5);
const matrix = (batch: readonly number[] = [], seed = 1): Tensor =>
  symmetricPart(randomTensor([...batch, 9, 9], seed));

/** Sturdy against signs: what the full decomposition and a part of it agree on. */
function invariants({ values, vectors }: { values: Tensor; vectors: Tensor }): Tensor[] {
  return [values, vectors.square(), vectors.matmul(values.sin().expandDims(-1).mul(vectors.mT))];
}

const slicedFull = (a: Tensor, range: Range, options: linalg.EighOptions = {}) => {
  const { values, vectors } = linalg.eigh(a, options);
  return { values: values.slice("...", range), vectors: vectors.slice("...", range) };
};

describe("a part of the spectrum is the part of all of it", () => {
  test.each<[number, Range]>([
    [1, [0, 1]],
    [2, [1, 2]],
    [3, [0, 3]],
    [5, [4, 5]],
    [9, [0, 2]],
    [9, [7, 9]],
    [9, [3, 5]],
    [9, [1, 8]],
    [40, [11, 20]],
    [40, [0, 40]],
    [70, [30, 47]],
  ])("order %i, %j", (n, range) => {
    const a = randomTensor([2, n, n], n);
    for (const triangle of ["both", "lower", "upper"] as const) {
      const part = linalg.eigh(a, { subset: range, triangle });
      const whole = invariants(slicedFull(a, range, { triangle }));
      for (const [i, x] of invariants(part).entries()) expectClose(x, whole[i], 1e-11);
      expectClose(linalg.eigvalsh(a, { subset: range, triangle }), part.values, 1e-13);
    }
  });

  test("views, float32, integers", () => {
    const a = randomTensor([9, 2, 9], 3).moveAxis(1, 0);
    const whole = invariants(slicedFull(a, inside));
    for (const [i, x] of invariants(linalg.eigh(a.mT, { subset: inside })).entries())
      expectClose(x, whole[i], 1e-11);
    const single = linalg.eigh(a.cast("float32"), { subset: inside });
    expect([single.values.dtype, single.vectors.dtype]).toEqual(["float32", "float32"]);
    for (const [i, x] of invariants(single).entries()) expectClose(x.cast("float64"), whole[i], 1e-5);
    const integers = eye(9, { dtype: "int32" });
    expectClose(linalg.eigvalsh(integers, { subset: [0, 1] }), [1]);
  });

  test("an empty part, and matrices without elements", () => {
    const { values, vectors } = linalg.eigh(matrix([2]), { subset: [4, 4] });
    expect([values.shape, vectors.shape]).toEqual([
      [2, 0],
      [2, 9, 0],
    ]);
    const loss = (a: Tensor) => linalg.eigh(a, { subset: [4, 4] }).vectors.sum();
    expectClose(grad(loss)(matrix()), zeros([9, 9]));
    expect(linalg.eigvalsh(matrix(), { subset: [9, 9] }).shape).toEqual([0]);
    expect(linalg.eigh(zeros([0, 0]), { subset: [0, 0] }).vectors.shape).toEqual([0, 0]);
    expect(linalg.eigh(zeros([0, 9, 9]), { subset: inside }).vectors.shape).toEqual([0, 9, 2]);
  });

  test('onFailure "nan" leaves the others of a batch right', () => {
    const a = matrix([3], 5).setSlice([1, 2, 2], Number.NaN);
    const { values, vectors } = linalg.eigh(a, { subset: inside, onFailure: "nan" });
    expect(values.slice(1).isNaN().all().item()).toBe(true);
    expect(vectors.slice(1).isNaN().all().item()).toBe(true);
    for (const k of [0, 2])
      expectClose(values.slice(k), linalg.eigvalsh(a.slice(k)).slice([...inside]), 1e-12);
    expect(linalg.eigvalsh(a, { subset: [0, 1], onFailure: "nan" }).isNaN().toArray()).toEqual([[false], [true], [false]]); // biome-ignore format: one per matrix
  });
});

/** A tridiagonal matrix. */
const tridiagonal = (diagonal: readonly number[], beside: readonly number[]): Tensor =>
  tensor(diagonal as number[])
    .diag()
    .add(pad(tensor(beside as number[]).diag(), 1, 0))
    .add(pad(tensor(beside as number[]).diag(), 0, 1));
const pad = (x: Tensor, top: number, left: number): Tensor =>
  x.pad([
    [top, 1 - top],
    [left, 1 - left],
  ]);

const order = 84;
const range = Array.from({ length: order }, (_, i) => i);
const hard: Record<string, Tensor> = {
  identity: eye(order),
  zero: zeros([order, order]),
  "all ones": ones([order, order]),
  "Wilkinson's W21+, four of them glued": tridiagonal(
    range.map((i) => Math.abs(10 - (i % 21))),
    range.slice(1).map((i) => (i % 21 === 0 ? 1e-14 : 1)),
  ),
  "a second difference": tridiagonal(
    range.map(() => 2),
    range.slice(1).map(() => -1),
  ),
  graded: symmetricPart(randomTensor([order, order], 8)).mul(
    tensor(range.map((i) => 10 ** (-i / 6))).mul(tensor(range.map((i) => 10 ** (-i / 6))).expandDims(1)),
  ),
  "an identity and little more": eye(order).add(symmetricPart(randomTensor([order, order], 9)).mul(1e-13)),
};

describe("matrices that are hard on eigensolvers", () => {
  const cases = Object.entries(hard).flatMap(([name, a]) =>
    [1, 1e-200, 1e150].map((scale): [string, number, Tensor] => [name, scale, a]),
  );
  test.each(cases)("%s, times %d", (_name, scale, a) => {
    for (const subset of [
      [0, 1],
      [0, 20],
      [31, 47],
      [83, 84],
    ] as const) {
      const { values, vectors } = linalg.eigh(a.mul(scale), { subset });
      const w = values.div(scale);
      const size = linalg.matrixNorm(a, { ord: 2 }).item() as number;
      expectClose(vectors.mT.matmul(vectors), eye(subset[1] - subset[0]), 1e-13);
      expectClose(a.matmul(vectors).sub(vectors.mul(w)), vectors.mul(0), 4e-13 * Math.max(size, 1e-300));
      expectClose(w, linalg.eigvalsh(a).slice([...subset]), 1e-14 * size + 1e-14);
      expectClose(linalg.eigvalsh(a.mul(scale), { subset }).div(scale), w, 1e-14 * size + 1e-14);
    }
  });

  test("eigenvalues of a second difference: 2 − 2 cos(kπ/(n + 1))", () => {
    const w = linalg.eigvalsh(hard["a second difference"], { subset: [10, 13] });
    const exact = [11, 12, 13].map((k) => 2 - 2 * Math.cos((k * Math.PI) / (order + 1)));
    expectClose(w, exact, 1e-15);
  });
});

const weights = randomTensor([9, 2], 11);
/** A function of values and vectors, blind to signs. */
const observed =
  (options: linalg.EighOptions) =>
  (a: Tensor): Tensor[] =>
    invariants(linalg.eigh(a, options));

const samples: Sample[] = ([[], [2, 2]] as const).flatMap((batch) =>
  (["both", "lower", "upper"] as const).flatMap((triangle) => [
    ...(
      [
        [0, 2],
        [3, 5],
        [8, 9],
        [0, 9],
        [2, 7],
      ] as const
    ).map((subset) => ({
      name: `eigh, ${subset}, ${triangle}, batch [${batch}]`,
      f: observed({ subset, triangle }),
      at: [positiveMatrices(batch, 9, 12)],
      tolerance: 1e-6,
    })),
    {
      name: `eigvalsh, ${triangle}, batch [${batch}]`,
      f: (a: Tensor) => linalg.eigvalsh(a, { subset: inside, triangle }).sin(),
      at: [positiveMatrices(batch, 9, 13)],
    },
  ]),
);

describe("derivatives of a part of the spectrum", () => {
  test.each(samples)("against differences: $name", checkDerivatives);

  test.each(samples)("forward and reverse mode are adjoint, for any tangent: $name", ({ f, at: [a] }) => {
    const g = (x: Tensor): Tensor => {
      const y = f(x);
      return ("shape" in y ? [y as Tensor] : [...y])
        .map((part, i) => part.mul(randomTensor(part.shape, 20 + i)).sum())
        .reduce((total, term) => total.add(term));
    };
    const t = randomTensor(a.shape, 21);
    const along = jvp(g, [a], [t])[1].item() as number;
    expect(Math.abs((grad(g)(a).mul(t).sum().item() as number) - along)).toBeLessThanOrEqual(
      1e-11 * Math.max(1, Math.abs(along)),
    );
  });

  test("those of the full decomposition, to third order", () => {
    const a = randomTensor([2, 9, 9], 14);
    const t = randomTensor([2, 9, 9], 15);
    const loss =
      (eigen: (x: Tensor) => { values: Tensor; vectors: Tensor }) =>
      (x: Tensor): Tensor => {
        const { values, vectors } = eigen(x);
        return vectors.square().mul(weights).sum().add(values.exp().sum());
      };
    const part = loss((x) => linalg.eigh(x, { subset: inside }));
    const whole = loss((x) => slicedFull(x, inside));
    const along = (f: (x: Tensor) => Tensor) => (x: Tensor) => grad(f)(x).mul(t).sum();
    expectClose(grad(part)(a), grad(whole)(a), 1e-12);
    expectClose(grad(along(part))(a), grad(along(whole))(a), 1e-11);
    expectClose(grad(along(along(part)))(a), grad(along(along(whole)))(a), 1e-10);
    expectClose(jvp(grad(part), [a], [t])[1], jvp(grad(whole), [a], [t])[1], 1e-11);
    const forward = (f: (x: Tensor) => Tensor) => (x: Tensor) => jvp(f, [x], [t])[1];
    expectClose(forward(forward(part))(a), forward(forward(whole))(a), 1e-11);
    expectClose(grad(forward(part))(a), grad(forward(whole))(a), 1e-11);
  });

  test("vmap is a loop, of values, Jacobians and Hessians", () => {
    const a = matrix([3], 16);
    const f = (x: Tensor): Tensor => {
      const { values, vectors } = linalg.eigh(x, { subset: inside });
      return vectors.square().mul(weights).sum(0).add(values);
    };
    const total = (x: Tensor): Tensor => f(x).sin().sum();
    for (const g of [f, jacobian(f), hessian(total), (x: Tensor) => linalg.eigvalsh(x, { subset: [0, 1] })]) {
      const mapped = vmap(g)(a);
      for (const k of [0, 1, 2]) expectClose(mapped.slice(k), g(a.slice(k)), 1e-10);
    }
    const mapped = vmap((t: Tensor) => jvp(f, [a.slice(0)], [t])[1])(a);
    for (const k of [0, 1, 2]) expectClose(mapped.slice(k), jvp(f, [a.slice(0)], [a.slice(k)])[1], 1e-12);
  });

  test("float32 to its own precision", () => {
    const a = positiveMatrices([], 9, 17);
    const loss = (x: Tensor): Tensor => {
      const { values, vectors } = linalg.eigh(x, { subset: inside });
      return vectors.square().mul(weights.cast(x.dtype)).sum().add(values.sum());
    };
    const single = grad(loss)(a.cast("float32"));
    expect(single.dtype).toBe("float32");
    expectClose(single.cast("float64"), grad(loss)(a), 1e-5);
  });

  test("equal eigenvalues inside: simple vectors keep their gradient, and so does the span of a cluster", () => {
    const a = tensor([1, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]).diag();
    const to = tensor(Array.from({ length: 13 }, (_, i) => Math.cos(i)));
    const simple = (x: Tensor) =>
      linalg
        .eigh(x, { subset: [0, 3] })
        .vectors.slice(null, 2)
        .mul(to)
        .sum()
        .square();
    // dv₂ = Σ v_i (v_iᵀ dA v₂)/(w₂ − w_i), here with unit vectors.
    const w = [1, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13];
    const c = to.toArray() as number[];
    const exact = w.map((_, i) =>
      w.map((_, j) => {
        const other = i === 2 ? j : i;
        return i === j || (i !== 2 && j !== 2) ? 0 : (c[2] * c[other]) / (2 - w[other]);
      }),
    );
    expectClose(grad(simple)(a), exact, 1e-14);
  });

  test("gaps from 1 down to 1e-6 cost their digits and no more", () => {
    const q = linalg.qr(randomTensor([12, 12], 18)).q;
    for (const gap of [1, 1e-2, 1e-4, 1e-6]) {
      // Eigenvalue 1 is wanted, 1 + gap is the first that is not.
      const w = tensor([1, 1 + gap, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
      const a = symmetricPart(q.mul(w).matmul(q.mT));
      const g = randomTensor([12], 19);
      const found = grad((x: Tensor) =>
        linalg
          .eigh(x, { subset: [0, 1] })
          .vectors.slice(null, 0)
          .mul(g)
          .sum()
          .square(),
      )(a);
      const v = q.slice(null, 0);
      const inner = q.slice(null, [1]);
      const along = inner
        .mul(inner.mT.matmul(g).div(w.slice(0).sub(w.slice([1]))))
        .sum(1)
        .mul(v.mul(g).sum().mul(2));
      expectClose(found, symmetricPart(linalg.outer(along, v)), 5e-14 / gap);
    }
  });

  test("matrices far from 1 in scale", () => {
    const a = positiveMatrices([], 9, 22);
    const loss = (x: Tensor) => linalg.eigh(x, { subset: inside }).vectors.square().mul(weights).sum();
    const near = grad(loss)(a);
    for (const scale of [1e-150, 1e120]) expectClose(grad(loss)(a.mul(scale)).mul(scale), near, 1e-12);
  });

  test("well-conditioned at order 200", () => {
    const a = generalMatrices([], 200, 23);
    const g = randomTensor([200, 3], 24);
    const loss = (eigen: (x: Tensor) => { vectors: Tensor }) => (x: Tensor) =>
      eigen(x).vectors.square().mul(g).sum();
    const part = grad(loss((x) => linalg.eigh(x, { subset: [50, 53] })))(a);
    expectClose(part, grad(loss((x) => slicedFull(x, [50, 53])))(a), 1e-11);
  });
});

describe("clusters", () => {
  const q = linalg.qr(randomTensor([13, 13], 25)).q;
  const withValues = (...values: number[]): Tensor =>
    symmetricPart(
      q.mul([...values, ...Array.from({ length: 13 - values.length }, (_, i) => 5 + i)]).matmul(q.mT),
    );
  const g = randomTensor([13], 26);
  const column = (j: number) => (vectors: Tensor) => vectors.slice(null, j).mul(g).sum().square();
  const part =
    (subset: Range, f: (vectors: Tensor) => Tensor, options: linalg.EighOptions = {}) =>
    (a: Tensor) =>
      f(linalg.eigh(a, { ...options, subset }).vectors);
  const whole = (subset: Range, f: (vectors: Tensor) => Tensor) => (a: Tensor) =>
    f(linalg.eigh(a).vectors.slice("...", subset));
  const t = randomTensor([13, 13], 27);
  const along = (f: (x: Tensor) => Tensor) => (x: Tensor) => grad(f)(x).mul(t).sum();

  test("inside: other vectors, the cluster's span and the sum of its values, to second order", () => {
    const a = withValues(1, 1, 2);
    const subset: Range = [0, 3];
    const span = (v: Tensor) => v.slice(null, [0, 2]).mT.matmul(g).square().sum();
    for (const f of [column(2), span]) {
      expectClose(grad(part(subset, f))(a), grad(whole(subset, f))(a), 1e-12);
      expectClose(grad(along(part(subset, f)))(a), grad(along(whole(subset, f)))(a), 1e-11);
      expectClose(jvp(grad(part(subset, f)), [a], [t])[1], jvp(grad(whole(subset, f)), [a], [t])[1], 1e-11);
    }
    const sum = (range: Range, options?: linalg.EighOptions) => (x: Tensor) =>
      linalg
        .eigvalsh(x, options)
        .slice([...range])
        .sum();
    expectClose(grad(along(sum([0, 2], { subset })))(a), grad(along(sum([0, 2])))(a), 1e-12);
    expectClose(hessian(sum([0, 2], { subset }))(a), hessian(sum([0, 2]))(a), 1e-12);
  });

  test("inside: a loss on the basis is refused by the places in the whole spectrum", () => {
    const a = withValues(0.5, 1, 1, 2);
    const error = expectError(
      () => grad(part([1, 4], column(0)))(a),
      GradientError,
      "ERR_ADJOINT_GAUGE",
      "1 and 2",
    );
    expect(error).toMatchObject({ operation: "eigh", indices: [1, 2], batchIndex: [] });
  });

  test.each<[string, Range, number, [number, number]]>([
    ["above", [0, 2], 1, [1, 2]],
    ["below", [2, 4], 0, [1, 2]],
  ])(
    "cut by the edge %s: its own vector has no derivative, values and the other vector do",
    (_name, subset, cut, indices) => {
      const a = withValues(1, 2, 2, 3);
      const other = 1 - cut;
      const error = expectError(
        () => grad(part(subset, column(cut)))(a),
        GradientError,
        "ERR_ADJOINT_GAUGE",
        `eigenvalues ${indices[0]} and ${indices[1]}`,
      );
      expect(error).toMatchObject({ operation: "eigh", indices, batchIndex: [] });
      const batch = withValues(1, 1.5, 2, 3).expandDims(0).repeat(3, 0).setSlice([1], a);
      const mapped = expectError(
        () => vmap(grad(part(subset, column(cut))))(batch),
        GradientError,
        "ERR_ADJOINT_GAUGE",
      );
      expect(mapped).toMatchObject({ indices, batchIndex: [1] });

      expectClose(grad(part(subset, column(other)))(a), grad(whole(subset, column(other)))(a), 1e-12);
      expectClose(
        grad(along(part(subset, column(other))))(a),
        grad(along(whole(subset, column(other))))(a),
        1e-11,
      );
      const value = (j: number) => (x: Tensor) => linalg.eigvalsh(x, { subset }).slice(j);
      const v = linalg.eigh(a, { subset }).vectors.slice(null, cut);
      expectClose(grad(value(cut))(a), linalg.outer(v, v), 1e-13);
      expect(
        jvp((x: Tensor) => linalg.eigvalsh(x, { subset }), [a], [t])[1]
          .isFinite()
          .all()
          .item(),
      ).toBe(true);
      expectError(() => grad(along(value(cut)))(a), GradientError, "ERR_ADJOINT_GAUGE");
      const full = (x: Tensor) => linalg.eigvalsh(x).slice(subset[0] + other);
      expectClose(grad(along(value(other)))(a), grad(along(full))(a), 1e-11);
    },
  );

  test('cut by an edge, "zero" leaves out what lies outside and "warn" says so', () => {
    const a = withValues(1, 2, 2, 3);
    const loss = (degenerate: "warn" | "zero") => part([0, 2], column(1), { degenerate });
    const found = grad(loss("zero"))(a);
    // What is left is the turn between the two vectors of the part.
    const { values, vectors } = linalg.eigh(a, { subset: [0, 2] });
    const [v0, v1] = [0, 1].map((j) => vectors.slice(null, j));
    const turn = v1
      .mul(g)
      .sum()
      .mul(2)
      .mul(v0.mul(g).sum())
      .div(values.slice(1).sub(values.slice(0)));
    expectClose(found, symmetricPart(linalg.outer(v0, v1)).mul(turn), 1e-13);
    const warnings: unknown[] = [];
    const remove = onWarning((warning) => warnings.push(warning));
    expectClose(grad(loss("warn"))(a), found, 1e-13);
    remove();
    expect(warnings).toMatchObject([{ code: "ADJOINT_GAUGE", operation: "eigh", indices: [1, 2] }]);
  });

  test("of a generalised problem", () => {
    const b = positiveMatrices([], 13, 28);
    const l = linalg.cholesky(b);
    const a = l.matmul(withValues(1, 2, 2, 3)).matmul(l.mT);
    const loss = (j: number) => (x: Tensor) => column(j)(linalg.eigh(x, b, { subset: [0, 2] }).vectors);
    expectError(() => grad(loss(1))(a), GradientError, "ERR_ADJOINT_GAUGE", /^eigh: /, "1 and 2");
    expect(grad(loss(0))(a).isFinite().all().item()).toBe(true);
  });

  test("a matrix of one eigenvalue", () => {
    const a = eye(13).mul(2);
    expectError(() => grad(part([0, 2], column(1)))(a), GradientError, "ERR_ADJOINT_GAUGE");
    expectClose(grad((x: Tensor) => linalg.eigvalsh(x, { subset: [0, 2] }).sum())(a).trace(), 2, 1e-13);
    expectClose(
      grad((x: Tensor) =>
        linalg
          .eigh(x, { subset: [0, 2] })
          .vectors.square()
          .sum(),
      )(a),
      zeros([13, 13]),
    );
  });
});
