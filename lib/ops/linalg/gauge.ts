import { bindOne } from "../../core/bind.js";
import { define } from "../../core/define.js";
import type { BatchRule } from "../../core/primitive.js";
import type { ElementType } from "../../dtype.js";
import {
  type AskedGauge,
  type GaugeQuestion,
  gaugeError,
  gaugeFinding,
  gaugeQuestions,
} from "../../gauge.js";
import { execute, kernel, kernelFor, whenMeasured } from "../../instruction.js";
import { withoutLast } from "../../shape.js";
import { type Tensor, withNode } from "../../tensor.js";
import { noteGauge } from "../../warnings.js";
import { oneOf, overBatch } from "./conventions.js";

/** What happens to derivatives that equal eigenvalues or singular values leave undefined. */
export type Degenerate = "throw" | "warn" | "zero";

const policies: readonly Degenerate[] = ["throw", "warn", "zero"];

export const degenerateOf = (operation: string, value: Degenerate | undefined): Degenerate =>
  oneOf(operation, "degenerate", value, policies);

/** Who asks, and what is done about it. */
export interface Gauge {
  readonly operation: string;
  /** "eigenvalues" or "singular values". */
  readonly values: string;
  readonly degenerate: Degenerate;
}

/** Values of n x n matrices closer than this fraction of the largest are equal: rounding alone parts them so far. */
const closeness = (n: number, epsilon: number): number => Math.max(n, 10) * epsilon;

const absoluteMaximum = (x: Tensor): Tensor =>
  x.size === 0 ? x.sum(-1, { keepDims: true }) : x.abs().max(-1, { keepDims: true });

/** Closer than this are equal; where w are not all values, their count and a bound of the largest are given. */
export const toleranceOf = (
  w: Tensor,
  order: number = w.shape[w.ndim - 1],
  largest: Tensor = absoluteMaximum(w),
): Tensor => largest.mul(closeness(order, w.element.epsilon));

/**
 * Which pairs of values are equal, the diagonal included. A constant. Where they are not all values of the matrix,
 * its order and a bound of the largest [..., 1] are given.
 */
export function equalPairs(values: Tensor, order?: number, largest?: Tensor): Tensor {
  const w = values.stopGradient();
  return w
    .expandDims(-2)
    .sub(w.expandDims(-1))
    .abs()
    .lessEqual(toleranceOf(w, order, largest?.stopGradient()).expandDims(-1));
}

/** Which pairs of singular values are both 0. A constant. */
export function zeroPairs(values: Tensor): Tensor {
  const s = values.stopGradient();
  return s.expandDims(-2).add(s.expandDims(-1)).lessEqual(toleranceOf(s).expandDims(-1));
}

/** Which singular values are 0. A constant. */
export function equalToZero(values: Tensor): Tensor {
  const s = values.stopGradient();
  return s.lessEqual(toleranceOf(s));
}

export interface Guard extends Gauge {
  readonly question: GaugeQuestion;
  /** The order of the matrix, and the place of the first value, where these are not all of its values. */
  readonly order?: number;
  readonly first?: number;
}

/** All of what a guard is given has the mapped axis if some of it has. */
export const withMappedAxis: BatchRule<Guard> = (apply, inputs, params, batched, size) =>
  apply(
    inputs.map((x, i) => (batched[i] ? x : x.expandDims(0).broadcastTo([size, ...x.shape]))),
    params,
  );

/** What kernels that ask are told of the policy, and of when entries are equal or negligible in matrices of order n. */
export const gaugeParams = (
  degenerate: Degenerate,
  n: number,
  { epsilon }: ElementType,
): [number, number, number] => [policies.indexOf(degenerate), closeness(n, epsilon), Math.sqrt(epsilon)];

/** Raises or notes what the last instruction found when it asked. */
export function heedGauge({ operation, values }: Gauge, asked: AskedGauge): void {
  whenMeasured((report) => {
    const found = gaugeFinding(asked, report);
    if (found === null) return;
    if (found.refused) throw gaugeError(operation, values, found.details);
    noteGauge(operation, values, found.details);
  });
}

const gaugeKernel = kernel("gauge");

const guardPrimitive = define<"y" | "w" | "x" | "c", "guarded", Guard>({
  name: "gaugeGuard",
  inputs: ["y", "w", "x", "c"],
  outputs: ["guarded"],
  shape: ([y]) => [y],
  run([y, w, x, c], _outputs, guard) {
    const { operation, values, degenerate, question, order, first = 0 } = guard;
    const { shape, element } = x;
    const batch = withoutLast(shape, 2);
    const n = shape[shape.length - 1];
    const [answer, closest, negligible] = gaugeParams(degenerate, order ?? n, element);
    const alongColumns = (v: Tensor): readonly number[] =>
      overBatch(v, 1, batch.length, [0, v.strides[v.ndim - 1]]);
    execute(
      operation,
      kernelFor(operation, gaugeKernel, element),
      shape,
      [
        [w, alongColumns(w)],
        [x, x.strides],
        [c, alongColumns(c)],
      ],
      [answer, gaugeQuestions.indexOf(question), closest, negligible, first],
      values,
      batch,
    );
    heedGauge(guard, { question, n, first, batch });
    return [withNode(y, null)];
  },
  derivative: { saves: {}, vjp: ([g]) => [g], jvp: ([dy]) => [dy] },
  batch: withMappedAxis,
});

/**
 * y, after the question has been asked of x in the basis of the vectors: an error, or a warning, where an answer
 * would depend on the basis of a cluster of equal values w. `c` are weights of the values, 0 where there are none.
 */
export function guarded(y: Tensor, guard: Guard, w: Tensor, x: Tensor, c: Tensor | null): Tensor {
  if (guard.degenerate === "zero") return y;
  const constants = [w, x, c ?? w.mul(0)].map((t) => t.stopGradient());
  return bindOne(guardPrimitive, [y, ...constants], guard);
}
