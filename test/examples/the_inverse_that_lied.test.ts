import { readFileSync } from "node:fs";
import type { IllConditionedWarning, Tensor, Variable } from "adjoint";
import { beforeAll, expect, test } from "vitest";
import { numbersOf } from "./load.js";

interface Numbers {
  inverse: { float32: number; float64: number; warnings: IllConditionedWarning[] };
  solve: {
    float32: number;
    float64: number;
    residual64: number;
    mean: number;
    warnings: IllConditionedWarning[];
  };
  cholesky: { float64: number; warnings: IllConditionedWarning[] };
  chords: { from: number; to: number; slope: number }[];
  optimizer: {
    variable: Variable;
    gradient: number;
    pairs: { gradient: Tensor; variable: Variable }[];
  };
}

let numbers: Numbers;
beforeAll(async () => {
  numbers = await numbersOf("the_inverse_that_lied");
});

test("the difference quotients of the sample", () => {
  for (const { from, to, slope } of numbers.chords) {
    expect(from).toBeLessThan(2);
    expect(to).toBeGreaterThan(2);
    expect(slope).toBeGreaterThan(-0.738);
    expect(slope).toBeLessThan(-0.731);
  }
});

// What the inverse gives is noise: only that it is a number, and that the library says so.
test("inv warns in both precisions", () => {
  const { float32, float64, warnings } = numbers.inverse;
  expect([float32, float64]).toEqual([expect.any(Number), expect.any(Number)]);
  expect(warnings).toHaveLength(2);
  for (const warning of warnings)
    expect(warning).toMatchObject({ code: "ADJOINT_ILL_CONDITIONED", operation: "inv", digits: 0 });
  expect(warnings.map(({ message }) => message)).toEqual([
    expect.stringContaining("float32"),
    expect.stringContaining("float64"),
  ]);
  for (const { message, rcond } of warnings) {
    expect(message).toContain(`rcond = ${rcond.toExponential(1)}`);
    expect(message).toMatch(/solve.*jitter.*cholesky/);
  }
});

test("solve gives the slope in both precisions, and warns too", () => {
  const { float32, float64, mean, residual64, warnings } = numbers.solve;
  expect(Math.abs(float64 - -0.7293)).toBeLessThan(1e-4);
  expect(Math.abs(float32 - -0.7293)).toBeLessThan(2e-3);
  expect(mean).toBeCloseTo(2.6111, 4);
  expect(residual64).toBeLessThan(1e-3);
  expect(warnings.map(({ operation }) => operation)).toEqual(["solve", "solve"]);
});

test("cholesky with jitter gives it without a warning", () => {
  const { float64, warnings } = numbers.cholesky;
  expect(float64).toBeCloseTo(-0.7291, 4);
  expect(warnings).toEqual([]);
});

test("gradients and computeGradients agree", () => {
  const { variable, gradient, pairs } = numbers.optimizer;
  const exact = Math.sin(2) + 2 * Math.cos(2) + (Math.cos(2) - Math.sin(2)) * Math.exp(2);
  expect(gradient).toBeCloseTo(exact, 12);
  expect(pairs).toHaveLength(1);
  expect(pairs[0].gradient.item()).toBe(gradient);
  expect(pairs[0].variable).toBe(variable);
});

test("the sample in the repository", () => {
  const file = new URL("../../examples/gaussian_process_sample.json", import.meta.url);
  const { values } = JSON.parse(readFileSync(file, "utf8")) as { values: number[] };
  expect(values).toHaveLength(300);
  expect(values.slice(0, 3).map((x) => x.toFixed(3))).toEqual(["0.356", "0.354", "0.353"]);
});
