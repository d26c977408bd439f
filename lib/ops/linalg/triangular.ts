import { floating, liftPair } from "../../convert.js";
import { leadingAxes } from "../../core/batching.js";
import { bindOne } from "../../core/bind.js";
import { define } from "../../core/define.js";
import { methods } from "../../core/registry.js";
import { LinAlgError } from "../../errors.js";
import { execute, kernel, kernelFor, whenMeasured } from "../../instruction.js";
import { checkOptions } from "../../options.js";
import { showShape, withoutLast } from "../../shape.js";
import { empty, type Method, type Tensor, type TensorLike } from "../../tensor.js";
import { noteCondition, withWarnings } from "../../warnings.js";
import { failureCode, type OnFailure, overBatch, squareMatrices } from "./conventions.js";
import { negatedProduct, solutionOf, tangentSide, withColumns } from "./right_hand_side.js";

export interface TriangularOptions {
  /** Which triangle is read. True (the lower one) by default. */
  lower?: boolean;
  /** Solves with the transpose. */
  transpose?: boolean;
  /** Takes the diagonal as ones without reading it. */
  unitDiagonal?: boolean;
}

interface Triangular extends Required<TriangularOptions> {
  readonly purpose: Purpose;
  /** Whose condition is estimated and warned about: that of the triangle, or of T Tᴴ. Nobody's by default. */
  readonly measure?: "triangle" | "product";
}

/** The public function on whose behalf this runs, and what a zero on the diagonal means there. */
export interface Purpose {
  readonly operation: string;
  readonly singular?: string;
  /** "throw" by default. */
  readonly onFailure?: OnFailure;
}

const ownPurpose: Purpose = { operation: "solveTriangular" };

/** Substitution as part of a derivative fails for what the derivative needs. */
function renamed(error: unknown, { operation, singular }: Purpose): unknown {
  if (singular === undefined || !(error instanceof LinAlgError) || error.code !== "ERR_ADJOINT_SINGULAR")
    return error;
  const { batchIndex, info } = error;
  const where = batchIndex.length > 0 ? ` (matrix ${showShape(batchIndex)} of the batch)` : "";
  return new LinAlgError(
    operation,
    "SINGULAR",
    `${singular} at diagonal position ${info - 1}${where}`,
    error,
  );
}

const trsm = kernel("trsm");
const measureCode = (measure: Triangular["measure"]): number =>
  measure === undefined ? 0 : measure === "triangle" ? 1 : 2;

/** A derivative has the triangle of the value, which has been measured. */
const unmeasured = ({ lower, transpose, unitDiagonal, purpose }: Triangular): Triangular => ({
  lower,
  transpose,
  unitDiagonal,
  purpose,
});

const triangularSolvePrimitive = define<"t" | "b", "x", Triangular>({
  name: "solveTriangular",
  inputs: ["t", "b"],
  outputs: ["x"],
  shape: ([t, b], { purpose }) => [solutionOf(purpose.operation, t, b)],
  run([t, b], [{ shape, element }], { lower, transpose, unitDiagonal, purpose, measure }) {
    const { operation } = purpose;
    const x = empty(operation, shape, element);
    const batch = withoutLast(shape, 2);
    const [n, k] = shape.slice(-2);
    const [row, column] = b.strides.slice(-2);
    try {
      execute(
        operation,
        kernelFor(operation, trsm, element),
        [...batch, n, n, k],
        [
          [t, overBatch(t, 2, batch.length, [...t.strides.slice(-2), 0])],
          [b, overBatch(b, 2, batch.length, [row, 0, column])],
          [x, overBatch(x, 2, batch.length, [k, 0, 1])],
        ],
        [
          failureCode(purpose.onFailure ?? "throw"),
          Number(lower),
          Number(transpose),
          Number(unitDiagonal),
          measureCode(measure),
        ],
        "trsm",
        batch,
      );
    } catch (error) {
      throw renamed(error, purpose);
    }
    if (measure)
      whenMeasured((found) => noteCondition({ operation, routine: "trsm", element, space: batch }, found));
    return [x];
  },
  derivative: {
    // As for solve, projected on the entries that are read.
    saves: { t: ["t", "x"], b: ["t"] },
    vjp([g], [t, , x], [wantsT], params) {
      const gb = triangularSolve(t, g!, { ...unmeasured(params), transpose: !params.transpose });
      return [
        wantsT && readEntries(params.transpose ? negatedProduct(x, gb) : negatedProduct(gb, x), params),
        gb,
      ];
    },
    jvp([dt, db], [t, , x], params) {
      const read = dt && readEntries(dt, params);
      const moved = read && (params.transpose ? read.mH : read).matmul(x);
      const right = tangentSide(db, moved);
      return [right && triangularSolve(t, right, unmeasured(params))];
    },
  },
  batch: leadingAxes(2, 2),
});

function readEntries(m: Tensor, { lower, unitDiagonal }: Triangular): Tensor {
  const k = unitDiagonal ? 1 : 0;
  return lower ? m.tril({ k: -k }) : m.triu({ k });
}

/** For right-hand sides with a column axis. */
export const triangularSolve = (t: Tensor, b: Tensor, params: Triangular): Tensor =>
  bindOne(triangularSolvePrimitive, [t, b], params);

/**
 * X of T X = B for triangular T [..., n, n], by substitution; only one triangle is read. B is [..., n, k], or a
 * vector [n]. Warns (see `onWarning`) where the estimated reciprocal condition number of T is below 10 times the
 * machine epsilon.
 * @throws ShapeError where shapes do not fit, LinAlgError for a zero on the diagonal
 * @example linalg.solveTriangular([[2, 0], [1, 1]], [2, 3]) // [1, 2]
 */
export function solveTriangular(a: TensorLike, b: TensorLike, options?: TriangularOptions): Tensor {
  checkOptions("solveTriangular", options, ["lower", "transpose", "unitDiagonal"]);
  const { lower = true, transpose = false, unitDiagonal = false } = options ?? {};
  const [t, right] = liftPair("solveTriangular", a, b).map(floating);
  squareMatrices("solveTriangular", t);
  const params = { lower, transpose, unitDiagonal, purpose: ownPurpose, measure: "triangle" } as const;
  return withWarnings(() =>
    withColumns("solveTriangular", t, right, (columns) => triangularSolve(t, columns, params)),
  );
}

methods({ solveTriangular });

declare module "../../tensor.js" {
  interface Tensor {
    solveTriangular: Method<typeof solveTriangular>;
  }
}
