import { ArgumentError } from "../errors.js";
import { execute, kernel, kernelFor, whenMeasured } from "../instruction.js";
import { type Tensor, withNode } from "../tensor.js";
import { leadingAxes } from "./batching.js";
import { bindOne } from "./bind.js";
import { define } from "./define.js";

/** What values must be, and what the error says. */
interface Range {
  readonly operation: string;
  readonly what: string;
  readonly least: number;
  readonly greatest: number;
  readonly expected: string;
}

const outside = kernel("outside");

const inRangePrimitive = define<"x", "y", Range>({
  name: "inRange",
  inputs: ["x"],
  outputs: ["y"],
  shape: ([x]) => [x],
  run([x], _outputs, { operation, what, least, greatest, expected }) {
    execute(
      operation,
      kernelFor(operation, outside, x.element),
      x.shape,
      [[x, x.strides]],
      [least, greatest],
    );
    whenMeasured(({ rcond, info }) => {
      if (rcond === 0) throw new ArgumentError(operation, `${what} is ${info}, expected ${expected}`);
    });
    return [withNode(x, null)];
  },
  // Not a transpose: tangents and cotangents may be out of range.
  derivative: { saves: {}, vjp: ([g]) => [g], jvp: ([t]) => [t] },
  batch: leadingAxes(0),
});

/** The same tensor, or the error for a value that is out of range: whatever transforms stand in between. */
export const inRange = (x: Tensor, range: Range): Tensor => bindOne(inRangePrimitive, [x], range);
