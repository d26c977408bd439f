import { scalar } from "../convert.js";
import { type ElementType, float32, float64 } from "../dtype.js";
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

/** t times x, without an operation while t is still the unit. */
export const times = (t: Tensor, x: Tensor): Tensor => (t === double || t === single ? x : t.mul(x));
