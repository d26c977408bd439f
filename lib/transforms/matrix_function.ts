import { isFollowed } from "../core/bind.js";
import { methods } from "../core/registry.js";
import { ArgumentError, GradientError, ShapeError, showValue } from "../errors.js";
import { ones } from "../ops/creation.js";
import { type SymmetricOptions, symmetricFunction } from "../ops/linalg/symmetric_function.js";
import { checkOptions } from "../options.js";
import { asUser } from "../scope.js";
import { sameShape, showOperand } from "../shape.js";
import { type Method, ownHandle, Tensor, type TensorLike } from "../tensor.js";
import { jvp } from "./jvp.js";

const name = "matrixFunction";

function checkedValue(y: unknown, w: Tensor): Tensor {
  if (!(y instanceof Tensor))
    throw new ArgumentError(name, `expected f to return a tensor, got ${showValue(y)}`);
  if (!sameShape(y.shape, w.shape))
    throw new ShapeError(
      name,
      `f must be elementwise: of eigenvalues ${showOperand(w)} it made ${showOperand(y)}`,
    );
  return y.element === w.element ? y : y.cast(w.dtype);
}

/** f must depend on its argument alone: what else it depends on would lose its derivative. */
function constant(y: Tensor): Tensor {
  if (isFollowed(y))
    throw new GradientError(
      name,
      "f closes over a tensor that is being differentiated or mapped, whose derivative would be lost",
    );
  return y;
}

/**
 * f of symmetric matrices [..., n, n]: V diag(f(w)) Vᵀ, for a function f made of elementwise operations. Derivatives
 * of every order are exact through equal eigenvalues: divided differences of f, by expansions near ties whose
 * coefficients are f's own derivatives.
 * @throws ShapeError if not square or f is not elementwise, LinAlgError if not finite, GradientError if f closes over
 * a tensor that is being differentiated
 * @see Higham, "Functions of Matrices", 2008, theorem 3.11
 * @example linalg.matrixFunction([[0, 0], [0, 1]], (x) => x.mul(2).exp()) // [[1, 0], [0, 7.38905609893065]]
 */
export function matrixFunction(a: TensorLike, f: (w: Tensor) => Tensor, options?: SymmetricOptions): Tensor {
  if (typeof f !== "function") throw new ArgumentError(name, `expected a function, got ${showValue(f)}`);
  checkOptions(name, options, ["triangle"]);
  const applied = (w: Tensor): Tensor =>
    checkedValue(
      asUser(() => f(ownHandle(w))),
      w,
    );
  const values = (w: Tensor): Tensor => constant(applied(w));
  const taylor = (w: Tensor, order: number): Tensor[] => {
    const direction = ones(w.shape, { dtype: w.dtype });
    const terms = [values(w)];
    let derivative = applied;
    let factorial = 1;
    for (let k = 1; k <= order; k++) {
      const lower = derivative;
      derivative = (x) => jvp(lower, [x], [direction])[1];
      factorial *= k;
      terms.push(derivative(w).div(factorial));
    }
    return terms;
  };
  return symmetricFunction(name, a, { values, taylor }, options?.triangle);
}

methods({ matrixFunction });

declare module "../tensor.js" {
  interface Tensor {
    matrixFunction: Method<typeof matrixFunction>;
  }
}
