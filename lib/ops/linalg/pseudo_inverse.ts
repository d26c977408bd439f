import { floating, lift } from "../../convert.js";
import { leadingAxes } from "../../core/batching.js";
import { bind, bindOne, isTracked } from "../../core/bind.js";
import { define } from "../../core/define.js";
import { inspect } from "../../core/inspect.js";
import { notDifferentiable } from "../../core/primitive.js";
import { methods } from "../../core/registry.js";
import { int32 } from "../../dtype.js";
import { ArgumentError, showValue, underName } from "../../errors.js";
import { checkOptions } from "../../options.js";
import { shapeOf } from "../../shape.js";
import { type Method, type Tensor, type TensorLike, withNode } from "../../tensor.js";
import { noteCondition, noteRank, withWarnings } from "../../warnings.js";
import { eye } from "../creation.js";
import { matrices, type OnFailure, onFailureOf } from "./conventions.js";

export interface PseudoInverseOptions {
  /** Singular values up to this fraction of the largest count as 0. By default max(m, n) times the epsilon. */
  rtol?: number;
  /** "throw" by default; "nan" gives NaN for a matrix that is not finite. */
  onFailure?: OnFailure;
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

/** Up to this fraction of the largest, singular values of A count as 0. */
export function fractionOf(operation: string, a: Tensor, rtol: number | undefined): number {
  if (rtol !== undefined && !(rtol >= 0))
    throw new ArgumentError(operation, `expected a non-negative rtol, got ${showValue(rtol)}`);
  return rtol ?? Math.max(...a.shape.slice(-2)) * a.element.epsilon;
}

/** Which singular values do not count as 0. */
export const countedValues = (s: Tensor, fraction: number): Tensor =>
  s.greater(s.slice("...", [0, 1]).mul(fraction));

interface Inversion {
  /** The public function on whose behalf this runs, for warnings. */
  readonly operation: string;
  readonly fraction: number;
  /** Whether somebody may ask for the derivative: it needs a locally constant rank. */
  readonly differentiated: boolean;
}

/** 1/s, or 0 where s counts as 0, and how many count: constants to every transform. */
const invertedValuesPrimitive = define<"s", "inverses" | "rank", Inversion>({
  name: "invertedValues",
  inputs: ["s"],
  outputs: ["inverses", "rank"],
  shape: ([s]) => [s, { shape: shapeOf(s.shape.slice(0, -1)), element: int32 }],
  composite: true,
  run([given], _outputs, { operation, fraction, differentiated }) {
    const s = withNode(given, null);
    const counted = countedValues(s, fraction);
    const rank = counted.countNonzero(-1);
    if (s.size > 0) {
      const finding = { operation, routine: "gesdd", element: s.element, space: rank.shape };
      inspect([smallestRatios(s, counted), rank], ([ratios, ranks]) => {
        const batch = ratios.argmin().item() as number;
        const worst = { rcond: ratios.at(batch) as number, batch };
        noteCondition(finding, worst);
        if (differentiated) noteRank(finding, worst, ranks.toTypedArray(), s.shape[s.ndim - 1]);
      });
    }
    return [counted.where(counted.where(s, 1).reciprocal(), 0), rank];
  },
  derivative: notDifferentiable("it enters only the pseudoinverse, whose rule speaks of the matrix"),
  batch: leadingAxes(1),
});

/** For each matrix the smallest ratio of a singular value that counts to the largest one. */
function smallestRatios(s: Tensor, counted: Tensor): Tensor {
  const largest = s.slice("...", [0, 1]);
  return counted
    .where(s.div(counted.where(largest, 1)), 1)
    .min(-1)
    .reshape([-1]);
}

/** From the singular value decomposition. */
export function pseudoInverseFactors(
  { u, s, vh }: { readonly u: Tensor; readonly s: Tensor; readonly vh: Tensor },
  inversion: Inversion,
): PseudoInverseFactors & { readonly rank: Tensor } {
  const [inverses, rank] = bind(invertedValuesPrimitive, [s.stopGradient()], inversion);
  return { u: u.stopGradient(), inverses, vh: vh.stopGradient(), rank };
}

/**
 * The Moore–Penrose pseudoinverse of matrices [..., m, n], by LAPACK's `gesdd`: [..., n, m].
 *
 * The pseudoinverse jumps where the rank changes. Its derivative is exact for changes that keep the rank, and so
 * everywhere for matrices of full rank; for others it warns (see `onWarning`). It also warns where the smallest
 * singular value that counts is below 10 epsilon of the largest. Repeated singular values do no harm.
 * @throws ShapeError without two axes, ArgumentError for a negative rtol, LinAlgError if not finite
 * @see Golub and Pereyra, "The differentiation of pseudo-inverses and nonlinear least squares problems", 1973
 * @example linalg.pinv([[2, 0], [0, 0]]) // [[0.5, 0], [0, 0]]
 */
export function pinv(a: TensorLike, options?: PseudoInverseOptions): Tensor {
  checkOptions("pinv", options, ["rtol", "onFailure"]);
  const x = floating(lift("pinv", a));
  matrices("pinv", x);
  const fraction = fractionOf("pinv", x, options?.rtol);
  const onFailure = onFailureOf("pinv", options?.onFailure);
  return withWarnings(() => {
    const decomposition = underName("pinv", () => x.stopGradient().svd({ onFailure }));
    const inversion = { operation: "pinv", fraction, differentiated: isTracked(x) };
    const identity = eye(x.shape[x.ndim - 2], { dtype: x.dtype });
    return applyPseudoInverse(x, identity, pseudoInverseFactors(decomposition, inversion), false);
  });
}

methods({ pinv });

declare module "../../tensor.js" {
  interface Tensor {
    pinv: Method<typeof pinv>;
  }
}
