import { floating, lift } from "../../convert.js";
import { leadingAxes } from "../../core/batching.js";
import { bind, bindOne, isTracked } from "../../core/bind.js";
import { deferred } from "../../core/deferred.js";
import { define } from "../../core/define.js";
import { type AbstractValue, notDifferentiable } from "../../core/primitive.js";
import { methods } from "../../core/registry.js";
import { NamedTensors } from "../../core/tree.js";
import { complexOf } from "../../dtype.js";
import { execute, kernel, kernelFor } from "../../instruction.js";
import { checkOptions } from "../../options.js";
import { columnMajorStrides, shapeOf, withoutLast } from "../../shape.js";
import { empty, emptyStrided, type Method, type Tensor, type TensorLike } from "../../tensor.js";
import { failureCode, type OnFailure, onFailureOf, squareMatrices } from "./conventions.js";
import { type Eigenbasis, eigenbasis, gaugeInvariant, turnsBetweenEqual } from "./eigenbasis.js";

export interface EigOptions {
  /** "throw" by default; "nan" gives NaN for a matrix that fails. */
  onFailure?: OnFailure;
}

/** Eigenvalues and, as columns, right eigenvectors, both complex. */
export class EigResult extends NamedTensors {
  static override readonly fields = ["values", "vectors"];
  constructor(
    readonly values: Tensor,
    readonly vectors: Tensor,
  ) {
    super();
  }
}

const eigKernel = kernel("geev");
const eigvalsKernel = kernel("geevValues");

const vectorsOf = (a: AbstractValue): AbstractValue => ({ shape: a.shape, element: complexOf(a.element) });
const valuesOf = (a: AbstractValue): AbstractValue => ({
  shape: shapeOf(a.shape.slice(0, -1)),
  element: complexOf(a.element),
});

/** m / (w_j − w_i) at row i, column j, and between equal eigenvalues what is given. */
function overGaps(m: Tensor, w: Tensor, { close }: Eigenbasis, between: Tensor | number): Tensor {
  return close.where(between, m.div(close.where(1, w.expandDims(-2).sub(w.expandDims(-1)))));
}

/** For each vector its largest component among those that are real: one is, by LAPACK's choice of the phase. */
function realComponent(v: Tensor): Tensor {
  const size = v.imag().equal(0).where(v.real().abs(), -1);
  return size.stopGradient().argmax(-2).expandDims(-2);
}

/** The tangent of the vectors from P = V⁻¹ dA V. */
function movedVectors(p: Tensor, w: Tensor, v: Tensor, basis: Eigenbasis): Tensor {
  const u = v.matmul(overGaps(p, w, basis, turnsBetweenEqual(p, basis)));
  const norm = v.conj().mul(u).real().sum(-2, { keepDims: true });
  const at = realComponent(v);
  const phase = u.takeAlongAxis(at, -2).div(v.takeAlongAxis(at, -2)).imag();
  return u.sub(v.mul(norm.add(phase.mul({ re: 0, im: 1 }))));
}

const eigPrimitive = define<"a", "values" | "vectors", OnFailure>({
  name: "eig",
  inputs: ["a"],
  outputs: ["values", "vectors"],
  shape([a]) {
    squareMatrices("eig", a);
    return [valuesOf(a), vectorsOf(a)];
  },
  run([a], [values, vectors], onFailure) {
    const w = empty("eig", values.shape, values.element);
    const v = emptyStrided("eig", vectors.shape, columnMajorStrides(vectors.shape), vectors.element);
    execute(
      "eig",
      kernelFor("eig", eigKernel, a.element),
      a.shape,
      [
        [a, a.strides],
        [w, [...w.strides, 0]],
        [v, v.strides],
      ],
      [failureCode(onFailure)],
      "geev",
      withoutLast(a.shape, 2),
    );
    return [w, v];
  },
  derivative: {
    // Boeddeker et al., "On the computation of complex-valued gradients with application to statistically optimum
    // beamforming", 2017 (arXiv 1701.00392), equation 4.77. With P = V⁻¹ dA V and U = V (P / (w_j − w_i)) off the
    // diagonal: dw = diag P and dV = U − V diag(Re v_iᴴ u_i + i φ_i). The real part keeps the norm; φ is the turn of
    // the phase, which the component that stays real decides, and which no loss that has a gradient depends on.
    // The pullback is the transpose of that for φ = 0, in the walk's convention: V^T stands where Vᴴ would.
    saves: { values: ["a", "values", "vectors"], vectors: ["a", "values", "vectors"] },
    vjp([gw, gv], [a, w, v], [wanted]) {
      const basis = eigenbasis(a, w, v);
      let middle = gw?.diag() ?? null;
      if (gv) {
        const k = v.mT.matmul(gv);
        const alongNorm = v.mT.matmul(v.conj()).mul(k.diagonal().real().expandDims(-2));
        const turned = overGaps(gaugeInvariant(k.sub(alongNorm), gv, basis), w, basis, 0);
        middle = middle ? middle.add(turned) : turned;
      }
      const ga = basis.inverse.mT.matmul(middle!).matmul(v.mT);
      return [wanted!.element.complex ? ga : ga.real()];
    },
    jvp([da], [a, w, v]) {
      if (da === null || v.size === 0) return [null, null];
      const basis = eigenbasis(a, w, v);
      const p = basis.inverse.matmul(da.cast(v.dtype)).matmul(v);
      return [p.diagonal(), deferred(v.shape, v.element, () => movedVectors(p, w, v, basis))];
    },
  },
  batch: leadingAxes(2),
});

const eigvalsPrimitive = define<"a", "values", OnFailure>({
  name: "eigvals",
  inputs: ["a"],
  outputs: ["values"],
  shape([a]) {
    squareMatrices("eigvals", a);
    return [valuesOf(a)];
  },
  run([a], [values], onFailure) {
    const w = empty("eigvals", values.shape, values.element);
    execute(
      "eigvals",
      kernelFor("eigvals", eigvalsKernel, a.element),
      a.shape,
      [
        [a, a.strides],
        [w, [...w.strides, 0]],
      ],
      [failureCode(onFailure)],
      "geev",
      withoutLast(a.shape, 2),
    );
    return [w];
  },
  derivative: notDifferentiable("differentiated values are those of eig"),
  batch: leadingAxes(2),
});

function prepared(
  operation: string,
  a: TensorLike,
  options: EigOptions | undefined,
): [x: Tensor, onFailure: OnFailure] {
  checkOptions(operation, options, ["onFailure"]);
  const x = floating(lift(operation, a));
  squareMatrices(operation, x);
  return [x, onFailureOf(operation, options?.onFailure)];
}

/**
 * Eigenvalues and right eigenvectors of general matrices [..., n, n], real or complex, by LAPACK's `geev`: A V = V
 * diag(w), V⁻¹ exists unless the matrix is defective. Results are complex128 (complex64 of float32 and complex64). The
 * eigenvalues of a real matrix come with their conjugates, in no further order. Vectors have unit norm, and their
 * component of largest magnitude is real; its sign is LAPACK's choice.
 *
 * The phase of a vector is arbitrary, so that a loss which depends on it has no gradient: it is refused. Losses of
 * |v|, of v vᴴ or of ratios of components have one. In forward mode vectors move as the ones that are returned do;
 * those of equal eigenvalues that part along the direction have no tangent: an error, or NaN beside vectors that have.
 * @returns values [..., n] and vectors [..., n, n], one per column
 * @throws ShapeError if not square, LinAlgError for NaN or Infinity and where `geev` does not converge. Derivatives
 * throw a GradientError: ERR_ADJOINT_GAUGE for a loss that depends on phases or on the basis of equal eigenvalues'
 * vectors, ERR_ADJOINT_GRADIENT for a defective matrix
 * @see Boeddeker et al., "On the computation of complex-valued gradients with application to statistically optimum beamforming", 2017
 * @example linalg.eig([[0, -1], [1, 0]]).values // [{ re: 0, im: 1 }, { re: 0, im: -1 }]
 */
export function eig(a: TensorLike, options?: EigOptions): EigResult {
  const [x, onFailure] = prepared("eig", a, options);
  const [values, vectors] = bind(eigPrimitive, [x], onFailure);
  return new EigResult(values, vectors);
}

/**
 * Eigenvalues of general matrices [..., n, n], complex, without the vectors: see `eig`.
 * @example linalg.eigvals([[0, -1], [1, 0]]) // [{ re: 0, im: 1 }, { re: 0, im: -1 }]
 */
export function eigvals(a: TensorLike, options?: EigOptions): Tensor {
  const [x, onFailure] = prepared("eigvals", a, options);
  if (isTracked(x)) return bind(eigPrimitive, [x], onFailure)[0];
  return bindOne(eigvalsPrimitive, [x], onFailure);
}

methods({ eig, eigvals });

declare module "../../tensor.js" {
  interface Tensor {
    eig: Method<typeof eig>;
    eigvals: Method<typeof eigvals>;
  }
}
