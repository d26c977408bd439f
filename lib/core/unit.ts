import { scalar } from "../convert.js";
import { type ElementType, float32, float64 } from "../dtype.js";
import type { Tensor } from "../tensor.js";

const single = scalar(1, float32);
const double = scalar(1, float64);

/** The cotangent that the gradient of a scalar starts from: always the same tensor, so that rules can tell. */
export const unit = (element: ElementType): Tensor => (element === float32 ? single : double);

/** t times x, without an operation while t is still the unit. */
export const times = (t: Tensor, x: Tensor): Tensor => (t === double || t === single ? x : t.mul(x));
