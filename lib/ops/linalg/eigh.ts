import { floating, lift, liftPair } from "../../convert.js";
import { leadingAxes } from "../../core/batching.js";
import { bind, bindOne, isTracked } from "../../core/bind.js";
import { deferred } from "../../core/deferred.js";
import { define } from "../../core/define.js";
import { type AbstractValue, notDifferentiable } from "../../core/primitive.js";
import { methods } from "../../core/registry.js";
import { NamedTensors } from "../../core/tree.js";
import { execute, kernel, kernelFor } from "../../instruction.js";
import { checkOptions } from "../../options.js";
import { withoutLast } from "../../shape.js";
import { empty, type Method, Tensor, type TensorLike } from "../../tensor.js";
import {
  failureCode,
  type OnFailure,
  onFailureOf,
  squareMatrices,
  symmetrise,
  type Triangle,
  triangleCode,
  triangleOf,
} from "./conventions.js";
import { projections, pullValues, pushVectors, type Reading } from "./eigenpair_derivatives.js";
import { pullPairs } from "./eigenpair_pullback.js";
import { type Degenerate, degenerateOf } from "./gauge.js";
import { standardForm } from "./generalised_eigh.js";
import { partialEigh, partialEigvalsh } from "./partial_eigh.js";
import { checkedSubset, isCheaper, type Subset } from "./subset.js";

export interface EighOptions {
  /** What is read: both triangles as (A + Aᵀ)/2, or one of them. "both" by default. */
  triangle?: Triangle;
  /** "throw" by default; "nan" gives NaN for a matrix that fails. */
  onFailure?: OnFailure;
  /**
   * What a derivative does that depends on the basis of a cluster of equal eigenvalues: "throw" by default, "warn"
   * (see `onWarning`), or "zero", which counts the undefined part as 0 without a word.
   */
  degenerate?: Degenerate;
  /** Only the pairs from ... to − 1, counted from 0 in ascending order, as [from, to]. All by default. */
  subset?: Subset;
}

interface Spectrum extends Reading {
  readonly onFailure: OnFailure;
}

/** Eigenvalues, ascending, and the eigenvectors as columns. */
export class EighResult extends NamedTensors {
  static override readonly fields = ["values", "vectors"];
  constructor(
    readonly values: Tensor,
    readonly vectors: Tensor,
  ) {
    super();
  }
}

const eighKernel = kernel("syevd");
const eigvalshKernel = kernel("syevdValues");

/** Strides of values over the iteration space of one matrix. */
const unitRow: readonly number[] = [1, 0];

const valuesOf = (a: AbstractValue): AbstractValue => ({
  shape: withoutLast(a.shape, 1),
  element: a.element,
});

const eighPrimitive = define<"a", "values" | "vectors", Spectrum>({
  name: "eigh",
  inputs: ["a"],
  outputs: ["values", "vectors"],
  shape(inputs) {
    const a = inputs[0];
    squareMatrices("eigh", a);
    return [valuesOf(a), a];
  },
  run(inputs, outputs, { triangle, onFailure }) {
    const a = inputs[0];
    const w = empty("eigh", outputs[0].shape, a.element);
    const v = empty("eigh", outputs[1].shape, a.element);
    execute(
      "eigh",
      kernelFor("eigh", eighKernel, a.element),
      a.shape,
      [
        [a, a.strides],
        [w, a.ndim === 2 ? unitRow : [...w.strides, 0]],
        [v, v.strides],
      ],
      [failureCode(onFailure), triangleCode(triangle)],
      "syevd",
      withoutLast(a.shape, 2),
    );
    return [w, v];
  },
  derivative: {
    // Magnus 1985, "On differentiating eigenvalues and eigenvectors"; Giles 2008, section 3.1. With D_ij = w_j − w_i:
    // dw = diag(Vᴴ dA V), dV = V (Vᴴ dA V / D), hence A̅ = V (diag(w̅) + skew(Vᴴ V̅)/2 / D) Vᴴ for the symmetric
    // matrix that was decomposed. Where D is 0 the numerator must be, or no derivative exists.
    saves: { values: ["a", "values", "vectors"], vectors: ["a", "values", "vectors"] },
    vjp(cotangents, values, _wanted, reading) {
      const system = { a: values[0], w: values[1], v: values[2] };
      const [gw, gv] = [cotangents[0], cotangents[1]];
      return [gv ? pullPairs(system, gw, gv, reading) : pullValues(system, gw!, reading)];
    },
    jvp([da], [a, w, v], reading) {
      if (da === null) return [null, null];
      const system = { a, w, v };
      const dw = projections(system, symmetrise(da, reading.triangle), reading);
      return [dw, deferred(v.shape, v.element, () => pushVectors(system, da, reading))];
    },
  },
  batch: leadingAxes(2),
});

const eigvalshPrimitive = define<"a", "values", Spectrum>({
  name: "eigvalsh",
  inputs: ["a"],
  outputs: ["values"],
  shape([a]) {
    squareMatrices("eigvalsh", a);
    return [valuesOf(a)];
  },
  run([a], [values], { triangle, onFailure }) {
    const w = empty("eigvalsh", values.shape, a.element);
    execute(
      "eigvalsh",
      kernelFor("eigvalsh", eigvalshKernel, a.element),
      a.shape,
      [
        [a, a.strides],
        [w, [...w.strides, 0]],
      ],
      [failureCode(onFailure), triangleCode(triangle)],
      "syevd",
      withoutLast(a.shape, 2),
    );
    return [w];
  },
  derivative: notDifferentiable("differentiated values are those of eigh"),
  batch: leadingAxes(2),
});

interface Prepared {
  readonly a: Tensor;
  readonly b: Tensor | null;
  readonly params: Spectrum;
  readonly subset: Subset | null;
}

type Second = TensorLike | EighOptions | null | undefined;

/** Options may stand in the place of an omitted b. */
const isOptions = (b: Second): b is EighOptions =>
  typeof b === "object" && b !== null && !(b instanceof Tensor || Array.isArray(b) || ArrayBuffer.isView(b));

const optionKeys = ["triangle", "onFailure", "degenerate", "subset"];

function prepared(
  operation: string,
  first: TensorLike,
  second: Second,
  third: EighOptions | undefined,
): Prepared {
  const right = isOptions(second) ? null : (second ?? null);
  const options = isOptions(second) ? second : third;
  checkOptions(operation, options, optionKeys);
  const [a, b] =
    right === null
      ? [floating(lift(operation, first)), null]
      : liftPair(operation, first, right).map(floating);
  squareMatrices(operation, a);
  if (b !== null) squareMatrices(operation, b);
  return {
    a,
    b,
    params: {
      operation,
      values: "eigenvalues",
      degenerate: degenerateOf(operation, options?.degenerate),
      triangle: triangleOf(operation, options?.triangle),
      onFailure: onFailureOf(operation, options?.onFailure),
    },
    subset: options?.subset === undefined ? null : checkedSubset(operation, options.subset, a),
  };
}

function standardEigh(a: Tensor, params: Spectrum, subset: Subset | null): EighResult {
  if (subset !== null && isCheaper(subset, a, 4)) {
    const [from, to] = subset;
    return new EighResult(...partialEigh(a, { ...params, from, to }));
  }
  const [values, vectors] = bind(eighPrimitive, [a], params);
  if (subset === null) return new EighResult(values, vectors);
  return new EighResult(values.slice("...", subset), vectors.slice("...", subset));
}

function standardEigvalsh(a: Tensor, params: Spectrum, subset: Subset | null): Tensor {
  const tracked = isTracked(a);
  if (subset !== null && isCheaper(subset, a, tracked ? 4 : 16)) {
    const [from, to] = subset;
    return partialEigvalsh(a, { ...params, from, to });
  }
  const values = tracked ? bind(eighPrimitive, [a], params)[0] : bindOne(eigvalshPrimitive, [a], params);
  return subset === null ? values : values.slice("...", subset);
}

/**
 * Eigenvalues (ascending) and eigenvectors of symmetric matrices [..., n, n], by implicit QL on their tridiagonal
 * form, large ones by LAPACK's `syevd`; with positive definite b [..., n, n], those of A v = w B v, by Cholesky and
 * the standard problem. Batches broadcast. The vectors are orthonormal, and with b they satisfy Vᵀ B V = I.
 *
 * `triangle` decides what is read and with it the gradient: "both" computes with (A + Aᵀ)/2 and its gradient is
 * symmetric, "lower" and "upper" read one triangle and the gradient lives there. `subset: [from, to]` computes k = to
 * − from pairs alone, by bisection and inverse iteration; their exact gradient costs O(n² k).
 *
 * At equal eigenvalues what is smooth differentiates, to any order: other vectors, whole clusters' projectors and
 * sums. A loss that depends on the basis of a cluster has no derivative, which `degenerate` deals with; functions of
 * the matrix go through `matrixFunction`.
 * @returns values [..., n] and vectors [..., n, n], one per column; each vector's sign is arbitrary. Of a
 * subset, values [..., k] and vectors [..., n, k]
 * @throws ShapeError if not square or of different orders, ArgumentError for a subset out of range, LinAlgError for
 * NaN or Infinity, where b is not positive definite and where a routine does not converge; derivatives GradientError
 * (ERR_ADJOINT_GAUGE, with `indices`, `gap` and `defect`) where they depend on an arbitrary basis
 * @see Magnus, "On differentiating eigenvalues and eigenvectors", 1985
 * @example linalg.eigh([[2, 1], [1, 2]]).values // [1, 3]
 */
export function eigh(a: TensorLike, b?: TensorLike | EighOptions | null, options?: EighOptions): EighResult {
  const { a: x, b: y, params, subset } = prepared("eigh", a, b, options);
  if (y === null) return standardEigh(x, params, subset);
  const form = standardForm("eigh", x, y, params);
  const { values, vectors } = standardEigh(form.matrix, { ...params, triangle: "both" }, subset);
  return new EighResult(values, form.vectors(vectors));
}

/**
 * Eigenvalues (ascending) of symmetric matrices [..., n, n], or of A v = w B v, without the vectors: see `eigh`.
 * @example linalg.eigvalsh([[2, 1], [1, 2]]) // [1, 3]
 */
export function eigvalsh(a: TensorLike, b?: TensorLike | EighOptions | null, options?: EighOptions): Tensor {
  const { a: x, b: y, params, subset } = prepared("eigvalsh", a, b, options);
  if (y === null) return standardEigvalsh(x, params, subset);
  const form = standardForm("eigvalsh", x, y, params);
  return standardEigvalsh(form.matrix, { ...params, triangle: "both" }, subset);
}

methods({ eigh, eigvalsh });

declare module "../../tensor.js" {
  interface Tensor {
    eigh: Method<typeof eigh>;
    eigvalsh: Method<typeof eigvalsh>;
  }
}
