import { eye, LinAlgError, linalg, onWarning, ShapeError, type Tensor, tensor, vmap, zeros } from "adjoint";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { expectError } from "../error_assertions.js";
import { checkDerivatives } from "../finite_differences.js";
import { generalMatrices, randomTensor } from "../random_values.js";
import { expectClose, largest, quarters } from "./close.js";

/** Two pairs of complex eigenvalues and a real one. */
const a = quarters(5, 5, 1).add(tensor([0, 0.5, 1, 1.5, 2]).diag());
const b = quarters(3, 3, 2);
const c = quarters(5, 3, 3);
/** Eigenvalues ±i. */
const turn = tensor([
  [0, 1],
  [-1, 0],
]);

const solved = (x: Tensor, y: Tensor, z: Tensor): Tensor => linalg.sylvester(x, y, z);
const residual = (x: Tensor, left: Tensor, right: Tensor, side: Tensor): number =>
  largest(left.matmul(x).add(x.matmul(right)).sub(side)) / Math.max(1, largest(x));

/** A stable matrix: eigenvalues left of the imaginary axis. */
const stable = (n: number, seed: number): Tensor =>
  randomTensor([n, n], seed).sub(eye(n).mul(2 * Math.sqrt(n)));

describe("sylvester", () => {
  test("values in 50 digits, rounded", () => {
    expectClose(
      linalg.sylvester(a, b, c),
      [
        [-0.7642335721349321, 3.18216971586403, 0.1842959057920194],
        [-1.7205694893245012, 2.909360899171384, -0.5774721964189464],
        [-1.4349968286230226, 6.245215631580387, -0.0240504173955541],
        [-1.9994737013894954, 7.070462438810949, -2.0752684643389907],
        [3.1615826714903354, 1.1296907047337763, -1.6223568403381508],
      ],
      2e-14,
    );
  });

  test.each([
    [1, 1],
    [1, 2],
    [2, 1],
    [3, 2],
    [7, 13],
    [24, 25],
    [61, 50],
    [50, 61],
  ])("residual at %d x %d", (m, n) => {
    const left = randomTensor([m, m], 1).add(eye(m).mul(2));
    const right = randomTensor([n, n], 2).add(eye(n).mul(2.5));
    const side = randomTensor([m, n], 3);
    expect(residual(linalg.sylvester(left, right, side), left, right, side)).toBeLessThan(1e-12);
  });

  test("blocks of complex eigenvalues on either side, triangular and defective matrices", () => {
    const jordan = eye(3)
      .mul(2)
      .add(eye(3, 3, { k: 1 }));
    const side = randomTensor([2, 3], 4);
    for (const left of [turn, turn.mul(3).add(eye(2)), turn.mT, eye(2)])
      for (const right of [jordan, jordan.mT, stable(3, 5)])
        expect(residual(linalg.sylvester(left, right, side), left, right, side)).toBeLessThan(1e-14);
  });

  test("sums of eigenvalues that are out of range", () => {
    expect(linalg.sylvester([[1e308]], [[1.5e308]], [[1e308]]).item()).toBeCloseTo(0.4, 15);
  });

  test("batches broadcast; no elements; integers; float32", () => {
    const many = generalMatrices([2, 1], 3, 6);
    const sides = randomTensor([4, 3, 3], 7);
    const x = linalg.sylvester(many, b, sides);
    expect(x.shape).toEqual([2, 4, 3, 3]);
    for (const i of [0, 1])
      for (const j of [0, 3])
        expectClose(x.slice(i, j), linalg.sylvester(many.slice(i, 0), b, sides.slice(j)), 1e-13);
    expect(linalg.sylvester(zeros([0, 0]), eye(2), zeros([0, 2])).shape).toEqual([0, 2]);
    expect(linalg.sylvester(zeros([3, 0, 0]), zeros([0, 0]), zeros([0, 0])).shape).toEqual([3, 0, 0]);
    expect(linalg.sylvester(eye(2, { dtype: "int32" }), [[1]], [[2], [4]]).toArray()).toEqual([[1], [2]]);
    const single = linalg.sylvester(...([a, b, c].map((x) => x.cast("float32")) as [Tensor, Tensor, Tensor]));
    expect(single.dtype).toBe("float32");
    expectClose(single.cast("float64"), linalg.sylvester(a, b, c), 2e-5);
  });

  test("under vmap, where any operand is mapped", () => {
    const [left, right, side] = [
      generalMatrices([3], 2, 8),
      generalMatrices([3], 3, 9),
      randomTensor([3, 2, 3], 10),
    ];
    const all = linalg.sylvester(left, right, side);
    expectClose(vmap(linalg.sylvester)(left, right, side), all, 1e-14);
    const one = vmap((x: Tensor) => linalg.sylvester(left.slice(1), x, side.slice(1)))(right);
    expectClose(one.slice(1), all.slice(1), 1e-14);
  });

  test.each([
    ["2 x 3", [], [], 2, 3],
    ["5 x 1", [], [], 5, 1],
    ["batches", [2, 1], [3], 2, 2],
  ] as const)("derivatives of both orders, %s", (name, left, right, m, n) => {
    checkDerivatives({
      name,
      f: solved,
      at: [generalMatrices(left, m, 11), generalMatrices(right, n, 12), randomTensor([m, n], 13)],
    });
  });

  test("derivatives where eigenvalues are complex or equal", () => {
    const at = [
      turn.add(eye(2)),
      eye(3)
        .mul(2)
        .add(eye(3, 3, { k: 1 })),
      randomTensor([2, 3], 14),
    ];
    checkDerivatives({ name: "complex", f: solved, at });
  });
});

describe("lyapunov", () => {
  test("values in 50 digits, rounded: A X + X Aᵀ = Q", () => {
    expectClose(
      linalg.lyapunov(a, quarters(5, 5, 3)),
      [
        [-1.7444803413885137, -3.028793998862612, -4.708966487913182, -6.263566118843477, 1.4148923261907098],
        [
          0.5407542366669924, 0.1474488556070504, 0.3385361633259673, -1.4217084919756857,
          -2.4885650091419493,
        ],
        [0.0343924189816711, -0.1223805342870792, -0.700338662919826, -0.754977684239521, 1.6518213558477801],
        [2.4292024364741645, 0.0293943843257084, 1.4026824007247523, 0.7821933920373472, -1.578144140946162],
        [0.4373212087761942, 0.6750973566363588, -0.428734572820156, -0.536764485491303, -2.1481204530742715],
      ],
      2e-14,
    );
  });

  test("a stable matrix and a negative definite Q: symmetric and positive definite", () => {
    const left = stable(6, 15);
    const root = randomTensor([6, 6], 16);
    const x = linalg.lyapunov(left, root.matmul(root.mT).neg());
    expectClose(x, x.mT, 1e-14);
    expect(linalg.eigvalsh(x).min().item()).toBeGreaterThan(0);
    // The integral of exp(A s) Q exp(Aᵀ s), by trapezoids over a time that is long for A.
    const transitions = linalg.expm(
      tensor(Array.from({ length: 800 }, (_, i) => i / 100))
        .expandDims([1, 2])
        .mul(left),
    );
    const integral = transitions
      .matmul(root)
      .matmul(transitions.matmul(root).mT)
      .sum(0)
      .sub(root.matmul(root.mT).div(2));
    expectClose(x, integral.div(100), 2e-3);
  });

  test("agrees with sylvester, for batches of either operand", () => {
    const left = generalMatrices([2, 1], 3, 17);
    const side = randomTensor([4, 3, 3], 18);
    expectClose(linalg.lyapunov(left, side), linalg.sylvester(left, left.mT, side), 1e-13);
    expect(linalg.lyapunov(zeros([0, 0]), zeros([0, 0])).shape).toEqual([0, 0]);
  });

  test("derivatives of both orders", () => {
    checkDerivatives({
      name: "lyapunov",
      f: (x: Tensor, q: Tensor) => linalg.lyapunov(x, q),
      at: [generalMatrices([2], 3, 19), randomTensor([3, 3], 20)],
    });
  });
});

describe("equations without a unique solution", () => {
  const failures: [string, () => unknown, string][] = [
    ["A and −A", () => linalg.sylvester(a, a.neg(), a), "eigenvalue"],
    ["A and −Aᵀ", () => linalg.sylvester(a, a.mT.neg(), a), "eigenvalue"],
    ["A and a matrix that is similar to −A", similar, "eigenvalue"],
    ["rotations", () => linalg.sylvester(turn, turn, turn), "0 ± 1i"],
    ["zeros", () => linalg.sylvester(zeros([2, 2]), zeros([1, 1]), zeros([2, 1])), "0 in common"],
    [
      "a float32 matrix",
      () => linalg.sylvester(a.cast("float32"), a.neg().cast("float32"), a.cast("float32")),
      "±",
    ],
    ["lyapunov with a rotation", () => linalg.lyapunov(turn, turn), "0 ± 1i"],
    ["lyapunov with a singular matrix", () => linalg.lyapunov(quarters(5, 5, 1), eye(5)), "in common"],
    ["lyapunov with opposite eigenvalues", () => linalg.lyapunov(tensor([1.5, -1.5]).diag(), eye(2)), "1.5"],
  ];

  function similar(): Tensor {
    const p = generalMatrices([], 5, 21);
    return linalg.sylvester(a, linalg.solve(p, a.neg().matmul(p)), a);
  }

  test.each(failures)("%s", (_name, body, part) => {
    expectError(
      body,
      LinAlgError,
      "ERR_ADJOINT_SINGULAR",
      /^(sylvester: A and −B|lyapunov: A and −Aᵀ) have/,
      part,
    );
  });

  test("in a batch the matrix is named, or becomes NaN", () => {
    const right = tensor([2, -1, 3]).reshape([3, 1, 1]);
    const body = () => linalg.sylvester([[1]], right, [[6]]);
    expect(expectError(body, LinAlgError, "ERR_ADJOINT_SINGULAR", "[1] of the batch")).toMatchObject({
      operation: "sylvester",
      batchIndex: [1],
    });
    const found = linalg.sylvester([[1]], right, [[6]], { onFailure: "nan" });
    expect(found.reshape([3]).toArray()).toEqual([2, Number.NaN, 1.5]);
  });

  test("NaN and Infinity in any operand", () => {
    const bad = tensor([[Number.NaN]]);
    const one = tensor([[1]]);
    for (const args of [
      [bad, one, one],
      [one, bad, one],
      [one, one, bad],
    ] as const) {
      expectError(() => linalg.sylvester(...args), LinAlgError, "ERR_ADJOINT_NONFINITE", /^sylvester: /);
      expect(linalg.sylvester(...args, { onFailure: "nan" }).item()).toBeNaN();
    }
  });

  test.each([
    ["A not square", () => linalg.sylvester(zeros([2, 3]), eye(2), eye(2)), "float64[2,3]"],
    ["B not square", () => linalg.sylvester(eye(2), zeros([2]), eye(2)), "float64[2]"],
    ["C of another shape", () => linalg.sylvester(eye(2), eye(3), eye(2)), "[..., 2, 3]"],
    ["C a vector", () => linalg.sylvester(eye(2), eye(1), [1, 2]), "float64[2]"],
    ["batches", () => linalg.sylvester(zeros([2, 1, 1]), zeros([3, 1, 1]), zeros([1, 1])), "[3]"],
    ["lyapunov", () => linalg.lyapunov(eye(2), eye(3)), "float64[3,3]"],
  ])("shapes that do not fit: %s", (_name, body, part) => {
    expectError(body, ShapeError, "ERR_ADJOINT_SHAPE", /^(sylvester|lyapunov): /, part);
  });
});

describe("a nearly singular equation", () => {
  let seen: string[] = [];
  let remove = () => {};
  beforeEach(() => {
    seen = [];
    remove = onWarning(({ message }) => seen.push(message));
  });
  afterEach(() => remove());

  test("warns once, with the condition", () => {
    linalg.sylvester([[1]], [[2]], [[3]]);
    expect(seen).toEqual([]);
    const apart = tensor([1, -1 - 1e-15]).diag();
    linalg.sylvester(apart, apart, eye(2));
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatch(/^sylvester: the equation is ill-conditioned: .*rcond = \d\.\de-1[67]/);
  });

  test("a graded diagonal keeps its digits", () => {
    const scales = tensor([1e-20, 1]).diag();
    expectClose(linalg.sylvester(scales, scales, eye(2)), tensor([0.5e20, 0.5]).diag(), 1e-15);
  });
});
