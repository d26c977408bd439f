import { floating, lift } from "../../convert.js";
import { leadingAxes } from "../../core/batching.js";
import { bind, bindOne, isTracked } from "../../core/bind.js";
import { deferred } from "../../core/deferred.js";
import { define } from "../../core/define.js";
import { type AbstractValue, notDifferentiable } from "../../core/primitive.js";
import { methods } from "../../core/registry.js";
import { NamedTensors } from "../../core/tree.js";
import { execute, kernel, kernelFor } from "../../instruction.js";
import { checkOptions } from "../../options.js";
import { columnMajorStrides, shapeOf, withoutLast } from "../../shape.js";
import { empty, emptyStrided, type Method, type Tensor, type TensorLike } from "../../tensor.js";
import { type Completion, completedTangent, determinedColumns } from "./completion.js";
import { failureCode, matrices, type OnFailure, onFailureOf } from "./conventions.js";
import { type Degenerate, degenerateOf, type Gauge } from "./gauge.js";
import {
  combination,
  projections,
  pullVectors,
  pushVectors,
  type SidePair,
  type SingularSystem,
} from "./singular_pair_derivatives.js";

export interface SvdOptions {
  /** Square U and Vᵀ in place of the first min(m, n) columns and rows. */
  fullMatrices?: boolean;
  /** "throw" by default; "nan" gives NaN for a matrix that fails. */
  onFailure?: OnFailure;
  /**
   * What a derivative does that depends on the basis of a cluster of equal singular values: "throw" by default,
   * "warn" (see `onWarning`), or "zero", which counts the undefined part as 0 without a word.
   */
  degenerate?: Degenerate;
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

interface Params extends Gauge {
  readonly full: boolean;
  readonly onFailure: OnFailure;
}

const gesdd = kernel("gesdd");
const gesddValues = kernel("gesddValues");

const valuesOf = (a: AbstractValue): AbstractValue => ({
  shape: shapeOf([...withoutLast(a.shape, 2), Math.min(...a.shape.slice(-2))]),
  element: a.element,
});

/** What is determined of decompositions of [..., m, n] with square U and V. */
const completionOf = (of: AbstractValue): Completion => ({
  operation: "svd",
  count: Math.min(...of.shape.slice(-2)),
  of,
  advice: "take those with slice, or fullMatrices: false",
});

/** On which side vectors were added, that complete a basis. */
function completedSides(
  { shape }: AbstractValue,
  { full }: Params,
): readonly [left: boolean, right: boolean] {
  const [m, n] = shape.slice(-2);
  return [full && m > n, full && n > m];
}

const svdPrimitive = define<"a", "u" | "s" | "vh", Params>({
  name: "svd",
  inputs: ["a"],
  outputs: ["u", "s", "vh"],
  shape([a], { full }) {
    matrices("svd", a);
    const batch = withoutLast(a.shape, 2);
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
    const batch = withoutLast(a.shape, 2);
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
    saves: { u: ["a", "u", "s", "vh"], s: ["a", "u", "s", "vh"], vh: ["a", "u", "s", "vh"] },
    vjp([gu, gs, gvh], [a, u, s, vh], [input], params) {
      const completion = completionOf(input!);
      const [left, right] = completedSides(input!, params);
      const asked = (g: Tensor | null, completed: boolean): Tensor | null =>
        g && completed ? determinedColumns(g, completion) : g;
      const system = thin({ a, u, s, vh }, left, right);
      const sides = [asked(gu, left), asked(gvh?.mH ?? null, right)] as const;
      const fromValues = gs && combination(system, gs, params);
      const fromVectors = gu || gvh ? pullVectors(system, sides, gs, params) : null;
      return [fromValues && fromVectors ? fromValues.add(fromVectors) : (fromValues ?? fromVectors)];
    },
    jvp([da], [a, u, s, vh], params) {
      if (da === null) return [null, null, null];
      const completion = completionOf(a);
      const [left, right] = completedSides(a, params);
      const system = thin({ a, u, s, vh }, left, right);
      let tangents: SidePair | null = null;
      const pushed = (side: 0 | 1): Tensor => {
        tangents ??= pushVectors(system, da, params);
        return tangents[side];
      };
      const [m, n] = a.shape.slice(-2);
      const du = left
        ? completedTangent(pushed(0), m, completion)
        : deferred(u.shape, u.element, () => pushed(0));
      const dvh = right
        ? completedTangent(pushed(1), n, completion).mH
        : deferred(vh.shape, vh.element, () => pushed(1).mH);
      return [du, projections(system, da, params), dvh];
    },
  },
  batch: leadingAxes(2),
});

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
    const batch = withoutLast(a.shape, 2);
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

/** The decomposition without the vectors that `fullMatrices` added. */
function thin({ a, u, s, vh }: SingularSystem, left: boolean, right: boolean): SingularSystem {
  const count = s.shape[s.ndim - 1];
  return {
    a,
    u: left ? u.slice("...", [0, count]) : u,
    s,
    vh: right ? vh.slice("...", [0, count], null) : vh,
  };
}

function gaugeOf(operation: string, degenerate: Degenerate | undefined): Gauge {
  return { operation, values: "singular values", degenerate: degenerateOf(operation, degenerate) };
}

/**
 * The singular value decomposition A = U diag(s) Vᴴ of matrices [..., m, n], by LAPACK's `gesdd`.
 * @returns u [..., m, k], s [..., k] descending and vh [..., k, n] with k = min(m, n); u [..., m, m] and
 * vh [..., n, n] with `fullMatrices`. The sign of each pair of vectors is LAPACK's choice; the vectors beyond the
 * first k are an arbitrary basis: asking for their derivative is a GradientError, that of the first k exists
 * @throws ShapeError without two axes, LinAlgError for NaN or Infinity and where `gesdd` does not converge;
 * derivatives GradientError (ERR_ADJOINT_GAUGE) where they depend on the basis of equal singular values: see `eigh`
 * @see Townsend, "Differentiating the singular value decomposition", 2016
 * @example linalg.svd([[3, 0], [0, 4]]).s // [4, 3]
 */
export function svd(a: TensorLike, options?: SvdOptions): SvdResult {
  checkOptions("svd", options, ["fullMatrices", "onFailure", "degenerate"]);
  const params = {
    ...gaugeOf("svd", options?.degenerate),
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
export function svdvals(a: TensorLike, options?: Omit<SvdOptions, "fullMatrices">): Tensor {
  checkOptions("svdvals", options, ["onFailure", "degenerate"]);
  const x = floating(lift("svdvals", a));
  const onFailure = onFailureOf("svdvals", options?.onFailure);
  const gauge = gaugeOf("svdvals", options?.degenerate);
  if (isTracked(x)) return bind(svdPrimitive, [x], { ...gauge, full: false, onFailure })[1];
  return bindOne(svdvalsPrimitive, [x], onFailure);
}

methods({ svd, svdvals });

declare module "../../tensor.js" {
  interface Tensor {
    svd: Method<typeof svd>;
    svdvals: Method<typeof svdvals>;
  }
}
