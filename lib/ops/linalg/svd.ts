import { checkOptions, lift } from "../../convert.js";
import { leadingAxes } from "../../core/batching.js";
import { bind, bindOne, isTracked } from "../../core/bind.js";
import { define } from "../../core/define.js";
import { type AbstractValue, type MaybeTensor, notDifferentiable } from "../../core/primitive.js";
import { methods } from "../../core/registry.js";
import { NamedTensors } from "../../core/tree.js";
import { execute, kernel, kernelFor } from "../../instruction.js";
import { columnMajorStrides, shapeOf } from "../../shape.js";
import { empty, emptyStrided, type Method, type Tensor, type TensorLike } from "../../tensor.js";
import { type Completion, completedTangent, determinedColumns } from "./completion.js";
import { failureCode, floating, matrices, type OnFailure, onFailureOf } from "./conventions.js";

export interface SvdOptions {
  /** Square U and Vᵀ in place of the first min(m, n) columns and rows. */
  fullMatrices?: boolean;
  /** "throw" by default; "nan" gives NaN for a matrix that fails. */
  onFailure?: OnFailure;
}

/** A = U diag(s) Vᴴ: singular vectors as columns of U and rows of Vᴴ, singular values descending. */
export class SvdResult extends NamedTensors {
  static override readonly fields = ["u", "s", "vh"];
  constructor(
    readonly u: Tensor,
    readonly s: Tensor,
    readonly vh: Tensor,
  ) {
    super();
  }
}

interface Params {
  readonly full: boolean;
  readonly onFailure: OnFailure;
}

const gesdd = kernel("gesdd");
const gesddValues = kernel("gesddValues");

const valuesOf = (a: AbstractValue): AbstractValue => ({
  shape: shapeOf([...a.shape.slice(0, -2), Math.min(...a.shape.slice(-2))]),
  element: a.element,
});

/** k / (s_j − s_i) off the diagonal; 0 where k is exactly 0. */
function overGaps(k: Tensor, s: Tensor): Tensor {
  const zero = k.equal(0);
  return zero.where(0, k.div(zero.where(1, s.expandDims(-2).sub(s.expandDims(-1)))));
}

/** s_j / (s_i + s_j), where the difference of squares of small or large values would vanish or overflow. */
function shares(s: Tensor): Tensor {
  const column = s.expandDims(-2);
  const sum = column.add(s.expandDims(-1));
  const zero = sum.equal(0);
  return zero.where(0.5, column.div(zero.where(1, sum)));
}

/** What is determined of decompositions of [..., m, n] with square U and V. */
const completionOf = (of: AbstractValue): Completion => ({
  operation: "svd",
  count: Math.min(...of.shape.slice(-2)),
  of,
  advice: "take those with slice, or fullMatrices: false",
});

const skew = (m: Tensor): Tensor => m.sub(m.mH);
const withoutDiagonal = (m: Tensor): Tensor => m.tril({ k: -1 }).add(m.triu({ k: 1 }));
/** m without its part in the span of the orthonormal columns of q. */
const outside = (q: Tensor, m: Tensor): Tensor => m.sub(q.matmul(q.mH.matmul(m)));

/** U, s and V (columns), thin. */
type Parts<T> = readonly [u: T, s: T, v: T];

function pullback([gu, gs, gv]: Parts<MaybeTensor>, [u, s, v]: Parts<Tensor>, m: number, n: number): Tensor {
  if (!gu && !gv) return u.mul(gs!.expandDims(-2)).matmul(v.mH);
  const share = shares(s);
  const fromU = gu && overGaps(skew(u.mH.matmul(gu)), s).mul(share);
  const fromV = gv && overGaps(skew(v.mH.matmul(gv)), s).mul(share.mT);
  const middle = sumOf([fromU, fromV, gs?.diag()]);
  const column = s.expandDims(-2);
  const tall = gu && m > n ? outside(u, gu).div(column).matmul(v.mH) : null;
  const wide = gv && n > m ? u.matmul(outside(v, gv).div(column).mH) : null;
  return sumOf([u.matmul(middle).matmul(v.mH), tall, wide]);
}

function pushforward(da: Tensor, [u, s, v]: Parts<Tensor>, m: number, n: number): Parts<Tensor> {
  const p = u.mH.matmul(da).matmul(v);
  const off = withoutDiagonal(p);
  const share = shares(s);
  const turnU = overGaps(off.mul(share).add(off.mH.mul(share.mT)), s);
  const turnV = overGaps(off.mul(share.mT).add(off.mH.mul(share)), s);
  const column = s.expandDims(-2);
  const tall = m > n ? outside(u, da.matmul(v)).div(column) : null;
  const wide = n > m ? outside(v, da.mH.matmul(u)).div(column) : null;
  return [sumOf([u.matmul(turnU), tall]), p.diagonal(), sumOf([v.matmul(turnV), wide])];
}

const svdPrimitive = define<"a", "u" | "s" | "vh", Params>({
  name: "svd",
  inputs: ["a"],
  outputs: ["u", "s", "vh"],
  shape([a], { full }) {
    matrices("svd", a);
    const batch = a.shape.slice(0, -2);
    const [m, n] = a.shape.slice(-2);
    const k = Math.min(m, n);
    const of = (rows: number, columns: number): AbstractValue => ({
      shape: shapeOf([...batch, rows, columns]),
      element: a.element,
    });
    return [of(m, full ? m : k), valuesOf(a), of(full ? n : k, n)];
  },
  run([a], outputs, { onFailure }) {
    const { element } = a;
    const [u, vh] = [outputs[0], outputs[2]].map(({ shape }) =>
      emptyStrided("svd", shape, columnMajorStrides(shape), element),
    );
    const s = empty("svd", outputs[1].shape, element);
    const batch = a.shape.slice(0, -2);
    const [m, n] = a.shape.slice(-2);
    const ku = u.shape[u.ndim - 1];
    const kv = vh.shape[vh.ndim - 2];
    const outer = (x: Tensor): readonly number[] => x.strides.slice(0, batch.length);
    const [row, column] = a.strides.slice(-2);
    execute(
      "svd",
      kernelFor("svd", gesdd, element),
      [...batch, m, n, ku, kv, Math.min(m, n)],
      [
        [a, [...outer(a), row, column, 0, 0, 0]],
        [u, [...outer(u), 1, 0, u.strides[u.ndim - 1], 0, 0]],
        [s, [...outer(s), 0, 0, 0, 0, 1]],
        [vh, [...outer(vh), 0, vh.strides[vh.ndim - 1], 0, 1, 0]],
      ],
      [failureCode(onFailure)],
      "gesdd",
      batch,
    );
    return [u, s, vh];
  },
  derivative: {
    // Townsend 2016, "Differentiating the singular value decomposition"; Giles 2008, section 3.2. With
    // F_ij = 1/(s_j² − s_i²): dU = U (F ∘ (dP S + S dPᴴ)) + (I − UUᴴ) dA V S⁻¹ where dP = Uᴴ dA V, and alike for V.
    saves: { u: ["u", "s", "vh"], s: ["u", "vh"], vh: ["u", "s", "vh"] },
    vjp([gu, gs, gvh], [, u, s, vh], [input], { full }) {
      const completion = completionOf(input!);
      const [m, n] = input!.shape.slice(-2);
      const first = (x: Tensor, completed: boolean): Tensor =>
        completed ? x.slice("...", [0, completion.count]) : x;
      const asked = (g: Tensor | null, completed: boolean): Tensor | null =>
        g && completed ? determinedColumns(g, completion) : g;
      const [left, right] = [first(u, full && m > n), first(vh.mH, full && n > m)];
      const gu1 = asked(gu, full && m > n);
      const gv1 = asked(gvh?.mH ?? null, full && n > m);
      return [pullback([gu1, gs, gv1], [left, s, right], m, n)];
    },
    jvp([da], [a, u, s, vh], { full }) {
      if (da === null) return [null, null, null];
      const completion = completionOf(a);
      const { count } = completion;
      const [m, n] = a.shape.slice(-2);
      if (!full || m === n) {
        const [du, ds, dv] = pushforward(da, [u, s, vh.mH], m, n);
        return [du, ds, dv.mH];
      }
      const [left, right] = [u, vh.mH].map((x) => x.slice("...", [0, count]));
      const [du, ds, dv] = pushforward(da, [left, s, right], m, n);
      if (m > n) return [completedTangent(du, m, completion), ds, dv.mH];
      return [du, ds, completedTangent(dv, n, completion).mH];
    },
  },
  batch: leadingAxes(2),
});

const sumOf = (terms: readonly (Tensor | null | undefined)[]): Tensor =>
  terms.reduce((sum, term) => (sum && term ? sum.add(term) : (sum ?? term)))!;

const svdvalsPrimitive = define<"a", "s", OnFailure>({
  name: "svdvals",
  inputs: ["a"],
  outputs: ["s"],
  shape([a]) {
    matrices("svdvals", a);
    return [valuesOf(a)];
  },
  run([a], [values], onFailure) {
    const s = empty("svdvals", values.shape, a.element);
    const [m, n] = a.shape.slice(-2);
    const batch = a.shape.slice(0, -2);
    execute(
      "svdvals",
      kernelFor("svdvals", gesddValues, a.element),
      [...batch, m, n, Math.min(m, n)],
      [
        [a, [...a.strides, 0]],
        [s, [...s.strides.slice(0, -1), 0, 0, 1]],
      ],
      [failureCode(onFailure)],
      "gesdd",
      batch,
    );
    return [s];
  },
  derivative: notDifferentiable("differentiated values are those of svd"),
  batch: leadingAxes(2),
});

/**
 * The singular value decomposition A = U diag(s) Vᴴ of matrices [..., m, n], by LAPACK's `gesdd`.
 * @returns u [..., m, k], s [..., k] descending and vh [..., k, n] with k = min(m, n); u [..., m, m] and
 * vh [..., n, n] with `fullMatrices`. The sign of each pair of vectors is LAPACK's choice; the vectors beyond the
 * first k are an arbitrary basis: asking for their derivative is a GradientError, that of the first k exists
 * @throws ShapeError without two axes, LinAlgError for NaN or Infinity and where `gesdd` does not converge
 * @see Townsend, "Differentiating the singular value decomposition", 2016
 * @example linalg.svd([[3, 0], [0, 4]]).s // [4, 3]
 */
export function svd(a: TensorLike, options?: SvdOptions): SvdResult {
  checkOptions("svd", options, ["fullMatrices", "onFailure"]);
  const params = {
    full: options?.fullMatrices ?? false,
    onFailure: onFailureOf("svd", options?.onFailure),
  };
  const [u, s, vh] = bind(svdPrimitive, [floating(lift("svd", a))], params);
  return new SvdResult(u, s, vh);
}

/**
 * The singular values of matrices [..., m, n], descending, without the vectors.
 * @example linalg.svdvals([[3, 0], [0, 4]]) // [4, 3]
 */
export function svdvals(a: TensorLike, options?: Pick<SvdOptions, "onFailure">): Tensor {
  checkOptions("svdvals", options, ["onFailure"]);
  const x = floating(lift("svdvals", a));
  const onFailure = onFailureOf("svdvals", options?.onFailure);
  if (isTracked(x)) return bind(svdPrimitive, [x], { full: false, onFailure })[1];
  return bindOne(svdvalsPrimitive, [x], onFailure);
}

methods({ svd, svdvals });

declare module "../../tensor.js" {
  interface Tensor {
    svd: Method<typeof svd>;
    svdvals: Method<typeof svdvals>;
  }
}
