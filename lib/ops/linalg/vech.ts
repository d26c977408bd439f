import { fromValues, lift } from "../../convert.js";
import { methods } from "../../core/registry.js";
import { int32 } from "../../dtype.js";
import { ShapeError } from "../../errors.js";
import { shapeOf, showOperand, withoutLast } from "../../shape.js";
import type { Method, Tensor, TensorLike } from "../../tensor.js";
import { squareMatrices } from "./conventions.js";

const indices = (operation: string, values: readonly number[]): Tensor =>
  fromValues(operation, values, shapeOf([values.length]), int32);

/**
 * The lower triangles of square matrices [..., n, n], row by row: the n(n + 1)/2 free parameters of a symmetric
 * matrix. As a function of them a loss has the gradient 2 G off the diagonal and G on it, for the symmetric G that
 * `triangle: "both"` gives.
 * @throws ShapeError if not square
 * @see Magnus and Neudecker, "The elimination matrix: some lemmas and applications", 1980
 * @example linalg.vech([[1, 2], [2, 3]]) // [1, 2, 3]
 */
export function vech(a: TensorLike): Tensor {
  const x = lift("vech", a);
  squareMatrices("vech", x);
  const n = x.shape[x.ndim - 1];
  const places: number[] = [];
  for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) places.push(i * n + j);
  return x.reshape([...withoutLast(x.shape, 2), n * n]).take(indices("vech", places), -1);
}

/**
 * Symmetric matrices [..., n, n] from their lower triangles [..., n(n + 1)/2], row by row.
 * @throws ShapeError if the vectors have no length n(n + 1)/2
 * @example linalg.unvech([1, 2, 3]) // [[1, 2], [2, 3]]
 */
export function unvech(v: TensorLike): Tensor {
  const x = lift("unvech", v);
  const length = x.ndim === 0 ? -1 : x.shape[x.ndim - 1];
  const n = Math.round((Math.sqrt(8 * Math.max(length, 0) + 1) - 1) / 2);
  if ((n * (n + 1)) / 2 !== length)
    throw new ShapeError("unvech", `expected vectors of length n(n + 1)/2, got ${showOperand(x)}`);
  const places: number[] = [];
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      const [row, column] = i < j ? [j, i] : [i, j];
      places.push((row * (row + 1)) / 2 + column);
    }
  return x.take(indices("unvech", places), -1).reshape([...x.shape.slice(0, -1), n, n]);
}

methods({ vech, unvech });

declare module "../../tensor.js" {
  interface Tensor {
    vech: Method<typeof vech>;
    unvech: Method<typeof unvech>;
  }
}
