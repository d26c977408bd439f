import { lift } from "../convert.js";
import { padded } from "../core/batching.js";
import { bindOne } from "../core/bind.js";
import { define } from "../core/define.js";
import { methods } from "../core/registry.js";
import { ShapeError } from "../errors.js";
import {
  broadcastShapes,
  broadcastStrides,
  checkedShape,
  type Shape,
  sameShape,
  showShape,
  withFirst,
} from "../shape.js";
import { type Method, type Tensor, type TensorLike, view } from "../tensor.js";

const broadcastPrimitive = define({
  name: "broadcastTo",
  inputs: ["x"],
  outputs: ["y"],
  shape([x], target: Shape) {
    if (!sameShape(broadcastShapes("broadcastTo", x.shape, target), target))
      throw new ShapeError("broadcastTo", `${showShape(x.shape)} does not broadcast to ${showShape(target)}`);
    return [{ shape: target, element: x.element }];
  },
  run: ([x], [{ shape }]) => [view(x, shape, broadcastStrides(x.shape, x.strides, shape), x.offset)],
  // The walk sums a cotangent over the axes that its input was broadcast along.
  derivative: { transpose: (g) => g },
  batch: (apply, [x], shape, _batched, size) => apply([padded(x, shape.length + 1)], withFirst(size, shape)),
});

/**
 * The tensor repeated along new leading axes and axes of extent 1, without copying.
 * @example broadcastTo([1, 2], [2, 2]) // [[1, 2], [1, 2]]
 */
export function broadcastTo(x: TensorLike, shape: readonly number[]): Tensor {
  const operand = lift("broadcastTo", x);
  return bindOne(broadcastPrimitive, [operand], checkedShape("broadcastTo", shape));
}

methods({ broadcastTo });

declare module "../tensor.js" {
  interface Tensor {
    broadcastTo: Method<typeof broadcastTo>;
  }
}
