import type { ElementType } from "../dtype.js";
import type { Shape } from "../shape.js";
import { type Tensor, wrap } from "../tensor.js";
import { bind } from "./bind.js";
import { DEEPEST } from "./levels.js";
import type { Trace, Wrapper } from "./wrapper.js";

/** Stands for a tensor until it is used. */
class Deferred implements Wrapper {
  private value: Tensor | null = null;
  readonly trace: Trace = {
    depth: DEEPEST,
    process: (primitive, inputs, params) => bind(primitive, inputs.map(settled), params),
  };
  constructor(private readonly compute: () => Tensor) {}
  concrete(): Tensor {
    this.value ??= this.compute();
    return this.value;
  }
  describe(): string {
    return "not computed yet";
  }
}

/** A tangent that is computed when it is used, if it ever is: that of what has none may throw then. */
export const deferred = (shape: Shape, element: ElementType, compute: () => Tensor): Tensor =>
  wrap(shape, element, new Deferred(compute));

/** The tensor that a deferred one stands for; any other as it is. */
export const settled = (x: Tensor): Tensor => (x.wrapper instanceof Deferred ? x.wrapper.concrete() : x);
