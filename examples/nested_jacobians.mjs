import { hessian, jacobian, stack, tensor } from "adjoint";
import { inputs, logProbabilities } from "./a_jacobian_that_does_not_sum.mjs";
import { isMain, present, show } from "./program.mjs";

export const title = "5. Nested Jacobians";

export const question = `The Jacobian I built from a loop over tf.gradients cannot be nested, so that it gives me no Hessian.
Can I just write jacobian(jacobian(f))? And what should come out for ½ xᵀAx if A is not symmetric?`;

export function compute() {
  const { X, y } = inputs();
  const f = (X) => logProbabilities(X, y);
  const component = (i) => (X) => f(X).slice(i, 0);
  const second = jacobian(jacobian(f))(X);
  const third = jacobian(jacobian(jacobian(f)))(X);

  const A = tensor([
    [1, 2, 3],
    [4, 5, 6],
    [7, 8, 10],
  ]);
  const quadratic = (x) => x.matmul(A).matmul(x).mul(0.5);
  return {
    second,
    hessians: stack([hessian(component(0))(X), hessian(component(1))(X)]).expandDims(1),
    transposed: second.transpose([0, 1, 4, 5, 2, 3]),
    third,
    thirdRotated: third.transpose([0, 1, 6, 7, 2, 3, 4, 5]),
    quadratic: hessian(quadratic)([1, 2, 3]),
    symmetricPart: A.add(A.T).mul(0.5),
  };
}

const largestDifference = (a, b) => a.sub(b).abs().max().item().toExponential(0);

export function print({ second, hessians, transposed, third, thirdRotated, quadratic, symmetricPart }) {
  console.log(`f is log softmax of X y again, from X [2, 4] to [2, 1].\n`);
  console.log(`jacobian(jacobian(f)) has shape [${second.shape.join(", ")}]`);
  console.log(`  largest difference to hessian of each component: ${largestDifference(second, hessians)}`);
  console.log(
    `  largest difference to its transpose:             ${largestDifference(second, transposed)}\n`,
  );
  show(
    "The second derivatives of the first component along the first row of X:",
    second.slice(0, 0, 0, null, 0),
  );
  console.log(`jacobian(jacobian(jacobian(f))) has shape [${third.shape.join(", ")}]`);
  console.log(
    `  largest difference to itself, axes rotated:      ${largestDifference(third, thirdRotated)}\n`,
  );
  show(
    "Its slice for the first component and the first row of X, last index 0:",
    third.slice(0, 0, 0, null, 0, null, 0, 0),
  );
  show("hessian of ½ xᵀAx, A = [[1, 2, 3], [4, 5, 6], [7, 8, 10]]:", quadratic);
  show("(A + Aᵀ)/2:", symmetricPart);
  console.log("Transforms nest in each other, to any order, and a Hessian is symmetric whatever A is.");
}

if (isMain(import.meta.url)) present({ title, question, compute, print });
