import { leavesLike, unflatten } from "../core/tree.js";
import type { TreesLike } from "../core/tree_types.js";
import { ArgumentError, showValue } from "../errors.js";
import { zeros } from "../ops/creation.js";
import { checkFunction } from "../options.js";
import type { Tensor } from "../tensor.js";
import { gradientFunction } from "./grad.js";
import { checkedTangent, pushForward } from "./jvp.js";
import { recordCall } from "./reverse.js";
import type {
  GradientsOf,
  OfTensorFirst,
  OfTensors,
  OfTrees,
  ParametersOf,
  ResultOf,
  Scalar,
} from "./signatures.js";

/**
 * The value of f and its pushforward at the primals: from a tangent per primal to the output's tangent. f runs once;
 * the pushforward is the transpose of the pullback and may be called any number of times.
 * @example const [y, pushforward] = linearize((x) => x.square(), tensor(3)); pushforward(tensor(1)) // 6
 */
export function linearize<F extends OfTensors<unknown>>(
  f: F,
  ...primals: TreesLike<ParametersOf<F>>
): [ResultOf<F>, (...tangents: TreesLike<ParametersOf<F>>) => ResultOf<F>];
export function linearize<F extends OfTensorFirst<unknown>>(
  f: F,
  ...primals: TreesLike<ParametersOf<F>>
): [ResultOf<F>, (...tangents: TreesLike<ParametersOf<F>>) => ResultOf<F>];
export function linearize<F extends OfTrees<unknown>>(
  f: F,
  ...primals: TreesLike<ParametersOf<F>>
): [ResultOf<F>, (...tangents: TreesLike<ParametersOf<F>>) => ResultOf<F>];
export function linearize(
  f: (...args: never[]) => unknown,
  ...primals: unknown[]
): [unknown, (...tangents: unknown[]) => unknown] {
  checkFunction("linearize", f);
  const recorded = recordCall("linearize", f, primals, [...primals.keys()]);
  const { outputs, outputTree, arguments: tracked, pull } = recorded;
  const cotangents = outputs.map((y) => zeros(y.shape, { dtype: y.dtype }));
  const transposed = recordCall("linearize", ((gs: Tensor[]) => pull(gs)) as never, [cotangents], [0]);
  const pushforward = (...tangents: unknown[]): unknown => {
    if (tangents.length !== tracked.length)
      throw new ArgumentError("linearize", `expected ${tracked.length} tangents, got ${tangents.length}`);
    const leaves = tracked.flatMap(({ tree, leaves: own }, i) =>
      leavesLike("linearize", tree, tangents[i]).map((t, k) => checkedTangent("linearize", own[k], t, i)),
    );
    return unflatten(outputTree, transposed.pull(leaves));
  };
  return [unflatten(outputTree, outputs), pushforward];
}

/**
 * Products of the Hessian of a scalar function with a direction, forward over reverse: `[gradients, products]`, two
 * arrays with an entry per primal.
 * @example hvp((x) => x.pow(3).sum(), [[1, 2]], [[1, 0]]) // [[[3, 12]], [[6, 0]]]
 */
export function hvp<F extends OfTensors<Scalar>>(
  f: F,
  primals: Readonly<TreesLike<ParametersOf<F>>>,
  tangents: Readonly<TreesLike<ParametersOf<F>>>,
): [GradientsOf<F>, GradientsOf<F>];
export function hvp<F extends OfTensorFirst<Scalar>>(
  f: F,
  primals: Readonly<TreesLike<ParametersOf<F>>>,
  tangents: Readonly<TreesLike<ParametersOf<F>>>,
): [GradientsOf<F>, GradientsOf<F>];
export function hvp<F extends OfTrees<Scalar>>(
  f: F,
  primals: Readonly<TreesLike<ParametersOf<F>>>,
  tangents: Readonly<TreesLike<ParametersOf<F>>>,
): [GradientsOf<F>, GradientsOf<F>];
export function hvp(
  f: (...args: never[]) => Tensor | number,
  primals: readonly unknown[],
  tangents: readonly unknown[],
): [unknown, unknown] {
  checkFunction("hvp", f);
  if (!Array.isArray(primals))
    throw new ArgumentError("hvp", `expected an array of primals, got ${showValue(primals)}`);
  const gradient = gradientFunction("hvp", f, { argnums: [...primals.keys()] });
  return pushForward("hvp", (...args) => gradient(...args), primals, tangents);
}
