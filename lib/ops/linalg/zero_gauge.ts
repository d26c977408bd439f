import { bindOne } from "../../core/bind.js";
import { define } from "../../core/define.js";
import type { MaybeTensor } from "../../core/primitive.js";
import { isPartOfProgram } from "../../core/wrapper.js";
import { type Tensor, withNode } from "../../tensor.js";
import { equalToZero, type Guard, guarded, withMappedAxis, zeroPairs } from "./gauge.js";

export interface SingularSystem {
  readonly a: Tensor;
  readonly u: Tensor;
  readonly s: Tensor;
  readonly vh: Tensor;
}

/** What belongs to u, and what belongs to v; a column per singular value. */
export type SidePair = readonly [Tensor, Tensor];
/** m without its part in the span of the orthonormal columns of q. */
export const outside = (q: Tensor, m: Tensor): Tensor => m.sub(q.matmul(q.mH.matmul(m)));

/** The length of each column. */
const lengths = (x: Tensor): Tensor => x.square().sum(-2).sqrt();

const beyondSpan = (q: Tensor, g: Tensor): Tensor =>
  q.shape[q.ndim - 2] === q.shape[q.ndim - 1] ? g.sum(-2).mul(0) : lengths(outside(q, g));

/** [[0, x], [∓xᵀ, 0]] of one more row and column: what singular values have to do with 0, in the last place. */
function besideZero(x: Tensor, sign: 1 | -1): Tensor {
  const k = x.shape[x.ndim - 1];
  const untouched = x.shape.slice(0, -1).map((): [number, number] => [0, 0]);
  const column = x.expandDims(-1).pad([...untouched, [0, 1], [k, 0]]);
  return column.add(column.mT.mul(sign));
}

const withZero = (x: Tensor): Tensor =>
  x.pad([...x.shape.slice(1).map((): [number, number] => [0, 0]), [0, 1]]);

const guardPrimitive = define<"y" | "s" | "u" | "v" | "x" | "z" | "c", "guarded", Guard>({
  name: "zeroGaugeGuard",
  inputs: ["y", "s", "u", "v", "x", "z", "c"],
  outputs: ["guarded"],
  shape: ([y]) => [y],
  composite: true,
  run(inputs, _outputs, guard) {
    const [y, s, u, v, x, z, c] = inputs.map((input) => withNode(input, null));
    if (!isPartOfProgram(s) && !equalToZero(s).any().item()) return [y];
    const { question } = guard;
    const odd = u.mH.matmul(x).sub(v.mH.matmul(z));
    const turning = lengths(zeroPairs(s).where(odd.sub(odd.mH), 0));
    const free =
      question === "weights"
        ? lengths(x).add(lengths(z))
        : turning.add(beyondSpan(u, x)).add(beyondSpan(v, z));
    const beside = besideZero(free, question === "cotangent" ? -1 : 1);
    const about = { ...guard, values: "singular values and 0, numbers" };
    return [guarded(y, about, withZero(s), beside, withZero(c))];
  },
  derivative: { saves: {}, vjp: ([g]) => [g], jvp: ([dy]) => [dy] },
  batch: withMappedAxis,
});

/**
 * y, after a question about singular values that are 0: their u and v turn by themselves, and into what lies beyond
 * the span of the others. x and z are what acts on u and v, c the weights of the values.
 */
export function guardedAtZero(
  y: Tensor,
  guard: Guard,
  { u, s, vh }: SingularSystem,
  [x, z]: SidePair,
  c: MaybeTensor,
): Tensor {
  if (guard.degenerate === "zero") return y;
  const constants = [s, u, vh.mH, x, z, c ?? s.mul(0)].map((t) => t.stopGradient());
  return bindOne(guardPrimitive, [y, ...constants], guard);
}
