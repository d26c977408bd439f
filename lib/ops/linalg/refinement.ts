import { leadingAxes } from "../../core/batching.js";
import { bind, bindOne } from "../../core/bind.js";
import { define } from "../../core/define.js";
import { execute, kernel, kernelFor, whenMeasured } from "../../instruction.js";
import { columnMajorStrides } from "../../shape.js";
import { emptyStrided, type Tensor } from "../../tensor.js";
import { noteStalledRefinement } from "../../warnings.js";
import { failureCode, type OnFailure, overBatch } from "./conventions.js";
import type { Factors } from "./lu_factor.js";
import { solutionOf, tangentSide } from "./right_hand_side.js";

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

/** X of A X = B, refined: A enters by its factors and by itself, in the residuals B − A X. */
const refinedSolvePrimitive = define<"a" | "b" | "lu" | "pivots", "x", RefinedSubstitution>({
  name: "refinedSolve",
  inputs: ["a", "b", "lu", "pivots"],
  outputs: ["x"],
  shape: ([a, b]) => [solutionOf("solve", a, b)],
  run([a, b, lu, pivots], [{ shape, element }], { onFailure, transposed, measured }) {
    const x = emptyStrided("solve", shape, columnMajorStrides(shape), element);
    const batch = shape.slice(0, -2);
    const [n, k] = shape.slice(-2);
    const [row, column] = b.strides.slice(-2);
    execute(
      "solve",
      kernelFor("solve", refinedGetrs, element),
      [...batch, n, n, k],
      [
        [a, overBatch(a, 2, batch.length, [...a.strides.slice(-2), 0])],
        [lu, overBatch(lu, 2, batch.length, [...lu.strides.slice(-2), 0])],
        [pivots, overBatch(pivots, 1, batch.length, [1, 0, 0])],
        [b, overBatch(b, 2, batch.length, [row, 0, column])],
        [x, overBatch(x, 2, batch.length, [1, 0, x.strides[x.ndim - 1]])],
      ],
      [failureCode(onFailure), transposed ? 1 : 0, measured ? 1 : 0],
      "getrs",
      batch,
    );
    if (measured)
      whenMeasured((found) =>
        noteStalledRefinement({ operation: "solve", routine: "getrf", element, space: batch }, found),
      );
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
  run([a, b, l], [{ shape, element }], { onFailure, measured }) {
    const x = emptyStrided("solve", shape, columnMajorStrides(shape), element);
    const batch = shape.slice(0, -2);
    const [n, k] = shape.slice(-2);
    const [row, column] = b.strides.slice(-2);
    execute(
      "solve",
      kernelFor("solve", refinedPotrs, element),
      [...batch, n, n, k],
      [
        [a, overBatch(a, 2, batch.length, [...a.strides.slice(-2), 0])],
        [l, overBatch(l, 2, batch.length, [...l.strides.slice(-2), 0])],
        [b, overBatch(b, 2, batch.length, [row, 0, column])],
        [x, overBatch(x, 2, batch.length, [1, 0, x.strides[x.ndim - 1]])],
      ],
      [failureCode(onFailure), measured ? 1 : 0],
      "potrs",
      batch,
    );
    if (measured)
      whenMeasured((found) =>
        noteStalledRefinement({ operation: "solve", routine: "potrf", element, space: batch }, found),
      );
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
