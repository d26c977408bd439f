import { ArgumentError, eye, grad, hessian, linalg, ShapeError, type Tensor, tensor, zeros } from "adjoint";
import { describe, expect, test } from "vitest";
import { expectError } from "../error_assertions.js";
import { expectClose, tallMatrix } from "./close.js";

const { POSITIVE_INFINITY: infinity, NEGATIVE_INFINITY: minusInfinity, NaN: nan } = Number;
/** Orders that the types do not know. */
// biome-ignore lint/suspicious/noExplicitAny: wrong types on purpose
const order = (ord: unknown): any => ({ ord });

describe("vectorNorm", () => {
  test.each([
    [0, 4],
    [1, 6.5],
    [2, 3.774917217635375],
    [3, 3.305744509228972],
    [2.5, 3.469528207902312],
    [0.5, 23.55521153060657],
    [-1, 0.2608695652173913],
    [-2, 0.4318894504492167],
    ["inf", 3],
    [infinity, 3],
    ["-inf", 0.5],
    [minusInfinity, 0.5],
  ] as const)("NumPy's value for ord %s", (ord, expected) => {
    expectClose(linalg.vectorNorm([3, -1, 0.5, -2], { ord }), expected, 1e-15);
  });

  test("axes and keepDims", () => {
    const x = zeros([2, 3, 4]).add(1);
    expectClose(linalg.vectorNorm(x), Math.sqrt(24), 1e-15);
    expect(linalg.vectorNorm(x, { axis: [0, -1] }).shape).toEqual([3]);
    expect(linalg.vectorNorm(x, { axis: [0, -1], keepDims: true }).shape).toEqual([1, 3, 1]);
    expect(linalg.vectorNorm(x, { ord: 1, axis: 1 }).toArray()).toEqual(zeros([2, 4]).add(3).toArray());
    expect(linalg.vectorNorm(-3).item()).toBe(3);
    expect(linalg.vectorNorm(tensor([3, 4], { dtype: "int32" })).dtype).toBe("float64");
    expect(linalg.vectorNorm(tensor([3, 4], { dtype: "float32" })).dtype).toBe("float32");
  });

  test.each([
    [[3e200, 4e200], 5e200],
    [[3e-200, 4e-200], 5e-200],
    [[3e-320, 0], 3e-320],
    [[0, 0], 0],
    [[infinity, 1], infinity],
    [[nan, 1], nan],
  ])("%j: neither overflow nor underflow", (x, expected) => {
    const found = linalg.vectorNorm(x).item() as number;
    if (Number.isFinite(expected)) expect(Math.abs(found - expected)).toBeLessThanOrEqual(1e-15 * expected);
    else expect(found).toBe(expected);
  });

  test("extremes of other orders and of float32", () => {
    expectClose(linalg.vectorNorm([1e-150, 1e-150], { ord: 10 }).div(1e-150), 2 ** 0.1, 1e-14);
    expectClose(linalg.vectorNorm([1e150, 1e150], { ord: -10 }).div(1e150), 2 ** -0.1, 1e-14);
    const single = linalg.vectorNorm(tensor([3e30, 4e30], { dtype: "float32" })).item() as number;
    expect(Math.abs(single / 5e30 - 1)).toBeLessThan(1e-6);
  });

  test.each([0, 1, 2, 3, 0.5, -1, "inf"] as const)("of nothing it is 0, for ord %s", (ord) => {
    expect(linalg.vectorNorm(zeros([2, 0]), { ord, axis: 1 }).toArray()).toEqual([0, 0]);
  });

  test("the derivative at 0 is 0, first and second, alone and beside others", () => {
    for (const ord of [0, 1, 2, 3, 0.5, -1, "inf", "-inf"] as const)
      expect(grad((x: Tensor) => linalg.vectorNorm(x, { ord }))([0, 0]).toArray()).toEqual([0, 0]);
    const rows = (x: Tensor) => linalg.vectorNorm(x, { axis: 1 }).sum();
    expectClose(grad(rows)([[0, 0], [3, 4]]), [[0, 0], [0.6, 0.8]], 1e-15); // biome-ignore format: matrices
    expect(hessian((x: Tensor) => linalg.vectorNorm(x))([0, 0]).toArray()).toEqual([[0, 0], [0, 0]]); // biome-ignore format: a matrix
  });

  test("ties share the derivative", () => {
    expect(grad((x: Tensor) => linalg.vectorNorm(x, { ord: "inf" }))([-2, 1, 2]).toArray()).toEqual([
      -0.5, 0, 0.5,
    ]);
    expectClose(grad((x: Tensor) => linalg.vectorNorm(x, { ord: "-inf" }))([-2, 1, -1]).abs(), [0, 0.5, 0.5]);
  });

  test("bad input", () => {
    const code = "ERR_ADJOINT_ARGUMENT";
    expectError(() => linalg.vectorNorm([1], order("fro")), ArgumentError, code, /^vectorNorm: .*fro/);
    expectError(() => linalg.vectorNorm([1], { ord: nan }), ArgumentError, code, /^vectorNorm: /);
    expectError(() => linalg.vectorNorm([1], { axis: 1 }), ArgumentError, code, /^vectorNorm: .*axis 1/);
    expectError(
      () => linalg.vectorNorm(zeros([0]), { ord: "-inf" }),
      ArgumentError,
      code,
      /^vectorNorm: /,
      "[0]",
    );
  });
});

describe("matrixNorm", () => {
  test.each([
    ["fro", 7.262919523166975],
    ["nuc", 12.400903583338325],
    [1, 7.5],
    [-1, 6.5],
    [2, 5.104300052032905],
    [-2, 3.4534820640212995],
    ["inf", 7.5],
    [infinity, 7.5],
    ["-inf", 4],
    [minusInfinity, 4],
  ] as const)("NumPy's value for ord %s", (ord, expected) => {
    expectClose(linalg.matrixNorm(tallMatrix, { ord }), expected, 1e-14);
    const batch = tensor(tallMatrix)
      .expandDims(0)
      .mul(tensor([1, 0]).reshape([2, 1, 1]));
    expectClose(linalg.matrixNorm(batch, { ord }), [expected, 0], 1e-14);
    expect(linalg.matrixNorm(batch, { ord, keepDims: true }).shape).toEqual([2, 1, 1]);
    expect(grad((x: Tensor) => linalg.matrixNorm(x, { ord }))(zeros([2, 3])).toArray()).toEqual(
      zeros([2, 3]).toArray(),
    );
  });

  test("the default is Frobenius'", () => {
    expectClose(linalg.matrixNorm(tallMatrix), 7.262919523166975, 1e-15);
    expect(linalg.matrixNorm([[3e200, 4e200]]).item()).toBeCloseTo(5e200, -190);
  });

  test("ties share the derivative", () => {
    for (const ord of [1, -1, 2, -2, "inf", "-inf"] as const)
      expectClose(grad((x: Tensor) => linalg.matrixNorm(x, { ord }))(eye(2)), eye(2).mul(0.5), 1e-15);
    expectClose(grad((x: Tensor) => linalg.matrixNorm(x, { ord: "nuc" }))(eye(2)), eye(2), 1e-15);
  });

  test("without elements", () => {
    for (const ord of ["fro", "nuc", 1, 2, "inf"] as const) {
      expect(linalg.matrixNorm(zeros([0, 3]), { ord }).item()).toBe(0);
      expect(linalg.matrixNorm(zeros([2, 3, 0]), { ord }).toArray()).toEqual([0, 0]);
      expect(linalg.matrixNorm(zeros([0, 2, 2]), { ord }).shape).toEqual([0]);
    }
    expectError(
      () => linalg.matrixNorm(zeros([0, 3]), { ord: -2 }),
      ArgumentError,
      "ERR_ADJOINT_ARGUMENT",
      /^matrixNorm: /,
    );
  });

  test("bad input", () => {
    expectError(() => linalg.matrixNorm([1, 2]), ShapeError, "ERR_ADJOINT_SHAPE", /^matrixNorm: /, "[2]");
    expectError(
      () => linalg.matrixNorm(eye(2), { ord: 3 }),
      ArgumentError,
      "ERR_ADJOINT_ARGUMENT",
      /^matrixNorm: .*3/,
    );
    expectError(() => linalg.matrixNorm(eye(2), order("max")), ArgumentError, "ERR_ADJOINT_ARGUMENT", "max");
  });
});
