import {
  complex,
  eye,
  GradientError,
  grad,
  gradcheck,
  hessian,
  jacobian,
  jvp,
  LinAlgError,
  linalg,
  ones,
  type Tensor,
  tensor,
  zeros,
} from "adjoint";
import { describe, expect, test } from "vitest";
import { expectError } from "../error_assertions.js";
import { generalMatrices, positiveMatrices, randomTensor } from "../random_values.js";
import { expectClose } from "./close.js";

// The behaviours that JAX's tests/linalg_test.py and tests/eigh_test.py ask for; the names are those of its tests.

const order2 = { order: 2 } as const;
const triangles = ["both", "lower", "upper"] as const;
const singular = tensor([
  [1, 2],
  [2, 4],
]);

const isFinite = (x: Tensor): boolean => Array.from(x.toTypedArray()).every(Number.isFinite);
const refused = (body: () => unknown): unknown => expectError(body, GradientError, "ERR_ADJOINT_GAUGE");
const isSingular = (body: () => unknown): unknown => expectError(body, LinAlgError, "ERR_ADJOINT_SINGULAR");

/** Symmetric matrices with well separated eigenvalues. */
const symmetricMatrices = (batch: readonly number[], n: number, seed: number): Tensor => {
  const a = positiveMatrices(batch, n, seed);
  return a.add(a.mT).div(2);
};

/** Matrices whose leading square block is well-conditioned. */
const rectangular = (batch: readonly number[], m: number, n: number, seed: number): Tensor =>
  generalMatrices(batch, Math.max(m, n), seed).slice("...", [0, m], [0, n]);

describe("cholesky", () => {
  test.each([
    [[], 1],
    [[], 4],
    [[2], 5],
    [[], 50],
    [[1000], 0],
  ] as [number[], number][])(
    "batch %j of order %i: the factor multiplies back, derivatives of order two (testCholesky)",
    (batch, n) => {
      const a = symmetricMatrices(batch, n, 3);
      const l = linalg.cholesky(a);
      expectClose(l.matmul(l.mT), a);
      expectClose(l.triu({ k: 1 }), zeros(a.shape));
      if (a.size === 0) expect(grad((x) => linalg.cholesky(x).sum())(a).shape).toEqual(a.shape);
      else for (const triangle of triangles) gradcheck((x) => linalg.cholesky(x, { triangle }), [a], order2);
    },
  );

  test("float32 gradients keep single precision (testCholeskyGradPrecision)", () => {
    const a = symmetricMatrices([], 3, 7);
    const loss = (x: Tensor): Tensor => linalg.cholesky(x).square().mul([1, 2, 3]).sum();
    expectClose(grad(loss)(a.cast("float32")).cast("float64"), grad(loss)(a), 1e-6);
  });
});

describe("determinants", () => {
  const zeroFirst = generalMatrices([2], 3, 5).mul(tensor([[[0]], [[1]]]));

  test.each([
    ["order 1", generalMatrices([], 1, 1)],
    ["order 3", generalMatrices([], 3, 2)],
    ["a batch", generalMatrices([2, 3], 4, 3)],
    ["a zero matrix", zeros([3, 3])],
    ["a batch whose first matrix is zero", zeroFirst],
  ])("%s: derivatives of order two (testDetGrad)", (_, a) => {
    gradcheck((x) => linalg.det(x), [a], order2);
  });

  test("order 1 has gradient 1, at zero too (testDetGradIssue6121)", () => {
    for (const x of [2.5, 0]) expectClose(grad((a) => linalg.det(a))(tensor([[x]])), [[1]]);
  });

  test("corank 1: the gradient is the matrix of cofactors (testDetGradOfSingularMatrixCorank1)", () => {
    const a = tensor([
      [1, 2, 3],
      [4, 5, 6],
      [7, 8, 9],
    ]);
    expectClose(grad((x) => linalg.det(x))(a), [
      [-3, 6, -3],
      [6, -12, 6],
      [-3, 6, -3],
    ]);
    gradcheck((x) => linalg.det(x), [a], order2);
  });

  test("corank 2: no gradient, but second derivatives (testDetGradOfSingularMatrixCorank2)", () => {
    const a = ones([3, 3]);
    expectClose(grad((x) => linalg.det(x))(a), zeros([3, 3]));
    const second = hessian((x) => linalg.det(x))(a);
    expectClose(second.slice(0, 0), [
      [0, 0, 0],
      [0, 1, -1],
      [0, -1, 1],
    ]);
    gradcheck((x) => linalg.det(x), [a], order2);
  });

  test("a singular matrix has determinant 0 and sign 0 (testDetOfSingularMatrix)", () => {
    expectClose(linalg.det(singular), 0);
    const { sign, logAbsDet } = linalg.slogdet(singular);
    expectClose(sign, 0);
    expect(logAbsDet.item()).toBe(Number.NEGATIVE_INFINITY);
  });

  test.each([
    [[], 1],
    [[], 4],
    [[2, 3], 3],
  ] as [number[], number][])(
    "slogdet of batch %j, order %i: derivatives of order two (testSlogdetGrad)",
    (batch, n) => {
      gradcheck((x) => linalg.slogdet(x).logAbsDet, [generalMatrices(batch, n, 4)], order2);
      expectClose(
        grad((x) => linalg.slogdet(x).sign.sum())(generalMatrices(batch, n, 4)),
        zeros([...batch, n, n]),
      );
    },
  );

  test("slogdet of a batch of −0.01 I in both precisions (testIssue1213)", () => {
    for (const dtype of ["float32", "float64"] as const) {
      const a = eye(5, { dtype }).mul(-0.01).broadcastTo([2, 5, 5]);
      const { sign, logAbsDet } = linalg.slogdet(a);
      expectClose(sign.cast("float64"), [-1, -1]);
      const log = 5 * Math.log(0.01);
      expectClose(logAbsDet.cast("float64"), [log, log], dtype === "float32" ? 1e-6 : 1e-14);
      const gradient = grad((x) => linalg.slogdet(x).logAbsDet.sum())(a).cast("float64");
      expectClose(gradient, eye(5).mul(-100).broadcastTo([2, 5, 5]), dtype === "float32" ? 1e-6 : 1e-14);
    }
  });
});

describe("eig", () => {
  const general = (batch: readonly number[], n: number): Tensor => generalMatrices(batch, n, 8);
  const turning = tensor([
    [1, -2, 0.3],
    [2, 1.5, 0.1],
    [0.2, -0.4, 3],
  ]);
  const complexMatrices = complex(general([2], 3), randomTensor([2, 3, 3], 9));
  const cases: [string, Tensor][] = [
    ["order 1", general([], 1)],
    ["order 4", general([], 4)],
    ["a batch", general([2], 3)],
    ["a conjugate pair", turning],
    ["complex matrices", complexMatrices],
  ];

  test.each(cases)("%s: values have derivatives of order two (testEigvalsGrad)", (_, a) => {
    gradcheck((x) => linalg.eigvals(x), [a], order2);
  });

  test.each(cases)(
    "%s: values and |v|² have derivatives of order two (testEigGradRealInputs, testEigGradComplexInputs)",
    (_, a) => {
      gradcheck(
        (x) => {
          const { values, vectors } = linalg.eig(x);
          return [values, vectors.abs().square()];
        },
        [a],
        order2,
      );
    },
  );

  test("NaN is an error, or NaN where that is asked for (testEigHandlesNanInputs)", () => {
    for (const n of [1, 4]) {
      const a = eye(n).mul(Number.NaN);
      expectError(() => linalg.eig(a), LinAlgError, "ERR_ADJOINT_NONFINITE");
      const { values, vectors } = linalg.eig(a, { onFailure: "nan" });
      for (const x of [values, vectors])
        expect(Array.from(x.abs().toTypedArray()).every(Number.isNaN)).toBe(true);
    }
  });
});

const shapes: [number[], number, number][] = [
  [[], 1, 1],
  [[], 4, 4],
  [[], 5, 3],
  [[], 3, 5],
  [[2], 4, 3],
  [[2, 2], 2, 3],
];

describe("svd", () => {
  test.each(shapes)(
    "batch %j, %i by %i: the tangent of U diag(s) Vᵀ is the direction (testSVD)",
    (batch, m, n) => {
      const a = rectangular(batch, m, n, 21);
      const direction = randomTensor(a.shape, 22);
      const product = (x: Tensor): Tensor => {
        const { u, s, vh } = linalg.svd(x);
        return u.mul(s.expandDims(-2)).matmul(vh);
      };
      const [value, tangent] = jvp(product, [a], [direction]);
      expectClose(value, a);
      expectClose(tangent, direction);
      const weights = randomTensor(a.shape, 23);
      expectClose(grad((x) => product(x).mul(weights).sum())(a), weights);
    },
  );

  test.each(shapes)(
    "batch %j, %i by %i: s, U² and V² have derivatives of order two (testSVDGrad)",
    (batch, m, n) => {
      const squares = (x: Tensor): Tensor[] => {
        const { u, s, vh } = linalg.svd(x);
        return [s, u.square(), vh.square()];
      };
      gradcheck(squares, [rectangular(batch, m, n, 24)], order2);
    },
  );
});

describe("qr", () => {
  test.each(shapes)(
    "batch %j, %i by %i: Q R is A, its tangent the direction, derivatives of order two (testQr)",
    (batch, m, n) => {
      const a = rectangular(batch, m, n, 31);
      const direction = randomTensor(a.shape, 32);
      for (const mode of ["reduced", "complete"] as const) {
        const product = (x: Tensor): Tensor => {
          const { q, r } = linalg.qr(x, { mode });
          return q.slice("...", [0, Math.min(m, n)]).matmul(r.slice("...", [0, Math.min(m, n)], null));
        };
        const [value, tangent] = jvp(product, [a], [direction]);
        expectClose(value, a);
        expectClose(tangent, direction);
      }
      gradcheck(
        (x) => {
          const { q, r } = linalg.qr(x);
          return [q, r];
        },
        [a],
        order2,
      );
    },
  );
});

describe("least squares", () => {
  test.each(shapes)("pinv of batch %j, %i by %i: derivatives of order two (testPinv)", (batch, m, n) => {
    gradcheck((x) => linalg.pinv(x), [rectangular(batch, m, n, 41)], order2);
  });

  test("the Jacobian of pinv at I and on a path of rank 1 (testPinvGradIssue2792)", () => {
    const atIdentity = jacobian((x) => linalg.pinv(x))(eye(2)).reshape([4, 4]);
    expectClose(atIdentity, eye(4).neg());
    // (0 0; −p 1) has rank 1 for every p, and the pseudo-inverse (0 −p; 0 1) / (1 + p²).
    const path = (p: Tensor): Tensor =>
      linalg.pinv(
        tensor([
          [0, 0],
          [0, 1],
        ]).sub(
          tensor([
            [0, 0],
            [1, 0],
          ]).mul(p),
        ),
      );
    for (const p of [0, 0.5]) {
      const q = 1 + p * p;
      expectClose(jacobian(path)(tensor(p)), [
        [0, (p * p - 1) / (q * q)],
        [0, (-2 * p) / (q * q)],
      ]);
    }
  });

  test.each(shapes)(
    "lstsq of batch %j, %i by %i: derivatives of order two, wrt A and b (testLstsq)",
    (batch, m, n) => {
      const solve = (a: Tensor, b: Tensor): Tensor[] => {
        const { solution, residuals } = linalg.lstsq(a, b);
        return [solution, residuals];
      };
      gradcheck(solve, [rectangular(batch, m, n, 42), randomTensor([...batch, m, 2], 43)], order2);
    },
  );

  test("a zero matrix has rank 0 and the solution 0 (testLstsqZeroMatrix)", () => {
    for (const [m, n] of [
      [3, 3],
      [4, 2],
      [2, 4],
    ]) {
      const b = randomTensor([m], 44);
      const { solution, residuals, rank } = linalg.lstsq(zeros([m, n]), b);
      expectClose(solution, zeros([n]));
      expectClose(residuals, b.square().sum().reshape([1]));
      expect(rank.item()).toBe(0);
      expectClose(grad((y) => linalg.lstsq(zeros([m, n]), y).solution.sum())(b), zeros([m]));
    }
  });
});

describe("solve", () => {
  test("the Jacobian of a batch has the blocks −(A⁻¹)ᵢⱼ xₖ on its diagonal (testIssue1151)", () => {
    const a = generalMatrices([4], 3, 51);
    const b = randomTensor([4, 3, 1], 52);
    const whole = jacobian((x) => linalg.solve(x, b))(a);
    expect([...whole.shape]).toEqual([4, 3, 1, 4, 3, 3]);
    const inverse = linalg.inv(a);
    const x = inverse.matmul(b);
    for (let i = 0; i < 4; i++)
      for (let j = 0; j < 4; j++) {
        const block = whole.slice(i, null, 0, j, null, null);
        const product = linalg.outer(inverse.slice(i).reshape([9]), x.slice(i, null, 0)).reshape([3, 3, 3]);
        expectClose(block, i === j ? product.neg() : zeros([3, 3, 3]));
      }
  });
});

describe("lu", () => {
  test.each([
    [[], 1, 1],
    [[], 4, 5],
    [[], 10, 5],
    [[], 10, 10],
    [[6], 7, 7],
  ] as [number[], number, number][])(
    "batch %j, %i by %i: L and U have derivatives of order two (testLuGrad)",
    (batch, m, n) => {
      const factors = (x: Tensor): Tensor[] => {
        const { l, u } = linalg.lu(x);
        return [l, u];
      };
      gradcheck(factors, [rectangular(batch, m, n, 61)], order2);
    },
  );

  test("a singular matrix has factors, but no derivative (testLuOfSingularMatrix)", () => {
    const { p, l, u } = linalg.lu(singular);
    expectClose(p.matmul(l).matmul(u), singular);
    isSingular(() => grad((x) => linalg.lu(x).u.sum())(singular));
  });

  test("a zero matrix has L = I and U = 0 (testLuOnZeroMatrix)", () => {
    const { p, l, u } = linalg.lu(zeros([3, 3]));
    expectClose(p.matmul(l), eye(3));
    expectClose(u, zeros([3, 3]));
  });
});

describe("solveTriangular", () => {
  const flags = [true, false];
  const options = flags.flatMap((left) =>
    flags.flatMap((lower) =>
      flags.flatMap((transpose) => flags.map((unitDiagonal) => ({ left, lower, transpose, unitDiagonal }))),
    ),
  );

  test.each(options)(
    "left $left, lower $lower, transpose $transpose, unit diagonal $unitDiagonal: derivatives of order two (testTriangularSolveGrad)",
    ({ left, lower, transpose, unitDiagonal }) => {
      const solve = (t: Tensor, b: Tensor): Tensor =>
        left
          ? linalg.solveTriangular(t, b, { lower, transpose, unitDiagonal })
          : linalg.solveTriangular(t, b.mT, { lower, transpose: !transpose, unitDiagonal }).mT;
      for (const [batch, n, k] of [
        [[], 4, 2],
        [[], 1, 1],
        [[2, 3], 3, 5],
      ] as [number[], number, number][])
        gradcheck(
          solve,
          [generalMatrices(batch, n, 71), randomTensor([...batch, ...(left ? [n, k] : [k, n])], 72)],
          order2,
        );
    },
  );

  test("a singular matrix in a batch is an error (testTriangularSolveSingularBatched)", () => {
    const t = tensor([
      eye(2).toArray(),
      [
        [1, 0],
        [3, 0],
      ],
    ] as number[][][]);
    isSingular(() => linalg.solveTriangular(t, ones([2, 2, 1])));
    isSingular(() => grad((x) => linalg.solveTriangular(x, ones([2, 2, 1])).sum())(t));
  });
});

describe("matrix functions", () => {
  test.each([1e-2, 0.1, 0.5, 1, 2, 3])("expm at norm %f: derivatives of order two (testExpmGrad)", (norm) => {
    for (const shape of [
      [1, 1],
      [4, 4],
      [2, 3, 3],
    ]) {
      const a = randomTensor(shape, 81);
      const scale = linalg.matrixNorm(a, { ord: 1 }).max().item() as number;
      gradcheck((x) => linalg.expm(x), [a.mul(norm / scale)], order2);
    }
  });

  test.each([-5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10])(
    "power %i is the repeated product, with derivatives of order two (testMatrixPower)",
    (n) => {
      const a = generalMatrices([2], 3, 82).div(2);
      const factor = n < 0 ? linalg.inv(a) : a;
      let product = eye(3).broadcastTo([2, 3, 3]);
      for (let i = 0; i < Math.abs(n); i++) product = product.matmul(factor);
      expectClose(linalg.matrixPower(a, n), product);
      gradcheck((x) => linalg.matrixPower(x, n), [a], order2);
    },
  );
});

describe("eigh", () => {
  const squares = (x: Tensor, triangle: (typeof triangles)[number] = "both"): Tensor[] => {
    const { values, vectors } = linalg.eigh(x, { triangle });
    return [values, vectors.square()];
  };

  /** A V = V diag(w) with orthonormal V and ascending w, relative to the norm of A. */
  const expectEigensystem = (a: Tensor, scale: number, tolerance = 1e-13): void => {
    const { values, vectors } = linalg.eigh(a);
    expectClose(vectors.mT.matmul(vectors), eye(a.shape[0]), tolerance);
    expectClose(a.div(scale).matmul(vectors), vectors.mul(values.div(scale)), tolerance);
    const w = Array.from(values.toTypedArray());
    expect(w).toEqual([...w].sort((x, y) => x - y));
  };

  test.each(
    (
      [
        [[], 1],
        [[], 4],
        [[], 10],
        [[2], 10],
      ] as [number[], number][]
    ).flatMap(([batch, n]) => triangles.map((triangle) => ({ batch, n, triangle }))),
  )(
    "batch $batch, order $n, triangle $triangle: derivatives of order two (testEighGrad)",
    ({ batch, n, triangle }) => {
      gradcheck((x) => squares(x, triangle), [symmetricMatrices(batch, n, 91)], order2);
    },
  );

  test("the gradient of a batch is the batch of gradients (testEighGradRankPromotion)", () => {
    const a = symmetricMatrices([10], 3, 92);
    const weights = randomTensor([3, 3], 99);
    const loss = (x: Tensor): Tensor => {
      const [values, squared] = squares(x);
      return values.exp().sum().add(squared.mul(weights).sum());
    };
    const together = grad(loss)(a);
    expect([...together.shape]).toEqual([10, 3, 3]);
    for (let i = 0; i < 10; i++) expectClose(together.slice(i), grad(loss)(a.slice(i)));
  });

  test("at I the sum of eigenvalues has gradient I (testIssue669)", () => {
    expectClose(grad((x) => linalg.eigh(x).values.sum())(eye(3)), eye(3));
  });

  test("identities: values 1, orthonormal vectors without a derivative (testEighIdentity)", () => {
    for (const n of [1, 2, 5, 33]) {
      expectEigensystem(eye(n), 1);
      expectClose(linalg.eigh(eye(n)).values, ones([n]));
    }
    refused(() => grad((x) => linalg.eigh(x).vectors.mul([1, 2, 3]).sum())(eye(3)));
  });

  test("a zero diagonal (testEighZeroDiagonal)", () => {
    const a = symmetricMatrices([], 6, 93);
    const hollow = a.sub(a.diagonal().diag());
    expectEigensystem(hollow, 1);
    gradcheck((x) => linalg.eigh(x).values, [hollow]);
    expectClose(grad((x) => linalg.eigh(x).values.sum())(hollow), eye(6));
  });

  test.each([1e-30, 1e-100, 1e-290])(
    "norm %f: an eigensystem of full accuracy, and tangents that do not depend on the scale (testEighTinyNorm)",
    (scale) => {
      const a = symmetricMatrices([], 5, 94);
      expectEigensystem(a.mul(scale), scale);
      const direction = randomTensor([5, 5], 95);
      const along = (x: Tensor, e: Tensor): Tensor => jvp((y) => squares(y)[1], [x], [e])[1];
      const tangent = along(a.mul(scale), direction.mul(scale));
      expect(isFinite(tangent)).toBe(true);
      expectClose(tangent, along(a, direction), 1e-10);
    },
  );

  test.each([1, 2, 4])(
    "rank %i of 6: the null space has a projector with a derivative, its basis none (testEighRankDeficient)",
    (rank) => {
      const factor = generalMatrices([], 6, 96).slice(null, [0, rank]);
      const a = factor.matmul(factor.mT);
      expectEigensystem(a, linalg.matrixNorm(a).item() as number);
      const weights = randomTensor([6, 6], 97);
      gradcheck(
        (x) => {
          const kernel = linalg.eigh(x).vectors.slice("...", [0, 6 - rank]);
          return kernel.matmul(kernel.mT).mul(weights).sum();
        },
        [a],
      );
      refused(() =>
        grad((x) => linalg.eigh(x).vectors.slice(null, 0).square().mul([1, 2, 3, 4, 5, 6]).sum())(a),
      );
    },
  );

  test.each([
    [0, 1],
    [0, 2],
    [3, 5],
    [2, 8],
    [0, 8],
    [7, 8],
  ])(
    "the subset [%i, %i] of 8: these values and vectors, derivatives of order two (testEighSubsetByIndex)",
    (from, to) => {
      const a = symmetricMatrices([], 8, 98);
      const all = linalg.eigh(a);
      const part = (x: Tensor): Tensor[] => {
        const { values, vectors } = linalg.eigh(x, { subset: [from, to] });
        return [values, vectors.square()];
      };
      const [values, squared] = part(a);
      expectClose(values, all.values.slice([from, to]));
      expectClose(squared, all.vectors.slice(null, [from, to]).square());
      gradcheck(part, [a], order2);
    },
  );
});
