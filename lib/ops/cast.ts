import { lift } from "../convert.js";
import { leadingAxes } from "../core/batching.js";
import { bindOne } from "../core/bind.js";
import { define } from "../core/define.js";
import { methods } from "../core/registry.js";
import { type DType, type ElementType, elementTypeOf, elementTypes } from "../dtype.js";
import { DTypeError } from "../errors.js";
import { executeBroadcast, kernel } from "../instruction.js";
import { showOperand } from "../shape.js";
import { empty, type Method, ownHandle, type Tensor, type TensorLike } from "../tensor.js";

/** Kernel ids by source, then target. */
const castKernels = elementTypes.map((from) =>
  elementTypes.map((to) => (from === to ? -1 : kernel(`cast_${from.suffix}`)[to.index])),
);

const castPrimitive = define({
  name: "cast",
  inputs: ["x"],
  outputs: ["y"],
  shape: ([x], to: ElementType) => [{ shape: x.shape, element: to }],
  run([x], [{ shape, element }]) {
    const y = empty("cast", shape, element);
    executeBroadcast("cast", castKernels[x.element.index][element.index], shape, [x, y]);
    return [y];
  },
  derivative: {
    transpose: (g, x) => (g.element.complex && !x.element.complex ? g.real() : g).cast(x.element.name),
  },
  batch: leadingAxes(),
});

/**
 * The same values in another dtype. To int32 numbers truncate; what does not fit is a DTypeError, and so are complex
 * numbers for any real dtype: `real`, `imag` and `abs` say which number is meant. Between float and complex dtypes the
 * derivative passes; integers and booleans have none.
 * @example cast([1.7, -1.7], "int32") // [1, -1]
 */
export function cast(x: TensorLike, dtype: DType): Tensor {
  const operand = lift("cast", x);
  const element = elementTypeOf("cast", dtype);
  if (operand.element.complex && !element.complex)
    throw new DTypeError(
      "cast",
      `${showOperand(operand)} has no ${element.name} values; real(x), imag(x) and abs(x) have`,
    );
  return operand.element === element ? ownHandle(operand) : bindOne(castPrimitive, [operand], element);
}

methods({ cast });

declare module "../tensor.js" {
  interface Tensor {
    cast: Method<typeof cast>;
  }
}
