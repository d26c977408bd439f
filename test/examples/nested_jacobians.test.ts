import { linalg, type Tensor, tensor } from "adjoint";
import { beforeAll, expect, test } from "vitest";
import { expectClose, numbersOf } from "./load.js";

type Name = "second" | "hessians" | "transposed" | "third" | "thirdRotated" | "quadratic" | "symmetricPart";
let numbers: Record<Name, Tensor>;
beforeAll(async () => {
  numbers = await numbersOf("nested_jacobians");
});

// With u the difference of the two products, the components are log σ(u) and log σ(−u); u = 1 here.
const p = 1 / (1 + Math.exp(-1));
const du = tensor([
  [1, 2, 3, 4],
  [-1, -2, -3, -4],
]);

/** Both components have derivatives of order k along u that are ± a factor; du ⊗ … ⊗ du carries them to X. */
function alongU(order: number, factors: [number, number]): Tensor {
  let power = du.reshape([8]);
  for (let i = 1; i < order; i++) power = linalg.outer(power.reshape([-1]), du.reshape([8]));
  const shape = [2, 1, ...Array.from({ length: order }, () => [2, 4]).flat()];
  return linalg.outer(tensor(factors), power.reshape([-1])).reshape(shape);
}

test("jacobian(jacobian(f)) is the Hessian of each component, and symmetric", () => {
  const { second, hessians, transposed } = numbers;
  expect(second.shape).toEqual([2, 1, 2, 4, 2, 4]);
  expectClose(second, hessians);
  expectClose(second, transposed);
  expectClose(second, alongU(2, [-p * (1 - p), -p * (1 - p)]));
});

test("a third derivative", () => {
  const { third, thirdRotated } = numbers;
  expect(third.shape).toEqual([2, 1, 2, 4, 2, 4, 2, 4]);
  expectClose(third, thirdRotated);
  const factor = -p * (1 - p) * (1 - 2 * p);
  expectClose(third, alongU(3, [factor, factor]));
});

test("the Hessian of ½ xᵀAx is (A + Aᵀ)/2", () => {
  const { quadratic, symmetricPart } = numbers;
  expect(quadratic.toArray()).toEqual([
    [1, 3, 5],
    [3, 5, 7],
    [5, 7, 10],
  ]);
  expectClose(quadratic, symmetricPart);
});
