import { lift } from "../../convert.js";
import { leadingAxes } from "../../core/batching.js";
import { bindOne } from "../../core/bind.js";
import { define } from "../../core/define.js";
import { methods } from "../../core/registry.js";
import { execute, kernel, kernelFor } from "../../instruction.js";
import { empty, type Method, type Tensor, type TensorLike } from "../../tensor.js";
import { eye } from "../creation.js";
import { floating, squareMatrices } from "./conventions.js";

const kernels = kernel("expm");

/** The derivative of the exponential at A along E: the upper right block of exp([[A, E], [0, A]]). */
function derivativeAlong(a: Tensor, e: Tensor): Tensor {
  const n = a.shape[a.ndim - 1];
  const { dtype } = a;
  const blocks = eye(2, { dtype })
    .kron(a)
    .add(eye(2, { k: 1, dtype }).kron(e));
  return expm(blocks).slice("...", [0, n], [n]);
}

const expmPrimitive = define<"a", "x", null>({
  name: "expm",
  inputs: ["a"],
  outputs: ["x"],
  shape([a]) {
    squareMatrices("expm", a);
    return [a];
  },
  run([a], [{ shape, element }]) {
    const x = empty("expm", shape, element);
    execute(
      "expm",
      kernelFor("expm", kernels, element),
      shape,
      [
        [a, a.strides],
        [x, x.strides],
      ],
      [],
      "expm",
      shape.slice(0, -2),
    );
    return [x];
  },
  derivative: {
    // Mathias 1996, "A chain rule for matrix functions and applications", theorem 2.1; the adjoint of the derivative
    // at A is the derivative at Aᴴ (Higham 2008, "Functions of Matrices", section 3.2).
    saves: { a: ["a"] },
    vjp: ([g], [a]) => [derivativeAlong(a.mH, g!)],
    jvp: ([da], [a]) => [da && derivativeAlong(a, da)],
  },
  batch: leadingAxes(2),
});

/**
 * The exponential of square matrices [..., n, n], by scaling and squaring with Padé approximants up to degree 13.
 * float32 is computed in double precision and rounded once.
 * @throws ShapeError if not square, LinAlgError if not finite
 * @see Al-Mohy and Higham, "A new scaling and squaring algorithm for the matrix exponential", 2009; Mathias, "A chain
 * rule for matrix functions and applications", 1996, for the derivative
 * @example linalg.expm([[0, 1], [0, 0]]) // [[1, 1], [0, 1]]
 */
export function expm(a: TensorLike): Tensor {
  return bindOne(expmPrimitive, [floating(lift("expm", a))], null);
}

methods({ expm });

declare module "../../tensor.js" {
  interface Tensor {
    expm: Method<typeof expm>;
  }
}
