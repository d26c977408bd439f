import type { ElementType } from "../dtype.js";
import type { Shape } from "../shape.js";
import { type Tensor, wrap } from "../tensor.js";
import { bindOne } from "./bind.js";
import { DEEPEST } from "./levels.js";
import type { AbstractValue, Primitive } from "./primitive.js";
import type { Trace, Wrapper } from "./wrapper.js";

/** What is known of a tensor that is not determined everywhere. */
export interface KnownPart {
  readonly values: Tensor;
  /** In memory: NaN where nothing is determined, 0 elsewhere. */
  readonly gaps: Tensor;
}

/** Stands for something arbitrary, like the tangent of an arbitrary basis: every use throws what `error` makes. */
class Refusal implements Wrapper {
  readonly trace: Trace = {
    depth: DEEPEST,
    process: (primitive, inputs, params) => [this.through(primitive, inputs, params)],
  };
  constructor(
    readonly error: () => Error,
    readonly known: KnownPart | null,
  ) {}

  concrete(): never {
    throw this.error();
  }

  describe(): string {
    return "undetermined";
  }

  /** A linear operation carries gaps where it carries values; whatever else is made of them is refused. */
  private through<P>(primitive: Primitive<P>, inputs: readonly Tensor[], params: P): Tensor {
    if (this.known === null || primitive.linear !== true || inputs.length !== 1) throw this.error();
    const values = bindOne(primitive, [this.known.values], params);
    const gaps = bindOne(primitive, [this.known.gaps], params);
    if (!gaps.toTypedArray().some(Number.isNaN)) return values;
    return refusal(values.shape, values.element, this.error, { values, gaps });
  }
}

/** A tensor that must not be used, except for what linear operations take from its known part alone. */
export function refusal(
  shape: Shape,
  element: ElementType,
  error: () => Error,
  known: KnownPart | null = null,
): Tensor {
  return wrap(shape, element, new Refusal(error, known));
}

export const isRefusal = ({ wrapper }: Tensor): boolean => wrapper instanceof Refusal;

/** Whether an operation may use x: all but linear ones of a part that is known may not. */
export const mayUse = <P>({ wrapper }: Tensor, { linear }: Primitive<P>): boolean =>
  !(wrapper instanceof Refusal) || (linear === true && wrapper.known !== null);

/** One of another shape without any known part, refused for the same reason as x. */
export const refusedLike = (x: Tensor, { shape, element }: AbstractValue): Tensor =>
  refusal(shape, element, (x.wrapper as Refusal).error);

/** Throws what a refusal says; other tensors pass. */
export function demand(x: Tensor): void {
  if (x.wrapper instanceof Refusal) x.wrapper.concrete();
}
