import { floating, lift } from "../../convert.js";
import { isTracked } from "../../core/bind.js";
import { methods } from "../../core/registry.js";
import { float32 } from "../../dtype.js";
import { ArgumentError, showValue, underName } from "../../errors.js";
import { checkOptions } from "../../options.js";
import { type Axes, normalizeAxes, reducedShape, showOperand } from "../../shape.js";
import type { Method, Tensor, TensorLike } from "../../tensor.js";
import { matrices } from "./conventions.js";
import { nuclearNorm } from "./singular_function.js";

export interface VectorNormOptions {
  /** Any number; "inf" and Infinity are alike. 2 by default. */
  ord?: number | "inf" | "-inf";
  /** The axes that are vectors; all by default. */
  axis?: number | readonly number[] | null;
  /** Keeps the reduced axes with extent 1. */
  keepDims?: boolean;
}

export interface MatrixNormOptions {
  /** "fro" by default. */
  ord?: "fro" | "nuc" | 1 | -1 | 2 | -2 | "inf" | "-inf" | number;
  /** Keeps the reduced axes with extent 1. */
  keepDims?: boolean;
}

function orderOf(operation: string, ord: unknown): number {
  if (ord === "inf") return Number.POSITIVE_INFINITY;
  if (ord === "-inf") return Number.NEGATIVE_INFINITY;
  if (typeof ord === "number" && !Number.isNaN(ord)) return ord;
  throw new ArgumentError(operation, `ord is ${showValue(ord)}, expected a number, "inf" or "-inf"`);
}

/**
 * 1, or where powers would overflow or vanish, in the norm or its first three derivatives, a constant of the size of
 * the elements: the largest for positive orders, the smallest for negative ones.
 */
function scaleOf(magnitudes: Tensor, axes: number[], order: number): Tensor {
  const constant = magnitudes.stopGradient();
  const size = order > 0 ? constant.max(axes, { keepDims: true }) : constant.min(axes, { keepDims: true });
  const exponents = magnitudes.element === float32 ? 110 : 900;
  // x^(p−3) of the elements, and y^(1/p−3) of the sum y of their powers.
  const harmless =
    2 ** (exponents / Math.max(1, Math.abs(order), Math.abs(order - 3), Math.abs(1 - 3 * order)));
  const extreme = size.greater(harmless).logicalOr(size.less(1 / harmless));
  return extreme.logicalAnd(size.isFinite()).logicalAnd(size.notEqual(0)).where(size, 1);
}

/** (Σ |x|^p)^(1/p) with the reduced axes kept. Zeros get the derivative 0, so does the norm of nothing but zeros. */
function powerNorm(x: Tensor, axes: number[], order: number): Tensor {
  const magnitudes = x.abs();
  const scale = scaleOf(magnitudes, axes, order);
  if (order === 2) {
    const sum = x.div(scale).square().sum(axes, { keepDims: true });
    return rootOrZero(sum, (y) => y.sqrt()).mul(scale);
  }
  const zero = x.equal(0);
  const powers = zero.where(
    order > 0 ? 0 : Number.POSITIVE_INFINITY,
    zero.where(1, magnitudes.div(scale)).pow(order),
  );
  return rootOrZero(powers.sum(axes, { keepDims: true }), (y) => y.pow(1 / order)).mul(scale);
}

function rootOrZero(sum: Tensor, root: (y: Tensor) => Tensor): Tensor {
  const zero = sum.equal(0);
  return zero.where(0, root(zero.where(1, sum)));
}

const isEmpty = (x: Tensor, axes: number[]): boolean => axes.some((axis) => x.shape.at(axis) === 0);

/** The largest of non-negative numbers; 0 for none. */
const largest = (x: Tensor, axes: number[]): Tensor =>
  isEmpty(x, axes) ? x.sum(axes, { keepDims: true }) : x.max(axes, { keepDims: true });

function smallest(operation: string, x: Tensor, axes: number[]): Tensor {
  if (isEmpty(x, axes))
    throw new ArgumentError(
      operation,
      `there is no smallest of no numbers: ${showOperand(x)} over axes [${axes.join(",")}]`,
    );
  return x.min(axes, { keepDims: true });
}

/** Of complex numbers the norm of their magnitudes. */
function normOver(operation: string, elements: Tensor, axes: number[], order: number): Tensor {
  const x = elements.element.complex ? elements.abs() : elements;
  switch (order) {
    case Number.POSITIVE_INFINITY:
      return largest(x.abs(), axes);
    case Number.NEGATIVE_INFINITY:
      return smallest(operation, x.abs(), axes);
    case 0:
      return x.notEqual(0).cast(x.dtype).sum(axes, { keepDims: true });
    case 1:
      return x.abs().sum(axes, { keepDims: true });
    default:
      return isEmpty(x, axes) ? x.abs().sum(axes, { keepDims: true }) : powerNorm(x, axes, order);
  }
}

/**
 * The norm of vectors along axes (all by default): (Σ |x|^ord)^(1/ord), the largest or smallest |x| for ±Infinity,
 * the number of elements that are not 0 for 0. Large and small numbers are scaled, so that powers neither overflow nor
 * vanish. The derivative is 0 at 0, of all orders of norm but also of single zero elements; elements that tie for
 * ±Infinity share it equally.
 * @throws ArgumentError for an unknown ord, an axis out of range, and the smallest of no elements
 * @example linalg.vectorNorm([3, 4]) // 5
 */
export function vectorNorm(x: TensorLike, options?: VectorNormOptions): Tensor {
  checkOptions("vectorNorm", options, ["ord", "axis", "keepDims"]);
  const operand = floating(lift("vectorNorm", x));
  const axes = normalizeAxes("vectorNorm", options?.axis as Axes, operand.ndim);
  const norm = normOver("vectorNorm", operand, axes, orderOf("vectorNorm", options?.ord ?? 2));
  return options?.keepDims ? norm : norm.reshape(reducedShape(operand.shape, axes, false));
}

/** Singular values through which zeros pass no derivative: their vectors' signs are arbitrary. */
function differentiableValues(a: Tensor): Tensor {
  const s = a.svdvals();
  return s.equal(0).where(0, s).expandDims(-1);
}

function matrixNormOf(a: Tensor, ord: unknown): Tensor {
  const sums = (axis: number): Tensor => a.abs().sum(axis, { keepDims: true });
  switch (ord) {
    case "fro":
      return normOver("matrixNorm", a, [a.ndim - 2, a.ndim - 1], 2);
    case "nuc":
      return (isTracked(a) ? nuclearNorm(a) : a.svdvals().sum(-1)).expandDims([-2, -1]);
    case 1:
      return largest(sums(-2), [-1]);
    case -1:
      return smallest("matrixNorm", sums(-2), [-1]);
    case 2:
      return largest(differentiableValues(a), [-2]);
    case -2:
      return smallest("matrixNorm", differentiableValues(a), [-2]);
    case "inf":
    case Number.POSITIVE_INFINITY:
      return largest(sums(-1), [-2]);
    case "-inf":
    case Number.NEGATIVE_INFINITY:
      return smallest("matrixNorm", sums(-1), [-2]);
    default:
      throw new ArgumentError(
        "matrixNorm",
        `ord is ${showValue(ord)}, expected "fro", "nuc", 1, -1, 2, -2, "inf" or "-inf"`,
      );
  }
}

/**
 * The norm of matrices [..., m, n]: "fro" (Frobenius), "nuc" (the sum of singular values), 2 and −2 (the largest and
 * the smallest of them), 1 and −1 (of the columns' sums of absolute values), "inf" and "-inf" (of the rows'). Ties
 * share the derivative equally; it is 0 at 0, and singular values that are 0 contribute none. Second
 * derivatives of "nuc" are exact at equal singular values.
 * @throws ShapeError without two axes, ArgumentError for an unknown ord, LinAlgError where singular values are needed
 * of a matrix that is not finite
 * @example linalg.matrixNorm([[1, -2], [3, 4]], { ord: 1 }) // 6
 */
export function matrixNorm(a: TensorLike, options?: MatrixNormOptions): Tensor {
  checkOptions("matrixNorm", options, ["ord", "keepDims"]);
  const x = floating(lift("matrixNorm", a));
  matrices("matrixNorm", x);
  const norm = underName("matrixNorm", () => matrixNormOf(x, options?.ord ?? "fro"));
  return options?.keepDims ? norm : norm.squeeze([-2, -1]);
}

methods({ vectorNorm, matrixNorm });

declare module "../../tensor.js" {
  interface Tensor {
    vectorNorm: Method<typeof vectorNorm>;
    matrixNorm: Method<typeof matrixNorm>;
  }
}
