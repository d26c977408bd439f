import * as ad from "adjoint";
import {
  type Complex,
  compile,
  complex,
  eye,
  GradientError,
  grad,
  gradcheck,
  hessian,
  jvp,
  LinAlgError,
  linalg,
  random,
  ShapeError,
  stack,
  type Tensor,
  tensor,
  testing,
  vjp,
  vmap,
  zeros,
} from "adjoint";
import { describe, expect, test } from "vitest";
import { expectError } from "../error_assertions.js";

const { assertAllClose } = testing;
const c = (re: number, im: number): Complex => ({ re, im });

function matrix(n: number, seed: number, kind: "real" | "complex"): Tensor {
  const generator = random.generator(seed);
  const re = generator.normal([n, n]);
  return kind === "real" ? re : complex(re, generator.normal([n, n]));
}

/** Smallest real part first, then smallest imaginary part. */
const sorted = (w: Tensor): Complex[] =>
  (w.toArray() as Complex[]).sort((a, b) => a.re - b.re || a.im - b.im);

const kinds = ["real", "complex"] as const;
const cases = kinds.flatMap((kind) => [1, 2, 3, 5, 8].map((n): [typeof kind, number] => [kind, n]));

describe("values", () => {
  test("the companion matrix has the roots of its polynomial", () => {
    // (x − 1)(x − 2)(x − 3) and (x² + 4)(x + 1)
    const real = linalg.eigvals([
      [6, -11, 6],
      [1, 0, 0],
      [0, 1, 0],
    ]);
    assertAllClose(sorted(real), [1, 2, 3], { rtol: 1e-13 });
    const pair = linalg.eigvals([
      [-1, -4, -4],
      [1, 0, 0],
      [0, 1, 0],
    ]);
    assertAllClose(sorted(pair), [c(-1, 0), c(0, -2), c(0, 2)], { rtol: 1e-13, atol: 1e-13 });
  });

  test("a rotation turns its eigenvectors by its angle", () => {
    const angle = 0.7;
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    const { values, vectors } = linalg.eig([
      [cos, -sin],
      [sin, cos],
    ]);
    assertAllClose(sorted(values), [c(cos, -sin), c(cos, sin)], { rtol: 1e-15 });
    assertAllClose(vectors.abs(), [
      [Math.SQRT1_2, Math.SQRT1_2],
      [Math.SQRT1_2, Math.SQRT1_2],
    ]);
  });

  test.each(cases)("A V = V diag(w), %s of order %d", (kind, n) => {
    const a = matrix(n, n, kind);
    const { values, vectors } = linalg.eig(a);
    expect([values.dtype, vectors.dtype]).toEqual(["complex128", "complex128"]);
    assertAllClose(a.cast("complex128").matmul(vectors), vectors.mul(values.expandDims(0)), { atol: 1e-13 });
    assertAllClose(vectors.abs().square().sum(0), ad.ones([n]), { rtol: 1e-14 });
    assertAllClose(sorted(linalg.eigvals(a)), sorted(values), { rtol: 1e-12, atol: 1e-12 });
    assertAllClose(values.sum(), a.cast("complex128").trace(), { rtol: 1e-12, atol: 1e-12 });
    // The component of largest magnitude is real.
    const largest = vectors.abs().argmax(0).expandDims(0);
    expect(vectors.imag().takeAlongAxis(largest, 0).abs().max().item()).toBe(0);
  });

  test("in single precision, batched, transposed, empty", () => {
    const a = stack([matrix(3, 1, "real"), matrix(3, 2, "real")]);
    const { values, vectors } = linalg.eig(a.cast("float32"));
    expect([values.dtype, vectors.dtype]).toEqual(["complex64", "complex64"]);
    const wide = linalg.eig(a);
    assertAllClose(values, wide.values, { rtol: 1e-5 });
    assertAllClose(vectors.abs(), wide.vectors.abs(), { rtol: 1e-4, atol: 1e-5 });
    assertAllClose(wide.values.slice(1), linalg.eigvals(a.slice(1)), { rtol: 1e-13 });
    assertAllClose(linalg.eig(matrix(4, 3, "real").mT.mT).values, linalg.eig(matrix(4, 3, "real")).values);
    expect([...linalg.eig(zeros([2, 0, 0])).vectors.shape]).toEqual([2, 0, 0]);
    expect([...linalg.eigvals(zeros([0, 3, 3])).shape]).toEqual([0, 3]);
    expect(linalg.eigvals(tensor([[2]], { dtype: "int32" })).toArray()).toEqual([c(2, 0)]);
  });

  test("bad matrices", () => {
    expectError(() => linalg.eig([[1, 2]]), ShapeError, "ERR_ADJOINT_SHAPE", "eig: expected square matrices");
    expectError(() => linalg.eigvals([1, 2]), ShapeError, "ERR_ADJOINT_SHAPE", "eigvals: ", "float64[2]");
    const bad = stack([eye(2), filled(Number.NaN)]);
    const error = expectError(() => linalg.eig(bad), LinAlgError, "ERR_ADJOINT_NONFINITE", "geev", "[1]");
    expect((error as LinAlgError).batchIndex).toEqual([1]);
    const some = linalg.eigvals(bad, { onFailure: "nan" });
    expect(some.isNaN().toArray()).toEqual([
      [false, false],
      [true, true],
    ]);
    const gradient = grad((x: Tensor) => linalg.eigvals(x, { onFailure: "nan" }).slice(0).abs().sum())(bad);
    assertAllClose((gradient as Tensor).slice(0), eye(2));
  });
});

const filled = (value: number): Tensor => ad.full([2, 2], value);

/** Real results that depend on neither phases nor order. */
const losses: Record<string, (a: Tensor) => Tensor> = {
  "|w|": (a) => linalg.eigvals(a).abs(),
  "Re w": (a) => linalg.eigvals(a).real(),
  "Im w": (a) => linalg.eigvals(a).imag(),
  "the spectral radius": (a) => linalg.eigvals(a).abs().max(),
  "|v|²": (a) => linalg.eig(a).vectors.abs().square(),
  projectors: (a) => {
    const { vectors } = linalg.eig(a);
    const first = vectors.slice(null, 0);
    return first.outer(first.conj());
  },
  "ratios of components": (a) => {
    const { vectors } = linalg.eig(a);
    return vectors.div(vectors.slice([0, 1]));
  },
  "values and vectors together": (a) => {
    const { values, vectors } = linalg.eig(a);
    return values.exp().abs().expandDims(0).mul(vectors.abs());
  },
  "the matrix itself": (a) => {
    const { values, vectors } = linalg.eig(a);
    const magnitudes = vectors.abs();
    return magnitudes.mul(values.imag().expandDims(0)).matmul(magnitudes.mT);
  },
};

describe.each(Object.entries(losses))("derivatives of %s", (_name, f) => {
  test.each(cases)("%s of order %d agree with difference quotients, twice", (kind, n) => {
    gradcheck(f, [matrix(n, 10 + n, kind)], { order: 2, tolerance: n > 5 ? 1e-5 : 1e-6 });
  });

  test.each(kinds)("%s: both modes are adjoint for any tangent", (kind) => {
    const a = matrix(4, 5, kind);
    const t = matrix(4, 6, kind);
    const [y, dot] = jvp(f, [a], [t]);
    const generator = random.generator(7);
    const g =
      y.dtype === "complex128"
        ? complex(generator.normal(y.shape), generator.normal(y.shape))
        : generator.normal(y.shape);
    const [pulled] = vjp(f, a)[1](g);
    const forward = g.conj().mul(dot).sum().real().item() as number;
    const reverse = pulled.conj().mul(t).sum().real().item() as number;
    expect(Math.abs(forward - reverse)).toBeLessThan(1e-11 * Math.max(1, Math.abs(forward)));
  });

  test("mapped and batched", () => {
    const as = stack([matrix(3, 1, "real"), matrix(3, 2, "real"), matrix(3, 4, "real")]);
    const loss = (a: Tensor): Tensor => f(a).abs().square().sum();
    const mapped = vmap(grad(loss) as (a: Tensor) => Tensor)(as);
    for (let i = 0; i < 3; i++)
      assertAllClose(mapped.slice(i), grad(loss)(as.slice(i)) as Tensor, { rtol: 1e-10, atol: 1e-10 });
  });

  test("in single precision", () => {
    const a = matrix(3, 13, "real");
    const loss = (x: Tensor): Tensor => f(x).abs().square().sum();
    const single = grad(loss)(a.cast("float32")) as Tensor;
    expect(single.dtype).toBe("float32");
    const wanted = grad(loss)(a) as Tensor;
    const scale = wanted.abs().max().item() as number;
    assertAllClose(single, wanted, { rtol: 2e-3, atol: 2e-3 * Math.max(1, scale) });
  });
});

describe("closed forms", () => {
  test("the sum of the eigenvalues is the trace", () => {
    const a = matrix(4, 20, "real");
    const sum = (x: Tensor): Tensor => linalg.eigvals(x).real().sum();
    assertAllClose(grad(sum)(a) as Tensor, eye(4), { atol: 1e-12 });
    assertAllClose(hessian(sum)(a) as Tensor, zeros([4, 4, 4, 4]), { atol: 1e-10 });
  });

  test("a conjugate pair of [[a, −b], [b, a]] is a ± ib", () => {
    const a = tensor([
      [0.3, -2],
      [2, 0.3],
    ]);
    assertAllClose(
      grad((x: Tensor) => linalg.eigvals(x).real().max())(a) as Tensor,
      [
        [0.5, 0],
        [0, 0.5],
      ],
      { atol: 1e-15 },
    );
    assertAllClose(
      grad((x: Tensor) => linalg.eigvals(x).imag().max())(a) as Tensor,
      [
        [0, -0.5],
        [0.5, 0],
      ],
      { atol: 1e-15 },
    );
  });

  test("of a symmetric matrix values and squares of vectors are those of eigh", () => {
    const b = matrix(4, 21, "real");
    const a = b.add(b.mT);
    const weights = matrix(4, 22, "real").slice(0);
    const general = (x: Tensor): Tensor => linalg.eigvals(x).real().sort().mul(weights).sum();
    const symmetric = (x: Tensor): Tensor => linalg.eigvalsh(x).mul(weights).sum();
    assertAllClose(grad(general)(a) as Tensor, grad(symmetric)(a) as Tensor, { rtol: 1e-10, atol: 1e-12 });
  });

  test("the tangent of the vectors is that of the ones that were computed", () => {
    for (const kind of kinds) {
      const a = matrix(4, 30, kind);
      const t = matrix(4, 31, kind);
      const vectors = (x: Tensor): Tensor => linalg.eig(x).vectors;
      const h = 1e-6;
      const quotient = vectors(a.add(t.mul(h)))
        .sub(vectors(a.sub(t.mul(h))))
        .div(2 * h);
      assertAllClose(jvp(vectors, [a], [t])[1], quotient, { rtol: 1e-6, atol: 1e-7 });
    }
  });
});

describe("what is arbitrary or does not exist is refused", () => {
  const a = matrix(3, 40, "real");
  const phase = (x: Tensor): Tensor => linalg.eig(x).vectors.mul(c(0.6, 0.8)).real().sum();

  test("a loss that depends on the phase of a vector", () => {
    expectError(
      () => grad(phase)(a),
      GradientError,
      "ERR_ADJOINT_GAUGE",
      /^eig: the loss depends on the phase of/,
    );
    expectError(
      () => grad((x: Tensor) => phase(x))(stack([eye(3), eye(3)]).mul(tensor([1, 2, 3]))),
      GradientError,
      "ERR_ADJOINT_GAUGE",
      "of matrix [0] of the batch",
    );
    expectError(
      () => vmap(grad(phase) as (x: Tensor) => Tensor)(stack([a, a])),
      GradientError,
      "ERR_ADJOINT_GAUGE",
    );
    expectError(() => hessian(phase)(a), GradientError, "ERR_ADJOINT_GAUGE");
    expectError(() => compile(grad(phase))(a), GradientError, "ERR_ADJOINT_GAUGE", "phase of eigenvector");
  });

  test("a loss that depends on the basis of equal eigenvalues", () => {
    const loss = (x: Tensor): Tensor => linalg.eig(x).vectors.sum(0).slice(0).abs();
    expectError(
      () =>
        grad(loss)(
          tensor([
            [2, 0, 0],
            [0, 2, 0],
            [0, 0, 1],
          ]),
        ),
      GradientError,
      "ERR_ADJOINT_GAUGE",
      "eigenvalues 0 and 1",
      "arbitrary",
    );
  });

  test("tangents of the vectors of equal eigenvalues", () => {
    const vectors = (x: Tensor): Tensor => linalg.eig(x).vectors;
    const error = expectError(
      () => jvp(vectors, [eye(2)], [matrix(2, 41, "real")]),
      GradientError,
      "ERR_ADJOINT_GAUGE",
      "eigenvalues 0 and 1 are equal and part along the tangent",
    );
    expect(error).toMatchObject({ indices: [0, 1], gap: 0, batchIndex: [] });
    // Values alone, and a tangent that parts nothing, have derivatives.
    const sum = (x: Tensor): Tensor => linalg.eigvals(x).sum();
    assertAllClose(
      jvp(
        sum,
        [eye(2)],
        [
          tensor([
            [1, 2],
            [3, 4],
          ]),
        ],
      )[1],
      5,
    );
    assertAllClose(jvp(vectors, [eye(2)], [eye(2)])[1], zeros([2, 2]));
    // The vector of a simple eigenvalue has a tangent beside those that have none.
    const dv = jvp(vectors, [tensor([1, 1, 3]).diag()], [ad.ones([3, 3])])[1];
    assertAllClose(dv.slice(null, 2), [0.5, 0.5, 0]);
    expect(dv.isNaN().any(0).toArray()).toEqual([true, true, false]);
  });

  test.each([
    [
      "of order 2",
      [
        [1, 1],
        [0, 1],
      ],
    ],
    [
      "nilpotent",
      [
        [0, 1],
        [0, 0],
      ],
    ],
    [
      "of order 3",
      [
        [2, 1, 0],
        [0, 2, 1],
        [0, 0, 2],
      ],
    ],
    [
      "turned",
      [
        [3, 1],
        [-1, 1],
      ],
    ],
  ])("a defective matrix, %s", (_name, rows) => {
    const real = (x: Tensor): Tensor => linalg.eigvals(x).real().sum();
    for (const derivative of [
      () => grad(real)(tensor(rows)),
      () => jvp(real, [tensor(rows)], [tensor(rows)]),
      () => compile(grad(real))(tensor(rows)),
    ])
      expectError(derivative, GradientError, "ERR_ADJOINT_GRADIENT", "eig: eigenvalues 0 and 1", "defective");
  });

  test("equal eigenvalues alone are no reason", () => {
    const sum = (x: Tensor): Tensor => linalg.eigvals(x).real().sum();
    assertAllClose(grad(sum)(eye(3)) as Tensor, eye(3), { atol: 1e-14 });
    const s = matrix(3, 42, "real");
    const similar = s.matmul(tensor([1, 1, 2]).diag()).matmul(linalg.inv(s));
    assertAllClose(grad(sum)(similar) as Tensor, eye(3), { atol: 1e-9 });
    // The simple eigenvalue's projector has a gradient beside the equal ones.
    const projector = (x: Tensor): Tensor => {
      const { values, vectors } = linalg.eig(x);
      const v = vectors.take(values.abs().argmax().reshape([1]), 1);
      return v
        .abs()
        .square()
        .mul([[1], [2], [3]])
        .sum();
    };
    const beside = tensor([
      [1, 0, 0.2],
      [0, 1, 0.4],
      [0, 0, 2],
    ]);
    gradcheck(projector, [beside], { tolerance: 1e-6 });
  });
});
