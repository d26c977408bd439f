import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import {
  eye,
  grad,
  type IllConditionedWarning,
  jvp,
  linalg,
  onWarning,
  stack,
  type Tensor,
  tensor,
} from "adjoint";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { generalMatrices, positiveMatrices } from "./random_values.js";

/** Ones in the first column and a nearly equal second one: rcond is about `gap`/4. */
const nearlySingular = (gap: number): Tensor =>
  tensor([
    [1, 1],
    [1, 1 + gap],
  ]);
const EPSILON = 2 ** -52;

let seen: IllConditionedWarning[] = [];
let remove: () => void;
beforeEach(() => {
  seen = [];
  remove = onWarning((warning) => seen.push(warning as IllConditionedWarning));
});
afterEach(() => remove());

/** ‖A‖₁ and the inverse by Gauss-Jordan elimination with the largest pivot, in plain loops. */
function naiveReciprocalCondition(a: Tensor): number {
  const n = a.shape[0];
  const rows = (a.toArray() as number[][]).map((row, i) => [...row, ...row.map((_, j) => (i === j ? 1 : 0))]);
  for (let column = 0; column < n; column++) {
    let pivot = column;
    for (let i = column; i < n; i++) if (Math.abs(rows[i][column]) > Math.abs(rows[pivot][column])) pivot = i;
    [rows[column], rows[pivot]] = [rows[pivot], rows[column]];
    const scale = rows[column][column];
    rows[column] = rows[column].map((value) => value / scale);
    for (let i = 0; i < n; i++)
      if (i !== column) {
        const factor = rows[i][column];
        rows[i] = rows[i].map((value, j) => value - factor * rows[column][j]);
      }
  }
  const norm = (m: number[][]): number =>
    Math.max(...m[0].map((_, j) => m.reduce((total, row) => total + Math.abs(row[j]), 0)));
  return 1 / (norm(a.toArray() as number[][]) * norm(rows.map((row) => row.slice(n))));
}

describe("ill-conditioned matrices", () => {
  test("inv and solve warn, with everything in the message", () => {
    linalg.inv(nearlySingular(1e-15));
    linalg.solve(nearlySingular(1e-15), [1, 2]);
    linalg.solve(nearlySingular(1e-15), [1, 2], { assume: "symmetric" });
    expect(seen).toHaveLength(3);
    const [inv, solve] = seen;
    expect(inv).toMatchObject({
      code: "ADJOINT_ILL_CONDITIONED",
      operation: "inv",
      routine: "getrf",
      batchIndex: [],
    });
    expect(solve).toMatchObject({ code: "ADJOINT_ILL_CONDITIONED", operation: "solve", routine: "getrf" });
    for (const { rcond, digits, message, operation } of seen) {
      expect(rcond).toBeGreaterThan(0);
      expect(rcond).toBeLessThan(10 * EPSILON);
      expect(digits).toBe(0);
      for (const part of [
        operation,
        "getrf",
        "rcond",
        rcond.toExponential(1),
        "float64",
        "0 digits",
        "jitter",
        "cholesky",
      ])
        expect(message).toContain(part);
    }
    expect(inv.message).toContain("solve(a, b) instead of inv(a)");
    expect(solve.message).not.toContain("instead of inv");
  });

  test("float32 has its own threshold, and the advice to use float64", () => {
    const single = nearlySingular(1e-6).cast("float32");
    linalg.inv(single);
    linalg.inv(nearlySingular(1e-6));
    expect(seen).toHaveLength(1);
    expect(seen[0].message).toMatch(/float32.*float64/);
  });

  test("Cholesky solves warn too", () => {
    linalg.solve(
      [
        [1, 1],
        [1, 1 + 4e-16],
      ],
      [1, 2],
      { assume: "positive" },
    );
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({ operation: "solve", routine: "potrf" });
  });

  test("triangular solves and solves by a Cholesky factor warn too", () => {
    const l = tensor([[1, 0], [1, 2 ** -27]]); // biome-ignore format: a matrix
    linalg.solveTriangular(l, [1, 2]);
    expect(seen).toEqual([]);
    linalg.choleskySolve(l, [1, 2]);
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({ operation: "choleskySolve", routine: "trsm" });
    const u = tensor([[3, 1], [0, 2 ** -52]]); // biome-ignore format: a matrix
    linalg.solveTriangular(u, [1, 2], { lower: false });
    linalg.solveTriangular(u.mT, [1, 2], { transpose: true });
    linalg.solveTriangular(stack([eye(2), u, eye(2)]), [1, 2], { lower: false });
    linalg.solveTriangular(u.cast("float32"), [1, 2], { lower: false });
    const unread = { lower: true } as const;
    linalg.solveTriangular(tensor([[3, 1e20], [0, 3]]), [1, 2], unread); // biome-ignore format: a matrix
    linalg.solveTriangular(u, [1, 2], { lower: false, unitDiagonal: true });
    linalg.solveTriangular(tensor([[1, 2 ** 40], [0, 1]]), [1, 2], { lower: false, unitDiagonal: true }); // biome-ignore format: a matrix
    expect(seen.slice(1).map(({ operation, batchIndex }) => [operation, batchIndex])).toEqual([
      ["solveTriangular", []],
      ["solveTriangular", []],
      ["solveTriangular", [1]],
      ["solveTriangular", []],
      ["solveTriangular", []],
    ]);
    for (const { rcond, digits, message } of seen) {
      expect(digits).toBeLessThanOrEqual(1);
      for (const part of ["trsm", rcond.toExponential(1), "digits", "Ways out"])
        expect(message).toContain(part);
    }
  });

  test("their derivatives, and those of decompositions, do not", () => {
    const l = tensor([[1, 0], [1, 2 ** -27]]); // biome-ignore format: a matrix
    const solved = grad((x: Tensor) => linalg.choleskySolve(x, [1, 2]).sum());
    solved(l);
    expect(seen).toHaveLength(1);
    grad((x: Tensor) => linalg.qr(x).r.sum())(nearlySingular(1e-15));
    grad((x: Tensor) => linalg.lu(x).u.sum())(nearlySingular(1e-15));
    expect(seen).toHaveLength(1);
  });

  test("the worst matrix of a batch is named", () => {
    linalg.inv(stack([nearlySingular(1), nearlySingular(1e-15), nearlySingular(1e-3)]));
    expect(seen).toHaveLength(1);
    expect(seen[0].batchIndex).toEqual([1]);
    expect(seen[0].message).toContain("[1] of the batch");
  });

  test("well-conditioned matrices, and functions that lose nothing, say nothing", () => {
    linalg.inv(nearlySingular(1e-3));
    linalg.solve(nearlySingular(1e-10), [1, 2]);
    linalg.eigh(nearlySingular(1e-15));
    linalg.svd(nearlySingular(1e-15));
    linalg.det(nearlySingular(1e-15));
    expect(seen).toEqual([]);
  });
});

describe("pseudoinverses and least squares", () => {
  const graded = (smallest: number): Tensor => tensor([1, 0.5, smallest]).diag();

  test("singular values that count and are lost in rounding", () => {
    linalg.pinv(graded(1e-15), { rtol: 0 });
    linalg.lstsq(stack([graded(1), graded(1e-15), graded(1e-10)]), [1, 2, 3], { rtol: 0 });
    expect(
      seen.map(({ code, operation, routine, batchIndex }) => [code, operation, routine, batchIndex]),
    ).toEqual([
      ["ADJOINT_ILL_CONDITIONED", "pinv", "gesdd", []],
      ["ADJOINT_ILL_CONDITIONED", "lstsq", "gesdd", [1]],
    ]);
    for (const { rcond, message } of seen) {
      expect(rcond / 1e-15).toBeCloseTo(1, 6);
      for (const part of ["gesdd", "rcond = 1.0e-15", "digits", "rtol"]) expect(message).toContain(part);
    }
  });

  test("a rank that is not full is told to those who differentiate", () => {
    const deficient = stack([graded(1), graded(0)]);
    linalg.pinv(deficient);
    linalg.lstsq(deficient, [1, 2, 3]);
    linalg.lstsq(graded(0), [1, 2, 3]);
    grad((a: Tensor) => linalg.pinv(a).sum())(graded(1e-3));
    expect(seen).toEqual([]);
    grad((a: Tensor) => linalg.pinv(a).sum())(deficient);
    jvp((a: Tensor) => linalg.lstsq(a, [1, 2, 3]).solution, [graded(0)], [graded(1)]);
    grad((b: Tensor) => linalg.lstsq(graded(0), b).solution.sum())(tensor([1, 2, 3]));
    expect(seen.map(({ code, operation, batchIndex }) => [code, operation, batchIndex])).toEqual([
      ["ADJOINT_RANK_DEFICIENT", "pinv", [1]],
      ["ADJOINT_RANK_DEFICIENT", "lstsq", []],
    ]);
    for (const { message } of seen)
      for (const part of ["rank 2 of 3", "keep the rank", "rtol"]) expect(message).toContain(part);
  });
});

describe("delivery", () => {
  test("once per call site", () => {
    for (let i = 0; i < 5; i++) linalg.inv(nearlySingular(1e-15));
    expect(seen).toHaveLength(1);
    linalg.inv(nearlySingular(1e-15));
    expect(seen).toHaveLength(2);
    const called = () => linalg.solve(nearlySingular(1e-15), [1, 2]);
    called();
    called();
    expect(seen).toHaveLength(3);
  });

  test("methods and functions alike name the caller's line", () => {
    const a = nearlySingular(1e-15);
    for (let i = 0; i < 3; i++) {
      a.inv();
      a.inv();
    }
    expect(seen).toHaveLength(2);
  });

  test("every handler receives it, a removed one no more", () => {
    const others: string[] = [];
    const removeOther = onWarning(({ operation }) => others.push(operation));
    linalg.inv(nearlySingular(1e-15));
    removeOther();
    removeOther();
    linalg.inv(nearlySingular(1e-15));
    expect([seen.length, others]).toEqual([2, ["inv"]]);
  });

  test("a handler added twice is two handlers", () => {
    const counts = { calls: 0 };
    const handler = () => counts.calls++;
    const removals = [onWarning(handler), onWarning(handler)];
    linalg.inv(nearlySingular(1e-15));
    removals[0]();
    linalg.inv(nearlySingular(1e-15));
    removals[1]();
    linalg.inv(nearlySingular(1e-15));
    expect(counts.calls).toBe(3);
  });

  test("a handler may compute, warn again and throw; the library stays whole", () => {
    const removeNested = onWarning(() => {
      linalg.inv(nearlySingular(2e-15));
      throw new Error("from the handler");
    });
    expect(() => linalg.inv(nearlySingular(1e-15))).toThrow("from the handler");
    removeNested();
    const before = seen.length;
    const doubled = tensor([
      [2, 0],
      [0, 4],
    ]);
    expect(linalg.inv(doubled).matmul(doubled).trace().item()).toBe(2);
    expect(seen.length).toBe(before);
  });

  test("inside derivatives", () => {
    const g = grad((x: Tensor) => linalg.solve(x, [1, 2]).sum());
    for (let i = 0; i < 3; i++) g(nearlySingular(1e-15));
    expect(seen).toHaveLength(1);
  });
});

describe("reciprocal condition numbers", () => {
  /** Warnings carry rcond only below the threshold: a rank-one matrix and a little noise. */
  const cases = [2, 3, 5, 10, 40].map((n) => {
    const noise = generalMatrices([], n, n);
    const ones = tensor(
      Float64Array.from({ length: n * n }, () => 1),
      { shape: [n, n] },
    );
    return [n, ones.add(noise.mul(2 ** -49))] as const;
  });

  test("that of inv is exact: 1/(‖A‖₁ ‖A⁻¹‖₁)", () => {
    // Powers of two on a permuted diagonal: every step of any elimination is exact.
    for (const exponent of [50, 52, 60, 300]) {
      const a = tensor([
        [0, 2 ** -exponent, 0],
        [4, 0, 0],
        [0, 0, -1],
      ]);
      seen = [];
      remove();
      remove = onWarning((warning) => seen.push(warning as IllConditionedWarning));
      fresh(linalg.inv, a);
      expect(seen).toHaveLength(1);
      expect(seen[0].rcond / naiveReciprocalCondition(a) - 1).toBeCloseTo(0, 12);
      expect(seen[0].rcond).toBe(2 ** -exponent / 4);
    }
  });

  test("that of inv for triangular matrices, against plain loops", () => {
    for (const n of [2, 3, 6]) {
      const a = tensor(
        Float64Array.from({ length: n * n }, (_, k) => {
          const [i, j] = [Math.floor(k / n), k % n];
          return i > j ? 0 : i === j ? (i === 0 ? 2 ** -55 : 1 + i) : 0.25 * (j - i);
        }),
        { shape: [n, n] },
      );
      seen = [];
      fresh(linalg.inv, a);
      expect(Math.abs(seen[0].rcond / naiveReciprocalCondition(a) - 1)).toBeLessThan(1e-12);
    }
  });

  test.each(cases)("that of solve is an estimate within a factor of 10: n = %i", (_n, a) => {
    seen = [];
    const ones = tensor(Float64Array.from({ length: a.shape[0] }, () => 1));
    fresh(linalg.inv, a);
    fresh(linalg.solve, a, ones);
    expect(seen.map(({ operation }) => operation)).toEqual(["inv", "solve"]);
    const ratio = seen[1].rcond / seen[0].rcond;
    expect(ratio).toBeGreaterThan(0.1);
    expect(ratio).toBeLessThan(10);
  });

  test("that of a positive definite solve is an estimate within a factor of 10", () => {
    const p = positiveMatrices([], 6, 5);
    const scale = tensor([1, 1, 1, 1, 1, 2 ** -26]);
    const a = p.add(p.mT).mul(0.5).mul(scale.expandDims(0)).mul(scale.expandDims(1));
    seen = [];
    fresh(linalg.inv, a);
    fresh(linalg.solve, a, scale, { assume: "positive" });
    expect(seen).toHaveLength(2);
    const ratio = seen[1].rcond / seen[0].rcond;
    expect(ratio).toBeGreaterThan(0.1);
    expect(ratio).toBeLessThan(10);
  });

  test.each([3, 10, 40])("those of triangular solves are estimates within a factor of 10: n = %i", (n) => {
    const a = tensor(
      Float64Array.from({ length: n * n }, (_, k) => {
        const [i, j] = [Math.floor(k / n), k % n];
        return i < j ? 0 : i === j ? (i === n - 1 ? 2 ** -55 : 1 + (i % 3)) : Math.sin(k);
      }),
      { shape: [n, n] },
    );
    const b = a.slice(null, 0);
    seen = [];
    fresh(linalg.solveTriangular, a, b);
    fresh(linalg.solveTriangular, a.mT, b, { lower: false });
    const factor = a.setSlice([n - 1, n - 1], 2 ** -28);
    fresh(linalg.choleskySolve, factor, b);
    const exact = [a, a.mT, factor.matmul(factor.mT)].map((x, i) => {
      if (i < 2) return naiveReciprocalCondition(x);
      const inverse = linalg.solveTriangular(factor, eye(n), { transpose: true });
      const norm = (m: Tensor): number => m.abs().sum(0).max().item() as number;
      return 1 / norm(x) / norm(inverse.matmul(inverse.mT));
    });
    expect(seen).toHaveLength(3);
    seen.forEach(({ rcond }, i) => {
      expect(rcond / exact[i]).toBeGreaterThan(0.3);
      expect(rcond / exact[i]).toBeLessThan(10);
    });
  });

  let sites = 0;
  /** Calls from a line of its own: one warning per call site would hide the later ones. */
  function fresh(f: (...args: never[]) => unknown, ...args: unknown[]): void {
    new Function("f", "args", `${"\n".repeat(++sites)}return f(...args);`)(f, args);
  }
});

test("without a handler the process warns, with a code", () => {
  const entry = fileURLToPath(new URL("../dist/index.cjs", import.meta.url));
  const script = `
    const { linalg, onWarning } = require(${JSON.stringify(entry)});
    const got = [];
    process.on("warning", (w) => got.push([w.name, w.code, w.message]));
    const bad = [[1, 1], [1, 1 + 1e-15]];
    for (let i = 0; i < 3; i++) linalg.inv(bad);
    const remove = onWarning(() => {});
    linalg.inv(bad);
    remove();
    linalg.solve(bad, [1, 2]);
    setImmediate(() => console.log(JSON.stringify(got)));
  `;
  const output = execFileSync(process.execPath, ["--no-warnings", "-e", script], { encoding: "utf8" });
  const warnings = JSON.parse(output) as [string, string, string][];
  expect(warnings.map(([name, code]) => [name, code])).toEqual([
    ["AdjointWarning", "ADJOINT_ILL_CONDITIONED"],
    ["AdjointWarning", "ADJOINT_ILL_CONDITIONED"],
  ]);
  expect(warnings[0][2]).toMatch(/^inv: /);
  expect(warnings[1][2]).toMatch(/^solve: /);
});
