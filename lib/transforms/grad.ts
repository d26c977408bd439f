import { checkOptions } from "../convert.js";
import { leavesLike, unflatten, unflattenAll } from "../core/tree.js";
import { ArgumentError, GradientError } from "../errors.js";
import { showOperand } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { checkedCotangent, type Recorded, recordCall, seed } from "./reverse.js";

export interface GradOptions<N extends number | readonly number[] = 0, H extends boolean = false> {
  /** Which arguments are differentiated: a position, or an array of them. 0 by default. */
  argnums?: N;
  /** The function returns [value, aux]; aux passes through. */
  hasAux?: H;
}

/** The gradient's type: one argument's, or an array with that of each. */
export type GradientOf<
  A extends readonly unknown[],
  N extends number | readonly number[],
> = N extends readonly number[]
  ? { -readonly [K in keyof N]: Cotangent<A[N[K] & keyof A]> }
  : Cotangent<A[N & keyof A]>;

/** A tree's own type, with tensors for the numbers and arrays of numbers in it. */
export type Cotangent<T> = T extends Tensor
  ? Tensor
  : T extends number | readonly number[] | Float64Array | Float32Array
    ? Tensor
    : T extends string | boolean | null | undefined
      ? T
      : { [K in keyof T]: Cotangent<T[K]> };

type Value = Tensor | number;

const FIRST: readonly number[] = [0];

export function checkedArgnums(
  operation: string,
  argnums: number | readonly number[] | undefined,
  count: number,
): readonly number[] {
  const list = argnums === undefined ? FIRST : typeof argnums === "number" ? [argnums] : argnums;
  for (const i of list)
    if (!Number.isInteger(i) || i < 0 || i >= count)
      throw new ArgumentError(operation, `argnums ${i} is out of range for ${count} arguments`);
  if (list.length > 1 && new Set(list).size !== list.length)
    throw new ArgumentError(operation, `argnums [${list.join(",")}] names an argument twice`);
  return list;
}

function recordScalar(
  operation: string,
  f: (...args: never[]) => unknown,
  options: GradOptions<number | readonly number[], boolean>,
  args: readonly unknown[],
): Recorded {
  const argnums = checkedArgnums(operation, options.argnums, args.length);
  const recorded = recordCall(operation, f, args, argnums, options.hasAux);
  const y = recorded.outputs[0];
  if (recorded.outputTree.kind !== "leaf" || y.ndim !== 0)
    throw new GradientError(
      operation,
      `the function must return a scalar, got ${recorded.outputTree.kind === "leaf" ? showOperand(y) : "a tree"}; use jacobian for all derivatives of an array, or gradients for the gradient of its sum`,
    );
  if (!y.element.floating)
    throw new GradientError(operation, `the function must return a float scalar, got ${showOperand(y)}`);
  return recorded;
}

/** The gradient in the form that `argnums` asks for. */
function gradientOf({ arguments: tracked, pull, outputs }: Recorded, single: boolean): unknown {
  const cotangents = pull([seed(outputs[0])]);
  if (single) return unflatten(tracked[0].tree, cotangents);
  return unflattenAll(tracked, cotangents);
}

const optionKeys = ["argnums", "hasAux"];
const isSingle = (argnums: unknown): boolean => !Array.isArray(argnums);

function checkedFunction(operation: string, f: unknown): void {
  if (typeof f !== "function") throw new ArgumentError(operation, `expected a function, got ${String(f)}`);
}

/**
 * The gradient of a scalar function, as a function of the same arguments. Arguments may be trees (plain objects and
 * arrays of tensors): the gradient has the argument's structure. An argument that f ignores has a zero gradient.
 * @throws GradientError if f does not return a scalar
 * @example grad((x) => x.square().sum())([1, 2]) // [2, 4]
 */
export function grad<A extends Tensor[], const N extends number | readonly number[] = 0>(
  f: (...args: A) => Value,
  options?: GradOptions<N, false>,
): (...args: { [K in keyof A]: A[K] | TensorArgument }) => GradientOf<A, N>;
export function grad<A extends unknown[], const N extends number | readonly number[] = 0>(
  f: (...args: A) => Value,
  options?: GradOptions<N, false>,
): (...args: A) => GradientOf<A, N>;
export function grad<A extends unknown[], X, const N extends number | readonly number[] = 0>(
  f: (...args: A) => readonly [Value, X],
  options: GradOptions<N, true>,
): (...args: A) => [GradientOf<A, N>, X];
export function grad(
  f: (...args: never[]) => unknown,
  options: GradOptions<number | readonly number[], boolean> = {},
): (...args: never[]) => unknown {
  checkedFunction("grad", f);
  checkOptions("grad", options, optionKeys);
  return (...args) => {
    const recorded = recordScalar("grad", f, options, args);
    const gradient = gradientOf(recorded, isSingle(options.argnums));
    return options.hasAux ? [gradient, recorded.aux] : gradient;
  };
}

/** What may stand in a tensor argument's place. */
export type TensorArgument = number | readonly NestedNumbers[] | Float64Array | Float32Array;
type NestedNumbers = number | readonly NestedNumbers[];

/**
 * Value and gradient of a scalar function in one pass: `[value, gradient]`, with `hasAux` `[value, gradient, aux]`.
 * @example valueAndGrad((x) => x.square().sum())([1, 2]) // [5, [2, 4]]
 */
export function valueAndGrad<A extends Tensor[], const N extends number | readonly number[] = 0>(
  f: (...args: A) => Value,
  options?: GradOptions<N, false>,
): (...args: { [K in keyof A]: A[K] | TensorArgument }) => [Tensor, GradientOf<A, N>];
export function valueAndGrad<A extends unknown[], const N extends number | readonly number[] = 0>(
  f: (...args: A) => Value,
  options?: GradOptions<N, false>,
): (...args: A) => [Tensor, GradientOf<A, N>];
export function valueAndGrad<A extends unknown[], X, const N extends number | readonly number[] = 0>(
  f: (...args: A) => readonly [Value, X],
  options: GradOptions<N, true>,
): (...args: A) => [Tensor, GradientOf<A, N>, X];
export function valueAndGrad(
  f: (...args: never[]) => unknown,
  options: GradOptions<number | readonly number[], boolean> = {},
): (...args: never[]) => unknown {
  checkedFunction("valueAndGrad", f);
  checkOptions("valueAndGrad", options, optionKeys);
  return (...args) => {
    const recorded = recordScalar("valueAndGrad", f, options, args);
    const gradient = gradientOf(recorded, isSingle(options.argnums));
    const [value] = recorded.outputs;
    return options.hasAux ? [value, gradient, recorded.aux] : [value, gradient];
  };
}

/**
 * The value of f and its pullback: from a cotangent like the output to one gradient per primal, as an array.
 * The pullback can be called any number of times.
 * @example const [y, pullback] = vjp((x) => x.square(), [1, 2]); pullback([1, 10]) // [[2, 40]]
 */
export function vjp<A extends unknown[], Y>(
  f: (...args: A) => Y,
  ...primals: A
): [Y, (cotangent: Y) => { [K in keyof A]: Cotangent<A[K]> }] {
  checkedFunction("vjp", f);
  const recorded = recordCall("vjp", f as (...args: never[]) => unknown, primals, [...primals.keys()]);
  const { outputs, outputTree, arguments: tracked, pull } = recorded;
  const pullback = (cotangent: unknown): unknown => {
    const given = leavesLike("vjp", outputTree, cotangent);
    return unflattenAll(tracked, pull(outputs.map((y, k) => checkedCotangent("vjp", y, given[k]))));
  };
  return [unflatten(outputTree, outputs), pullback] as never;
}
