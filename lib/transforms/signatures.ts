import type { Cotangent, TreeLike, TreeOf } from "../core/tree_types.js";
import type { Tensor } from "../tensor.js";

// The functions that transforms take. Overloads over these three, in this order, infer un-annotated parameters:
// all of them tensors, the first one only, or none.

/** A function of tensors alone. */
export type OfTensors<Y> = (...args: Tensor[]) => Y;
/** A function of a tensor, and of others whose types are declared. */
export type OfTensorFirst<Y> = (first: Tensor, ...rest: never[]) => Y;
/** A function whose arguments all have declared types: trees, and whatever passes untouched. */
export type OfTrees<Y> = (...args: never[]) => Y;

/** `never`, a cast that switches checks off, takes anything. */
export type ParametersOf<F extends OfTrees<unknown>> = [F] extends [never] ? never[] : Parameters<F>;

/** A scalar result. */
export type Scalar = Tensor | number;
/** A position among the arguments, or an array of them. */
export type Argnums = number | readonly number[];

type Positions<N extends Argnums> = N extends readonly number[] ? N[number] : N;

/** The arguments of a derivative: numbers and arrays may stand for tensors where they are lifted, at `argnums`. */
export type ArgumentsOf<F extends OfTrees<unknown>, N extends Argnums> = LiftedAt<
  ParametersOf<F>,
  Positions<N>
>;
// A rest parameter's key is `number`: whichever positions it stands for.
type LiftedAt<A extends readonly unknown[], P extends number> = number extends P
  ? A
  : { [K in keyof A]: K extends `${P}` ? TreeLike<A[K]> : A[K] };

/** The gradient's type: one argument's, or an array with that of each. */
export type GradientOf<F extends OfTrees<unknown>, N extends Argnums> = DerivativeOf<ParametersOf<F>, N>;
type DerivativeOf<A extends readonly unknown[], N extends Argnums> = N extends readonly number[]
  ? { -readonly [K in keyof N]: Cotangent<A[N[K] & keyof A]> }
  : Cotangent<A[N & keyof A]>;

/** A gradient's type in the place of every leaf of a result. */
export type JacobianOf<F extends OfTrees<unknown>, N extends Argnums> = TreeOf<
  ReturnType<F>,
  GradientOf<F, N>
>;

/** The Jacobian of the gradient. */
export type HessianOf<F extends OfTrees<unknown>, N extends Argnums> = TreeOf<
  GradientOf<F, N>,
  GradientOf<F, N>
>;

/** A gradient for every argument, as an array. */
export type GradientsOf<F extends OfTrees<unknown>> = CotangentsOf<ParametersOf<F>>;
type CotangentsOf<A extends readonly unknown[]> = { -readonly [K in keyof A]: Cotangent<A[K]> };

/** What a function's result is once it has passed through a transform. */
export type ResultOf<F extends OfTrees<unknown>> = Cotangent<ReturnType<F>>;
