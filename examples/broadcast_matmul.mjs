import { grad, matmul, tensor } from "adjoint";
import { isMain, present, show } from "./program.mjs";

export const title = "2. Broadcast batched matmul";

export const question = `I multiply a batch of matrices by one matrix that they all share. The value is right, but the
gradient fails: it has a batch axis that the shared matrix has not. What should it be?`;

export function compute() {
  const x = tensor([
    [
      [1, 1],
      [2, 3],
    ],
    [
      [4, 5],
      [6, 7],
    ],
  ]);
  const y = tensor([
    [3, -7],
    [-1, 5],
  ]);
  const z = tensor([
    [
      [1, 1],
      [2, 2],
    ],
    [
      [3, 3],
      [-1, -1],
    ],
  ]);
  const f = (x, y, z) => matmul(matmul(x, y), z).sum();
  const [dx, dy, dz] = grad(f, { argnums: [0, 1, 2] })(x, y, z);
  return { value: f(x, y, z), dx, dy, dz };
}

export function print({ value, dx, dy, dz }) {
  console.log(`sum(matmul(matmul(x, y), z)) for x [2, 2, 2], y [2, 2], z [2, 2, 2] is ${value}\n`);
  show("Gradient for x:", dx);
  show(
    "Gradient for y, which both matrices of the batch share, so that their gradients add up to [2, 2]:",
    dy,
  );
  show("Gradient for z:", dz);
  console.log("A gradient has the shape of what it belongs to: along broadcast axes it is a sum.");
}

if (isMain(import.meta.url)) present({ title, question, compute, print });
