import { leadingAxes } from "../../core/batching.js";
import { bindOne } from "../../core/bind.js";
import { define } from "../../core/define.js";
import { type Tensor, withNode } from "../../tensor.js";

/** Singular vectors and values; columns that belong to zeros are zeros. */
interface Parts {
  readonly u: Tensor;
  readonly s: Tensor;
  readonly v: Tensor;
}

function regularParts(u: Tensor, s: Tensor, vh: Tensor): Parts {
  const regular = s.greater(0).cast(s.dtype).expandDims(-2);
  return { u: u.mul(regular), s, v: vh.mH.mul(regular) };
}

/** m without its part in the span of the columns of q. */
const outside = (q: Tensor, m: Tensor): Tensor => m.sub(q.matmul(q.mH.matmul(m)));
const overOrZero = (x: Tensor, y: Tensor): Tensor => {
  const zero = y.equal(0);
  return zero.where(0, x.div(zero.where(1, y)));
};

/**
 * The derivative of W = U Vᴴ along E, a symmetric map: with P = Uᴴ E V it is U ((P_ij − P_ji) / (s_i + s_j)) Vᴴ and,
 * beyond the span of the vectors, (I − U Uᴴ) E V S⁻¹ Vᴴ and U S⁻¹ Uᴴ E (I − V Vᴴ). No difference of singular values
 * divides, so that equal ones do no harm.
 */
function turned(e: Tensor, { u, s, v }: Parts): Tensor {
  const row = s.expandDims(-2);
  const p = u.mH.matmul(e).matmul(v);
  const inner = overOrZero(p.sub(p.mH), s.expandDims(-1).add(row));
  const left = overOrZero(outside(u, e.matmul(v)), row);
  const right = overOrZero(outside(v, e.mH.matmul(u)), row);
  return u.matmul(inner).add(left).matmul(v.mH).add(u.matmul(right.mH));
}

/** W = U Vᴴ, which is `w`. It depends on A alone; the decomposition says how. */
const polarPrimitive = define<"a" | "u" | "s" | "vh" | "w", "y", null>({
  name: "polarFactor",
  inputs: ["a", "u", "s", "vh", "w"],
  outputs: ["y"],
  shape: (inputs) => [inputs[4]],
  run: (inputs) => [withNode(inputs[4], null)],
  derivative: {
    // Higham 2008, "Functions of Matrices", section 8.1, from the derivatives of W H = A and Wᴴ W = I.
    saves: { a: ["u", "s", "vh"] },
    vjp: ([g], [, u, s, vh]) => [turned(g!, regularParts(u, s, vh))],
    jvp: ([da], [, u, s, vh]) => [da && turned(da, regularParts(u, s, vh))],
  },
  batch: leadingAxes(2, 2, 1, 2, 2),
});

function polarFactor(a: Tensor, u: Tensor, s: Tensor, vh: Tensor): Tensor {
  const [ru, rs, rvh] = [u, s, vh].map((x) => x.stopGradient());
  const parts = regularParts(ru, rs, rvh);
  const w = parts.u.matmul(parts.v.mH);
  return bindOne(polarPrimitive, [a, u, s, vh, w], null);
}

const nuclearNormPrimitive = define<"a" | "u" | "s" | "vh" | "sum", "y", null>({
  name: "nuclearNorm",
  inputs: ["a", "u", "s", "vh", "sum"],
  outputs: ["y"],
  shape: (inputs) => [inputs[4]],
  run: (inputs) => [withNode(inputs[4], null)],
  derivative: {
    // Watson 1992, "Characterization of the subdifferential of some matrix norms": the gradient is W, and where
    // singular values are 0, W is the subgradient of smallest norm.
    saves: { a: ["a", "u", "s", "vh"] },
    vjp: ([g], [a, u, s, vh]) => [g!.expandDims([-2, -1]).mul(polarFactor(a, u, s, vh))],
    jvp: ([da], [a, u, s, vh]) => [da && polarFactor(a, u, s, vh).mul(da).sum([-2, -1])],
  },
  batch: leadingAxes(2, 2, 1, 2, 0),
});

/** The sum of singular values. */
export function nuclearNorm(a: Tensor): Tensor {
  const { u, s, vh } = a.svd();
  return bindOne(nuclearNormPrimitive, [a, u, s, vh, s.sum(-1).stopGradient()], null);
}
