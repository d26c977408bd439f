import {
  broadcastTo,
  eye,
  grad,
  jvp,
  LinAlgError,
  linalg,
  ShapeError,
  type Tensor,
  tensor,
  vmap,
  zeros,
} from "adjoint";
import { describe, expect, test } from "vitest";
import { expectError } from "../error_assertions.js";
import { checkDerivatives, type Sample } from "../finite_differences.js";
import { positiveMatrices, randomTensor } from "../random_values.js";
import { expectClose } from "./close.js";

const symmetricPart = (a: Tensor): Tensor => a.add(a.mT).mul(0.5);
/** What does not depend on the signs of the vectors. */
function invariants({ values, vectors }: { values: Tensor; vectors: Tensor }): Tensor[] {
  return [values.sin(), vectors.square(), vectors.matmul(values.cos().expandDims(-1).mul(vectors.mT))];
}

const small = {
  a: [[2, 1, -1], [1, 0.5, 3], [-1, 3, 1]], // biome-ignore format: a matrix
  b: [[4, 1, 0.5], [1, 3, -1], [0.5, -1, 2]], // biome-ignore format: a matrix
};

const scipyValues = [-0.8019380641508905, 0.5450763899423394, 3.449169366516243];
/** Up to sign. */
const scipyVectors = [
  [0.17143803779461614, 0.4428248144992225, 0.28671848659123567],
  [0.37665856704441164, 0.15880421408822482, 0.5566261064511336],
  [0.3573962457875918, 0.005972307725373649, 0.7410501548211469],
];

describe("A v = w B v", () => {
  test("SciPy's values", () => {
    const { values, vectors } = linalg.eigh(small.a, small.b);
    expectClose(values, scipyValues, 1e-14);
    expectClose(vectors.abs(), scipyVectors, 1e-14);
    expectClose(linalg.eigvalsh(small.a, small.b), values, 1e-14);
    expectClose(tensor(small.a).eigh(small.b, { subset: [1, 3] }).values, values.slice([1, 3]), 1e-14);
  });

  test.each([[[]], [[3]], [[2, 1]]])(
    "pairs of batch [%j] solve the equation, and Vᵀ B V is an identity",
    (batch) => {
      const a = randomTensor([...batch, 9, 9], 1);
      const b = positiveMatrices([3], 9, 2);
      for (const subset of [
        [0, 9],
        [2, 4],
      ] as const) {
        const { values, vectors } = linalg.eigh(a, b, { subset });
        const [x, y] = [symmetricPart(a), symmetricPart(b)];
        expectClose(
          x.matmul(vectors).sub(y.matmul(vectors).mul(values.expandDims(-2))),
          vectors.mul(0),
          1e-12,
        );
        const unit = vectors.mT.matmul(y).matmul(vectors);
        expectClose(unit, broadcastTo(eye(subset[1] - subset[0]), unit.shape), 1e-13);
        expectClose(linalg.eigvalsh(a, b, { subset }), values, 1e-13);
      }
    },
  );

  test("with an identity, the standard problem; of diagonals, the ratios", () => {
    const a = randomTensor([4, 4], 3);
    const standard = invariants(linalg.eigh(a));
    for (const [i, x] of invariants(linalg.eigh(a, eye(4))).entries()) expectClose(x, standard[i], 1e-13);
    const ratios = linalg.eigvalsh(tensor([6, 2, -3]).diag(), tensor([2, 4, 1]).diag());
    expectClose(ratios, [-3, 0.5, 3], 1e-15);
  });

  test("the triangle that is read, of both", () => {
    const [a, b] = [randomTensor([4, 4], 4), positiveMatrices([], 4, 5)];
    const nothing = zeros([4, 4]).div(0);
    for (const triangle of ["lower", "upper"] as const) {
      const half = (x: Tensor): Tensor => (triangle === "lower" ? x.tril() : x.triu());
      const unread = triangle === "lower" ? nothing.triu({ k: 1 }) : nothing.tril({ k: -1 });
      const full = (x: Tensor): Tensor => half(x).add(half(x).mT).sub(x.diagonal().diag());
      const found = invariants(linalg.eigh(a, b, { triangle }));
      const expected = invariants(linalg.eigh(full(a), full(b)));
      for (const [i, x] of expected.entries()) expectClose(found[i], x, 1e-12);
      const hidden = [a, b].map((x) => half(x).add(unread));
      expectClose(
        linalg.eigvalsh(hidden[0], hidden[1], { triangle }),
        linalg.eigvalsh(full(a), full(b)),
        1e-12,
      );
    }
  });

  test("float32, mixed dtypes, matrices without elements", () => {
    const single = linalg.eigh(tensor(small.a, { dtype: "float32" }), tensor(small.b, { dtype: "float32" }));
    expect([single.values.dtype, single.vectors.dtype]).toEqual(["float32", "float32"]);
    expectClose(single.values.cast("float64"), scipyValues, 1e-6);
    expect(linalg.eigh(tensor(small.a, { dtype: "float32" }), small.b).vectors.dtype).toBe("float64");
    expect(linalg.eigh(zeros([2, 0, 0]), zeros([0, 0])).vectors.shape).toEqual([2, 0, 0]);
  });
});

const samples: Sample[] = (["both", "lower", "upper"] as const).flatMap((triangle) =>
  (
    [
      [[], []],
      [[2], [2]],
      [[2, 1], [3]],
    ] as const
  ).flatMap(([first, second]) => {
    const at = [positiveMatrices(first, 5, 6).mul(1.3), positiveMatrices(second, 5, 7)];
    const name = `${triangle}, batches [${first}] and [${second}]`;
    return [
      { name: `eigh, ${name}`, f: (a: Tensor, b: Tensor) => invariants(linalg.eigh(a, b, { triangle })), at },
      {
        name: `eigvalsh, ${name}`,
        f: (a: Tensor, b: Tensor) => linalg.eigvalsh(a, b, { triangle }).exp(),
        at,
      },
      {
        name: `one pair, ${name}`,
        f: (a: Tensor, b: Tensor) => invariants(linalg.eigh(a, b, { triangle, subset: [1, 2] })),
        at,
      },
    ].map((sample) => ({ ...sample, at: sample.at.map(spread), tolerance: 1e-6 }));
  }),
);

/** Far apart in the first and close to it in the second problem, so that the ratios are distinct. */
function spread(x: Tensor, position: number): Tensor {
  const slopes = position === 0 ? [1, 3, -2, 6, 9] : [1, 1.2, 0.9, 1.1, 0.8];
  return x.mul(0.2).add(tensor(slopes).diag());
}

describe("derivatives of the generalised problem", () => {
  test.each(samples)("against differences: $name", checkDerivatives);

  test.each(samples)("forward and reverse mode are adjoint, for any tangents: $name", ({ f, at }) => {
    const g = (...xs: Tensor[]): Tensor => {
      const y = f(...xs);
      return ("shape" in y ? [y as Tensor] : [...y])
        .map((part, i) => part.mul(randomTensor(part.shape, 20 + i)).sum())
        .reduce((total, term) => total.add(term));
    };
    const tangents = at.map((x, i) => randomTensor(x.shape, 30 + i));
    const along = jvp(g, [...at], tangents)[1].item() as number;
    const [ga, gb] = grad(g, { argnums: [0, 1] })(...(at as [Tensor, Tensor])) as unknown as [Tensor, Tensor];
    const against =
      (ga.mul(tangents[0]).sum().item() as number) + (gb.mul(tangents[1]).sum().item() as number);
    expect(Math.abs(against - along)).toBeLessThanOrEqual(1e-11 * Math.max(1, Math.abs(along)));
  });

  test("an eigenvalue: v vᵀ by A, −w v vᵀ by B", () => {
    const [a, b] = [tensor(small.a), tensor(small.b)];
    const { values, vectors } = linalg.eigh(a, b);
    const v = vectors.slice(null, 1);
    const [ga, gb] = grad((x: Tensor, y: Tensor) => linalg.eigvalsh(x, y).slice(1), { argnums: [0, 1] })(
      a,
      b,
    );
    expectClose(ga, linalg.outer(v, v), 1e-14);
    expectClose(gb, linalg.outer(v, v).mul(values.slice(1)).neg(), 1e-14);
  });

  test("of diagonals: the vector of b is b^(−1/2), whatever A", () => {
    const b = tensor([2, 4, 1]);
    const loss = (x: Tensor) =>
      linalg
        .eigh(tensor([6, 2, -3]).diag(), x.diag())
        .vectors.square()
        .sum();
    expectClose(grad(loss)(b), b.square().reciprocal().neg(), 1e-14);
    expectClose(grad((x: Tensor) => grad(loss)(x).sum())(b), b.pow(-3).mul(2), 1e-13);
  });

  test("vmap is a loop, over A, over B and over both", () => {
    const [a, b] = [randomTensor([3, 4, 4], 8), positiveMatrices([3], 4, 9)];
    const f = (x: Tensor, y: Tensor): Tensor =>
      invariants(linalg.eigh(x, y))
        .map((part) => part.sum())
        .reduce((total, term) => total.add(term));
    for (const g of [f, grad(f), grad(f, { argnums: 1 })]) {
      const [both, first, second] = [
        vmap(g)(a, b),
        vmap((x: Tensor) => g(x, b.slice(0)))(a),
        vmap((y: Tensor) => g(a.slice(0), y))(b),
      ];
      for (const k of [0, 1, 2]) {
        expectClose(both.slice(k), g(a.slice(k), b.slice(k)), 1e-11);
        expectClose(first.slice(k), g(a.slice(k), b.slice(0)), 1e-11);
        expectClose(second.slice(k), g(a.slice(0), b.slice(k)), 1e-11);
      }
    }
  });

  test("the sum of the eigenvalues is tr(B⁻¹ A), with derivative −B⁻¹ A B⁻¹, where B is nearly singular too", () => {
    const s = 1e-8;
    const a = tensor([[3, 2e-4], [2e-4, 5e-8]]); // biome-ignore format: a matrix
    const found = grad((x: Tensor) => linalg.eigvalsh(a, x).sum())(tensor([1, s]).diag());
    expectClose(found.mul([[1, s], [s, s * s]]), a.neg(), 1e-14); // biome-ignore format: a matrix
  });
});

describe("what is refused", () => {
  test("b that is not positive definite is named, with the minor and the matrix", () => {
    const bad = tensor([[4, 1, 0.5], [1, 0.1, -1], [0.5, -1, 2]]); // biome-ignore format: a matrix
    const body = () => linalg.eigh(small.a, bad);
    const error = expectError(
      body,
      LinAlgError,
      "ERR_ADJOINT_NOT_POSITIVE_DEFINITE",
      /^eigh: b is not positive/,
      "order 2",
    );
    expect(error).toMatchObject({ operation: "eigh", routine: "potrf", info: 2, batchIndex: [] });
    const batch = tensor(small.b).expandDims(0).repeat(3, 0).setSlice([2], bad);
    const inBatch = () => linalg.eigvalsh(small.a, batch);
    const second = expectError(
      inBatch,
      LinAlgError,
      "ERR_ADJOINT_NOT_POSITIVE_DEFINITE",
      /^eigvalsh: b is/,
      "[2]",
    );
    expect(second).toMatchObject({ batchIndex: [2] });
    expectError(
      () => vmap((b: Tensor) => linalg.eigh(small.a, b).values)(batch),
      LinAlgError,
      "ERR_ADJOINT_NOT_POSITIVE_DEFINITE",
      "[2]",
    );
    const values = linalg.eigvalsh(small.a, batch, { onFailure: "nan" });
    expectClose(values.slice([0, 2]), [scipyValues, scipyValues], 1e-13);
    expect(values.slice(2).isNaN().all().item()).toBe(true);
  });

  test("numbers that are not finite, in either", () => {
    const poisoned = tensor(small.a).setSlice([0, 0], Number.POSITIVE_INFINITY);
    expectError(
      () => linalg.eigh(poisoned, small.b),
      LinAlgError,
      "ERR_ADJOINT_NONFINITE",
      /^eigh: the matrix holds/,
    );
    expectError(() => linalg.eigh(small.a, poisoned), LinAlgError, "ERR_ADJOINT_NONFINITE", /^eigh: b holds/);
    expect(linalg.eigvalsh(poisoned, small.b, { onFailure: "nan" }).isNaN().all().item()).toBe(true);
  });

  test("b of another order, batches that do not broadcast", () => {
    expectError(
      () => linalg.eigh(small.a, eye(2)),
      ShapeError,
      "ERR_ADJOINT_SHAPE",
      /^eigh: /,
      "float64[3,3]",
      "float64[2,2]",
    );
    expectError(
      () => linalg.eigvalsh(small.a, zeros([3, 2])),
      ShapeError,
      "ERR_ADJOINT_SHAPE",
      /^eigvalsh: /,
      "float64[3,2]",
    );
    expectError(
      () => linalg.eigh(zeros([2, 3, 3]), zeros([4, 3, 3])),
      ShapeError,
      "ERR_ADJOINT_SHAPE",
      /^eigh: /,
      "[2]",
      "[4]",
    );
  });
});
