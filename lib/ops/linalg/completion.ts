import { leadingAxes } from "../../core/batching.js";
import { bindOne } from "../../core/bind.js";
import { define } from "../../core/define.js";
import { inspect } from "../../core/inspect.js";
import type { AbstractValue } from "../../core/primitive.js";
import { refusal } from "../../core/refusal.js";
import { GradientError } from "../../errors.js";
import { shapeOf, showOperand } from "../../shape.js";
import { type Tensor, withNode } from "../../tensor.js";
import { zeros } from "../creation.js";

/** Why columns that complete an orthonormal basis have no derivative. */
export interface Completion {
  readonly operation: string;
  /** How many columns are determined. */
  readonly count: number;
  /** The matrix that was decomposed, for the message. */
  readonly of: AbstractValue;
  readonly advice: string;
}

const arbitraryColumns = ({ operation, count, of, advice }: Completion): GradientError =>
  new GradientError(
    operation,
    `the vectors of ${showOperand(of)} beyond the first ${count} are an arbitrary basis and have no derivative; ${advice}`,
  );

const beside = (x: Tensor, width: number, value = 0): Tensor =>
  x.pad([...x.shape.slice(0, -1).map(() => [0, 0] as const), [0, width]], { value });

/** The cotangent of the determined columns, where that of the others is zero: they are not asked for. */
const determinedPrimitive = define<"g", "y", Completion>({
  name: "determinedColumns",
  inputs: ["g"],
  outputs: ["y"],
  shape: ([g], { count }) => [{ shape: shapeOf([...g.shape.slice(0, -1), count]), element: g.element }],
  composite: true,
  run([g], _outputs, completion) {
    const own = withNode(g, null);
    const asked = own.slice("...", [completion.count]).notEqual(0).any();
    inspect([asked], ([any]) => {
      if (any.item()) throw arbitraryColumns(completion);
    });
    return [own.slice("...", [0, completion.count])];
  },
  derivative: { transpose: (g, x, { count }) => beside(g, x.shape[x.shape.length - 1] - count) },
  batch: leadingAxes(2),
});

/** The cotangent of the columns that are determined, given that of a completed basis. */
export const determinedColumns = (g: Tensor, completion: Completion): Tensor =>
  bindOne(determinedPrimitive, [g], completion);

/** The tangent of a completed basis, given that of the columns that are determined. */
export function completedTangent(known: Tensor, columns: number, completion: Completion): Tensor {
  const others = columns - completion.count;
  const values = beside(known, others);
  const gaps = beside(zeros(known.shape, { dtype: known.dtype }), others, Number.NaN);
  return refusal(values.shape, values.element, () => arbitraryColumns(completion), { values, gaps });
}
