import { checkOptions, lift } from "../../convert.js";
import { leadingAxes } from "../../core/batching.js";
import { bindOne } from "../../core/bind.js";
import { define } from "../../core/define.js";
import { methods } from "../../core/registry.js";
import { ArgumentError } from "../../errors.js";
import { type Method, type Tensor, type TensorLike, withNode } from "../../tensor.js";
import { eye } from "../creation.js";
import { floating, matrices } from "./conventions.js";

export interface PseudoInverseOptions {
  /** Singular values up to this fraction of the largest count as 0. By default max(m, n) times the epsilon. */
  rtol?: number;
}

/** The decomposition of A from which the pseudoinverse is applied; constants to every transform. */
export interface PseudoInverseFactors {
  readonly u: Tensor;
  /** 1/s, and 0 where s counts as 0. */
  readonly inverses: Tensor;
  readonly vh: Tensor;
}

/** Applies A⁺, or its transpose, to B; `x` is the result, and the rest says how it depends on A and B. */
const pseudoInversePrimitive = define<"a" | "b" | "u" | "inverses" | "vh" | "x", "y", boolean>({
  name: "applyPseudoInverse",
  inputs: ["a", "b", "u", "inverses", "vh", "x"],
  outputs: ["y"],
  shape: (inputs) => [inputs[5]],
  run: (inputs) => [withNode(inputs[5], null)],
  derivative: {
    // Golub and Pereyra 1973, "The differentiation of pseudo-inverses and nonlinear least squares problems", equation
    // 4.12, for constant rank: dA⁺ = −A⁺ dA A⁺ + A⁺ A⁺ᴴ dAᴴ (I − A A⁺) + (I − A⁺ A) dAᴴ A⁺ᴴ A⁺. Applied to B, with
    // X = A⁺ B and R = B − A X: dX = A⁺ (dB − dA X) + A⁺ A⁺ᴴ dAᴴ R + (I − A⁺ A) dAᴴ A⁺ᴴ X.
    saves: { a: ["a", "b", "u", "inverses", "vh", "y"], b: ["a", "u", "inverses", "vh"] },
    vjp([g], [matrix, b, u, inverses, vh, , x], [wantsA], transposed) {
      const factors = { u, inverses, vh };
      const apply = (y: Tensor): Tensor => applyPseudoInverse(matrix, y, factors, transposed);
      const applyH = (y: Tensor): Tensor => applyPseudoInverse(matrix, y, factors, !transposed);
      const gb = applyH(g!);
      if (!wantsA) return [null, gb];
      const a = transposed ? matrix.mH : matrix;
      const residual = b.sub(a.matmul(x));
      const outside = g!.sub(apply(a.matmul(g!)));
      const ga = residual.matmul(apply(gb).mH).add(applyH(x).matmul(outside.mH)).sub(gb.matmul(x.mH));
      return [transposed ? ga.mH : ga, gb];
    },
    jvp([dMatrix, db], [matrix, b, u, inverses, vh, , x], transposed) {
      const factors = { u, inverses, vh };
      const apply = (y: Tensor): Tensor => applyPseudoInverse(matrix, y, factors, transposed);
      const applyH = (y: Tensor): Tensor => applyPseudoInverse(matrix, y, factors, !transposed);
      if (!dMatrix) return [db && apply(db)];
      const [a, da] = transposed ? [matrix.mH, dMatrix.mH] : [matrix, dMatrix];
      const moved = da.matmul(x);
      const residual = b.sub(a.matmul(x));
      const turned = da.mH.matmul(applyH(x));
      const right = (db ? db.sub(moved) : moved.neg()).add(applyH(da.mH.matmul(residual)));
      return [apply(right.sub(a.matmul(turned))).add(turned)];
    },
  },
  batch: leadingAxes(2, 2, 2, 1, 2, 2),
});

/** A⁺ B, or A⁺ᴴ B. */
export function applyPseudoInverse(
  a: Tensor,
  b: Tensor,
  factors: PseudoInverseFactors,
  transposed: boolean,
): Tensor {
  const { u, inverses, vh } = factors;
  const right = b.stopGradient();
  const scale = inverses.expandDims(-1);
  const x = transposed ? u.matmul(scale.mul(vh.matmul(right))) : vh.mH.matmul(scale.mul(u.mH.matmul(right)));
  return bindOne(pseudoInversePrimitive, [a, b, u, inverses, vh, x], transposed);
}

/** Singular values above this count: a fraction of the largest. */
export function cutoff(operation: string, a: Tensor, s: Tensor, rtol: number | undefined): Tensor {
  if (rtol !== undefined && !(rtol >= 0))
    throw new ArgumentError(operation, `expected a non-negative rtol, got ${rtol}`);
  const fraction = rtol ?? Math.max(...a.shape.slice(-2)) * a.element.epsilon;
  return s.slice("...", [0, 1]).mul(fraction);
}

/** From the singular value decomposition, whose values are cut off at `rtol`. */
export function pseudoInverseFactors(
  { u, s, vh }: { readonly u: Tensor; readonly s: Tensor; readonly vh: Tensor },
  counted: Tensor,
): PseudoInverseFactors {
  const inverses = counted.where(counted.where(s, 1).reciprocal(), 0);
  return { u: u.stopGradient(), inverses: inverses.stopGradient(), vh: vh.stopGradient() };
}

/**
 * The Moore–Penrose pseudoinverse of matrices [..., m, n], by LAPACK's `gesdd`: [..., n, m]. The derivative is exact
 * where the rank is locally constant; repeated singular values do no harm.
 * @throws ShapeError without two axes, ArgumentError for a negative rtol, LinAlgError if not finite
 * @see Golub and Pereyra, "The differentiation of pseudo-inverses and nonlinear least squares problems", 1973
 * @example linalg.pinv([[2, 0], [0, 0]]) // [[0.5, 0], [0, 0]]
 */
export function pinv(a: TensorLike, options?: PseudoInverseOptions): Tensor {
  checkOptions("pinv", options, ["rtol"]);
  const x = floating(lift("pinv", a));
  matrices("pinv", x);
  const decomposition = x.stopGradient().svd();
  const { s } = decomposition;
  const counted = s.greater(cutoff("pinv", x, s, options?.rtol));
  const identity = eye(x.shape[x.ndim - 2], { dtype: x.dtype });
  return applyPseudoInverse(x, identity, pseudoInverseFactors(decomposition, counted), false);
}

methods({ pinv });

declare module "../../tensor.js" {
  interface Tensor {
    pinv: Method<typeof pinv>;
  }
}
