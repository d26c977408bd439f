import { leadingAxes } from "../../core/batching.js";
import { bind } from "../../core/bind.js";
import { define } from "../../core/define.js";
import { notDifferentiable } from "../../core/primitive.js";
import { int32 } from "../../dtype.js";
import { execute, kernel, kernelFor, whenMeasured } from "../../instruction.js";
import { columnMajorStrides, withoutLast } from "../../shape.js";
import { empty, emptyStrided, type Tensor } from "../../tensor.js";
import { noteCondition } from "../../warnings.js";
import { failureCode, type OnFailure, squareMatrices } from "./conventions.js";
import { negatedProduct, solutionOf, substitute, tangentSide } from "./right_hand_side.js";

/** The factorisation A = P L U, shared by everything that is computed from it. */
export interface Factors {
  readonly lu: Tensor;
  readonly pivots: Tensor;
}

interface Factorisation {
  /** The public function on whose behalf this runs, for errors and warnings. */
  readonly operation: string;
  readonly onFailure: OnFailure;
  /** Goes on with a matrix that is exactly singular: its determinant exists. */
  readonly keepSingular?: boolean;
  /** Whether rcond is estimated and warned about. */
  readonly measured: boolean;
}

const getrf = kernel("getrf");
const getrs = kernel("getrs");
const luInverseKernel = kernel("luInverse");

const luFactorPrimitive = define<"a", "lu" | "pivots", Factorisation>({
  name: "luFactor",
  inputs: ["a"],
  outputs: ["lu", "pivots"],
  shape([a], { operation }) {
    squareMatrices(operation, a);
    return [a, { shape: withoutLast(a.shape, 1), element: int32 }];
  },
  run([a], [{ shape, element }, pivots], { operation, onFailure, keepSingular = false, measured }) {
    const lu = emptyStrided(operation, shape, columnMajorStrides(shape), element);
    const p = empty(operation, pivots.shape, int32);
    const batch = withoutLast(shape, 2);
    execute(
      operation,
      kernelFor(operation, getrf, element),
      shape,
      [
        [a, a.strides],
        [lu, lu.strides],
        [p, [...p.strides, 0]],
      ],
      [failureCode(onFailure), keepSingular ? 1 : 0, measured ? 1 : 0],
      "getrf",
      batch,
    );
    if (measured)
      whenMeasured((found) => noteCondition({ operation, routine: "getrf", element, space: batch }, found));
    return [lu, p];
  },
  derivative: notDifferentiable(
    "the factors enter only luSolve, det and slogdet, whose rules speak of the matrix",
  ),
  batch: leadingAxes(2),
});

interface Substitution {
  /** The public function on whose behalf this runs. */
  readonly operation: string;
  /** Solves with Aᵀ in place of A. */
  readonly transposed: boolean;
  /** "throw" by default; "nan" gives NaN for right-hand sides that are not finite. */
  readonly onFailure?: OnFailure;
}

/** X of A X = B, for B with a column axis. A enters by its factors; its own input carries the derivative. */
const luSolvePrimitive = define<"a" | "b" | "lu" | "pivots", "x", Substitution>({
  name: "luSolve",
  inputs: ["a", "b", "lu", "pivots"],
  outputs: ["x"],
  shape: ([a, b]) => [solutionOf("solve", a, b)],
  run([, b, lu, pivots], [solution], { operation, transposed, onFailure = "throw" }) {
    const params = [failureCode(onFailure), transposed ? 1 : 0];
    return [substitute({ operation, kernels: getrs, routine: "getrs", params }, [lu], [pivots], b, solution)];
  },
  derivative: {
    // Giles 2008, section 2.3.1: dX = A⁻¹(dB − dA X), so B̅ = A⁻ᴴ X̅ and A̅ = −B̅ Xᴴ, with the same factors.
    saves: { a: ["a", "lu", "pivots", "x"], b: ["a", "lu", "pivots"] },
    vjp([g], [a, , lu, pivots, x], [wantsA], params) {
      const { transposed } = params;
      const gb = luSolve(a, g!, { lu, pivots }, { ...params, transposed: !transposed });
      return [wantsA && (transposed ? negatedProduct(x, gb) : negatedProduct(gb, x)), gb];
    },
    jvp([da, db], [a, , lu, pivots, x], params) {
      const moved = da && (params.transposed ? da.mH : da).matmul(x);
      const right = tangentSide(db, moved);
      return [right && luSolve(a, right, { lu, pivots }, params)];
    },
  },
  batch: leadingAxes(2, 2, 2, 1),
});

interface OfFactors {
  /** The public function on whose behalf this runs. */
  readonly operation: string;
  readonly onFailure: OnFailure;
}

/** A⁻ᴴ from the factors. */
const luInversePrimitive = define<"a" | "lu" | "pivots", "x", OfFactors>({
  name: "luInverse",
  inputs: ["a", "lu", "pivots"],
  outputs: ["x"],
  shape: ([a]) => [a],
  run([, lu, pivots], [{ shape, element }], { operation, onFailure }) {
    const x = empty(operation, shape, element);
    execute(
      operation,
      kernelFor(operation, luInverseKernel, element),
      shape,
      [
        [lu, lu.strides],
        [pivots, [...pivots.strides, 0]],
        [x, x.strides],
      ],
      [failureCode(onFailure)],
      "getrs",
      withoutLast(shape, 2),
    );
    return [x];
  },
  derivative: {
    // dX = −X dAᴴ X
    saves: { a: ["x"] },
    vjp: ([g], [, , , x]) => [x.matmul(g!.mH).matmul(x).neg()],
    jvp: ([da], [, , , x]) => [da && x.matmul(da.mH).matmul(x).neg()],
  },
  batch: leadingAxes(2, 2, 1),
});

export function luFactor(a: Tensor, factorisation: Factorisation): Factors {
  const [lu, pivots] = bind(luFactorPrimitive, [a], factorisation);
  return { lu, pivots };
}

export const transposedInverse = (a: Tensor, { lu, pivots }: Factors, params: OfFactors): Tensor =>
  bind(luInversePrimitive, [a, lu, pivots], params)[0];

export const luSolve = (a: Tensor, b: Tensor, { lu, pivots }: Factors, params: Substitution): Tensor =>
  bind(luSolvePrimitive, [a, b, lu, pivots], params)[0];
