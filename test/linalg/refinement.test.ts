import {
  ArgumentError,
  eye,
  grad,
  type IllConditionedWarning,
  jvp,
  LinAlgError,
  linalg,
  onWarning,
  sum,
  type Tensor,
  tensor,
  vmap,
  zeros,
} from "adjoint";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { expectError } from "../error_assertions.js";
import { checkDerivatives } from "../finite_differences.js";
import { generalMatrices, positiveMatrices, randomTensor } from "../random_values.js";
import { expectClose, largest } from "./close.js";

let seen: IllConditionedWarning[] = [];
let remove: () => void;
beforeEach(() => {
  seen = [];
  remove = onWarning((warning) => seen.push(warning as IllConditionedWarning));
});
afterEach(() => remove());

const binomial = (n: number, k: number): number =>
  Array.from({ length: k }, (_, i) => i).reduce((value, i) => (value * (n - i)) / (i + 1), 1);

/** Positive definite integers (Choi 1983, "Tricks or treats with the Hilbert matrix"), badly conditioned. */
const inverseHilbert = (n: number): Tensor =>
  tensor(
    Array.from({ length: n }, (_, i) =>
      Array.from({ length: n }, (_, j) =>
        Math.round(
          (-1) ** (i + j) *
            (i + j + 1) *
            binomial(n + i, n - j - 1) *
            binomial(n + j, n - i - 1) *
            binomial(i + j, i) ** 2,
        ),
      ),
    ),
  );

const ways = [
  { assume: "general" },
  { assume: "symmetric" },
  { assume: "symmetric", triangle: "upper" },
  { assume: "positive" },
  { assume: "positive", triangle: "lower" },
] as const;

describe.each(ways)("%o", (options) => {
  test.each([
    ["float32", 4, 1e-6],
    ["float32", 6, 1e-5],
    ["float64", 8, 1e-12],
    ["float64", 11, 1e-5],
  ] as const)("%s, inverse Hilbert matrix of order %i: digits that a plain solve loses", (dtype, n, lost) => {
    const a = inverseHilbert(n).cast(dtype);
    const identity = eye(n);
    const error = (refine: boolean): number =>
      largest(
        linalg
          .solve(a, a, { ...options, refine })
          .cast("float64")
          .sub(identity),
      );
    const epsilon = dtype === "float32" ? 2 ** -23 : 2 ** -52;
    expect(error(false)).toBeGreaterThan(lost);
    seen = [];
    expect(error(true)).toBeLessThan(epsilon);
    expect(seen).toEqual([]);
    expect(linalg.solve(a, a, { ...options, refine: true }).dtype).toBe(dtype);
  });

  test("values of any size", () => {
    const a = inverseHilbert(6);
    const b = randomTensor([6, 2], 1);
    const x = linalg.solve(a, b, { ...options, refine: true });
    for (const [
      c,
      d,
    ] of [[2 ** -700, 1], [2 ** 900, 1], [1, 2 ** -900], [2 ** 400, 2 ** 900], [2 ** -900, 2 ** -1000]]) // biome-ignore format: pairs
      expectClose(linalg.solve(a.mul(c), b.mul(d), { ...options, refine: true }).mul(c / d), x, 0);
    const single = [a, b].map((y) => y.cast("float32"));
    const xs = linalg.solve(single[0], single[1], { ...options, refine: true });
    for (const [c, d] of [[2 ** -110, 1], [2 ** 100, 1], [2 ** -100, 2 ** -100]]) // biome-ignore format: pairs
      expectClose(
        linalg.solve(single[0].mul(c), single[1].mul(d), { ...options, refine: true }).mul(c / d),
        xs,
        0,
      );
  });

  test("derivatives to second order, against differences", () => {
    const make = options.assume === "general" ? generalMatrices : positiveMatrices;
    const solve = (a: Tensor, b: Tensor): Tensor => linalg.solve(a, b, { ...options, refine: true });
    for (const [batch, right] of [
      [[], [3, 2]],
      [[], [3]],
      [
        [2, 1],
        [4, 3, 2],
      ],
      [[1], [3]],
    ])
      checkDerivatives({ name: "refined", f: solve, at: [make(batch, 3, 2), randomTensor(right, 3)] });
  });

  test("its derivatives in float32 are right to the last digits", () => {
    const a = inverseHilbert(5).cast("float32");
    const b = tensor([1, -2, 3, 1, 2], { dtype: "float32" });
    const weights = tensor([3, 1, 0, 2, -1]);
    const loss =
      (refine: boolean) =>
      (x: Tensor, y: Tensor): Tensor =>
        sum(linalg.solve(x, y, { ...options, refine }).mul(weights.cast(x.dtype)));
    const exact = grad(loss(true), { argnums: [0, 1] })(a.cast("float64"), b.cast("float64"));
    const error = (refine: boolean): number =>
      Math.max(
        ...grad(loss(refine), { argnums: [0, 1] })(a, b).map(
          (g, i) => largest(g.cast("float64").sub(exact[i])) / largest(exact[i]),
        ),
      );
    expect(error(false)).toBeGreaterThan(1e-5);
    expect(error(true)).toBeLessThan(2e-7);
    const along = (refine: boolean, y: Tensor): Tensor =>
      jvp((z: Tensor) => linalg.solve(a.cast(y.dtype), z, { ...options, refine }), [y], [y.mul(y)])[1];
    const expected = along(true, b.cast("float64"));
    const forward = (refine: boolean): number =>
      largest(along(refine, b).cast("float64").sub(expected)) / largest(expected);
    expect(forward(false)).toBeGreaterThan(1e-5);
    expect(forward(true)).toBeLessThan(2e-7);
  });

  test("mapped over either argument, and batched, it is a loop", () => {
    const make = options.assume === "general" ? generalMatrices : positiveMatrices;
    const a = make([3], 4, 4);
    const b = randomTensor([3, 4, 2], 5);
    const solve = (x: Tensor, y: Tensor): Tensor => linalg.solve(x, y, { ...options, refine: true });
    const loop = (xs: (i: number) => Tensor, ys: (i: number) => Tensor): Tensor[] =>
      [0, 1, 2].map((i) => solve(xs(i), ys(i)));
    const same = (all: Tensor, each: Tensor[]): void => {
      each.forEach((x, i) => {
        expectClose(all.slice(i), x, 1e-14);
      });
    };
    same(solve(a, b), loop((i) => a.slice(i), (i) => b.slice(i))); // biome-ignore format: short
    same(vmap(solve)(a, b), loop((i) => a.slice(i), (i) => b.slice(i))); // biome-ignore format: short
    same(vmap(solve, { inAxes: [0, null] })(a, b.slice(0)), loop((i) => a.slice(i), () => b.slice(0))); // biome-ignore format: short
    same(vmap(solve, { inAxes: [null, 0] })(a.slice(0), b), loop(() => a.slice(0), (i) => b.slice(i))); // biome-ignore format: short
    same(solve(a.mT, b), loop((i) => a.slice(i).mT, (i) => b.slice(i))); // biome-ignore format: short
  });

  test("without elements", () => {
    expect(linalg.solve(zeros([0, 0]), zeros([0, 2]), { ...options, refine: true }).shape).toEqual([0, 2]);
    expect(linalg.solve(zeros([0, 2, 2]), zeros([2]), { ...options, refine: true }).shape).toEqual([0, 2]);
    expect(linalg.solve(eye(2), zeros([2, 0]), { ...options, refine: true }).shape).toEqual([2, 0]);
    expectClose(linalg.solve(eye(2), zeros([2, 3]), { ...options, refine: true }), zeros([2, 3]));
  });
});

describe("a matrix beyond the precision", () => {
  // Rounding to float32 changes its inverse by more than all of it.
  const hopeless = inverseHilbert(9).div(3).cast("float32");
  const sound = eye(9, { dtype: "float32" }).mul(2);

  test("warns with everything in the message", () => {
    const x = linalg.solve(hopeless, sound, { refine: true });
    expect(x.isFinite().all().item()).toBe(true);
    expect(seen).toHaveLength(1);
    const [{ rcond, message }] = seen;
    expect(seen[0]).toMatchObject({
      code: "ADJOINT_ILL_CONDITIONED",
      operation: "solve",
      routine: "getrf",
      digits: 0,
      batchIndex: [],
    });
    expect(rcond).toBeGreaterThan(0);
    expect(rcond).toBeLessThan(1e-7);
    for (const part of [
      "refinement did not converge",
      "float64",
      "0 digits",
      rcond.toExponential(1),
      "jitter",
    ])
      expect(message).toContain(part);
  });

  test("names the matrix of a batch, and leaves the others alone", () => {
    const zero = zeros([3, 9, 9], { dtype: "float32" });
    const batch = zero.add(sound).setSlice([1], hopeless);
    const x = linalg.solve(batch, sound, { refine: true });
    expectClose(x.slice(2), eye(9, { dtype: "float32" }), 0);
    expect(seen.map(({ batchIndex }) => batchIndex)).toEqual([[1]]);
  });

  test("derivatives say no more", () => {
    grad((a: Tensor) => linalg.solve(a, sound, { refine: true }).sum())(hopeless);
    expect(seen).toHaveLength(1);
  });
});

describe("failure", () => {
  const singular = tensor([[1, 2], [2, 4]]); // biome-ignore format: a matrix
  const regular = tensor([[2, 0], [0, 4]]); // biome-ignore format: a matrix
  const refine = true;

  test("an error, or NaN in its place", () => {
    expectError(
      () => linalg.solve(singular, [1, 2], { refine }),
      LinAlgError,
      "ERR_ADJOINT_SINGULAR",
      /^solve: /,
    );
    expectError(
      () => linalg.solve(singular, [1, 2], { refine, assume: "positive" }),
      LinAlgError,
      "ERR_ADJOINT_NOT_POSITIVE_DEFINITE",
      /^solve: /,
    );
    expectError(
      () => linalg.solve(regular, [1, Number.NaN], { refine }),
      LinAlgError,
      "ERR_ADJOINT_NONFINITE",
    );
    expectError(() => linalg.solve(regular.div(0), [1, 2], { refine }), LinAlgError, "ERR_ADJOINT_NONFINITE");
    const batch = tensor([regular.toArray(), singular.toArray()] as number[][][]);
    for (const assume of ["general", "positive"] as const) {
      const x = linalg.solve(batch, [2, 4], { refine, assume, onFailure: "nan" });
      expect(x.toArray()).toEqual([[1, 1], [Number.NaN, Number.NaN]]); // biome-ignore format: a matrix
    }
    const right = tensor([[2, 4], [Number.NaN, 1]]).expandDims(-1); // biome-ignore format: a matrix
    for (const options of [{}, { refine }, { assume: "positive" }, { refine, assume: "positive" }] as const)
      expectClose(linalg.solve(regular, right, { ...options, onFailure: "nan" }).squeeze(-1), [[1, 1], [Number.NaN, Number.NaN]]); // biome-ignore format: a matrix
    expect(seen).toEqual([]);
  });

  test("an option that is none", () => {
    const wrong = "yes" as unknown as boolean;
    expectError(
      () => linalg.solve(regular, [1, 2], { refine: wrong }),
      ArgumentError,
      "ERR_ADJOINT_ARGUMENT",
      /^solve: refine is "yes"/,
    );
  });
});
