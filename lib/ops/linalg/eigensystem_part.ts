import { execute, kernel, kernelFor } from "../../instruction.js";
import { columnMajorStrides, type Shape, withoutLast } from "../../shape.js";
import { emptyStrided, type Tensor } from "../../tensor.js";
import { overBatch } from "./conventions.js";
import { toleranceOf } from "./gauge.js";

/** What is known of the rest of a spectrum beside k of its values and vectors [n, k]. */
export interface Rest {
  /** A = Q T Qᴴ with tridiagonal T, as `sytrd` leaves it. */
  readonly factor: Tensor;
  /** The eigenvalues next below and above, infinite where there is none, and a bound of the largest. */
  readonly bounds: Tensor;
}

type Range = readonly [from: number, to: number];
const below: Range = [0, 1];
const above: Range = [1, 2];
const size: Range = [2, 3];

export const sizeOf = ({ bounds }: Rest): Tensor => bounds.slice("...", size);

const deflatedSolve = kernel("deflatedSolve");

/** Column j is (A − w_j)⁻¹ g_j in the complement of V. */
function solveOutside(w: Tensor, v: Tensor, g: Tensor, factor: Tensor, shape: Shape): Tensor {
  const x = emptyStrided("eigh", shape, columnMajorStrides(shape), v.element);
  const axes = shape.length - 2;
  const [n, k] = shape.slice(-2);
  const columns = (y: Tensor): number[] =>
    overBatch(y, 2, axes, [y.strides[y.ndim - 2], 0, y.strides[y.ndim - 1]]);
  execute(
    "eigh",
    kernelFor("eigh", deflatedSolve, v.element),
    [...withoutLast(shape, 2), n, n, k],
    [
      [factor, overBatch(factor, 2, axes, [...factor.strides.slice(-2), 0])],
      [w, overBatch(w, 1, axes, [0, 0, w.strides[w.ndim - 1]])],
      [v, columns(v)],
      [g, columns(g)],
      [x, columns(x)],
    ],
  );
  return x;
}

/**
 * What vectors outside of V contribute to (w_j − A)⁺ g_j, of the given shape. Nothing for an eigenvalue whose cluster
 * goes on outside: which of its vectors are in V is arbitrary.
 */
export function resolventOutside(w: Tensor, v: Tensor, g: Tensor, rest: Rest, shape: Shape): Tensor {
  const tolerance = toleranceOf(w, v.shape[v.ndim - 2], sizeOf(rest));
  const [lower, upper] = [below, above].map((edge) => rest.bounds.slice("...", edge));
  const isCut = w.sub(lower).minimum(upper.sub(w)).lessEqual(tolerance);
  return isCut.expandDims(-2).where(0, solveOutside(w, v, g, rest.factor, shape).neg());
}

/** What a guard is asked: values, their weights, and entries between them. */
export interface Question {
  readonly w: Tensor;
  readonly x: Tensor;
  readonly c: Tensor | null;
}

/** x with zeros before and after its last axes. */
const padded = (x: Tensor, ...widths: readonly (readonly [number, number])[]): Tensor =>
  x.pad([...x.shape.slice(widths.length).map(() => [0, 0] as const), ...widths]);

/**
 * The same question about the values next below and above too, `beyond` being how far each column reaches out of V,
 * and about a last value that is as large as the largest of the matrix.
 */
export function withEdges({ w, x, c }: Question, beyond: Tensor, { bounds }: Rest): Question {
  const k = w.shape[w.ndim - 1];
  const extent = bounds.slice("...", size);
  const edge = (range: Range): readonly [exists: Tensor, value: Tensor] => {
    const value = bounds.slice("...", range);
    return [value.isFinite(), value];
  };
  const [[hasLower, lower], [hasUpper, upper]] = [edge(below), edge(above)];
  const rows: [number, number] = [1, 2];
  const column = (y: Tensor, at: number): Tensor => padded(y.expandDims(-1), rows, [at, k + 2 - at]);
  return {
    w: padded(w, rows)
      .add(padded(hasLower.where(lower, extent.neg()), [0, k + 2]))
      .add(padded(hasUpper.where(upper, extent), [k + 1, 1]))
      .add(padded(extent, [k + 2, 0])),
    x: padded(x, rows, rows)
      .add(column(hasLower.where(beyond, 0), 0))
      .add(column(hasUpper.where(beyond, 0), k + 1)),
    c: c && padded(c, rows),
  };
}
