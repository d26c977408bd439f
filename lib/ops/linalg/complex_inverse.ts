import { leadingAxes } from "../../core/batching.js";
import { bindOne } from "../../core/bind.js";
import { define } from "../../core/define.js";
import { partOf } from "../../dtype.js";
import { execute, executeBroadcast, kernel, kernelFor } from "../../instruction.js";
import { shapeOf, withoutLast } from "../../shape.js";
import { empty, partView, type Tensor, view } from "../../tensor.js";
import { failureCode } from "./conventions.js";

const copyKernel = kernel("copy");
const negKernel = kernel("neg");
const inverseKernel = kernel("inv");

/** One of the four n by n blocks of a matrix of twice that order. */
function block(m: Tensor, row: 0 | 1, column: 0 | 1): Tensor {
  const n = m.shape[m.ndim - 1] / 2;
  const [down, right] = m.strides.slice(-2);
  const shape = shapeOf([...withoutLast(m.shape, 2), n, n]);
  return view(m, shape, m.strides, m.offset + n * (row * down + column * right));
}

const inversePrimitive = define({
  name: "complexInverse",
  inputs: ["a"],
  outputs: ["x"],
  shape: ([a], _params: null) => [a],
  // X + iY ↦ [[X, −Y], [Y, X]] keeps products, so that the inverse of the one is that of the other.
  run([a], [{ shape, element }]) {
    const part = partOf(element);
    const n = shape[shape.length - 1];
    const doubled = shapeOf([...withoutLast(shape, 2), 2 * n, 2 * n]);
    const [matrix, inverse] = [empty("eig", doubled, part), empty("eig", doubled, part)];
    const x = empty("eig", shape, element);
    if (x.size === 0) return [x];
    const write = (kernels: readonly number[], from: Tensor, to: Tensor): void =>
      executeBroadcast("eig", kernelFor("eig", kernels, part), shape, [from, to]);
    const [re, im] = [partView(a, "re"), partView(a, "im")];
    write(copyKernel, re, block(matrix, 0, 0));
    write(negKernel, im, block(matrix, 0, 1));
    write(copyKernel, im, block(matrix, 1, 0));
    write(copyKernel, re, block(matrix, 1, 1));
    const operands = [
      [matrix, matrix.strides],
      [inverse, inverse.strides],
    ] as const;
    const params = [failureCode("nan"), 0];
    execute("eig", kernelFor("eig", inverseKernel, part), doubled, operands, params, "getri");
    write(copyKernel, block(inverse, 0, 0), partView(x, "re"));
    write(copyKernel, block(inverse, 1, 0), partView(x, "im"));
    return [x];
  },
  derivative: {
    // dX = −X dA X
    saves: { a: ["x"] },
    vjp: ([g], [_a, x]) => [x.mT.matmul(g!).matmul(x.mT).neg()],
    jvp: ([da], [_a, x]) => [da && x.matmul(da).matmul(x).neg()],
  },
  batch: leadingAxes(2),
});

/** The inverse of complex matrices [..., n, n]; NaN for one that is singular. */
export const complexInverse = (a: Tensor): Tensor => bindOne(inversePrimitive, [a], null);
