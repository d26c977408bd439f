import { leadingAxes } from "../../core/batching.js";
import { bind, bindOne } from "../../core/bind.js";
import { define } from "../../core/define.js";
import type { AbstractValue } from "../../core/primitive.js";
import { kernel, whenMeasured } from "../../instruction.js";
import { withoutLast } from "../../shape.js";
import type { Tensor } from "../../tensor.js";
import { noteStalledRefinement } from "../../warnings.js";
import { failureCode, type OnFailure } from "./conventions.js";
import type { Factors } from "./lu_factor.js";
import { solutionOf, substitute, tangentSide } from "./right_hand_side.js";

const refinedGetrs = kernel("refinedGetrs");
const refinedPotrs = kernel("refinedPotrs");

interface Refined {
  readonly onFailure: OnFailure;
  /** Warns where corrections stop shrinking: for the value itself. Its derivatives have the same matrix. */
  readonly measured: boolean;
}

interface RefinedSubstitution extends Refined {
  /** Solves with Aᵀ in place of A. */
  readonly transposed: boolean;
}

function warnWhereStalled(routine: string, { shape, element }: AbstractValue): void {
  const finding = { operation: "solve", routine, element, space: withoutLast(shape, 2) };
  whenMeasured((found) => noteStalledRefinement(finding, found));
}

/** X of A X = B, refined: A enters by its factors and by itself, in the residuals B − A X. */
const refinedSolvePrimitive = define<"a" | "b" | "lu" | "pivots", "x", RefinedSubstitution>({
  name: "refinedSolve",
  inputs: ["a", "b", "lu", "pivots"],
  outputs: ["x"],
  shape: ([a, b]) => [solutionOf("solve", a, b)],
  run([a, b, lu, pivots], [solution], { onFailure, transposed, measured }) {
    const params = [failureCode(onFailure), transposed ? 1 : 0, measured ? 1 : 0];
    const routine = { operation: "solve", kernels: refinedGetrs, routine: "getrs", params };
    const x = substitute(routine, [a, lu], [pivots], b, solution);
    if (measured) warnWhereStalled("getrf", solution);
    return [x];
  },
  derivative: {
    // As for luSolve: what refinement changes is rounding alone.
    saves: { a: ["a", "lu", "pivots", "x"], b: ["a", "lu", "pivots"] },
    vjp([g], [a, , lu, pivots, x], [wantsA], params) {
      const { transposed } = params;
      const gb = again(a, g!, { lu, pivots }, { ...params, transposed: !transposed });
      return [wantsA && (transposed ? x.matmul(gb.mH) : gb.matmul(x.mH)).neg(), gb];
    },
    jvp([da, db], [a, , lu, pivots, x], params) {
      const moved = da && (params.transposed ? da.mH : da).matmul(x);
      const right = tangentSide(db, moved);
      return [right && again(a, right, { lu, pivots }, params)];
    },
  },
  batch: leadingAxes(2, 2, 2, 1),
});

function again(a: Tensor, b: Tensor, { lu, pivots }: Factors, params: RefinedSubstitution): Tensor {
  return bind(refinedSolvePrimitive, [a, b, lu, pivots], { ...params, measured: false })[0];
}

export const refinedSolve = (a: Tensor, b: Tensor, { lu, pivots }: Factors, onFailure: OnFailure): Tensor =>
  bindOne(refinedSolvePrimitive, [a, b, lu, pivots], { onFailure, transposed: false, measured: true });

/** The same for positive definite A, symmetric as it stands, and its Cholesky factor. */
const refinedPositiveSolvePrimitive = define<"a" | "b" | "l", "x", Refined>({
  name: "refinedPositiveSolve",
  inputs: ["a", "b", "l"],
  outputs: ["x"],
  shape: ([a, b]) => [solutionOf("solve", a, b)],
  run([a, b, l], [solution], { onFailure, measured }) {
    const params = [failureCode(onFailure), measured ? 1 : 0];
    const routine = { operation: "solve", kernels: refinedPotrs, routine: "potrs", params };
    const x = substitute(routine, [a, l], [], b, solution);
    if (measured) warnWhereStalled("potrf", solution);
    return [x];
  },
  derivative: {
    saves: { a: ["a", "l", "x"], b: ["a", "l"] },
    vjp([g], [a, , l, x], [wantsA], params) {
      const gb = againPositive(a, g!, l, params);
      return [wantsA && gb.matmul(x.mH).neg(), gb];
    },
    jvp([da, db], [a, , l, x], params) {
      const right = tangentSide(db, da?.matmul(x) ?? null);
      return [right && againPositive(a, right, l, params)];
    },
  },
  batch: leadingAxes(2, 2, 2),
});

function againPositive(a: Tensor, b: Tensor, l: Tensor, params: Refined): Tensor {
  return bind(refinedPositiveSolvePrimitive, [a, b, l], { ...params, measured: false })[0];
}

export const refinedPositiveSolve = (a: Tensor, b: Tensor, l: Tensor, onFailure: OnFailure): Tensor =>
  bindOne(refinedPositiveSolvePrimitive, [a, b, l], { onFailure, measured: true });
