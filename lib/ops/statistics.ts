import { floating, lift } from "../convert.js";
import { inRange } from "../core/in_range.js";
import { methods } from "../core/registry.js";
import { ArgumentError, DTypeError, ShapeError, showValue } from "../errors.js";
import { checkOptions } from "../options.js";
import { type Axes, normalizeAxes, showOperand, sizeOf } from "../shape.js";
import type { Method, Tensor, TensorLike } from "../tensor.js";

export interface QuantileOptions {
  /** Keeps the reduced axes with extent 1. */
  keepDims?: boolean;
}

interface Samples {
  /** The reduced axes as the last one, sorted. */
  readonly sorted: Tensor;
  readonly count: number;
  /** Gives a result, which may have axes of its own in front, the shape that the reduction is to have. */
  readonly shaped: (y: Tensor) => Tensor;
}

/** The elements over the given axes in order, the greatest and any NaN last. */
function samples(
  operation: string,
  input: TensorLike,
  axis: Axes | QuantileOptions,
  options: QuantileOptions | undefined,
): Samples {
  const isOptions = typeof axis === "object" && axis !== null && !Array.isArray(axis);
  const rest = isOptions ? (axis as QuantileOptions) : options;
  checkOptions(operation, rest, ["keepDims"]);
  const x = floating(lift(operation, input));
  const axes = normalizeAxes(operation, isOptions ? null : (axis as Axes), x.ndim);
  const kept = x.shape.map((_, i) => i).filter((i) => !axes.includes(i));
  const count = sizeOf(axes.map((i) => x.shape[i]));
  const keptShape = kept.map((i) => x.shape[i]);
  const shape = rest?.keepDims ? x.shape.map((extent, i) => (axes.includes(i) ? 1 : extent)) : keptShape;
  const sorted = x
    .transpose([...kept, ...axes])
    .reshape([...keptShape, count])
    .sort(-1);
  const shaped = (y: Tensor): Tensor => y.reshape([...y.shape.slice(0, y.ndim - keptShape.length), ...shape]);
  return { sorted, count, shaped };
}

/** NaN where there is one among the samples, which is then the last of them. */
function orNaN(y: Tensor, sorted: Tensor): Tensor {
  const last = sorted.slice("...", -1);
  return last.isNaN().where(last, y);
}

/**
 * The middle element, or the mean of the two in the middle, over axes (all by default); integers give float64. NaN if
 * there is one, or nothing. The derivative goes to the elements in the middle.
 * @example median([[1, 9, 2], [4, 3, 8]], 1) // [2, 4]
 */
export function median(x: TensorLike, axis?: Axes | QuantileOptions, options?: QuantileOptions): Tensor {
  const { sorted, count, shaped } = samples("median", x, axis, options);
  if (count === 0) return shaped(sorted.sum(-1).div(0));
  const upper = sorted.slice("...", Math.floor(count / 2));
  const lower = sorted.slice("...", Math.floor((count - 1) / 2));
  const y = count % 2 === 1 ? upper : lower.mul(0.5).add(upper.mul(0.5));
  return shaped(orNaN(y, sorted));
}

/** Between two neighbours, from the nearer one; where both are the same infinity, that. */
function between(low: Tensor, high: Tensor, fraction: Tensor | number): Tensor {
  const difference = high.sub(low);
  const finite = difference.isNaN().where(0, difference);
  if (typeof fraction === "number")
    return fraction < 0.5 ? low.add(finite.mul(fraction)) : high.sub(finite.mul(1 - fraction));
  return fraction.less(0.5).where(low.add(finite.mul(fraction)), high.sub(finite.mul(fraction.neg().add(1))));
}

const probability = {
  operation: "quantile",
  what: "q",
  least: 0,
  greatest: 1,
  expected: "a number from 0 to 1",
};

function atProbability(sorted: Tensor, count: number, q: number): Tensor {
  if (!(q >= 0 && q <= 1)) throw new ArgumentError("quantile", `q is ${q}, expected ${probability.expected}`);
  const position = q * (count - 1);
  const low = Math.floor(position);
  const lower = sorted.slice("...", low);
  return position === low ? lower : between(lower, sorted.slice("...", low + 1), position - low);
}

/** The same for a tensor of probabilities. */
function atProbabilities(sorted: Tensor, count: number, q: Tensor): Tensor {
  const flat = q.reshape([q.size]);
  const position = flat.cast("float64").mul(count - 1);
  const low = position.floor().stopGradient().cast("int32");
  const beside = [q.size, ...new Array<number>(sorted.ndim - 1).fill(1)];
  const front = sorted.moveAxis(-1, 0);
  const y = between(
    front.take(low, 0),
    front.take(
      low
        .add(1)
        .minimum(Math.max(count - 1, 0))
        .maximum(low),
      0,
    ),
    position.sub(low).cast(sorted.dtype).reshape(beside),
  );
  return orNaN(y, sorted).reshape([...q.shape, ...sorted.shape.slice(0, -1)]);
}

/**
 * The q-th quantile over axes (all by default), by linear interpolation between the two nearest elements; integers
 * give float64. NaN if there is one. q is a number from 0 to 1, or a tensor of them, whose shape then comes in front
 * and which has a derivative as well.
 * @throws ArgumentError for q out of range, and where there is nothing to take a quantile of
 * @see Hyndman and Fan, "Sample quantiles in statistical packages", 1996: definition 7
 * @example quantile([3, 1, 2, 4], [0.5, 0.9]) // [2.5, 3.7]
 */
export function quantile(
  x: TensorLike,
  q: TensorLike,
  axis?: Axes | QuantileOptions,
  options?: QuantileOptions,
): Tensor {
  const { sorted, count, shaped } = samples("quantile", x, axis, options);
  if (count === 0)
    throw new ArgumentError("quantile", `an empty axis has no quantile: ${showOperand(lift("quantile", x))}`);
  if (typeof q === "number") return shaped(orNaN(atProbability(sorted, count, q), sorted));
  const given = lift("quantile", q);
  if (given.element.name === "bool")
    throw new DTypeError("quantile", `expected numbers from 0 to 1 for q, got ${showOperand(given)}`);
  return shaped(atProbabilities(sorted, count, inRange(given, probability)));
}

export interface CovarianceOptions {
  /** Subtracted from the number of observations in the divisor. 1, the unbiased estimate, by default. */
  correction?: number;
}

const isOptions = (value: unknown): value is CovarianceOptions =>
  typeof value === "object" &&
  value !== null &&
  !Array.isArray(value) &&
  (Object.getPrototypeOf(value) === Object.prototype || Object.getPrototypeOf(value) === null);

/** Variables as rows, observations as columns. */
function observations(operation: string, input: TensorLike): Tensor {
  const x = floating(lift(operation, input));
  if (x.ndim > 2)
    throw new ShapeError(
      operation,
      `expected variables as rows of a matrix (or one vector), got ${showOperand(x)}; vmap maps over batches`,
    );
  return x.ndim === 2 ? x : x.reshape([1, -1]);
}

/** The rows of y below those of x. */
function below(operation: string, x: Tensor, y: Tensor): Tensor {
  if (x.shape[1] !== y.shape[1])
    throw new ShapeError(
      operation,
      `the operands differ in their number of observations: ${showOperand(x)} and ${showOperand(y)}`,
    );
  const above = x.pad([
    [0, y.shape[0]],
    [0, 0],
  ]);
  return above.add(
    y.pad([
      [x.shape[0], 0],
      [0, 0],
    ]),
  );
}

function covariance(
  operation: string,
  x: TensorLike,
  y: TensorLike | null | undefined,
  correction: number,
): Tensor {
  if (!Number.isFinite(correction))
    throw new ArgumentError(operation, `correction is ${showValue(correction)}, expected a number`);
  const first = observations(operation, x);
  const all = y === null || y === undefined ? first : below(operation, first, observations(operation, y));
  const deviation = all.sub(all.mean(1, { keepDims: true }));
  const c = deviation.matmul(deviation.mH).div(Math.max(0, all.shape[1] - correction));
  return all.shape[0] === 1 ? c.reshape([]) : c;
}

/**
 * The covariance matrix of variables: rows of a matrix [n, observations] give [n, n], one vector its variance. The
 * variables of y, if given, follow those of x. Integers give float64.
 * @throws ShapeError for more than two axes, and where x and y have different numbers of observations
 * @example cov([[1, 2, 3], [3, 2, 1]]) // [[1, -1], [-1, 1]]
 */
export function cov(
  x: TensorLike,
  y?: TensorLike | CovarianceOptions | null,
  options?: CovarianceOptions,
): Tensor {
  const rest = isOptions(y) ? y : options;
  checkOptions("cov", rest, ["correction"]);
  return covariance("cov", x, isOptions(y) ? null : y, rest?.correction ?? 1);
}

/**
 * Pearson's correlation coefficients of variables, each from −1 to 1: rows of a matrix [n, observations] give [n, n],
 * one vector gives 1. The variables of y, if given, follow those of x. Integers give float64.
 * @throws ShapeError for more than two axes, and where x and y have different numbers of observations
 * @example corrcoef([[1, 2, 3], [3, 2, 1]]) // [[1, -1], [-1, 1]]
 */
export function corrcoef(x: TensorLike, y?: TensorLike | null): Tensor {
  const c = covariance("corrcoef", x, y, 1);
  if (c.ndim === 0) return c.div(c);
  const deviation = c.diagonal().sqrt();
  return c.div(deviation.expandDims(1)).div(deviation.expandDims(0)).clip(-1, 1);
}

methods({ median, quantile, cov, corrcoef });

declare module "../tensor.js" {
  interface Tensor {
    median: Method<typeof median>;
    quantile: Method<typeof quantile>;
    cov: Method<typeof cov>;
    corrcoef: Method<typeof corrcoef>;
  }
}
