import { bindOne } from "../../core/bind.js";
import { define } from "../../core/define.js";
import { GradientError } from "../../errors.js";
import { type Shape, showShape, sizeOf, unravelIndex } from "../../shape.js";
import { type Tensor, withNode } from "../../tensor.js";
import { complexInverse } from "./complex_inverse.js";

// Eigenvectors have derivatives where they form a basis and their eigenvalues differ, and a loss has a gradient
// through them where it does not depend on their phases. Values decide that, so a primitive looks at them.

/** One matrix of a batch: what the check has been given of it, in row-major order. */
type Check = (values: readonly Float64Array[], n: number, where: string) => void;

const guardPrimitive = define<"xs", "y", Check>({
  name: "eigenbasisGuard",
  inputs: ["xs"],
  outputs: ["y"],
  shape: ([y]) => [y],
  run([y, ...constants], _outputs, check) {
    const n = y.shape[y.ndim - 1];
    const batch: Shape = y.shape.slice(0, -2);
    const count = sizeOf(batch);
    const all = constants.map((x) => x.toTypedArray("float64"));
    for (let k = 0; k < count; k++) {
      const own = all.map((values) =>
        values.subarray((k * values.length) / count, ((k + 1) * values.length) / count),
      );
      check(own, n, count === 1 ? "" : ` of matrix ${showShape(unravelIndex(k, batch))} of the batch`);
    }
    return [withNode(y, null)];
  },
  derivative: { saves: {}, vjp: ([g]) => [g], jvp: ([t]) => [t] },
  batch: (apply, inputs, check, batched, size) =>
    apply(
      inputs.map((x, i) => (batched[i] ? x : x.expandDims(0).broadcastTo([size, ...x.shape]))),
      check,
    ),
});

/** The matrices y, after the check has seen what it needs: real numbers, batched like y. */
const guarded = (y: Tensor, constants: readonly Tensor[], check: Check): Tensor =>
  bindOne(guardPrimitive, [y, ...constants.map((x) => x.stopGradient().cast("float64"))], check);

const lengths = (x: Tensor, axis: number): Tensor => x.abs().square().sum(axis).sqrt();

/** V⁻¹, and what it says about the eigenvalues. */
export interface Eigenbasis {
  readonly inverse: Tensor;
  /** Of each eigenvalue; at least 1. A constant. */
  readonly conditions: Tensor;
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
  const check: Check = ([gap, condition, tolerated], order, where) => {
    for (let i = 0; i < order; i++) {
      if (condition[i] <= parallel) continue;
      const others = Array.from({ length: order }, (_, j) =>
        j === i ? Number.POSITIVE_INFINITY : gap[i * order + j],
      );
      const least = Math.min(...others);
      // NaN stands for a matrix that failed and was to give NaN.
      if (Number.isNaN(least) || least > tolerated[i]) continue;
      const pair = [i, others.indexOf(least)].sort((a, b) => a - b);
      throw new GradientError(
        "eig",
        `eigenvalues ${pair.join(" and ")}${where} are equal and their vectors parallel, to working precision (gap ` +
          `${least.toExponential(1)}, condition ${condition[i].toExponential(1)}): the matrix is defective, and ` +
          "neither has a derivative",
      );
    }
  };
  return {
    conditions,
    inverse: guarded(inverse, [gaps, conditions, tolerance], check),
    close: gaps.lessEqual(tolerance.expandDims(-1)),
  };
}

/**
 * What a loss makes of turns of the eigenvectors, `twist`, or the error that it depends on what is arbitrary: for
 * phases the imaginary diagonal, for equal eigenvalues what turns their vectors into each other. `gv` is the cotangent
 * of the vectors, whose size tells rounding from dependence; but in second derivatives it may be rounding itself.
 */
export function gaugeInvariant(twist: Tensor, gv: Tensor, { close, conditions }: Eigenbasis): Tensor {
  const { epsilon } = gv.element;
  const check: Check = ([defect, together, size, condition], order, where) => {
    const largest = (xs: Float64Array): number => xs.reduce((a, b) => Math.max(a, b), 0);
    const scale = largest(size);
    const negligible = Math.max(Math.sqrt(epsilon) * scale, 1e4 * epsilon * largest(condition) ** 2);
    for (let i = 0; i < order; i++)
      for (let j = 0; j < order; j++) {
        const found = defect[i * order + j];
        if (together[i * order + j] === 0 || !(found > negligible)) continue;
        const measured = `(defect ${found.toExponential(1)}, cotangent ${scale.toExponential(1)})`;
        throw new GradientError(
          "eig",
          i === j
            ? `the loss depends on the phase of eigenvector ${i}${where}, which is arbitrary ${measured}. Ways out: ` +
                "|v|, products of v with its conjugate, or v divided by one of its components"
            : `the loss depends on the vectors of eigenvalues ${Math.min(i, j)} and ${Math.max(i, j)}${where}, which ` +
                `are equal ${measured}: their basis is arbitrary`,
          "GAUGE",
        );
      }
  };
  return guarded(twist, [twist.abs(), close, lengths(gv, -2), conditions], check);
}
