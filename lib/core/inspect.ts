import type { Tensor } from "../tensor.js";
import { innermostTrace } from "./wrapper.js";

/**
 * Shows values to `look`, which may warn or throw: now, or while a program is made, after each of its runs. For
 * composite primitives; those of kernels ask `whenMeasured`.
 */
export function inspect(tensors: readonly Tensor[], look: (values: readonly Tensor[]) => void): void {
  const trace = innermostTrace(tensors);
  if (trace?.inspect === undefined) look(tensors);
  else trace.inspect(tensors, look);
}
