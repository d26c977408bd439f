import * as ad from "adjoint";
import { LinAlgError, linalg, type Tensor, tensor } from "adjoint";
import { describe, expect, test } from "vitest";
import { expectError } from "../error_assertions.js";
import { checkBystanders } from "./refusals.js";

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
const x22 = (): Tensor => ad.eye(2);

checkBystanders();

const factorisations: Record<string, [routine: string, f: (a: Tensor, onFailure?: "nan") => Tensor]> = {
  inv: ["getri", (a, onFailure) => linalg.inv(a, { ...(onFailure && { onFailure }) })],
  solve: ["getrf", (a, onFailure) => linalg.solve(a, [1, 2], { ...(onFailure && { onFailure }) })],
  "solve, positive": [
    "potrf",
    (a, onFailure) => linalg.solve(a, [1, 2], { assume: "positive", ...(onFailure && { onFailure }) }),
  ],
  "inv, positive": [
    "potrf",
    (a, onFailure) => linalg.inv(a, { assume: "positive", ...(onFailure && { onFailure }) }),
  ],
  slogdet: ["getrf", (a, onFailure) => linalg.slogdet(a, { ...(onFailure && { onFailure }) }).logAbsDet],
  "slogdet, positive": [
    "potrf",
    (a, onFailure) => linalg.slogdet(a, { assume: "positive", ...(onFailure && { onFailure }) }).logAbsDet,
  ],
  cholesky: ["potrf", (a, onFailure) => linalg.cholesky(a, { ...(onFailure && { onFailure }) })],
  eigh: ["syevd", (a, onFailure) => linalg.eigh(a, { ...(onFailure && { onFailure }) }).values],
  eigvalsh: ["syevd", (a, onFailure) => linalg.eigvalsh(a, { ...(onFailure && { onFailure }) })],
  svd: ["gesdd", (a, onFailure) => linalg.svd(a, { ...(onFailure && { onFailure }) }).s],
  logm: ["gees", (a, onFailure) => linalg.logm(a, { ...(onFailure && { onFailure }) })],
  sqrtm: ["gees", (a, onFailure) => linalg.sqrtm(a, { ...(onFailure && { onFailure }) })],
  lyapunov: ["gees", (a, onFailure) => linalg.lyapunov(a, x22(), { ...(onFailure && { onFailure }) })],
  svdvals: ["gesdd", (a, onFailure) => linalg.svdvals(a, { ...(onFailure && { onFailure }) })],
};

/** Three good matrices with one bad one among them. */
const batchWith = (bad: number[][]): Tensor => ad.stack([x22(), tensor(bad), x22().mul(2)]);

describe.each(Object.entries(factorisations))("%s of matrices that are not finite", (name, [routine, f]) => {
  test.each([nan, infinity, -infinity])("%d", (value) => {
    for (const matrix of [
      [
        [value, 0],
        [0, 1],
      ],
      [
        [1, value],
        [value, 1],
      ],
      [
        [1, 0],
        [0, value],
      ],
    ]) {
      const error = expectError(
        () => f(tensor(matrix)),
        LinAlgError,
        "ERR_ADJOINT_NONFINITE",
        /NaN or Infinity/,
      );
      expect(error).toMatchObject({ operation: name.split(",")[0], batchIndex: [] });
      expect((error as LinAlgError).routine).toContain(routine.slice(0, 5));
      expectError(() => f(tensor(matrix).cast("float32")), LinAlgError, "ERR_ADJOINT_NONFINITE");
    }
  });

  test("in a batch the matrix is named", () => {
    const bad = batchWith([
      [nan, 0],
      [0, 1],
    ]);
    const error = expectError(
      () => f(bad),
      LinAlgError,
      "ERR_ADJOINT_NONFINITE",
      "[1]",
    ) as Error as LinAlgError;
    expect(error.batchIndex).toEqual([1]);
    const nested = ad.stack([ad.ones([3, 2, 2]).mul(ad.eye(2)), bad]);
    const inner = expectError(
      () => f(nested),
      LinAlgError,
      "ERR_ADJOINT_NONFINITE",
      "[1,1]",
    ) as Error as LinAlgError;
    expect(inner.batchIndex).toEqual([1, 1]);
  });

  test('with onFailure "nan" the others are right', () => {
    const found = f(
      batchWith([
        [nan, 0],
        [0, 1],
      ]),
      "nan",
    );
    expect(found.slice(1).isNaN().any().item()).toBe(true);
    expect(found.slice(0).toArray()).toEqual(f(x22()).toArray());
    expect(found.slice(2).toArray()).toEqual(f(x22().mul(2)).toArray());
  });
});

describe("singular matrices", () => {
  const singular = [
    [1, 2],
    [2, 4],
  ];
  test.each([
    ["inv", (a: Tensor) => linalg.inv(a)],
    ["solve", (a: Tensor) => linalg.solve(a, [1, 2])],
  ])("%s", (name, f) => {
    const error = expectError(
      () => f(tensor(singular)),
      LinAlgError,
      "ERR_ADJOINT_SINGULAR",
      /singular/,
      "position 1",
    );
    expect(error).toMatchObject({ operation: name, info: 2, batchIndex: [] });
    const inBatch = expectError(() => f(batchWith(singular)), LinAlgError, "ERR_ADJOINT_SINGULAR", "[1]");
    expect(inBatch).toMatchObject({ batchIndex: [1], info: 2 });
  });

  test("a zero on the diagonal of a triangular matrix", () => {
    const body = () =>
      linalg.solveTriangular(
        [
          [1, 0],
          [2, 0],
        ],
        [1, 2],
      );
    expectError(body, LinAlgError, "ERR_ADJOINT_SINGULAR", /^solveTriangular: /, "position 1");
    const byFactor = () => linalg.choleskySolve([[0]], [1]);
    expectError(byFactor, LinAlgError, "ERR_ADJOINT_SINGULAR", /^choleskySolve: /, "position 0");
    expect(
      linalg
        .solveTriangular(
          [
            [1, 0],
            [2, 0],
          ],
          [1, 2],
          { unitDiagonal: true },
        )
        .toArray(),
    ).toEqual([1, 0]);
  });

  test('onFailure "nan"', () => {
    const found = linalg.inv(batchWith(singular), { onFailure: "nan" });
    expect(found.slice(1).isNaN().all().item()).toBe(true);
    expect(found.slice(2).add(0).toArray()).toEqual([
      [0.5, 0],
      [0, 0.5],
    ]);
    const solved = linalg.solve(batchWith(singular), [1, 2], { onFailure: "nan" });
    expect(solved.slice(1).isNaN().all().item()).toBe(true);
    expect(solved.slice(0).toArray()).toEqual([1, 2]);
  });
});

describe("matrices that are not positive definite", () => {
  const indefinite = [
    [1, 2],
    [2, 1],
  ];
  test.each([
    ["cholesky", (a: Tensor) => linalg.cholesky(a)],
    ["solve", (a: Tensor) => linalg.solve(a, [1, 2], { assume: "positive" })],
    ["inv", (a: Tensor) => linalg.inv(a, { assume: "positive" })],
    ["slogdet", (a: Tensor) => linalg.slogdet(a, { assume: "positive" }).sign],
  ])("%s", (name, f) => {
    const error = expectError(
      () => f(tensor(indefinite)),
      LinAlgError,
      "ERR_ADJOINT_NOT_POSITIVE_DEFINITE",
      /not positive definite/,
      "potrf",
      "order 2",
    );
    expect(error).toMatchObject({ operation: name, routine: "potrf", info: 2 });
    const inBatch = expectError(
      () => f(batchWith(indefinite)),
      LinAlgError,
      "ERR_ADJOINT_NOT_POSITIVE_DEFINITE",
      "[1]",
    );
    expect(inBatch).toMatchObject({ batchIndex: [1] });
  });

  test('onFailure "nan"', () => {
    const found = linalg.cholesky(batchWith(indefinite), { onFailure: "nan" });
    expect(found.slice(1).isNaN().any().item()).toBe(true);
    expect(found.slice(0).toArray()).toEqual([
      [1, 0],
      [0, 1],
    ]);
  });

  test('the gradient beside one that has failed, with onFailure "nan"', () => {
    const f = (a: Tensor) =>
      linalg.slogdet(a, { assume: "positive", onFailure: "nan" }).logAbsDet.slice([0, 1]).sum();
    expect(ad.grad(f)(batchWith(indefinite)).slice(0).toArray()).toEqual([
      [1, 0],
      [0, 1],
    ]);
    const general = (a: Tensor) => linalg.slogdet(a, { onFailure: "nan" }).logAbsDet.sum();
    const found = ad.grad(general)(batchWith([[0, 0], [0, 1]])); // biome-ignore format: a matrix
    expect(found.isNaN().all([-2, -1]).toArray()).toEqual([false, true, false]);
    expect(found.slice(2).toArray()).toEqual([
      [0.5, 0],
      [0, 0.5],
    ]);
  });

  test("complex matrices are refused by name", () => {
    const complex = ad.eye(2).cast("complex128");
    for (const [name, f] of [
      ["inv", () => linalg.inv(complex, { assume: "positive" })],
      ["slogdet", () => linalg.slogdet(complex, { assume: "positive" })],
    ] as const)
      expectError(f, ad.DTypeError, "ERR_ADJOINT_DTYPE", new RegExp(`^${name}: `));
  });
});
