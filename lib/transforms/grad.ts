import { leavesLike, unflatten, unflattenAll } from "../core/tree.js";
import type { TreeLike, TreesLike } from "../core/tree_types.js";
import { ArgumentError, GradientError, showValue } from "../errors.js";
import { checkFunction, checkOptions } from "../options.js";
import { showOperand } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { checkedCotangent, type Recorded, recordCall, seed } from "./reverse.js";
import type {
  Argnums,
  ArgumentsOf,
  GradientOf,
  GradientsOf,
  OfTensorFirst,
  OfTensors,
  OfTrees,
  ParametersOf,
  ResultOf,
  Scalar,
} from "./signatures.js";

export interface GradOptions<N extends Argnums = 0, H extends boolean = false> {
  /** Which arguments are differentiated: a position, or an array of them. 0 by default. */
  argnums?: N;
  /** The function returns [value, aux]; aux passes through. */
  hasAux?: H;
}

const FIRST: readonly number[] = [0];

/** The positions of the arguments that are differentiated: each must be a tensor, or may hold some. */
export function checkedArgnums(
  operation: string,
  argnums: Argnums | undefined,
  args: readonly unknown[],
): readonly number[] {
  const count = args.length;
  const list = argnums === undefined ? FIRST : typeof argnums === "number" ? [argnums] : argnums;
  if (!Array.isArray(list))
    throw new ArgumentError(
      operation,
      `argnums is ${showValue(argnums)}, expected a position or an array of them`,
    );
  for (const i of list)
    if (!Number.isInteger(i) || i < 0 || i >= count)
      throw new ArgumentError(operation, `argnums ${showValue(i)} is out of range for ${count} arguments`);
  if (list.length > 1 && new Set(list).size !== list.length)
    throw new ArgumentError(operation, `argnums [${list.join(",")}] names an argument twice`);
  for (const i of list) {
    const arg = args[i];
    if (typeof arg !== "number" && (typeof arg !== "object" || arg === null))
      throw new ArgumentError(
        operation,
        `argument ${i} is ${showValue(arg)}, expected a tensor or a tree of tensors`,
      );
  }
  return list;
}

function showResult({ outputTree, outputs }: Recorded): string {
  if (outputTree.kind === "constant") return showValue(outputTree.value);
  return outputTree.kind === "leaf" ? showOperand(outputs[0]) : "a tree";
}

function recordScalar(
  operation: string,
  f: (...args: never[]) => unknown,
  options: GradOptions<Argnums, boolean>,
  args: readonly unknown[],
): Recorded {
  const argnums = checkedArgnums(operation, options.argnums, args);
  const recorded = recordCall(operation, f, args, argnums, options.hasAux);
  const y = recorded.outputs[0];
  if (recorded.outputTree.kind !== "leaf" || y.ndim !== 0)
    throw new GradientError(
      operation,
      `the function must return a scalar, got ${showResult(recorded)}; use jacobian for all derivatives of an array, or gradients for the gradient of its sum`,
    );
  if (!y.element.floating)
    throw new GradientError(operation, `the function must return a float scalar, got ${showOperand(y)}`);
  if (y.element.complex)
    throw new GradientError(
      operation,
      `the function must return a real scalar, got ${showOperand(y)}; real, imag and abs give one`,
    );
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

/**
 * The gradient of a scalar function, as a function of the same arguments. Arguments may be trees (plain objects and
 * arrays of tensors): the gradient has the argument's structure. An argument that f ignores has a zero gradient.
 * @throws GradientError if f does not return a scalar
 * @example grad((x) => x.square().sum())([1, 2]) // [2, 4]
 */
export function grad<F extends OfTensors<Scalar>, const N extends Argnums = 0>(
  f: F,
  options?: GradOptions<N, false>,
): (...args: ArgumentsOf<F, N>) => GradientOf<F, N>;
export function grad<F extends OfTensors<readonly [Scalar, unknown]>, const N extends Argnums = 0>(
  f: F,
  options: GradOptions<N, true>,
): (...args: ArgumentsOf<F, N>) => [GradientOf<F, N>, ReturnType<F>[1]];
export function grad<F extends OfTensorFirst<readonly [Scalar, unknown]>, const N extends Argnums = 0>(
  f: F,
  options: GradOptions<N, true>,
): (...args: ArgumentsOf<F, N>) => [GradientOf<F, N>, ReturnType<F>[1]];
export function grad<F extends OfTrees<readonly [Scalar, unknown]>, const N extends Argnums = 0>(
  f: F,
  options: GradOptions<N, true>,
): (...args: ArgumentsOf<F, N>) => [GradientOf<F, N>, ReturnType<F>[1]];
export function grad<F extends OfTensorFirst<Scalar>, const N extends Argnums = 0>(
  f: F,
  options?: GradOptions<N, false>,
): (...args: ArgumentsOf<F, N>) => GradientOf<F, N>;
export function grad<F extends OfTrees<Scalar>, const N extends Argnums = 0>(
  f: F,
  options?: GradOptions<N, false>,
): (...args: ArgumentsOf<F, N>) => GradientOf<F, N>;
export function grad(
  f: (...args: never[]) => unknown,
  options: GradOptions<Argnums, boolean> = {},
): (...args: never[]) => unknown {
  checkFunction("grad", f);
  checkOptions("grad", options, optionKeys);
  return gradientFunction("grad", f, options);
}

/** `grad` in the name of another transform. */
export function gradientFunction(
  operation: string,
  f: (...args: never[]) => unknown,
  options: GradOptions<number | readonly number[], boolean>,
): (...args: never[]) => unknown {
  return (...args) => {
    const recorded = recordScalar(operation, f, options, args);
    const gradient = gradientOf(recorded, isSingle(options.argnums));
    return options.hasAux ? [gradient, recorded.aux] : gradient;
  };
}

/**
 * Value and gradient of a scalar function in one pass: `[value, gradient]`, with `hasAux` `[value, gradient, aux]`.
 * @example valueAndGrad((x) => x.square().sum())([1, 2]) // [5, [2, 4]]
 */
export function valueAndGrad<F extends OfTensors<Scalar>, const N extends Argnums = 0>(
  f: F,
  options?: GradOptions<N, false>,
): (...args: ArgumentsOf<F, N>) => [Tensor, GradientOf<F, N>];
export function valueAndGrad<F extends OfTensors<readonly [Scalar, unknown]>, const N extends Argnums = 0>(
  f: F,
  options: GradOptions<N, true>,
): (...args: ArgumentsOf<F, N>) => [Tensor, GradientOf<F, N>, ReturnType<F>[1]];
export function valueAndGrad<
  F extends OfTensorFirst<readonly [Scalar, unknown]>,
  const N extends Argnums = 0,
>(
  f: F,
  options: GradOptions<N, true>,
): (...args: ArgumentsOf<F, N>) => [Tensor, GradientOf<F, N>, ReturnType<F>[1]];
export function valueAndGrad<F extends OfTrees<readonly [Scalar, unknown]>, const N extends Argnums = 0>(
  f: F,
  options: GradOptions<N, true>,
): (...args: ArgumentsOf<F, N>) => [Tensor, GradientOf<F, N>, ReturnType<F>[1]];
export function valueAndGrad<F extends OfTensorFirst<Scalar>, const N extends Argnums = 0>(
  f: F,
  options?: GradOptions<N, false>,
): (...args: ArgumentsOf<F, N>) => [Tensor, GradientOf<F, N>];
export function valueAndGrad<F extends OfTrees<Scalar>, const N extends Argnums = 0>(
  f: F,
  options?: GradOptions<N, false>,
): (...args: ArgumentsOf<F, N>) => [Tensor, GradientOf<F, N>];
export function valueAndGrad(
  f: (...args: never[]) => unknown,
  options: GradOptions<Argnums, boolean> = {},
): (...args: never[]) => unknown {
  checkFunction("valueAndGrad", f);
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
export function vjp<F extends OfTensors<unknown>>(
  f: F,
  ...primals: TreesLike<ParametersOf<F>>
): [ResultOf<F>, (cotangent: TreeLike<ReturnType<F>>) => GradientsOf<F>];
export function vjp<F extends OfTensorFirst<unknown>>(
  f: F,
  ...primals: TreesLike<ParametersOf<F>>
): [ResultOf<F>, (cotangent: TreeLike<ReturnType<F>>) => GradientsOf<F>];
export function vjp<F extends OfTrees<unknown>>(
  f: F,
  ...primals: TreesLike<ParametersOf<F>>
): [ResultOf<F>, (cotangent: TreeLike<ReturnType<F>>) => GradientsOf<F>];
export function vjp(
  f: (...args: never[]) => unknown,
  ...primals: unknown[]
): [unknown, (cotangent: unknown) => unknown] {
  checkFunction("vjp", f);
  const recorded = recordCall("vjp", f, primals, [...primals.keys()]);
  const { outputs, outputTree, arguments: tracked, pull } = recorded;
  const pullback = (cotangent: unknown): unknown => {
    const given = leavesLike("vjp", outputTree, cotangent);
    return unflattenAll(tracked, pull(outputs.map((y, k) => checkedCotangent("vjp", y, given[k]))));
  };
  return [unflatten(outputTree, outputs), pullback];
}
