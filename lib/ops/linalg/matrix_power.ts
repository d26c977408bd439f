import { floating, lift } from "../../convert.js";
import { methods } from "../../core/registry.js";
import { ArgumentError, showValue, underName } from "../../errors.js";
import { type Method, ownHandle, type Tensor, type TensorLike } from "../../tensor.js";
import { eye } from "../creation.js";
import { squareMatrices } from "./conventions.js";

/**
 * The n-th power of square matrices [..., m, m], by repeated squaring: the identity for 0, powers of the inverse for
 * negative n. n is an integer.
 * @throws ShapeError if not square, ArgumentError if n is no integer, LinAlgError if n is negative and A singular
 * @example linalg.matrixPower([[1, 1], [0, 1]], 3) // [[1, 3], [0, 1]]
 */
export function matrixPower(a: TensorLike, n: number): Tensor {
  const x = floating(lift("matrixPower", a));
  squareMatrices("matrixPower", x);
  if (!Number.isSafeInteger(n))
    throw new ArgumentError("matrixPower", `expected an integer power, got ${showValue(n)}`);
  if (n === 0) return eye(x.shape[x.ndim - 1], { dtype: x.dtype }).broadcastTo(x.shape);
  if (n === 1) return ownHandle(x);
  let square = n < 0 ? underName("matrixPower", () => x.inv()) : x;
  let power: Tensor | null = null;
  for (let rest = Math.abs(n); ; square = square.matmul(square)) {
    if (rest % 2 === 1) power = power === null ? square : power.matmul(square);
    rest = Math.floor(rest / 2);
    if (rest === 0) return power!;
  }
}

methods({ matrixPower });

declare module "../../tensor.js" {
  interface Tensor {
    matrixPower: Method<typeof matrixPower>;
  }
}
