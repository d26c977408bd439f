import { leadingAxes } from "../../core/batching.js";
import { bindOne } from "../../core/bind.js";
import { define } from "../../core/define.js";
import type { Primitive } from "../../core/primitive.js";
import { type Tensor, withNode } from "../../tensor.js";
import { arange, eye } from "../creation.js";

/** ±1: the determinant of U times that of Vᴴ. It does not change with A. */
const orientation = ({ u, vh }: { u: Tensor; vh: Tensor }): Tensor =>
  u.det().mul(vh.det()).round().expandDims([-2, -1]).stopGradient();

/** For each singular value the product of all others. */
function productsOfOthers(s: Tensor): Tensor {
  const diagonal = eye(s.shape[s.ndim - 1], { dtype: "bool" });
  return diagonal.where(1, s.expandDims(-2)).prod(-1);
}

/**
 * For each pair of singular values (descending) the product of all others, 0 on the diagonal. Of a pair the larger
 * one is divided out of the product without the smaller; where it is 0 only the last pair can have others that are
 * all not 0, and that one is multiplied up.
 */
function productsOfOtherPairs(s: Tensor): Tensor {
  const n = s.shape[s.ndim - 1];
  if (n < 2) return s.expandDims(-1).mul(s.expandDims(-2)).mul(0);
  const larger = s.expandDims(-1);
  const zero = larger.equal(0);
  const divided = zero.where(0, productsOfOthers(s).expandDims(-2).div(zero.where(1, larger)));
  const place = arange(n);
  const isLastPair = place
    .equal(n - 2)
    .expandDims(-1)
    .logicalAnd(place.equal(n - 1));
  const lastPair = s.slice("...", [0, -2]).prod(-1).expandDims([-2, -1]);
  const upper = isLastPair.where(lastPair, divided.triu({ k: 1 }));
  return upper.add(upper.mT);
}

/** The derivative of the cofactor matrix along E. It is its own transpose. */
function cofactorDerivative(a: Tensor, e: Tensor): Tensor {
  const factors = a.svd();
  const { u, s, vh } = factors;
  const pairs = productsOfOtherPairs(s);
  const rotated = u.mH.matmul(e).matmul(vh.mH);
  const onDiagonal = pairs.matmul(rotated.diagonal().expandDims(-1)).squeeze(-1).diag();
  const inner = onDiagonal.sub(pairs.mul(rotated.mT));
  return orientation(factors).mul(u.matmul(inner).matmul(vh));
}

const cofactorPrimitive: Primitive<null> = define<"a", "c", null>({
  name: "cofactor",
  inputs: ["a"],
  outputs: ["c"],
  shape: ([a]) => [a],
  composite: true,
  run([a]) {
    const factors = withNode(a, null).svd();
    const { u, s, vh } = factors;
    return [orientation(factors).mul(u.mul(productsOfOthers(s).expandDims(-2)).matmul(vh))];
  },
  derivative: {
    // In the basis of singular vectors the second derivative of det along E and F is
    // Σ_{i≠j} (E_ii F_jj − E_ij F_ji) Π_{k≠i,j} σ_k, at any rank; symmetric in E and F.
    saves: { a: ["a"] },
    vjp: ([g], [a]) => [cofactorDerivative(a, g!)],
    jvp: ([da], [a]) => [da && cofactorDerivative(a, da)],
  },
  batch: leadingAxes(2),
});

/**
 * The matrix of cofactors, det(A) A⁻ᵀ where A is regular: U diag(Π_{k≠i} σ_k) Vᴴ up to sign, at any rank.
 * @see Stewart, "On the adjugate matrix", 1998
 */
export const cofactor = (a: Tensor): Tensor => bindOne(cofactorPrimitive, [a], null);
