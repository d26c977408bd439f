import { floating, lift } from "../../convert.js";
import { leadingAxes } from "../../core/batching.js";
import { bind, bindOne } from "../../core/bind.js";
import { define } from "../../core/define.js";
import type { AbstractValue } from "../../core/primitive.js";
import { methods } from "../../core/registry.js";
import { NamedTensors } from "../../core/tree.js";
import { execute, kernel, kernelFor } from "../../instruction.js";
import { checkOptions } from "../../options.js";
import { withoutLast } from "../../shape.js";
import { empty, type Method, type Tensor, type TensorLike } from "../../tensor.js";
import { cofactor } from "./cofactor.js";
import {
  type Assumption,
  assumptionOf,
  type OnFailure,
  onFailureOf,
  squareMatrices,
  symmetrise,
  type Triangle,
  triangleOf,
} from "./conventions.js";
import { luFactor, transposedInverse } from "./lu_factor.js";
import { positiveSlogdet } from "./positive_definite.js";

export interface SlogdetOptions {
  /** What A is known to be: "positive" (definite) takes a Cholesky factor. "general" by default. */
  assume?: Assumption;
  /** For symmetric and positive definite A: what is read, both triangles as (A + Aᵀ)/2, or one of them. */
  triangle?: Triangle;
  /** "throw" by default; "nan" gives NaN for a matrix that is not finite, or not positive definite as assumed. */
  onFailure?: OnFailure;
}

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

const slogdetPrimitive = define<"a" | "lu" | "pivots", "sign" | "logAbsDet", OnFailure>({
  name: "slogdet",
  inputs: ["a", "lu", "pivots"],
  outputs: ["sign", "logAbsDet"],
  shape: ([a]) => [perMatrix(a), perMatrix(a)],
  run: (inputs) =>
    reduceFactors("slogdet", kernelFor("slogdet", slogdetKernel, inputs[0].element), inputs, 2),
  derivative: {
    // The sign is piecewise constant; d log|det A| = tr(A⁻¹ dA).
    saves: { logAbsDet: ["a", "lu", "pivots"] },
    vjp: ([, g], [a, lu, pivots], _wanted, onFailure) => [
      g &&
        transposedInverse(a, { lu, pivots }, { operation: "slogdet", onFailure }).mul(g.expandDims([-2, -1])),
    ],
    jvp: ([da], [a, lu, pivots], onFailure) => [
      null,
      da && transposedInverse(a, { lu, pivots }, { operation: "slogdet", onFailure }).mul(da).sum([-2, -1]),
    ],
  },
  batch: leadingAxes(2, 2, 1),
});

function factorised(operation: string, a: Tensor, onFailure: OnFailure): readonly [Tensor, Tensor, Tensor] {
  const { lu, pivots } = luFactor(a, { operation, onFailure, keepSingular: true, measured: false });
  return [a, lu, pivots];
}

/**
 * The determinant of matrices [..., n, n], by LAPACK's `getrf`; 1 for empty ones.
 * @throws ShapeError if not square, LinAlgError if not finite
 * @see Magnus and Neudecker, "Matrix Differential Calculus", 1999
 * @example linalg.det([[1, 2], [3, 4]]) // -2
 */
export const det = (a: TensorLike): Tensor =>
  bindOne(detPrimitive, factorised("det", floating(lift("det", a)), "throw"), null);

/**
 * Sign and logarithm of the absolute value of the determinant of matrices [..., n, n], safe from overflow; a
 * singular matrix has sign 0 and logarithm −∞.
 * A positive definite one, if assumed to be, shares its Cholesky factor with `solve` and `inv` of the same tensor.
 * @throws ShapeError if not square, LinAlgError if not finite or not positive definite as assumed
 * @example linalg.slogdet([[0, 1], [1, 0]]).sign // -1
 */
export function slogdet(a: TensorLike, options?: SlogdetOptions): SlogdetResult {
  checkOptions("slogdet", options, ["assume", "triangle", "onFailure"]);
  const assume = assumptionOf("slogdet", options?.assume);
  const triangle = triangleOf("slogdet", options?.triangle);
  const onFailure = onFailureOf("slogdet", options?.onFailure);
  const x = floating(lift("slogdet", a));
  squareMatrices("slogdet", x);
  if (assume === "positive") {
    const [sign, logAbsDet] = positiveSlogdet(x, { operation: "slogdet", triangle, onFailure });
    return new SlogdetResult(sign, logAbsDet);
  }
  const read = assume === "general" ? x : symmetrise(x, triangle);
  const [sign, logAbsDet] = bind(slogdetPrimitive, factorised("slogdet", read, onFailure), onFailure);
  return new SlogdetResult(sign, logAbsDet);
}

methods({ det, slogdet });

declare module "../../tensor.js" {
  interface Tensor {
    det: Method<typeof det>;
    slogdet: Method<typeof slogdet>;
  }
}
