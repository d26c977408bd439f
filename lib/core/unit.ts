import { scalar } from "../convert.js";
import { type ElementType, float32, float64 } from "../dtype.js";
import { sameShape } from "../shape.js";
import type { Tensor } from "../tensor.js";

// Made when they are needed, as all tensors are: at the import nobody has asked for memory yet.
let single: Tensor | null = null;
let double: Tensor | null = null;

/** The cotangent that the gradient of a scalar starts from: always the same tensor, so that rules can tell. */
export function unit(element: ElementType): Tensor {
  if (element === float32) {
    single ??= scalar(1, float32);
    return single;
  }
  double ??= scalar(1, float64);
  return double;
}

/** Whether t is that tensor or a view of it, so that all of its elements are 1. */
function isOnes(t: Tensor): boolean {
  const one = unit(t.element);
  return t.storage === one.storage && t.offset === one.offset && t.element === one.element && t.node === null;
}

const product = (t: Tensor, x: Tensor): Tensor =>
  isOnes(t) && sameShape(t.shape, x.shape) && t.element === x.element ? x : t.mul(x);

/** t times x, without an operation while t is still the unit, or the unit repeated. */
export const times = (t: Tensor, x: Tensor): Tensor => (t === double || t === single ? x : product(t, x));
