import { floating, lift } from "../convert.js";
import { shiftedParams } from "../core/batching.js";
import { bindOne } from "../core/bind.js";
import { define } from "../core/define.js";
import {
  type AbstractValue,
  type Linear,
  type NotDifferentiable,
  notDifferentiable,
  type Primitive,
  type Rules,
} from "../core/primitive.js";
import { methods } from "../core/registry.js";
import { bool } from "../dtype.js";
import { ArgumentError, DTypeError, underName } from "../errors.js";
import { execute, kernel, kernelFor } from "../instruction.js";
import { checkOptions } from "../options.js";
import { type Axes, normalizeAxes, reducedShape, type Shape, showOperand, sizeOf } from "../shape.js";
import { empty, type Method, type Tensor, type TensorLike } from "../tensor.js";

export interface ReduceOptions {
  /** Keeps the reduced axes with extent 1. */
  keepDims?: boolean;
}

interface Reduction {
  /** Ascending. */
  readonly axes: readonly number[];
  readonly keepDims: boolean;
}

const keptShape = (x: AbstractValue, { axes }: Reduction): Shape => reducedShape(x.shape, axes, true);

/** Brings a reduced tensor back beside its operand: the reduced axes with extent 1. */
const beside = (y: Tensor, x: AbstractValue, reduction: Reduction): Tensor =>
  reduction.keepDims ? y : y.reshape(keptShape(x, reduction));

/** Whether the axes are the first ones, which broadcasting puts back by itself. */
const isLeading = ({ axes, keepDims }: Reduction): boolean =>
  !keepDims && axes.length > 0 && axes[axes.length - 1] === axes.length - 1;

function reduction(
  name: string,
  derivative: Rules<"x" | "y", Reduction> | Linear<Reduction> | NotDifferentiable,
  options: { identity: boolean },
): Primitive<Reduction> {
  const kernels = kernel(name);
  return define<"x", "y", Reduction>({
    name,
    inputs: ["x"],
    outputs: ["y"],
    shape([x], { axes, keepDims }) {
      if (!options.identity && axes.some((axis) => x.shape[axis] === 0))
        throw new ArgumentError(
          name,
          `an empty axis has no ${name}: ${showOperand(x)} over axes [${axes.join(",")}]`,
        );
      return [{ shape: reducedShape(x.shape, axes, keepDims), element: x.element }];
    },
    run([x], [{ shape, element }], { axes, keepDims }) {
      const y = empty(name, shape, element);
      const strides = new Array<number>(x.strides.length);
      let own = 0;
      let next = 0;
      for (let axis = 0; axis < strides.length; axis++) {
        const reduced = next < axes.length && axes[next] === axis;
        strides[axis] = reduced ? 0 : y.strides[own];
        if (reduced) next++;
        if (keepDims || !reduced) own++;
      }
      execute(name, kernelFor(name, kernels, element), x.shape, [
        [x, x.strides],
        [y, strides],
      ]);
      return [y];
    },
    derivative,
    batch: shiftedParams(({ axes, keepDims }) => ({ axes: axes.map((axis) => axis + 1), keepDims })),
  });
}

/** Options may stand in the place of an omitted axis. */
function splitAxes<O extends object>(axis: Axes | O, options: O | undefined): [Axes, O | undefined] {
  return typeof axis === "object" && axis !== null && !Array.isArray(axis)
    ? [null, axis as O]
    : [axis as Axes, options];
}

type ReduceFunction = (x: TensorLike, axis?: Axes | ReduceOptions, options?: ReduceOptions) => Tensor;

function reducer(primitive: Primitive<Reduction>, prepare: (x: Tensor) => Tensor): ReduceFunction {
  const { name } = primitive;
  return (input, axis, options) => {
    const x = prepare(lift(name, input));
    const [axes, rest] = splitAxes<ReduceOptions>(axis, options);
    checkOptions(name, rest, ["keepDims"]);
    return bindOne(primitive, [x], {
      axes: normalizeAxes(name, axes, x.ndim),
      keepDims: rest?.keepDims ?? false,
    });
  };
}

const countBooleans = (x: Tensor): Tensor => (x.element === bool ? x.cast("int32") : x);
const asBoolean = (x: Tensor): Tensor => (x.element === bool ? x : x.notEqual(0));

/**
 * The sum over axes (all by default): pairwise for floats; int32 stays int32, bool counts as int32.
 * The sum of nothing is 0.
 * @example sum([[1, 2], [3, 4]], 0) // [4, 6]
 */
export const sum = reducer(
  reduction(
    "sum",
    {
      transpose: (g, x, reduction) =>
        (isLeading(reduction) ? g : beside(g, x, reduction)).broadcastTo(x.shape),
    },
    { identity: true },
  ),
  countBooleans,
);

/** Along the last axis, the product of all elements before each one. */
function productBefore(x: Tensor): Tensor {
  const margins = x.shape.map((_, axis): [number, number] => [axis === x.ndim - 1 ? 1 : 0, 0]);
  return x.slice("...", [0, -1]).pad(margins, { value: 1 }).cumprod(-1);
}

/** For each element the product of all others over the axes, without division: zeros are factors like any other. */
function otherFactors(x: Tensor, { axes }: Reduction): Tensor {
  if (x.size === 0) return x;
  const places = axes.map((_, i) => i - axes.length);
  const moved = x.moveAxis(axes, places);
  const kept = moved.shape.slice(0, moved.ndim - axes.length);
  const flat = moved.reshape([...kept, -1]);
  const others = productBefore(flat).mul(productBefore(flat.flip(-1)).flip(-1));
  return others.reshape(moved.shape).moveAxis(places, axes);
}

/**
 * The product over axes (all by default): int32 stays int32, bool counts as int32. The product of nothing is 1. The
 * derivative is exact where factors are zero, to any order.
 * @example prod([[1, 2], [3, 4]], 0) // [3, 8]
 */
export const prod = reducer(
  reduction(
    "prod",
    {
      saves: { x: ["x"] },
      vjp: ([g], [x], _wanted, r) => [beside(g!, x, r).mul(otherFactors(x, r))],
      jvp: ([t], [x], r) => [t?.mul(otherFactors(x, r)).sum([...r.axes], { keepDims: r.keepDims })],
    },
    { identity: true },
  ),
  countBooleans,
);

/** The extreme's derivative is shared in equal parts by the elements that attain it. */
function extremeRules(): Rules<"x" | "y", Reduction> {
  const shares = (x: Tensor, y: Tensor, r: Reduction): Tensor => {
    const attained = x.equal(beside(y, x, r)).cast(x.dtype);
    return attained.div(attained.sum([...r.axes], { keepDims: true }));
  };
  return {
    saves: { x: ["x", "y"] },
    vjp: ([g], [x, y], _wanted, r) => [beside(g!, x, r).mul(shares(x, y, r))],
    jvp: ([t], [x, y], r) => [t?.mul(shares(x, y, r)).sum([...r.axes], { keepDims: r.keepDims })],
  };
}

const numeric =
  (name: string) =>
  (x: Tensor): Tensor => {
    if (x.element === bool) throw new DTypeError(name, `expected numbers, got ${showOperand(x)}`);
    return x;
  };

/**
 * The largest element over axes (all by default); NaN wins. Elements that tie share the derivative equally.
 * @example max([[1, 5], [3, 2]], 1) // [5, 3]
 */
export const max = reducer(reduction("max", extremeRules(), { identity: false }), numeric("max"));

/**
 * The smallest element over axes (all by default); NaN wins. Elements that tie share the derivative equally.
 * @example min([[1, 5], [3, 2]], 1) // [1, 2]
 */
export const min = reducer(reduction("min", extremeRules(), { identity: false }), numeric("min"));

const truth = notDifferentiable("a truth value is piecewise constant");

/** Whether every element over the axes is true (not 0). @example all([[true, false], [true, true]], 1) // [false, true] */
export const all = reducer(reduction("all", truth, { identity: true }), asBoolean);

/** Whether any element over the axes is true (not 0). @example any([[true, false], [false, false]], 1) // [true, false] */
export const any = reducer(reduction("any", truth, { identity: true }), asBoolean);

/** How many elements over the axes are not 0. @example countNonzero([0, 1, 2]) // 2 */
export const countNonzero: ReduceFunction = (x, axis, options) =>
  underName("countNonzero", () => lift("countNonzero", x).notEqual(0).sum(axis, options));

/** The operand of a mean, as floats, and how many elements each result averages. */
function averaged(name: string, input: TensorLike, axes: Axes): { x: Tensor; axes: number[]; count: number } {
  const x = floating(lift(name, input));
  const normalized = normalizeAxes(name, axes, x.ndim);
  return { x, axes: normalized, count: sizeOf(normalized.map((axis) => x.shape[axis])) };
}

/**
 * The mean over axes (all by default); integers give float64, the mean of nothing is NaN.
 * @example mean([[1, 2], [3, 4]]) // 2.5
 */
export const mean: ReduceFunction = (input, axis, options) => {
  const [given, rest] = splitAxes<ReduceOptions>(axis, options);
  checkOptions("mean", rest, ["keepDims"]);
  const { x, axes, count } = averaged("mean", input, given);
  return x.sum(axes, rest).div(count);
};

export interface VarianceOptions extends ReduceOptions {
  /** Subtracted from the number of elements in the divisor: 1 for the unbiased estimate. 0 by default. */
  correction?: number;
}

function meanSquare(
  operation: string,
  input: TensorLike,
  axis: Axes | VarianceOptions,
  options: VarianceOptions | undefined,
): Tensor {
  const [given, rest] = splitAxes<VarianceOptions>(axis, options);
  checkOptions(operation, rest, ["keepDims", "correction"]);
  const { x, axes, count } = averaged(operation, input, given);
  const deviation = x.sub(x.mean(axes, { keepDims: true }));
  const divisor = Math.max(0, count - (rest?.correction ?? 0));
  const squares = x.element.complex ? deviation.mul(deviation.conj()).real() : deviation.square();
  return squares.sum(axes, { keepDims: rest?.keepDims ?? false }).div(divisor);
}

/**
 * The mean squared deviation from the mean over axes (all by default).
 * @example variance([1, 3]) // 1
 */
export const variance = (
  input: TensorLike,
  axis?: Axes | VarianceOptions,
  options?: VarianceOptions,
): Tensor => meanSquare("variance", input, axis, options);

/**
 * The square root of the variance over axes (all by default). Its derivatives where all elements are equal are 0.
 * @example std([1, 3], { correction: 1 }) // 1.4142135623730951
 */
export function std(input: TensorLike, axis?: Axes | VarianceOptions, options?: VarianceOptions): Tensor {
  const squared = meanSquare("std", input, axis, options);
  const none = squared.equal(0);
  return none.where(0, none.where(1, squared).sqrt());
}

/** The maximum as a constant; 0 where it is infinite. */
function finiteMaximum(x: Tensor, axes: readonly number[]): Tensor {
  const largest = x.max(axes, { keepDims: true }).stopGradient();
  return largest.isFinite().where(largest, 0);
}

/**
 * log Σ eˣ over axes (all by default), without overflow. Of nothing, or of −∞ alone, it is −∞, with derivatives 0.
 * @example logsumexp([1000, 1000]) // 1000.6931471805599
 */
export const logsumexp: ReduceFunction = (input, axis, options) => {
  const [given, rest] = splitAxes<ReduceOptions>(axis, options);
  checkOptions("logsumexp", rest, ["keepDims"]);
  const { x, axes, count } = averaged("logsumexp", input, given);
  const shift = count === 0 ? 0 : finiteMaximum(x, axes);
  const total = x.sub(shift).exp().sum(axes, { keepDims: true });
  const none = total.equal(0);
  const y = none.where(Number.NEGATIVE_INFINITY, none.where(1, total).log().add(shift));
  return rest?.keepDims ? y : y.reshape(reducedShape(x.shape, axes, false));
};

methods({ sum, prod, max, min, all, any, countNonzero, mean, variance, std, logsumexp });

declare module "../tensor.js" {
  interface Tensor {
    sum: Method<typeof sum>;
    prod: Method<typeof prod>;
    max: Method<typeof max>;
    min: Method<typeof min>;
    all: Method<typeof all>;
    any: Method<typeof any>;
    countNonzero: Method<typeof countNonzero>;
    mean: Method<typeof mean>;
    variance: Method<typeof variance>;
    std: Method<typeof std>;
    logsumexp: Method<typeof logsumexp>;
  }
}
