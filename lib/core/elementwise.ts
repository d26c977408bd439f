import { lift, liftPair } from "../convert.js";
import { bool, type ElementType, int32 } from "../dtype.js";
import { type KernelIds, kernel, kernelFor } from "../instruction.js";
import { recorder } from "../recorder.js";
import { type Shape, sameShape } from "../shape.js";
import { Tensor, type TensorLike } from "../tensor.js";
import { leadingAxes } from "./batching.js";
import { bindBinary, bindOne, bindUnary, evaluateBinary, evaluateBroadcast, evaluateUnary } from "./bind.js";
import type { OnFew } from "./handful.js";
import type { MaybeTensor, NotDifferentiable, PartialDerivative, Primitive } from "./primitive.js";
import { register } from "./registry.js";

export interface ElementwisePrimitive extends Primitive<null> {
  readonly kernels: KernelIds;
  /** The dtype of the result where it is not the inputs'. */
  readonly result: ElementType | null;
  /** The operation on a handful of float64 elements, where there is one that is exactly the kernel's. */
  readonly onFew: OnFew | null;
}

const LETTERS = "xyzw";

export interface ElementwiseDefinition {
  readonly name: string;
  readonly arity: number;
  readonly kernels: KernelIds;
  readonly result?: ElementType;
  readonly onFew?: OnFew;
  readonly derivative: readonly PartialDerivative[] | NotDifferentiable;
}

/** An operation on corresponding elements; broadcasting and strides are the kernel's business. */
export function elementwise(definition: ElementwiseDefinition): ElementwisePrimitive {
  const { name, arity, kernels, derivative } = definition;
  const partials: readonly PartialDerivative[] = "refused" in derivative ? [] : derivative;
  const mask = (letters: string): number =>
    [...letters].reduce((m, letter) => m | (1 << LETTERS.indexOf(letter)), 0);
  const primitive: ElementwisePrimitive = {
    name,
    kernels,
    result: definition.result ?? null,
    onFew: definition.onFew ?? null,
    refused: "refused" in derivative ? derivative.refused : null,
    outputCount: 1,
    savedForInput: partials.map(([reads]) => mask(reads)),
    savedForOutput: [0],
    partials,
    evaluate(inputs) {
      // A program is made of the general call.
      if (recorder === null) {
        if (arity === 1) return [evaluateUnary(primitive, inputs[0])];
        if (arity === 2) return [evaluateBinary(primitive, inputs[0], inputs[1])];
      }
      return [evaluateBroadcast(primitive, inputs)];
    },
    vjp: ([g], values, wanted) =>
      wanted.map((input, i) => (input === null ? null : partials[i][1](g!, ...values))),
    jvp(tangents, values) {
      let sum: MaybeTensor = null;
      tangents.forEach((t, i) => {
        if (t === null) return;
        const term = partials[i][1](t, ...values);
        sum = sum === null ? term : (sum as Tensor).add(term);
      });
      return [sum === null ? null : expand(sum, values[arity].shape)];
    },
    batch: leadingAxes(),
  };
  return register<null, ElementwisePrimitive>(primitive);
}

const expand = (x: Tensor, shape: Shape): Tensor => (sameShape(x.shape, shape) ? x : x.broadcastTo(shape));

/** Converts to the first dtype the kernels take: bool counts as int32, and integers as float64. */
function accepted(operation: string, kernels: KernelIds, x: Tensor): Tensor {
  if (kernels[x.element.index] >= 0) return x;
  if (x.element === bool && kernels[int32.index] >= 0) return x.cast("int32");
  if (!x.element.floating && kernels[3] >= 0) return x.cast("float64");
  kernelFor(operation, kernels, x.element);
  return x;
}

/** An elementwise function of one tensor. */
export function unary(
  name: string,
  derivative: PartialDerivative | NotDifferentiable,
  options: Pick<ElementwiseDefinition, "result" | "onFew"> = {},
): (x: TensorLike) => Tensor {
  const kernels = kernel(name);
  const primitive = elementwise({
    name,
    arity: 1,
    kernels,
    derivative: "refused" in derivative ? derivative : [derivative as PartialDerivative],
    ...options,
  });
  return (input) => {
    const x = lift(name, input);
    return bindUnary(primitive, kernels[x.element.index] >= 0 ? x : accepted(name, kernels, x));
  };
}

/** An elementwise function of two tensors, which broadcast and are promoted to one dtype. */
export function binary(
  name: string,
  derivative: readonly [PartialDerivative, PartialDerivative] | NotDifferentiable,
  options: Pick<ElementwiseDefinition, "result" | "onFew"> = {},
): (x: TensorLike, y: TensorLike) => Tensor {
  const kernels = kernel(name);
  const primitive = elementwise({ name, arity: 2, kernels, derivative, ...options });
  // The short way by itself: what is inlined with it counts against V8's budget.
  return (x, y) =>
    x instanceof Tensor && y instanceof Tensor && x.element === y.element && kernels[x.element.index] >= 0
      ? bindBinary(primitive, x.snapshot(), y.snapshot())
      : bindLifted(primitive, x, y);
}

function bindLifted(primitive: ElementwisePrimitive, x: TensorLike, y: TensorLike): Tensor {
  const { name, kernels } = primitive;
  const [a, b] = liftPair(name, x, y).map((operand) => accepted(name, kernels, operand));
  return bindBinary(primitive, a, b);
}

/** `where(condition, x, y)`: the one elementwise operation of three tensors. */
export function select(
  name: string,
  derivative: readonly PartialDerivative[],
): (c: Tensor, x: Tensor, y: Tensor) => Tensor {
  const primitive = elementwise({ name, arity: 3, kernels: kernel(name), derivative });
  return (c, x, y) => bindOne(primitive, [c, x, y], null);
}
