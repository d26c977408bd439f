import { ShapeError } from "../../errors.js";
import { broadcastShapes, showOperand, withoutLast } from "../../shape.js";
import type { Tensor } from "../../tensor.js";
import { lowerFactor } from "./cholesky.js";
import { type OnFailure, symmetrise, type Triangle } from "./conventions.js";
import { triangularSolve } from "./triangular.js";

/** C y = w y, whose eigenvalues are those of A v = w B v, and the way from y to v. */
export interface StandardForm {
  readonly matrix: Tensor;
  vectors(y: Tensor): Tensor;
}

/**
 * With B = L Lᴴ, C = L⁻¹ A L⁻ᴴ and V = L⁻ᴴ Y, so that Vᴴ B V = I (Golub and Van Loan, "Matrix Computations",
 * section 8.7). All derivatives, and those of a subset, come from the parts: they lose no more digits to the
 * condition of B than V itself, as the formula in terms of V does.
 */
export function standardForm(
  operation: string,
  a: Tensor,
  b: Tensor,
  params: { readonly triangle: Triangle; readonly onFailure: OnFailure },
): StandardForm {
  const { triangle, onFailure } = params;
  checkSameOrder(operation, a, b);
  const l = lowerFactor(b, { operation, subject: "b", triangle, onFailure });
  const solve = (x: Tensor, transpose: boolean): Tensor =>
    triangularSolve(l, x, { lower: true, transpose, unitDiagonal: false, purpose: { operation, onFailure } });
  return {
    matrix: solve(solve(symmetrise(a, triangle), false).mH, false),
    vectors: (y) => solve(y, true),
  };
}

function checkSameOrder(operation: string, a: Tensor, b: Tensor): void {
  const [n, m] = [a, b].map(({ shape }) => shape[shape.length - 1]);
  if (n !== m)
    throw new ShapeError(
      operation,
      `expected a and b of one order, got ${showOperand(a)} and ${showOperand(b)}`,
    );
  broadcastShapes(operation, withoutLast(a.shape, 2), withoutLast(b.shape, 2));
}
