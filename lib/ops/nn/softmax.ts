import { floating, lift } from "../../convert.js";
import { shiftedParams } from "../../core/batching.js";
import { bindOne } from "../../core/bind.js";
import { define } from "../../core/define.js";
import type { Primitive, Rules } from "../../core/primitive.js";
import { methods } from "../../core/registry.js";
import { execute, kernel, kernelFor } from "../../instruction.js";
import { extentsOf, normalizeAxis, type Shape } from "../../shape.js";
import { empty, type Method, type Tensor, type TensorLike } from "../../tensor.js";

/** The operand as floats, and the axis that it is normalised along. */
function along(operation: string, input: TensorLike, axis: number | undefined): [Tensor, number] {
  const x = floating(lift(operation, input));
  return [x, normalizeAxis(operation, axis ?? -1, x.ndim)];
}

/** Extents or strides with those of an axis at the end. */
function withLast(axis: number, list: Shape): Shape {
  const own = extentsOf(list);
  if (axis === own.length - 1) return own;
  const moved = new Array<number>(own.length);
  for (let i = 0, to = 0; i < own.length; i++) if (i !== axis) moved[to++] = own[i];
  moved[own.length - 1] = own[axis];
  return moved;
}

/** A function of each row along an axis, by a kernel of that name. */
function ofRows(name: string, derivative: Rules<"x" | "y", number>): Primitive<number> {
  const kernels = kernel(name);
  return define<"x", "y", number>({
    name,
    inputs: ["x"],
    outputs: ["y"],
    shape: (inputs) => inputs,
    run(inputs, [{ shape, element }], axis) {
      const x = inputs[0];
      const y = empty(name, shape, element);
      execute(name, kernelFor(name, kernels, element), withLast(axis, shape), [
        [x, withLast(axis, x.strides)],
        [y, withLast(axis, y.strides)],
      ]);
      return [y];
    },
    derivative,
    batch: shiftedParams((axis) => axis + 1),
  });
}

const total = (x: Tensor, axis: number): Tensor => x.sum(axis, { keepDims: true });

/** The derivative of y = softmax(x), diag(y) − y yᵀ, which is symmetric. */
export const ofSoftmax = (t: Tensor, y: Tensor, axis: number): Tensor => {
  const weighted = t.mul(y);
  return weighted.sub(y.mul(total(weighted, axis)));
};

const softmaxPrimitive = ofRows("softmax", {
  saves: { x: ["y"] },
  vjp: ([g], [, y], _wanted, axis) => [ofSoftmax(g!, y, axis)],
  jvp: ([t], [, y], axis) => [t && ofSoftmax(t, y, axis)],
});

const logSoftmaxPrimitive = ofRows("logSoftmax", {
  // With p = eʸ: dy = dx − Σ p dx, hence x̅ = y̅ − p Σ y̅.
  saves: { x: ["y"] },
  vjp: ([g], [, y], _wanted, axis) => [g!.sub(y.exp().mul(total(g!, axis)))],
  jvp: ([t], [, y], axis) => [t?.sub(total(y.exp().mul(t), axis))],
});

/**
 * eˣ / Σ eˣ along an axis (the last by default), without overflow.
 * @example nn.softmax([0, 0]) // [0.5, 0.5]
 */
export function softmax(input: TensorLike, axis?: number): Tensor {
  const [x, place] = along("softmax", input, axis);
  return bindOne(softmaxPrimitive, [x], place);
}

/**
 * x − log Σ eˣ along an axis (the last by default), without overflow.
 * @example nn.logSoftmax([0, 0]) // [-0.6931471805599453, -0.6931471805599453]
 */
export function logSoftmax(input: TensorLike, axis?: number): Tensor {
  const [x, place] = along("logSoftmax", input, axis);
  return bindOne(logSoftmaxPrimitive, [x], place);
}

methods({ softmax, logSoftmax });

declare module "../../tensor.js" {
  interface Tensor {
    softmax: Method<typeof softmax>;
    logSoftmax: Method<typeof logSoftmax>;
  }
}
