import { lift } from "../../convert.js";
import { leadingAxes } from "../../core/batching.js";
import { bind, bindOne } from "../../core/bind.js";
import { define } from "../../core/define.js";
import type { AbstractValue } from "../../core/primitive.js";
import { methods } from "../../core/registry.js";
import { NamedTensors } from "../../core/tree.js";
import { execute, kernel, kernelFor } from "../../instruction.js";
import { withoutLast } from "../../shape.js";
import { empty, type Method, type Tensor, type TensorLike } from "../../tensor.js";
import { cofactor } from "./cofactor.js";
import { floating } from "./conventions.js";
import { luFactor, transposedInverse } from "./lu_factor.js";

/** The sign of the determinant (−1, 0 or 1) and the logarithm of its absolute value. */
export class SlogdetResult extends NamedTensors {
  static override readonly fields = ["sign", "logAbsDet"];
  constructor(
    readonly sign: Tensor,
    readonly logAbsDet: Tensor,
  ) {
    super();
  }
}

const detKernel = kernel("luDet");
const slogdetKernel = kernel("luSlogdet");

const perMatrix = (a: AbstractValue): AbstractValue => ({
  shape: withoutLast(a.shape, 2),
  element: a.element,
});

/** Reads one number per matrix, or two, off the factors. */
function reduceFactors(
  operation: string,
  id: number,
  [a, lu, pivots]: readonly Tensor[],
  count: number,
): Tensor[] {
  const { shape } = perMatrix(a);
  const results = Array.from({ length: count }, () => empty(operation, shape, a.element));
  execute(operation, id, a.shape, [
    [lu, lu.strides],
    [pivots, [...pivots.strides, 0]],
    ...results.map((y) => [y, [...y.strides, 0, 0]] as const),
  ]);
  return results;
}

const detPrimitive = define<"a" | "lu" | "pivots", "d", null>({
  name: "det",
  inputs: ["a", "lu", "pivots"],
  outputs: ["d"],
  shape: ([a]) => [perMatrix(a)],
  run: (inputs) => reduceFactors("det", kernelFor("det", detKernel, inputs[0].element), inputs, 1),
  derivative: {
    // Jacobi's formula, Magnus and Neudecker 1999, section 8.3: d det A = tr(adj(A) dA), and adj(A)ᵀ is the cofactor
    // matrix, which exists for singular A as well.
    saves: { a: ["a"] },
    vjp: ([g], [a]) => [g!.expandDims([-2, -1]).mul(cofactor(a))],
    jvp: ([da], [a]) => [da?.mul(cofactor(a)).sum([-2, -1])],
  },
  batch: leadingAxes(2, 2, 1),
});

const slogdetPrimitive = define<"a" | "lu" | "pivots", "sign" | "logAbsDet", null>({
  name: "slogdet",
  inputs: ["a", "lu", "pivots"],
  outputs: ["sign", "logAbsDet"],
  shape: ([a]) => [perMatrix(a), perMatrix(a)],
  run: (inputs) =>
    reduceFactors("slogdet", kernelFor("slogdet", slogdetKernel, inputs[0].element), inputs, 2),
  derivative: {
    // The sign is piecewise constant; d log|det A| = tr(A⁻¹ dA).
    saves: { logAbsDet: ["a", "lu", "pivots"] },
    vjp: ([, g], [a, lu, pivots]) => [
      g && transposedInverse("slogdet", a, { lu, pivots }).mul(g.expandDims([-2, -1])),
    ],
    jvp: ([da], [a, lu, pivots]) => [
      null,
      da && transposedInverse("slogdet", a, { lu, pivots }).mul(da).sum([-2, -1]),
    ],
  },
  batch: leadingAxes(2, 2, 1),
});

function factorised(operation: string, input: TensorLike): readonly [Tensor, Tensor, Tensor] {
  const a = floating(lift(operation, input));
  const { lu, pivots } = luFactor(a, { operation, singular: "keep", measured: false });
  return [a, lu, pivots];
}

/**
 * The determinant of matrices [..., n, n], by LAPACK's `getrf`; 1 for empty ones.
 * @throws ShapeError if not square, LinAlgError if not finite
 * @see Magnus and Neudecker, "Matrix Differential Calculus", 1999
 * @example linalg.det([[1, 2], [3, 4]]) // -2
 */
export const det = (a: TensorLike): Tensor => bindOne(detPrimitive, factorised("det", a), null);

/**
 * Sign and logarithm of the absolute value of the determinant of matrices [..., n, n], safe from overflow; a
 * singular matrix has sign 0 and logarithm −∞.
 * @throws ShapeError if not square, LinAlgError if not finite
 * @example linalg.slogdet([[0, 1], [1, 0]]).sign // -1
 */
export function slogdet(a: TensorLike): SlogdetResult {
  const [sign, logAbsDet] = bind(slogdetPrimitive, factorised("slogdet", a), null);
  return new SlogdetResult(sign, logAbsDet);
}

methods({ det, slogdet });

declare module "../../tensor.js" {
  interface Tensor {
    det: Method<typeof det>;
    slogdet: Method<typeof slogdet>;
  }
}
