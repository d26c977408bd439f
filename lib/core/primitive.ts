import type { ElementType } from "../dtype.js";
import type { Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";

/** What is known of a value without its elements. Tensors and nodes are abstract values too. */
export interface AbstractValue {
  readonly shape: Shape;
  readonly element: ElementType;
}

export type MaybeTensor = Tensor | null;

/**
 * The derivative rules of a primitive, written with public operations so that they differentiate again.
 * An absent (zero) cotangent or tangent is null, never an array of zeros.
 *
 * @typeParam N names of inputs and outputs
 * @typeParam P parameters
 */
export interface Rules<N extends string, P> {
  /**
   * What the pullback reads. Under an input's name: needed when that input's cotangent is wanted. Under an
   * output's name: needed when that output's cotangent arrives.
   */
  readonly saves: Partial<Record<N, readonly N[]>>;
  /**
   * The pullback: a cotangent per input. `values` are inputs, then outputs; those not saved are absent.
   * `wanted` has the abstract value of each input whose cotangent is wanted, else null. A cotangent may keep
   * axes the input was broadcast along: the walk sums them.
   */
  vjp(
    cotangents: readonly MaybeTensor[],
    values: readonly Tensor[],
    wanted: readonly (AbstractValue | null)[],
    params: P,
  ): readonly (MaybeTensor | undefined)[];
  /** The pushforward: a tangent per output. `values` are inputs, then outputs. */
  jvp(
    tangents: readonly MaybeTensor[],
    values: readonly Tensor[],
    params: P,
  ): readonly (MaybeTensor | undefined)[];
}

/** An operation with one linear input: both modes follow from the transpose. */
export interface Linear<P> {
  readonly transpose: (cotangent: Tensor, input: AbstractValue, params: P) => Tensor;
}

/** An operation without derivative: results are constants to every transform. */
export interface NotDifferentiable {
  readonly refused: string;
}

export const notDifferentiable = (why: string): NotDifferentiable => ({ refused: why });

/**
 * How an operation maps over an axis that some inputs have in front: calls `apply`, the operation itself, once on
 * all of them. Every result has that axis in front. `batched` says which inputs have it, `size` is its extent.
 */
export type BatchRule<P> = (
  apply: (inputs: readonly Tensor[], params: P) => readonly Tensor[],
  inputs: readonly Tensor[],
  params: P,
  batched: readonly boolean[],
  size: number,
) => readonly Tensor[];

/** Everything that is known about an operation of one family. */
export interface PrimitiveDefinition<I extends string, O extends string, P> {
  readonly name: string;
  /** One name for all where the number of inputs varies; such a primitive saves none of them. */
  readonly inputs: readonly I[];
  readonly outputs: readonly O[];
  /** Shapes and dtypes of the results; the only place that throws shape errors. */
  shape(inputs: readonly AbstractValue[], params: P): readonly AbstractValue[];
  /** Allocates the results and calls native code, or makes views. Never validates. */
  run(inputs: readonly Tensor[], outputs: readonly AbstractValue[], params: P): readonly Tensor[];
  /** Set where `run` is made of operations, instead of kernel calls. */
  readonly composite?: boolean;
  readonly derivative: Rules<I | O, P> | Linear<P> | NotDifferentiable;
  readonly batch: BatchRule<P>;
}

/** What the tape keeps of an operation. */
export interface Recordable<P = unknown> {
  readonly name: string;
  readonly outputCount: number;
  /** Bit mask of values to save when the cotangent of an input is wanted. */
  readonly savedForInput: readonly number[];
  vjp: Rules<string, P>["vjp"];
  /** For elementwise operations: the pullback of each input alone, which needs no lists on the way. */
  readonly partials?: readonly PartialDerivative[] | undefined;
}

/**
 * The derivative of an elementwise operation with respect to one input: what it reads, by letters that name inputs
 * and output in order (`x y` for one input, `x y z` for two), and the product of a tangent with the partial
 * derivative. Pullback and pushforward are this same product.
 */
export type PartialDerivative = readonly [reads: string, product: (t: Tensor, ...values: Tensor[]) => Tensor];

/** A primitive as transforms see it: rules of one form, names resolved to bit masks over inputs then outputs. */
export interface Primitive<P = unknown> extends Recordable<P> {
  /** Of one input and linear in it. */
  readonly linear?: true;
  /** Why there is no derivative; null where there is one. */
  readonly refused: string | null;
  /** Bit mask of values to save for the cotangent of an output. */
  readonly savedForOutput: readonly number[];
  evaluate(inputs: readonly Tensor[], params: P): readonly Tensor[];
  /** Set where `evaluate` is made of operations, instead of kernel calls. */
  readonly composite?: boolean;
  jvp: Rules<string, P>["jvp"];
  batch: BatchRule<P>;
}
