import { lift } from "../convert.js";
import { bindOne } from "../core/bind.js";
import { define } from "../core/define.js";
import type { Primitive } from "../core/primitive.js";
import { methods } from "../core/registry.js";
import { ArgumentError, DTypeError, showValue } from "../errors.js";
import { executeBroadcast, kernel, kernelFor } from "../instruction.js";
import { checkOptions } from "../options.js";
import { shapeOf, showOperand } from "../shape.js";
import { empty, type Method, type Tensor, type TensorLike, view } from "../tensor.js";

/** How many elements stand before and after those of an axis. */
type Margin = readonly [before: number, after: number];

interface Padding {
  readonly margins: readonly Margin[];
  readonly value: number;
}

const fillKernel = kernel("fill");
const copyKernel = kernel("copy");

const padPrimitive: Primitive<Padding> = define<"x", "y", Padding>({
  name: "pad",
  inputs: ["x"],
  outputs: ["y"],
  shape: ([x], { margins }) => [
    {
      shape: shapeOf(x.shape.map((extent, i) => extent + margins[i][0] + margins[i][1])),
      element: x.element,
    },
  ],
  run([x], [{ shape, element }], { margins, value }) {
    const y = empty("pad", shape, element);
    executeBroadcast("pad", kernelFor("pad", fillKernel, element), shape, [y], [value]);
    if (x.size === 0) return [y];
    const start = margins.reduce((sum, [before], i) => sum + before * y.strides[i], y.offset);
    const middle = view(y, x.shape, y.strides, start);
    executeBroadcast("pad", kernelFor("pad", copyKernel, element), x.shape, [x, middle]);
    return [y];
  },
  derivative: {
    saves: {},
    vjp: ([g], _values, [x], { margins }) => [
      g!.slice(...margins.map(([before], i): [number, number] => [before, before + x!.shape[i]])),
    ],
    jvp: ([t], _values, { margins }) => [t && bindOne(padPrimitive, [t], { margins, value: 0 })],
  },
  batch: (apply, inputs, { margins, value }) => apply(inputs, { margins: [[0, 0], ...margins], value }),
});

export interface PadOptions {
  /** What stands in the margins. 0 by default. */
  value?: number | boolean;
}

function checkedMargins(x: Tensor, widths: number | readonly Margin[]): readonly Margin[] {
  const margins = typeof widths === "number" ? x.shape.map((): Margin => [widths, widths]) : widths;
  const isWidth = (width: unknown): boolean => Number.isInteger(width) && (width as number) >= 0;
  const isMargin = (margin: unknown): boolean =>
    Array.isArray(margin) && margin.length === 2 && margin.every(isWidth);
  if (!Array.isArray(margins) || margins.length !== x.ndim || !margins.every(isMargin))
    throw new ArgumentError(
      "pad",
      `expected [before, after] for each axis of ${showOperand(x)}, not negative, got ${showValue(widths)}`,
    );
  return margins;
}

/**
 * A tensor with margins of one value around it: `widths` is `[before, after]` for each axis, or one number for all.
 * @throws ArgumentError for other widths, DTypeError for a value that the dtype cannot hold
 * @example pad([1, 2], [[1, 2]], { value: 9 }) // [9, 1, 2, 9, 9]
 */
export function pad(x: TensorLike, widths: number | readonly Margin[], options?: PadOptions): Tensor {
  const operand = lift("pad", x);
  checkOptions("pad", options, ["value"]);
  const given = options?.value ?? 0;
  if (typeof given !== "number" && typeof given !== "boolean")
    throw new ArgumentError("pad", `value is ${showValue(given)}, expected a number or a boolean`);
  const value = Number(given);
  const { name } = operand.element;
  if ((name === "int32" && (value | 0) !== value) || (name === "bool" && value !== 0 && value !== 1))
    throw new DTypeError("pad", `${value} is no ${name} value`);
  return bindOne(padPrimitive, [operand], { margins: checkedMargins(operand, widths), value });
}

methods({ pad });

declare module "../tensor.js" {
  interface Tensor {
    pad: Method<typeof pad>;
  }
}
