import { lift } from "../convert.js";
import { bind } from "../core/bind.js";
import { settled } from "../core/deferred.js";
import { atNextDepth } from "../core/levels.js";
import type { MaybeTensor, Primitive } from "../core/primitive.js";
import { demand, isRefusal, mayUse, refusedLike } from "../core/refusal.js";
import { flatten, leavesLike, unflatten } from "../core/tree.js";
import type { TreesLike } from "../core/tree_types.js";
import type { Trace, Wrapper } from "../core/wrapper.js";
import { ArgumentError, DTypeError, GradientError, showValue } from "../errors.js";
import { zeros } from "../ops/creation.js";
import { checkFunction } from "../options.js";
import { sameShape, showOperand } from "../shape.js";
import { ownHandle, type Tensor, wrap } from "../tensor.js";
import { refusePromise } from "./reverse.js";
import type { OfTensorFirst, OfTensors, OfTrees, ParametersOf, ResultOf } from "./signatures.js";

/** A value and its tangent; a zero tangent is null. */
class Dual implements Wrapper {
  constructor(
    readonly trace: ForwardTrace,
    readonly primal: Tensor,
    readonly tangent: MaybeTensor,
  ) {}
  concrete(): Tensor {
    return this.primal;
  }
  describe(): string {
    return "differentiated forward";
  }
}

/** What does not vary has a tangent of zeros; what is itself refused has none. */
const zeroTangent = (primal: Tensor): Tensor =>
  isRefusal(primal) ? primal : zeros(primal.shape, { dtype: primal.dtype });

/** One call of a forward-mode transform: computes a tangent beside every value. */
class ForwardTrace implements Trace {
  ended = false;
  constructor(readonly depth: number) {}

  dual(primal: Tensor, tangent: MaybeTensor): Tensor {
    return wrap(primal.shape, primal.element, new Dual(this, primal, tangent));
  }

  /** What this trace knows of x: values of other traces are constants to it. */
  parts(x: Tensor): { readonly primal: Tensor; readonly tangent: MaybeTensor } {
    return x.wrapper instanceof Dual && x.wrapper.trace === this ? x.wrapper : { primal: x, tangent: null };
  }

  process<P>(primitive: Primitive<P>, inputs: readonly Tensor[], params: P): readonly Tensor[] {
    if (this.ended)
      throw new GradientError(
        primitive.name,
        "a value of jvp was used after the transform had ended; return it instead",
      );
    const tangents = new Array<MaybeTensor>(inputs.length);
    const values = new Array<Tensor>(inputs.length);
    let varies = false;
    for (let i = 0; i < inputs.length; i++) {
      const { primal, tangent } = this.parts(inputs[i]);
      values[i] = primal;
      tangents[i] = tangent;
      if (tangent !== null) varies = true;
    }
    const outputs = bind(primitive, values, params);
    if (!varies || primitive.refused !== null) return outputs.map((y) => this.dual(y, null));
    const refused = tangents.find((t) => t !== null && !mayUse(t, primitive));
    // What is made of it may never be asked for.
    if (refused) return outputs.map((y) => this.dual(y, refusedLike(refused, y)));
    const dots = primitive.jvp(tangents, [...values, ...outputs], params);
    const duals = new Array<Tensor>(outputs.length);
    for (let k = 0; k < outputs.length; k++) {
      const y = outputs[k];
      // Integers and truth values have no derivative.
      duals[k] = this.dual(y, (y.element.floating && dots[k]) || null);
    }
    return duals;
  }
}

export function checkedTangent(operation: string, x: Tensor, tangent: Tensor, i: number): Tensor {
  if (!sameShape(x.shape, tangent.shape))
    throw new GradientError(
      operation,
      `tangent ${i} is ${showOperand(tangent)}, expected one like ${showOperand(x)}`,
    );
  if (!x.element.floating)
    throw new DTypeError(
      operation,
      `cannot differentiate with respect to ${showOperand(x)}; cast it to float64 first`,
    );
  return tangent.element === x.element ? tangent : tangent.cast(x.dtype);
}

/**
 * Value and directional derivative in one forward pass: `[output, outputTangent]`. Primals, tangents and the output
 * may be trees; each tangent is like its primal.
 * @throws GradientError where a tangent does not fit its primal
 * @example jvp((x) => x.square(), [3], [1]) // [9, 6]
 */
export function jvp<F extends OfTensors<unknown>>(
  f: F,
  primals: Readonly<TreesLike<ParametersOf<F>>>,
  tangents: Readonly<TreesLike<ParametersOf<F>>>,
): [ResultOf<F>, ResultOf<F>];
export function jvp<F extends OfTensorFirst<unknown>>(
  f: F,
  primals: Readonly<TreesLike<ParametersOf<F>>>,
  tangents: Readonly<TreesLike<ParametersOf<F>>>,
): [ResultOf<F>, ResultOf<F>];
export function jvp<F extends OfTrees<unknown>>(
  f: F,
  primals: Readonly<TreesLike<ParametersOf<F>>>,
  tangents: Readonly<TreesLike<ParametersOf<F>>>,
): [ResultOf<F>, ResultOf<F>];
export function jvp(
  f: (...args: never[]) => unknown,
  primals: readonly unknown[],
  tangents: readonly unknown[],
): [unknown, unknown] {
  return pushForward("jvp", f, primals, tangents);
}

/** `jvp` in the name of another transform. */
export function pushForward(
  operation: string,
  f: (...args: never[]) => unknown,
  primals: readonly unknown[],
  tangents: readonly unknown[],
): [unknown, unknown] {
  checkFunction(operation, f);
  if (!Array.isArray(primals) || !Array.isArray(tangents) || primals.length !== tangents.length)
    throw new ArgumentError(
      operation,
      `expected primals and tangents as arrays of one length, got ${showValue(primals)} and ${showValue(tangents)}`,
    );
  return atNextDepth(operation, false, (depth) => {
    const trace = new ForwardTrace(depth);
    try {
      const args = primals.map((primal, i) => {
        const leaves: Tensor[] = [];
        const tree = flatten(operation, primal, leaves);
        const directions = leavesLike(operation, tree, tangents[i]);
        return unflatten(
          tree,
          leaves.map((x, k) =>
            trace.dual(ownHandle(x), ownHandle(checkedTangent(operation, x, directions[k], i))),
          ),
        );
      });
      const result = f(...(args as never[]));
      refusePromise(operation, result);
      const outputs: Tensor[] = [];
      const tree = flatten(operation, result, outputs);
      const parts = outputs.map((y) => trace.parts(lift(operation, y)));
      const dots = parts.map(({ primal, tangent }) =>
        ownHandle(tangent === null ? zeroTangent(primal) : settled(tangent)),
      );
      // Among several a caller may leave out what is refused.
      if (dots.length > 0 && dots.every(isRefusal)) demand(dots[0]);
      return [
        unflatten(
          tree,
          parts.map(({ primal }) => ownHandle(primal)),
        ),
        unflatten(tree, dots),
      ];
    } finally {
      trace.ended = true;
    }
  });
}
