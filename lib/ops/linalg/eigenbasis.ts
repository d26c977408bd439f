import { bindOne } from "../../core/bind.js";
import { define } from "../../core/define.js";
import { inspect } from "../../core/inspect.js";
import { GradientError } from "../../errors.js";
import { type Shape, showShape, sizeOf, unravelIndex, withoutLast } from "../../shape.js";
import { type Tensor, withNode } from "../../tensor.js";
import { complexInverse } from "./complex_inverse.js";

// Eigenvectors have derivatives where they form a basis and their eigenvalues differ, and a loss has a gradient
// through them where it does not depend on their phases. Values decide that, so a primitive looks at them.

/** One matrix of a batch: what the check has been given of it, in row-major order. */
type Check = (values: readonly Float64Array[], n: number, batchIndex: readonly number[]) => void;

const placed = (batchIndex: readonly number[]): string =>
  batchIndex.length > 0 ? ` of matrix ${showShape(batchIndex)} of the batch` : "";

const guardPrimitive = define<"xs", "y", Check>({
  name: "eigenbasisGuard",
  inputs: ["xs"],
  outputs: ["y"],
  shape: ([y]) => [y],
  composite: true,
  run([y, ...constants], _outputs, check) {
    const n = y.shape[y.ndim - 1];
    const batch: Shape = withoutLast(y.shape, 2);
    const count = sizeOf(batch);
    inspect(constants, (looked) => {
      const all = looked.map((x) => x.toTypedArray("float64"));
      for (let k = 0; k < count; k++) {
        const own = all.map((values) =>
          values.subarray((k * values.length) / count, ((k + 1) * values.length) / count),
        );
        check(own, n, unravelIndex(k, batch));
      }
    });
    return [withNode(y, null)];
  },
  derivative: { saves: {}, vjp: ([g]) => [g], jvp: ([t]) => [t] },
  batch: (apply, inputs, check, batched, size) =>
    apply(
      inputs.map((x, i) => (batched[i] ? x : x.expandDims(0).broadcastTo([size, ...x.shape]))),
      check,
    ),
});

const sortedPair = (i: number, j: number): [number, number] => [Math.min(i, j), Math.max(i, j)];
const largest = (values: Float64Array): number => values.reduce((a, b) => Math.max(a, b), 0);

/** The matrices y, after the check has seen what it needs: real numbers, batched like y. */
const guarded = (y: Tensor, constants: readonly Tensor[], check: Check): Tensor =>
  bindOne(guardPrimitive, [y, ...constants.map((x) => x.stopGradient().cast("float64"))], check);

const lengths = (x: Tensor, axis: number): Tensor => x.abs().square().sum(axis).sqrt();

/** V⁻¹, and what it says about the eigenvalues. */
export interface Eigenbasis {
  readonly inverse: Tensor;
  /** Of each eigenvalue; at least 1. A constant. */
  readonly conditions: Tensor;
  /** |w_j − w_i|. A constant. */
  readonly gaps: Tensor;
  /** Which pairs of eigenvalues are equal but for rounding, the diagonal included. A constant. */
  readonly close: Tensor;
}

/**
 * The inverse of the eigenvectors v of a, or the error that they are no basis: rounding errors of the size of a's move
 * two eigenvalues by more than their distance, and their vectors are parallel to working precision. The norm of row i
 * of V⁻¹ is the condition number of eigenvalue i (Golub and Van Loan, "Matrix Computations", section 7.2.2).
 */
export function eigenbasis(a: Tensor, w: Tensor, v: Tensor): Eigenbasis {
  const { epsilon } = a.element;
  const inverse = complexInverse(v);
  const n = a.shape[a.ndim - 1];
  const [x, values, matrix] = [inverse, w, a].map((t) => t.stopGradient());
  const conditions = lengths(x, -1);
  const rounding = lengths(lengths(matrix, -1), -1).mul(Math.max(n, 10) * epsilon);
  const gaps = values.expandDims(-2).sub(values.expandDims(-1)).abs();
  const tolerance = conditions.mul(rounding.expandDims(-1));
  const parallel = 0.01 / Math.sqrt(epsilon);
  const check: Check = ([gap, condition, tolerated], order, batchIndex) => {
    for (let i = 0; i < order; i++) {
      if (condition[i] <= parallel) continue;
      const others = Array.from({ length: order }, (_, j) =>
        j === i ? Number.POSITIVE_INFINITY : gap[i * order + j],
      );
      const least = Math.min(...others);
      // NaN stands for a matrix that failed and was to give NaN.
      if (Number.isNaN(least) || least > tolerated[i]) continue;
      const pair = sortedPair(i, others.indexOf(least));
      throw new GradientError(
        "eig",
        `eigenvalues ${pair.join(" and ")}${placed(batchIndex)} are equal and their vectors parallel, to working precision (gap ` +
          `${least.toExponential(1)}, condition ${condition[i].toExponential(1)}): the matrix is defective, and ` +
          "neither has a derivative",
      );
    }
  };
  return {
    conditions,
    gaps,
    inverse: guarded(inverse, [gaps, conditions, tolerance], check),
    close: gaps.lessEqual(tolerance.expandDims(-1)),
  };
}

/**
 * What a loss makes of turns of the eigenvectors, `twist`, or the error that it depends on what is arbitrary: for
 * phases the imaginary diagonal, for equal eigenvalues what turns their vectors into each other. `gv` is the cotangent
 * of the vectors, whose size tells rounding from dependence; but in second derivatives it may be rounding itself.
 */
export function gaugeInvariant(twist: Tensor, gv: Tensor, { close, gaps, conditions }: Eigenbasis): Tensor {
  const { epsilon } = gv.element;
  const check: Check = ([defects, together, apart, sizes, condition], order, batchIndex) => {
    const scale = largest(sizes);
    const rounding = Math.min(1e4 * epsilon * largest(condition) ** 2, Math.sqrt(epsilon));
    const negligible = Math.max(Math.sqrt(epsilon) * scale, rounding);
    defects.forEach((defect, k) => {
      if (together[k] === 0 || !(defect > negligible)) return;
      const indices = sortedPair(Math.floor(k / order), k % order);
      const measured = `(defect ${defect.toExponential(1)}, cotangent ${scale.toExponential(1)})`;
      throw new GradientError(
        "eig",
        indices[0] === indices[1]
          ? `the loss depends on the phase of eigenvector ${indices[0]}${placed(batchIndex)}, which is arbitrary ` +
              `${measured}. Ways out: |v|, products of v with its conjugate, or v divided by one of its components`
          : `the loss depends on the vectors of eigenvalues ${indices.join(" and ")}${placed(batchIndex)}, which are ` +
              `equal ${measured}: their basis is arbitrary`,
        "GAUGE",
        { indices, gap: apart[k], defect, batchIndex },
      );
    });
  };
  return guarded(twist, [twist.abs(), close, gaps, lengths(gv, -2), conditions], check);
}

/**
 * What stands between equal eigenvalues in the turns V⁻¹ dA V of the vectors along a tangent: 0 where the tangent does
 * not part them, else nothing is determined. That is an error where it concerns every vector; where there are others
 * it is NaN, because forward mode does not see which of them the loss reads.
 */
export function turnsBetweenEqual(turns: Tensor, { close, gaps }: Eigenbasis): Tensor {
  const constant = turns.stopGradient();
  const sizes = constant
    .triu({ k: 1 })
    .add(constant.tril({ k: -1 }))
    .abs();
  const negligible = lengths(lengths(constant, -1), -1).mul(Math.sqrt(turns.element.epsilon));
  const parting = sizes.greater(negligible.expandDims([-2, -1])).logicalAnd(close);
  const check: Check = ([parted, apart, size], order, batchIndex) => {
    const open = Array.from({ length: order }, (_, j) => {
      for (let i = 0; i < order; i++) if (parted[i * order + j] !== 0) return i;
      return -1;
    });
    if (order === 0 || open.includes(-1)) return;
    const indices = sortedPair(open[0], 0);
    const defect = size[open[0] * order];
    throw new GradientError(
      "eig",
      `eigenvalues ${indices.join(" and ")}${placed(batchIndex)} are equal and part along the tangent (defect ` +
        `${defect.toExponential(1)}): their vectors have no derivative`,
      "GAUGE",
      { indices, gap: apart[open[0] * order], defect, batchIndex },
    );
  };
  return guarded(parting.where(Number.NaN, constant.mul(0)), [parting, gaps, sizes], check);
}
