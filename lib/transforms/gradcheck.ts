import { fromValues, lift } from "../convert.js";
import { flatten } from "../core/tree.js";
import { ArgumentError, GradientError, showValue } from "../errors.js";
import { checkFunction, checkNotNegative, checkOptions } from "../options.js";
import { showShape, unravelIndex } from "../shape.js";
import type { Tensor, TensorLike } from "../tensor.js";
import { grad } from "./grad.js";
import { jvp } from "./jvp.js";

export interface GradcheckOptions {
  /** 2 also checks the derivative of the gradient. 1 by default. */
  order?: 1 | 2;
  modes?: readonly ("reverse" | "forward")[];
  /** The step of the central differences, relative to nothing: arguments of order one are expected. 1e-6. */
  eps?: number;
  /** The largest relative error allowed. 1e-6 by default. */
  tolerance?: number;
}

type Scalar = (...args: Tensor[]) => Tensor;

const fraction = (x: number): number => x - Math.floor(x);

/** Equidistributed numbers (a Weyl sequence) in ±[0.5, 1.5): no entry is lost in a projection, no seed is needed. */
function directionLike(x: Tensor, start: number): Tensor {
  const values = Float64Array.from({ length: x.element.complex ? 2 * x.size : x.size }, (_, i) => {
    const k = start + i + 1;
    return (fraction(k * Math.SQRT2) < 0.5 ? -1 : 1) * (0.5 + fraction((k * (Math.sqrt(5) - 1)) / 2));
  });
  return fromValues("gradcheck", values, x.shape, x.element);
}

/** Re Σ ā b, of real numbers simply Σ a b. */
const inner = (a: Tensor, b: Tensor): Tensor => a.conj().mul(b).sum().real();

/** Σ over the leaves of f's value, each times a fixed tensor. */
function projection(f: (...args: Tensor[]) => unknown): Scalar {
  return (...args) => {
    const leaves: Tensor[] = [];
    flatten("gradcheck", f(...args), leaves);
    const floats = leaves.filter((y) => y.element.floating);
    if (floats.length === 0) throw new GradientError("gradcheck", "the function has no float result");
    return floats.map((y, k) => inner(directionLike(y, 1000 * k), y)).reduce((sum, term) => sum.add(term));
  };
}

const relative = (a: number, b: number): number => Math.abs(a - b) / Math.max(1, Math.abs(a), Math.abs(b));

function moved(args: readonly Tensor[], directions: readonly Tensor[], step: number): Tensor[] {
  return args.map((x, i) => x.add(directions[i].mul(step)));
}

const difference = (f: Scalar, args: readonly Tensor[], directions: readonly Tensor[], eps: number): number =>
  ((f(...moved(args, directions, eps)).item() as number) -
    (f(...moved(args, directions, -eps)).item() as number)) /
  (2 * eps);

/** The entry of the gradient that is furthest from the difference quotient, for the message. */
function worstEntry(f: Scalar, args: readonly Tensor[], gradients: readonly Tensor[], eps: number): string {
  let worst = { error: -1, text: "" };
  args.forEach((x, i) => {
    const values = gradients[i].toTypedArray();
    for (let k = 0; k < values.length; k++) {
      const unit = new Float64Array(values.length);
      unit[k] = 1;
      const directions = args.map((y, j) =>
        j === i ? fromValues("gradcheck", unit, x.shape, x.element) : y.mul(0),
      );
      const expected = difference(f, args, directions, eps);
      const error = relative(values[k], expected);
      if (!(error <= worst.error)) {
        const index = showShape(unravelIndex(x.element.complex ? Math.floor(k / 2) : k, x.shape));
        worst = { error, text: `argument ${i} at ${index}: ${values[k]}, difference quotient ${expected}` };
      }
    }
  });
  return worst.text;
}

function check(
  f: Scalar,
  args: readonly Tensor[],
  order: number,
  options: Required<GradcheckOptions>,
): number {
  const { modes, eps, tolerance } = options;
  const directions = args.map((x, i) => directionLike(x, 100_000 * order + 1000 * i));
  const expected = difference(f, args, directions, eps);
  const gradients = grad(f, { argnums: [...args.keys()] })(...(args as Tensor[])) as Tensor[];
  const found = {
    reverse: () => gradients.reduce((sum, g, i) => sum + (inner(g, directions[i]).item() as number), 0),
    forward: () => jvp(f, [...args], directions)[1].item() as number,
  };
  let largest = 0;
  for (const mode of modes) {
    const actual = found[mode]();
    const error = relative(actual, expected);
    if (!(error <= tolerance))
      throw new GradientError(
        "gradcheck",
        `order ${order}, ${mode} mode: ${actual} along a random direction, difference quotient ${expected} ` +
          `(relative error ${error.toExponential(1)}); worst entry: ${worstEntry(f, args, gradients, eps)}`,
      );
    largest = Math.max(largest, error);
  }
  return largest;
}

/**
 * Compares derivatives with central differences along random directions (float64 arguments of order one are
 * expected). f may return a tensor or a tree.
 * @returns the largest relative error, |a − b| / max(1, |a|, |b|)
 * @throws GradientError with the worst entry if an error is above the tolerance
 * @example gradcheck((a) => linalg.inv(a), [[[2, 1], [1, 3]]], { order: 2 })
 */
export function gradcheck(
  f: (...args: Tensor[]) => unknown,
  args: readonly TensorLike[],
  options: GradcheckOptions = {},
): number {
  checkFunction("gradcheck", f);
  checkOptions("gradcheck", options, ["order", "modes", "eps", "tolerance"]);
  const { order = 1, modes = ["reverse", "forward"], eps = 1e-6, tolerance = 1e-6 } = options;
  if (order !== 1 && order !== 2)
    throw new ArgumentError("gradcheck", `order is ${showValue(order)}, expected 1 or 2`);
  if (!(eps > 0))
    throw new ArgumentError("gradcheck", `eps is ${showValue(eps)}, expected a positive number`);
  checkNotNegative("gradcheck", "tolerance", tolerance);
  if (!Array.isArray(modes))
    throw new ArgumentError("gradcheck", `modes is ${showValue(modes)}, expected an array of modes`);
  for (const mode of modes)
    if (mode !== "reverse" && mode !== "forward")
      throw new ArgumentError("gradcheck", `mode ${showValue(mode)} is neither "reverse" nor "forward"`);
  if (!Array.isArray(args) || args.length === 0)
    throw new ArgumentError("gradcheck", `expected the arguments as an array, got ${showValue(args)}`);
  const points = args.map((x) => lift("gradcheck", x));
  const complete = { order, modes, eps, tolerance };
  const scalar = projection(f);
  const first = check(scalar, points, 1, complete);
  if (order === 1) return first;
  const slope = projection((...xs) => grad(scalar, { argnums: [...points.keys()] })(...xs));
  return Math.max(first, check(slope, points, 2, complete));
}
