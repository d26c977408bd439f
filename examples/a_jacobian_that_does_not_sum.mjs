import { gradients, jacobian, matmul, nn, tensor, variable } from "adjoint";
import { isMain, present, show } from "./program.mjs";

export const title = "4. A Jacobian that does not sum";

export const question = `My function returns two numbers, log softmax of X y, and I want the derivative of each with
respect to X. tf.gradients returns one array, not two. Where is the rest?`;

/** Log probabilities of the rows of X, [2, 1]. */
export const logProbabilities = (X, y) => nn.logSoftmax(matmul(X, y), 0);

export const inputs = () => ({
  X: tensor([
    [0.1, 0.2, 0.3, 0.4],
    [0.4, 0.3, 0.2, 0.1],
  ]),
  y: tensor([[1], [2], [3], [4]]),
});

export function compute() {
  const { X, y } = inputs();
  const x = variable(X, { name: "X" });
  const output = logProbabilities(x, y);
  const summed = gradients(output, x);
  const all = jacobian(logProbabilities)(X, y);
  return { output: output.stopGradient(), summed, jacobian: all, jacobianSummed: all.sum([0, 1]) };
}

export function print({ output, summed, jacobian, jacobianSummed }) {
  show("The function's value, [2, 1]:", output);
  show("gradients: one array like X, [2, 4]:", summed);
  show("jacobian: an array like X for each element of the value, [2, 1, 2, 4]:", jacobian);
  show("The Jacobian summed over the value's axes, [2, 4]:", jacobianSummed);
  console.log(`\`gradients\`, like TensorFlow's, differentiates the sum of all that it is given: one backward pass, and the
parts cannot be told apart afterwards. \`jacobian\` keeps them: its shape is the value's followed by the argument's.`);
}

if (isMain(import.meta.url)) present({ title, question, compute, print });
