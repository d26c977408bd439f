import { checkOptions } from "../convert.js";
import { unflatten, unflattenAll } from "../core/tree.js";
import { eye, zeros } from "../ops/creation.js";
import { stack } from "../ops/join.js";
import type { Tensor } from "../tensor.js";
import { checkedArgnums, type GradientOf, type GradOptions, grad, type TensorArgument } from "./grad.js";
import { type Recorded, recordCall } from "./reverse.js";

export type JacobianOptions<N extends number | readonly number[] = 0> = Pick<GradOptions<N>, "argnums">;

/** One row per element of an output: the cotangents of all argument leaves. */
function rowsOf(recorded: Recorded, output: number): Tensor[][] {
  const others = recorded.outputs.map((y) => zeros(y.shape, { dtype: y.dtype }));
  const y = recorded.outputs[output];
  return [...eye(y.size, { dtype: y.dtype })].map((unit) =>
    recorded.pull(others.map((zero, k) => (k === output ? unit.reshape(y.shape) : zero))),
  );
}

/** For each argument leaf a tensor [...output.shape, ...input.shape]. */
function blocksOf(recorded: Recorded, output: number): Tensor[] {
  const rows = rowsOf(recorded, output);
  const y = recorded.outputs[output];
  return recorded.arguments
    .flatMap(({ leaves }) => leaves)
    .map((x, i) =>
      rows.length === 0
        ? zeros([...y.shape, ...x.shape], { dtype: x.dtype })
        : stack(rows.map((row) => row[i])).reshape([...y.shape, ...x.shape]),
    );
}

/**
 * All derivatives of a function, as a function of the same arguments: a tensor [...output.shape, ...input.shape].
 * For trees a block per output leaf and input leaf, in the output's structure, then the argument's.
 * @example jacobian((x) => x.square())([1, 2]) // [[2, 0], [0, 4]]
 */
export function jacobian<A extends Tensor[], const N extends number | readonly number[] = 0>(
  f: (...args: A) => Tensor,
  options?: JacobianOptions<N>,
): (...args: { [K in keyof A]: A[K] | TensorArgument }) => GradientOf<A, N>;
export function jacobian<A extends unknown[], Y, const N extends number | readonly number[] = 0>(
  f: (...args: A) => Y,
  options?: JacobianOptions<N>,
): (...args: A) => unknown;
export function jacobian(
  f: (...args: never[]) => unknown,
  options: JacobianOptions<number | readonly number[]> = {},
): (...args: never[]) => unknown {
  checkOptions("jacobian", options, ["argnums"]);
  return (...args) => {
    const argnums = checkedArgnums("jacobian", options.argnums, args.length);
    const recorded = recordCall("jacobian", f, args, argnums);
    const blocks = recorded.outputs.map((_, output) => {
      const trees = unflattenAll(recorded.arguments, blocksOf(recorded, output));
      return Array.isArray(options.argnums) ? trees : trees[0];
    });
    return unflatten(recorded.outputTree, blocks);
  };
}

/**
 * The second derivatives of a scalar function: a tensor [...input.shape, ...input.shape], for trees nested blocks.
 * @example hessian((x) => x.pow(3).sum())([1, 2]) // [[6, 0], [0, 12]]
 */
export function hessian<A extends Tensor[], const N extends number | readonly number[] = 0>(
  f: (...args: A) => Tensor | number,
  options?: JacobianOptions<N>,
): (...args: { [K in keyof A]: A[K] | TensorArgument }) => GradientOf<A, N>;
export function hessian<A extends unknown[], const N extends number | readonly number[] = 0>(
  f: (...args: A) => Tensor | number,
  options?: JacobianOptions<N>,
): (...args: A) => unknown;
export function hessian(
  f: (...args: never[]) => unknown,
  options: JacobianOptions<number | readonly number[]> = {},
): (...args: never[]) => unknown {
  checkOptions("hessian", options, ["argnums"]);
  const gradient = grad(f as (...args: Tensor[]) => Tensor, options as GradOptions<0>);
  return jacobian(gradient as never, options as JacobianOptions<0>) as never;
}
