import { floating, lift } from "../../convert.js";
import { methods } from "../../core/registry.js";
import { ArgumentError, showValue } from "../../errors.js";
import type { Method, Tensor, TensorLike } from "../../tensor.js";
import { matrices } from "./conventions.js";
import { matrixNorm } from "./norm.js";
import { leading, oddPower } from "./scalar_functions.js";
import { nuclearNorm, sumOverSingularValues } from "./singular_function.js";

function prepared(operation: string, a: TensorLike): Tensor {
  const x = floating(lift(operation, a));
  matrices(operation, x);
  return x;
}

/**
 * The Ky Fan norm of matrices [..., m, n]: the sum of the k largest singular values. Its gradient is Σ u vᵀ over
 * them; derivatives of every order are exact with equal ones among them.
 * @throws ShapeError without two axes, ArgumentError unless 1 ≤ k ≤ min(m, n), LinAlgError if not finite; second
 * derivatives GradientError (ERR_ADJOINT_GAUGE) where the k-th and the next singular value are equal
 * @see Watson, "Characterization of the subdifferential of some matrix norms", 1992
 * @example linalg.kyFanNorm([[3, 0], [0, 4]], 1) // 4
 */
export function kyFanNorm(a: TensorLike, k: number): Tensor {
  const x = prepared("kyFanNorm", a);
  const count = Math.min(...x.shape.slice(-2));
  if (!(Number.isInteger(k) && k >= 1 && k <= count))
    throw new ArgumentError("kyFanNorm", `expected an integer k from 1 to ${count}, got ${showValue(k)}`);
  return sumOverSingularValues("kyFanNorm", x, (s) => s.slice("...", [0, k]).sum(-1), leading(k, count, 0.5));
}

/**
 * The Schatten norm of matrices [..., m, n]: (Σ sᵖ)^(1/p) over the singular values; the nuclear norm for p = 1, the
 * Frobenius norm for 2, the largest singular value for Infinity. Derivatives of every order are exact through equal
 * singular values; those that are 0 contribute none.
 * @throws ShapeError without two axes, ArgumentError for p below 1, LinAlgError if not finite
 * @see Watson, "Characterization of the subdifferential of some matrix norms", 1992
 * @example linalg.schattenNorm([[3, 0], [0, 4]], 1) // 7
 */
export function schattenNorm(a: TensorLike, p: number): Tensor {
  const x = prepared("schattenNorm", a);
  if (!(typeof p === "number" && p >= 1))
    throw new ArgumentError("schattenNorm", `expected p of at least 1, got ${showValue(p)}`);
  if (p === Number.POSITIVE_INFINITY) return matrixNorm(x, { ord: 2 });
  if (p === 1) return nuclearNorm(x);
  if (p === 2) return matrixNorm(x);
  const scale = scaleOf(x);
  const sum = sumOverSingularValues(
    "schattenNorm",
    x.div(scale.expandDims([-2, -1])),
    (s) => s.pow(p).sum(-1),
    oddPower(p - 1, p / 2),
  );
  const zero = sum.equal(0);
  return zero.where(0, zero.where(1, sum).pow(1 / p)).mul(scale);
}

/** A constant of the size of the elements, so that powers neither overflow nor vanish. */
function scaleOf(x: Tensor): Tensor {
  if (x.size === 0) return x.sum([-2, -1]).add(1).stopGradient();
  const largest = x.stopGradient().abs().max([-2, -1]);
  return largest.equal(0).where(1, largest);
}

methods({ kyFanNorm, schattenNorm });

declare module "../../tensor.js" {
  interface Tensor {
    kyFanNorm: Method<typeof kyFanNorm>;
    schattenNorm: Method<typeof schattenNorm>;
  }
}
