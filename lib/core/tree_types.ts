import type { TypedArray } from "../dtype.js";
import type { NestedArray, Tensor, TensorLike } from "../tensor.js";
import type { NamedTensors } from "./tree.js";

type NestedNumbers = number | readonly NestedNumbers[];
/** What may stand in a differentiated or mapped tensor's place: it is lifted before the function sees it. */
export type TensorArgument = NestedNumbers | Float64Array | Float32Array;

/**
 * What is one tensor in a tree, of any dtype. A boolean by itself is structure, and complex numbers are objects of two
 * numbers.
 */
export type Liftable = Tensor | number | readonly NestedArray<number | boolean>[] | TypedArray;

/** What passes through a tree as it is. */
type Structure = string | boolean | null | undefined;
/** What no tree holds. */
type Refused = bigint | symbol | ((...args: never[]) => unknown);

/**
 * A tree's type with other leaves: what `tree.map` gives. A parameter that takes whatever a tensor can be made of is
 * a leaf.
 */
export type TreeOf<T, L> = unknown extends T ? unknown : TensorLike extends T ? L : EachOf<T, L>;
type EachOf<T, L> = T extends readonly []
  ? T
  : T extends Liftable
    ? L
    : T extends Structure
      ? T
      : T extends Refused
        ? never
        : T extends readonly unknown[]
          ? { [K in keyof T]: TreeOf<T[K], L> }
          : T extends NamedTensors
            ? NamedOf<T, L>
            : { [K in keyof T]: TreeOf<T[K], L> };
type NamedOf<T, L> = [L] extends [Tensor]
  ? T
  : { [K in keyof T as K extends string ? K : never]: L } & Iterable<L>;

/** A tree's own type, with tensors for the numbers and arrays of numbers in it. */
export type Cotangent<T> = TreeOf<T, Tensor>;

/**
 * What may be given for a tree: the tree itself, and numbers and arrays of numbers for its tensors. Not for those in
 * an array, which would make it one tensor.
 */
export type TreeLike<T, G = TensorArgument> = T | GivenFor<T, G>;
type GivenFor<T, G> = unknown extends T
  ? never
  : TensorLike extends T
    ? never
    : T extends Tensor
      ? G
      : T extends Liftable | Structure | Refused
        ? never
        : T extends readonly unknown[]
          ? { [K in keyof T]: TreeLike<T[K], T[K] extends Tensor | readonly unknown[] ? never : G> }
          : T extends NamedTensors
            ? never
            : { [K in keyof T]: TreeLike<T[K], G> };

/** The same for a list of arguments. */
export type TreesLike<A extends readonly unknown[]> = { [K in keyof A]: TreeLike<A[K]> };
/** A list of arguments of any dtype. */
export type LiftedArguments<A extends readonly unknown[]> = { [K in keyof A]: TreeLike<A[K], Liftable> };
