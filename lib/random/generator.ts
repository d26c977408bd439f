import { lift } from "../convert.js";
import { refuseDraws } from "../core/tracing.js";
import { type DType, type ElementType, elementTypeOf, float64, int32 } from "../dtype.js";
import { ArgumentError, DTypeError, ShapeError, showValue, underName } from "../errors.js";
import { checkOptions } from "../options.js";
import {
  broadcastShapes,
  checkedShape,
  type Shape,
  sameShape,
  showOperand,
  showShape,
  sizeOf,
} from "../shape.js";
import { empty, type Tensor, type TensorLike } from "../tensor.js";
import { bounded32, bounded64, masked32, sampleWithoutReplacement, shuffle } from "./bounded.js";
import { PCG64 } from "./pcg64.js";
import { type Seed, seedSequence } from "./seed_sequence.js";
import { standardNormal } from "./ziggurat.js";

export interface NormalOptions {
  /** 0 by default. */
  mean?: number;
  /** The standard deviation, not negative. 1 by default. */
  std?: number;
}

export interface UniformOptions {
  /** 0 by default. */
  low?: number;
  /** 1 by default. */
  high?: number;
}

export interface IntegersOptions {
  /** int32 by default; float64 for integers up to 2⁵³. */
  dtype?: DType;
}

export interface ChoiceOptions {
  /** Whether an entry may be drawn again. True by default. */
  replace?: boolean;
  /** How likely each entry is; equally by default. */
  probabilities?: readonly number[];
}

/** A shape, or options in its place. */
type Size = number | readonly number[];

function tensorOf(operation: string, values: ArrayLike<number>, shape: Shape, element: ElementType): Tensor {
  const x = empty(operation, shape, element);
  x.storage!.copyFrom(element, x.offset, values);
  return x;
}

const hasOptions = (size: unknown): size is object =>
  typeof size === "object" && size !== null && !Array.isArray(size);

function finite(operation: string, name: string, value: number): number {
  if (typeof value !== "number" || !Number.isFinite(value))
    throw new ArgumentError(operation, `${name} is ${showValue(value)}, expected a finite number`);
  return value;
}

function whole(operation: string, name: string, value: number): number {
  if (!Number.isSafeInteger(value))
    throw new ArgumentError(operation, `${name} is ${showValue(value)}, expected an integer up to 2**53`);
  return value;
}

/** The first place whose cumulated weight exceeds `target`. */
function place(cumulated: Float64Array, target: number): number {
  let low = 0;
  let high = cumulated.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (cumulated[middle] > target) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Running sums of weights, as shares of their total. */
function shares(weights: readonly number[] | Float64Array): Float64Array {
  let total = 0;
  const cumulated = Float64Array.from(weights, (weight) => {
    total += weight;
    return total;
  });
  return cumulated.map((sum) => sum / total);
}

/**
 * NumPy's `default_rng(seed)`: the same numbers for the same seed (PCG64, seeded by a SeedSequence; normal numbers by
 * the ziggurat method, integers by Lemire's). All are float64 but for integers, which are int32; what is drawn is a
 * constant to derivatives.
 */
export class Generator {
  readonly #source: PCG64;

  /** @param seed a non-negative integer, as a number up to 2⁵³ or a bigint, or an array of them */
  constructor(seed: Seed) {
    this.#source = new PCG64(seedSequence("generator", seed, 8));
  }

  get #bits(): PCG64 {
    refuseDraws("generator");
    return this.#source;
  }

  #fill(operation: string, size: Size, draw: () => number): Tensor {
    const x = empty(operation, checkedShape(operation, size), float64);
    const { float64: values } = x.storage!;
    for (let i = 0; i < x.size; i++) values[x.offset + i] = draw();
    return x;
  }

  /**
   * Normal samples; a 0-d tensor without a shape.
   * @throws ArgumentError for a negative standard deviation
   * @example random.generator(0).normal([2]) // [0.1257302210933933, -0.1321048632913019]
   */
  normal(size: Size | NormalOptions = [], options?: NormalOptions): Tensor {
    const rest = hasOptions(size) ? (size as NormalOptions) : options;
    checkOptions("normal", rest, ["mean", "std"]);
    const mean = finite("normal", "mean", rest?.mean ?? 0);
    const std = finite("normal", "std", rest?.std ?? 1);
    if (std < 0) throw new ArgumentError("normal", `std is ${std}, expected a number that is not negative`);
    const bits = this.#bits;
    return this.#fill(
      "normal",
      hasOptions(size) ? [] : (size as Size),
      () => mean + std * standardNormal(bits),
    );
  }

  /**
   * Samples uniform in [low, high); a 0-d tensor without a shape.
   * @example random.generator(0).uniform([2], { high: 2 }) // [1.2739233746429086, 0.5395734275277406]
   */
  uniform(size: Size | UniformOptions = [], options?: UniformOptions): Tensor {
    const rest = hasOptions(size) ? (size as UniformOptions) : options;
    checkOptions("uniform", rest, ["low", "high"]);
    const low = finite("uniform", "low", rest?.low ?? 0);
    const range = finite("uniform", "high − low", finite("uniform", "high", rest?.high ?? 1) - low);
    if (range < 0) throw new ArgumentError("uniform", `high is less than low: ${low + range} < ${low}`);
    const bits = this.#bits;
    return this.#fill(
      "uniform",
      hasOptions(size) ? [] : (size as Size),
      () => low + range * bits.nextDouble(),
    );
  }

  /**
   * Integers from `low` to `high` − 1, each as likely as any other: those that NumPy draws as int64. A 0-d tensor
   * without a shape.
   * @throws ArgumentError where no integer lies between, DTypeError where int32 cannot hold them
   * @example random.generator(0).integers(0, 10, [5]) // [8, 6, 5, 2, 3]
   */
  integers(low: number, high: number, size: Size | IntegersOptions = [], options?: IntegersOptions): Tensor {
    const rest = hasOptions(size) ? (size as IntegersOptions) : options;
    checkOptions("integers", rest, ["dtype"]);
    const element = elementTypeOf("integers", rest?.dtype ?? "int32");
    whole("integers", "low", low);
    if (high !== 2 ** 53) whole("integers", "high", high);
    if (low >= high)
      throw new ArgumentError("integers", `no integer is at least ${low} and less than ${high}`);
    const largest = whole("integers", "high − 1 − low", high - 1 - low);
    const fits = element === float64 || (element === int32 && low >= -(2 ** 31) && high <= 2 ** 31);
    if (!fits)
      throw new DTypeError(
        "integers",
        `${element.name} does not hold all integers from ${low} to ${high - 1}${element === int32 ? '; { dtype: "float64" } does' : ", expected int32 or float64"}`,
      );
    const bits = this.#bits;
    const draw = largest < 2 ** 32 ? bounded32 : bounded64;
    const x = this.#fill("integers", hasOptions(size) ? [] : (size as Size), () => low + draw(bits, largest));
    return x.cast(element.name);
  }

  /**
   * The integers from 0 to n − 1 in random order (int32), or a tensor's entries along its first axis.
   * @example random.generator(0).permutation(5) // [2, 4, 3, 0, 1]
   */
  permutation(x: number | TensorLike): Tensor {
    const operand = typeof x === "number" ? null : lift("permutation", x);
    const order = Int32Array.from({ length: population("permutation", x, operand) }, (_, i) => i);
    shuffle(this.#bits, order, masked32);
    const indices = tensorOf("permutation", order, [order.length], int32);
    return operand === null ? indices : operand.take(indices, 0);
  }

  /**
   * Entries of x along its first axis (the integers from 0 to x − 1 for a number), drawn with replacement unless told
   * otherwise: shape [...shape, ...rest of x].
   * @throws ArgumentError for probabilities that are no probabilities, and where there are not enough entries
   * @example random.generator(0).choice([10, 20, 30], [4]) // [30, 20, 20, 10]
   */
  choice(x: number | TensorLike, size: Size | ChoiceOptions = [], options?: ChoiceOptions): Tensor {
    const rest = hasOptions(size) ? (size as ChoiceOptions) : options;
    checkOptions("choice", rest, ["replace", "probabilities"]);
    const shape = checkedShape("choice", hasOptions(size) ? [] : size);
    const operand = typeof x === "number" ? null : lift("choice", x);
    const n = population("choice", x, operand);
    const count = sizeOf(shape);
    if (n === 0 && count > 0) throw new ArgumentError("choice", "there is nothing to choose from");
    const p = rest?.probabilities;
    if (p !== undefined) checkProbabilities(p, n);
    const indices = empty("choice", shape, int32);
    const chosen = rest?.replace === false ? this.#different(n, count, p) : this.#any(n, count, p);
    indices.storage!.copyFrom(int32, indices.offset, chosen);
    return operand === null ? indices : operand.take(indices, 0);
  }

  #any(n: number, count: number, p: readonly number[] | undefined): Int32Array {
    const bits = this.#bits;
    const cumulated = p && shares(p);
    return Int32Array.from({ length: count }, () =>
      cumulated ? place(cumulated, bits.nextDouble()) : bounded32(bits, n - 1),
    );
  }

  #different(n: number, count: number, p: readonly number[] | undefined): Int32Array {
    const available = p === undefined ? n : p.filter((weight) => weight > 0).length;
    if (count > available)
      throw new ArgumentError("choice", `${count} different entries asked for, ${available} can be drawn`);
    if (p === undefined) return sampleWithoutReplacement(this.#bits, n, count);
    const weights = Float64Array.from(p);
    const chosen = new Set<number>();
    while (chosen.size < count) {
      const targets = Array.from({ length: count - chosen.size }, () => this.#bits.nextDouble());
      for (const i of chosen) weights[i] = 0;
      const cumulated = shares(weights);
      for (const target of targets) chosen.add(place(cumulated, target));
    }
    return Int32Array.from(chosen);
  }

  /**
   * Classes (int32) with probabilities softmax(logits) over the last axis: logits [..., k] broadcast to the shape, by
   * default their own without the last axis. Each sample inverts the cumulative distribution at one uniform number.
   * @throws ShapeError where logits do not broadcast to the shape, ArgumentError for logits that are NaN or +∞, or all −∞
   * @example random.generator(0).categorical([0, 0, 0], [4]) // [1, 0, 0, 0]
   */
  categorical(logits: TensorLike, size?: Size): Tensor {
    const x = lift("categorical", logits).concrete("categorical");
    if (x.ndim === 0 || x.shape[x.ndim - 1] === 0)
      throw new ShapeError("categorical", `expected logits with an axis of classes, got ${showOperand(x)}`);
    const batch = x.shape.slice(0, -1);
    const shape = size === undefined ? batch : checkedShape("categorical", size);
    if (!sameShape(broadcastShapes("categorical", batch, shape), shape))
      throw new ShapeError(
        "categorical",
        `logits ${showOperand(x)} do not broadcast to samples of shape ${showShape(shape)}`,
      );
    const k = x.shape[x.ndim - 1];
    const values = x.cast("float64").toTypedArray("float64");
    const rows = Array.from({ length: values.length / k }, (_, i) =>
      shares(likelihoods(values.subarray(i * k, (i + 1) * k))),
    );
    const numbers = Int32Array.from(rows, (_, i) => i);
    const row = underName("categorical", () =>
      tensorOf("categorical", numbers, batch, int32).broadcastTo(shape).toTypedArray("int32"),
    );
    const chosen = row.map((i) => place(rows[i], this.#bits.nextDouble()));
    return tensorOf("categorical", chosen, shape, int32);
  }

  /**
   * Samples of a normal distribution with mean [n] and covariance [n, n], by its singular value decomposition as in
   * NumPy: [...shape, n]. Differentiable with respect to both. Where singular values are (nearly) equal, the sample
   * depends on the LAPACK in use.
   * @throws ShapeError where mean and covariance do not fit
   * @example random.generator(0).multivariateNormal([1, 2], [[4, 0], [0, 1]]) // [1.2514604421867865, 1.867895136708698]
   */
  multivariateNormal(mean: TensorLike, covariance: TensorLike, size: Size = []): Tensor {
    const center = lift("multivariateNormal", mean);
    const spread = lift("multivariateNormal", covariance);
    const n = center.shape[0];
    if (center.ndim !== 1 || spread.ndim !== 2 || spread.shape[0] !== n || spread.shape[1] !== n)
      throw new ShapeError(
        "multivariateNormal",
        `expected a mean [n] and a covariance [n, n], got ${showOperand(center)} and ${showOperand(spread)}`,
      );
    const shape = [...checkedShape("multivariateNormal", size), n];
    const x = this.#fill("multivariateNormal", shape, () => standardNormal(this.#bits));
    const { u, s } = underName("multivariateNormal", () => spread.svd());
    const factor = u.mul(s.sqrt().expandDims(-2));
    return x
      .reshape([sizeOf(shape) / Math.max(n, 1), n])
      .matmul(factor.mT)
      .add(center)
      .reshape(shape);
  }
}

/** How many entries there are to order or to choose from. */
function population(operation: string, x: unknown, operand: Tensor | null): number {
  if (operand !== null) {
    if (operand.ndim === 0) throw new ShapeError(operation, "a 0-d tensor has no entries; give a number");
    return operand.shape[0];
  }
  if (!Number.isInteger(x) || (x as number) < 0 || (x as number) >= 2 ** 31)
    throw new ArgumentError(operation, `expected a tensor or a number of entries, got ${showValue(x)}`);
  return x as number;
}

function checkProbabilities(p: readonly number[], n: number): void {
  if (!Array.isArray(p) || p.length !== n)
    throw new ShapeError(
      "choice",
      `expected an array of ${n} probabilities, got ${Array.isArray(p) ? p.length : showValue(p)}`,
    );
  const total = p.reduce((sum, weight) => sum + weight, 0);
  if (p.some((weight) => typeof weight !== "number" || !(weight >= 0)) || !(Math.abs(total - 1) <= 1e-8))
    throw new ArgumentError("choice", `expected probabilities with sum 1, got ${showValue(p)}`);
}

/** e to the logits, but for a factor. */
function likelihoods(logits: Float64Array): Float64Array {
  const largest = logits.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  if (!Number.isFinite(largest))
    throw new ArgumentError(
      "categorical",
      `expected logits that are finite or −∞, the largest is ${largest}`,
    );
  return logits.map((logit) => Math.exp(logit - largest));
}

/**
 * A generator with NumPy's stream (PCG64): `np.random.default_rng(seed)`.
 * @throws ArgumentError for a seed that is no non-negative integer and no array of them
 * @example random.generator(0).permutation(5) // [2, 4, 3, 0, 1]
 */
export const generator = (seed: Seed): Generator => new Generator(seed);
