import { leavesLike, unflatten } from "../core/tree.js";
import { ArgumentError } from "../errors.js";
import { zeros } from "../ops/creation.js";
import type { Tensor } from "../tensor.js";
import { grad, type TensorArgument } from "./grad.js";
import { jvp } from "./jvp.js";
import { recordCall } from "./reverse.js";

/**
 * The value of f and its pushforward at the primals: from a tangent per primal to the output's tangent. f runs once;
 * the pushforward is the transpose of the pullback and may be called any number of times.
 * @example const [y, pushforward] = linearize((x) => x.square(), tensor(3)); pushforward(tensor(1)) // 6
 */
export function linearize<A extends unknown[], Y>(
  f: (...args: A) => Y,
  ...primals: A
): [Y, (...tangents: { [K in keyof A]: unknown }) => Y] {
  if (typeof f !== "function") throw new ArgumentError("linearize", `expected a function, got ${String(f)}`);
  const recorded = recordCall("linearize", f as (...args: never[]) => unknown, primals, [...primals.keys()]);
  const { outputs, outputTree, arguments: tracked, pull } = recorded;
  const cotangents = outputs.map((y) => zeros(y.shape, { dtype: y.dtype }));
  const transposed = recordCall("linearize", ((gs: Tensor[]) => pull(gs)) as never, [cotangents], [0]);
  const pushforward = (...tangents: unknown[]): unknown => {
    if (tangents.length !== tracked.length)
      throw new ArgumentError("linearize", `expected ${tracked.length} tangents, got ${tangents.length}`);
    const leaves = tracked.flatMap(({ tree }, i) => leavesLike("linearize", tree, tangents[i]));
    return unflatten(outputTree, transposed.pull(leaves));
  };
  return [unflatten(outputTree, outputs), pushforward] as never;
}

/**
 * Products of the Hessian of a scalar function with a direction, forward over reverse: `[gradients, products]`, two
 * arrays with an entry per primal.
 * @example hvp((x) => x.pow(3).sum(), [[1, 2]], [[1, 0]]) // [[[3, 12]], [[6, 0]]]
 */
export function hvp<A extends Tensor[]>(
  f: (...args: A) => Tensor | number,
  primals: { [K in keyof A]: A[K] | TensorArgument },
  tangents: { [K in keyof A]: A[K] | TensorArgument },
): [{ [K in keyof A]: Tensor }, { [K in keyof A]: Tensor }];
export function hvp<A extends unknown[]>(
  f: (...args: A) => Tensor | number,
  primals: A,
  tangents: { [K in keyof A]: unknown },
): [A, A];
export function hvp(
  f: (...args: never[]) => Tensor | number,
  primals: readonly unknown[],
  tangents: readonly unknown[],
): [unknown, unknown] {
  if (!Array.isArray(primals)) throw new ArgumentError("hvp", "expected primals and tangents as arrays");
  const gradient: (...args: never[]) => unknown = grad(f, { argnums: [...primals.keys()] });
  return jvp((...args: unknown[]) => gradient(...(args as never[])), [...primals], [...tangents]);
}
