import { bind, isFollowed } from "../core/bind.js";
import type { MaybeTensor, Primitive } from "../core/primitive.js";
import { flatten, type TreeDefinition, unflatten, unflattenAll } from "../core/tree.js";
import type { Cotangent, LiftedArguments, TreeLike } from "../core/tree_types.js";
import { ArgumentError, GradientError } from "../errors.js";
import { zeros } from "../ops/creation.js";
import { checkFunction, checkOptions } from "../options.js";
import { asUser } from "../scope.js";
import { sameShape, showOperand } from "../shape.js";
import { ownHandle, type Tensor, withNode } from "../tensor.js";
import { vjp } from "./grad.js";
import { jvp } from "./jvp.js";
import { refusePromise } from "./reverse.js";
import type { OfTensorFirst, OfTensors, OfTrees, ParametersOf, ResultOf } from "./signatures.js";
import { vmap } from "./vmap.js";

/** The tape saves what a rule reads by a bit mask. */
const MAX_VALUES = 31;

/** A function of flat leaves. `kept` are results that only its own rules read. */
interface Implementation {
  readonly name: string;
  run(inputs: readonly Tensor[]): { readonly outputs: readonly Tensor[]; readonly kept: readonly Tensor[] };
  pullback(
    cotangents: readonly Tensor[],
    inputs: readonly Tensor[],
    kept: readonly Tensor[],
  ): readonly Tensor[];
  pushforward(
    tangents: readonly Tensor[],
    inputs: readonly Tensor[],
    outputs: readonly Tensor[],
    kept: readonly Tensor[],
  ): readonly Tensor[];
}

const zerosLike = (x: Tensor): Tensor => zeros(x.shape, { dtype: x.dtype });
const filled = (given: readonly MaybeTensor[], like: readonly Tensor[]): Tensor[] =>
  like.map((x, i) => given[i] ?? zerosLike(x));

/** Results must come from the arguments alone: what else they depend on would lose its derivative. */
function checkedResults(name: string, results: readonly Tensor[]): Tensor[] {
  return results.map((y) => {
    if (isFollowed(y))
      throw new GradientError(
        name,
        "the function closes over a tensor that is being differentiated or mapped; pass it as an argument",
      );
    return withNode(y, null);
  });
}

/**
 * A primitive for one call of a function with rules of its own: it nests, maps and differentiates like any other.
 * Its results are the outputs, then what is kept for the rules; what is kept differentiates by running the function
 * again.
 */
class CallPrimitive implements Primitive<null> {
  readonly refused = null;
  readonly composite = true;
  readonly name: string;
  outputCount = 0;
  savedForInput: readonly number[];
  savedForOutput: readonly number[] = [];
  /** How many of the results are outputs. */
  visible = 0;

  constructor(
    private readonly implementation: Implementation,
    private readonly inputCount: number,
  ) {
    this.name = implementation.name;
    this.savedForInput = new Array<number>(inputCount).fill(0);
  }

  /** Known when the function has run once; every layer of transforms runs after the one below it. */
  private sized(visible: number, kept: number): void {
    const count = this.inputCount + visible + kept;
    if (count > MAX_VALUES)
      throw new ArgumentError(
        this.name,
        `inputs, outputs and saved values are ${count} tensors, at most ${MAX_VALUES} work`,
      );
    this.visible = visible;
    this.outputCount = visible + kept;
    this.savedForOutput = new Array<number>(this.outputCount).fill(2 ** count - 1);
  }

  evaluate(inputs: readonly Tensor[]): readonly Tensor[] {
    const { outputs, kept } = this.implementation.run(inputs.map((x) => withNode(x, null)));
    this.sized(outputs.length, kept.length);
    return checkedResults(this.name, [...outputs, ...kept]);
  }

  private parts(values: readonly Tensor[]): [Tensor[], Tensor[], Tensor[]] {
    const inputs = values.slice(0, this.inputCount);
    const outputs = values.slice(this.inputCount, this.inputCount + this.visible);
    return [inputs, outputs, values.slice(this.inputCount + this.visible)];
  }

  private keptFrom(inputs: readonly Tensor[]): Tensor[] {
    return [...this.implementation.run(inputs).kept];
  }

  vjp(cotangents: readonly MaybeTensor[], values: readonly Tensor[]): readonly MaybeTensor[] {
    return asUser(() => this.pull(cotangents, values));
  }

  private pull(cotangents: readonly MaybeTensor[], values: readonly Tensor[]): readonly MaybeTensor[] {
    const [inputs, outputs, kept] = this.parts(values);
    // Users' rules take and give cotangents as users see them: the walk has their conjugates.
    const given = cotangents.map((g) => g?.conj() ?? null);
    const forOutputs = given.slice(0, this.visible);
    const forKept = given.slice(this.visible);
    const sums: MaybeTensor[] = inputs.map(() => null);
    const addAll = (terms: readonly Tensor[]): void =>
      terms.forEach((term, i) => {
        const sum = sums[i];
        sums[i] = sum === null ? term : sum.add(term);
      });
    if (forOutputs.some((g) => g !== null))
      addAll(this.implementation.pullback(filled(forOutputs, outputs), inputs, kept));
    if (forKept.some((g) => g !== null)) {
      const [, pullback] = vjp((...xs: Tensor[]) => this.keptFrom(xs), ...inputs);
      addAll(pullback(filled(forKept, kept)));
    }
    return sums.map((g) => g?.conj() ?? null);
  }

  jvp(tangents: readonly MaybeTensor[], values: readonly Tensor[]): readonly MaybeTensor[] {
    const [inputs, outputs, kept] = this.parts(values);
    const directions = filled(tangents, inputs);
    const dots = this.implementation.pushforward(directions, inputs, outputs, kept);
    if (kept.length === 0) return dots;
    return [...dots, ...jvp((...xs: Tensor[]) => this.keptFrom(xs), inputs, directions)[1]];
  }

  batch(
    _apply: unknown,
    inputs: readonly Tensor[],
    _params: null,
    batched: readonly boolean[],
  ): readonly Tensor[] {
    const { implementation } = this;
    const axes = batched.map((mapped) => (mapped ? 0 : null));
    const mapped: Implementation = {
      name: implementation.name,
      run: (xs) => vmap((...x: Tensor[]) => implementation.run(x), { inAxes: axes })(...xs),
      pullback: (gs, xs, kept) => {
        const gradients = vmap(
          (g: Tensor[], x: Tensor[], k: Tensor[]) => implementation.pullback(g, x, k) as Tensor[],
          { inAxes: [0, axes, 0] },
        )([...gs], [...xs], [...kept]);
        return gradients.map((g, i) => (batched[i] ? g : g.sum(0)));
      },
      pushforward: (ts, xs, ys, kept) =>
        vmap(
          (t: Tensor[], x: Tensor[], y: Tensor[], k: Tensor[]) =>
            implementation.pushforward(t, x, y, k) as Tensor[],
          { inAxes: [axes, axes, 0, 0] },
        )([...ts], [...xs], [...ys], [...kept]),
    };
    const inner = new CallPrimitive(mapped, inputs.length);
    const results = bind(inner, inputs, null);
    this.sized(inner.visible, inner.outputCount - inner.visible);
    return results;
  }
}

/** Calls through a primitive: arguments and result are trees. */
function callThrough(
  name: string,
  args: readonly unknown[],
  implement: (
    rebuild: (leaves: readonly Tensor[]) => unknown[],
    noteOutput: (tree: TreeDefinition) => void,
  ) => Implementation,
): unknown {
  const trees = args.map((arg) => {
    const leaves: Tensor[] = [];
    return { tree: flatten(name, arg, leaves), leaves };
  });
  let outputTree: TreeDefinition | null = null;
  const implementation = implement(
    (leaves) => unflattenAll(trees, leaves),
    (tree) => {
      outputTree = tree;
    },
  );
  const inputs = trees.flatMap(({ leaves }) => leaves);
  const primitive = new CallPrimitive(implementation, inputs.length);
  const results = bind(primitive, inputs, null);
  return unflatten(outputTree!, results.slice(0, primitive.visible));
}

/** Flat leaves of a value that must look like an expected tree, with shapes that fit. */
function checkedLeaves(name: string, what: string, given: unknown, like: readonly Tensor[]): Tensor[] {
  const leaves: Tensor[] = [];
  flatten(name, given, leaves);
  if (leaves.length !== like.length)
    throw new GradientError(name, `${what}: expected ${like.length} tensors, got ${leaves.length}`);
  leaves.forEach((x, i) => {
    if (!sameShape(x.shape, like[i].shape))
      throw new GradientError(
        name,
        `${what}: expected one like ${showOperand(like[i])}, got ${showOperand(x)}`,
      );
  });
  return leaves.map((x, i) => (x.element === like[i].element ? x : x.cast(like[i].dtype)));
}

type GivenGradients<A extends readonly unknown[]> =
  | Readonly<TreeLike<A>>
  | (A extends readonly [infer X] ? TreeLike<X> : never);

export interface CustomVjpRule<A extends unknown[], Y, S> {
  /** The value, and what the backward rule needs: a tree. */
  forward: (...args: A) => readonly [Y, S];
  /** A gradient per argument (the gradient itself where there is one argument). */
  backward: (saved: Cotangent<S>, cotangent: Cotangent<Y>) => GivenGradients<A>;
}

/**
 * A function with a pullback of its own. Forward mode is derived from it: the tangent is the transpose of the
 * pullback, which must be linear in the cotangent. Second derivatives differentiate `backward`, and `forward` as far
 * as the saved values depend on the arguments.
 * @throws GradientError where gradients do not fit, or the functions close over a tensor being differentiated
 * @example
 * const f = customVjp({ forward: (x) => [x.square(), x], backward: (x, g) => g.mul(x).mul(2) });
 * grad(f)(3) // 6
 */
export function customVjp<A extends Tensor[], Y, S>(
  rule: CustomVjpRule<A, Y, S>,
): (...args: LiftedArguments<A>) => Cotangent<Y>;
export function customVjp<A extends [Tensor, ...unknown[]], Y, S>(
  rule: CustomVjpRule<A, Y, S>,
): (...args: LiftedArguments<A>) => Cotangent<Y>;
export function customVjp<A extends unknown[], Y, S>(
  rule: CustomVjpRule<A, Y, S>,
): (...args: LiftedArguments<A>) => Cotangent<Y>;
export function customVjp(rule: CustomVjpRule<never[], unknown, unknown>): (...args: never[]) => unknown {
  const name = "customVjp";
  checkOptions(name, rule, ["forward", "backward"]);
  if (typeof rule?.forward !== "function" || typeof rule.backward !== "function")
    throw new ArgumentError(name, "expected { forward, backward }, two functions");
  return (...args) =>
    callThrough(name, args, (rebuild, noteOutput) => {
      let outputTree: TreeDefinition;
      let savedTree: TreeDefinition;
      const pullback = (
        gs: readonly Tensor[],
        inputs: readonly Tensor[],
        kept: readonly Tensor[],
      ): Tensor[] => {
        const given = rule.backward(
          unflatten(savedTree, kept.map(ownHandle)),
          unflatten(outputTree, gs.map(ownHandle)),
        );
        return checkedLeaves(name, "backward", given, inputs);
      };
      return {
        name,
        run(inputs) {
          const result = rule.forward(...(rebuild(inputs) as never[]));
          refusePromise(name, result);
          if (!Array.isArray(result) || result.length !== 2)
            throw new GradientError(name, "forward must return [value, saved]");
          const outputs: Tensor[] = [];
          const kept: Tensor[] = [];
          outputTree = flatten(name, result[0], outputs);
          savedTree = flatten(name, result[1], kept);
          noteOutput(outputTree);
          return { outputs, kept };
        },
        pullback,
        pushforward(tangents, inputs, outputs, kept) {
          const [, transposed] = vjp(
            (...gs: Tensor[]) => pullback(gs, inputs, kept),
            ...outputs.map(zerosLike),
          );
          return transposed([...tangents]);
        },
      };
    });
}

export interface CustomJvpRule<A extends unknown[], Y> {
  forward: (...args: A) => Y;
  /** Value and tangent, from arrays with an entry per argument. */
  tangent: (primals: A, tangents: A) => readonly [Y, TreeLike<Y>];
}

/**
 * A function with a pushforward of its own. Reverse mode is derived from it: the pullback is the transpose of the
 * tangent, which must be linear in the tangents.
 * @throws GradientError where tangents do not fit, or the functions close over a tensor being differentiated
 * @example
 * const f = customJvp({ forward: (x) => x.square(), tangent: ([x], [t]) => [x.square(), t.mul(x).mul(2)] });
 * jvp(f, [3], [1]) // [9, 6]
 */
export function customJvp<A extends Tensor[], Y>(
  rule: CustomJvpRule<A, Y>,
): (...args: LiftedArguments<A>) => Cotangent<Y>;
export function customJvp<A extends unknown[], Y>(
  rule: CustomJvpRule<A, Y>,
): (...args: LiftedArguments<A>) => Cotangent<Y>;
export function customJvp(rule: CustomJvpRule<never[], unknown>): (...args: never[]) => unknown {
  const name = "customJvp";
  checkOptions(name, rule, ["forward", "tangent"]);
  if (typeof rule?.forward !== "function" || typeof rule.tangent !== "function")
    throw new ArgumentError(name, "expected { forward, tangent }, two functions");
  return (...args) =>
    callThrough(name, args, (rebuild, noteOutput) => {
      const run = (inputs: readonly Tensor[]): Tensor[] => {
        const result = rule.forward(...(rebuild(inputs) as never[]));
        refusePromise(name, result);
        const outputs: Tensor[] = [];
        noteOutput(flatten(name, result, outputs));
        return outputs;
      };
      const pushed = (
        inputs: readonly Tensor[],
        tangents: readonly Tensor[],
        like: readonly Tensor[],
      ): Tensor[] => {
        const result = rule.tangent(
          rebuild(inputs.map(ownHandle)) as never[],
          rebuild(tangents.map(ownHandle)) as never[],
        );
        if (!Array.isArray(result) || result.length !== 2)
          throw new GradientError(name, "tangent must return [value, tangent]");
        return checkedLeaves(name, "tangent", result[1], like);
      };
      return {
        name,
        run: (inputs) => ({ outputs: run(inputs), kept: [] }),
        pullback(gs, inputs) {
          const [, transposed] = vjp((...ts: Tensor[]) => pushed(inputs, ts, gs), ...inputs.map(zerosLike));
          return transposed([...gs]);
        },
        pushforward: (tangents, inputs, outputs) => pushed(inputs, tangents, outputs),
      };
    });
}

/**
 * The same function, but its intermediate values are computed again in the backward pass, not kept.
 * @throws GradientError if f closes over a tensor being differentiated: pass it as an argument
 * @example grad((x) => checkpoint((y) => y.square().square().sum())(x))([1, 2]) // [4, 32]
 */
export function checkpoint<F extends OfTensors<unknown>>(
  f: F,
): (...args: LiftedArguments<ParametersOf<F>>) => ResultOf<F>;
export function checkpoint<F extends OfTensorFirst<unknown>>(
  f: F,
): (...args: LiftedArguments<ParametersOf<F>>) => ResultOf<F>;
export function checkpoint<F extends OfTrees<unknown>>(
  f: F,
): (...args: LiftedArguments<ParametersOf<F>>) => ResultOf<F>;
export function checkpoint(f: (...args: never[]) => unknown): (...args: never[]) => unknown {
  const name = "checkpoint";
  checkFunction(name, f);
  return (...args) =>
    callThrough(name, args, (rebuild, noteOutput) => {
      const run = (...inputs: Tensor[]): Tensor[] => {
        const result = f(...(rebuild(inputs) as never[]));
        refusePromise(name, result);
        const outputs: Tensor[] = [];
        noteOutput(flatten(name, result, outputs));
        return outputs;
      };
      return {
        name,
        run: (inputs) => ({ outputs: run(...inputs), kept: [] }),
        pullback: (gs, inputs) => vjp(run, ...inputs)[1]([...gs]),
        pushforward: (tangents, inputs) => jvp(run, [...inputs], [...tangents])[1],
      };
    });
}
