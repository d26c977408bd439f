import type { Tensor } from "adjoint";
import { beforeAll, expect, test } from "vitest";
import { expectClose, expectRounded, numbersOf } from "./load.js";

let numbers: Record<"both" | "lower" | "upper" | "formula", Tensor>;
beforeAll(async () => {
  numbers = await numbersOf("three_gradients_of_an_eigenvalue");
});

test("both triangles: v vᵀ", () => {
  const { both, formula } = numbers;
  expectRounded(both, [
    [0.312, -0.204, -0.398, -0.12],
    [-0.204, 0.133, 0.26, 0.079],
    [-0.398, 0.26, 0.509, 0.154],
    [-0.12, 0.079, 0.154, 0.046],
  ]);
  expectClose(both, formula);
});

test("the lower triangle: twice that below the diagonal, nothing above", () => {
  const { lower, formula } = numbers;
  expectRounded(lower.slice(null, 0), [0.312, -0.407, -0.797, -0.241]);
  expectClose(lower, formula.tril().add(formula.tril({ k: -1 })));
  expect(lower.triu({ k: 1 }).abs().max().item()).toBe(0);
});

test("the upper triangle: the mirror of the lower", () => {
  const { lower, upper } = numbers;
  expectRounded(upper.slice(0), [0.312, -0.407, -0.797, -0.241]);
  expectClose(upper, lower.T);
});
