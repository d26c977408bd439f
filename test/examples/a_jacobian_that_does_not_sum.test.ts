import { type Tensor, tensor } from "adjoint";
import { expect, test } from "vitest";
import { expectClose, numbersOf } from "./load.js";

test("gradients are the sum of the Jacobian", async () => {
  const { summed, jacobian, jacobianSummed } = await numbersOf<
    Record<"summed" | "jacobian" | "jacobianSummed", Tensor>
  >("a_jacobian_that_does_not_sum");
  expect(summed.shape).toEqual([2, 4]);
  expect(jacobian.shape).toEqual([2, 1, 2, 4]);

  // The products are 3 and 2: log softmax of a pair is the log of the logistic function σ of their difference.
  const p = 1 / (1 + Math.exp(-1));
  const rows = (a: number, b: number) => [a, b].map((s) => [1, 2, 3, 4].map((y) => s * y));
  expectClose(jacobian, tensor([[rows(1 - p, p - 1)], [rows(-p, p)]]));
  expectClose(summed, tensor(rows(1 - 2 * p, 2 * p - 1)));
  expectClose(summed, jacobianSummed);
});
