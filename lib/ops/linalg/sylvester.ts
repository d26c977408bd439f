import { floating, liftPair } from "../../convert.js";
import { leadingAxes } from "../../core/batching.js";
import { bindOne } from "../../core/bind.js";
import { define } from "../../core/define.js";
import type { AbstractValue } from "../../core/primitive.js";
import { methods } from "../../core/registry.js";
import { ShapeError } from "../../errors.js";
import { execute, kernel, kernelFor, whenMeasured } from "../../instruction.js";
import { checkOptions } from "../../options.js";
import { broadcastShapes, columnMajorStrides, shapeOf, showOperand, withoutLast } from "../../shape.js";
import { emptyStrided, type Method, type Tensor, type TensorLike } from "../../tensor.js";
import { noteCondition, withWarnings } from "../../warnings.js";
import {
  failureCode,
  matrices,
  type OnFailure,
  onFailureOf,
  overBatch,
  squareMatrices,
} from "./conventions.js";
import { tangentSide } from "./right_hand_side.js";
import { type SchurForm, schurForm } from "./schur.js";

export interface SylvesterOptions {
  /** "throw" by default; "nan" gives NaN where the equation is singular or not finite. */
  onFailure?: OnFailure;
}

/** Which equation: op(A) X + X op(B) = C. */
interface Equation {
  /** The public function on whose behalf this runs. */
  readonly operation: string;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  readonly onFailure: OnFailure;
  /** Whether common eigenvalues and the condition are looked at: they are the same for every derivative. */
  readonly measured: boolean;
}

const kernels = kernel("sylvester");

function solutionOf(operation: string, inputs: readonly AbstractValue[]): AbstractValue {
  const [a, b, c] = inputs;
  const batch = [a, b, c]
    .map(({ shape }) => shapeOf(withoutLast(shape, 2)))
    .reduce((x, y) => broadcastShapes(operation, x, y));
  return { shape: shapeOf([...batch, ...c.shape.slice(-2)]), element: c.element };
}

/** A and B enter by their Schur forms; their own inputs carry the derivative. */
const sylvesterPrimitive = define<"a" | "b" | "c" | "qa" | "ta" | "qb" | "tb", "x", Equation>({
  name: "sylvesterSolve",
  inputs: ["a", "b", "c", "qa", "ta", "qb", "tb"],
  outputs: ["x"],
  shape: (inputs, { operation }) => [solutionOf(operation, inputs)],
  run([, , c, qa, ta, qb, tb], [{ shape, element }], params) {
    const { operation, transposeA, transposeB, onFailure, measured } = params;
    const x = emptyStrided(operation, shape, columnMajorStrides(shape), element);
    const batch = withoutLast(shape, 2);
    const [m, n] = shape.slice(-2);
    const over = (y: Tensor, core: readonly number[]) => overBatch(y, 2, batch.length, core);
    const [row, column] = c.strides.slice(-2);
    execute(
      operation,
      kernelFor(operation, kernels, element),
      [...batch, m, m, n, n],
      [
        ...[qa, ta].map((y) => [y, over(y, [...y.strides.slice(-2), 0, 0])] as const),
        ...[qb, tb].map((y) => [y, over(y, [0, 0, ...y.strides.slice(-2)])] as const),
        [c, over(c, [row, 0, column, 0])],
        [x, over(x, [1, 0, x.strides[x.ndim - 1], 0])],
      ],
      [failureCode(onFailure), Number(transposeA), Number(transposeB), Number(measured)],
      "sylvester",
      batch,
    );
    if (measured)
      whenMeasured((found) => {
        noteCondition({ operation, routine: "sylvester", element, space: batch }, found);
      });
    return [x];
  },
  derivative: {
    // A dX + dX B = dC − dA X − X dB, so C̅ solves Aᴴ C̅ + C̅ Bᴴ = X̅, A̅ = −C̅ Xᴴ and B̅ = −Xᴴ C̅, with the same
    // Schur forms.
    saves: {
      a: ["a", "b", "qa", "ta", "qb", "tb", "x"],
      b: ["a", "b", "qa", "ta", "qb", "tb", "x"],
      c: ["a", "b", "qa", "ta", "qb", "tb"],
    },
    vjp([g], [a, b, , qa, ta, qb, tb, x], [wantsA, wantsB], params) {
      const { transposeA, transposeB } = params;
      const forms = [
        { q: qa, t: ta },
        { q: qb, t: tb },
      ] as const;
      const flipped = { ...params, transposeA: !transposeA, transposeB: !transposeB, measured: false };
      const gc = sylvesterSolve(a, b, g!, forms, flipped);
      return [
        wantsA && (transposeA ? x.matmul(gc.mH) : gc.matmul(x.mH)).neg(),
        wantsB && (transposeB ? gc.mH.matmul(x) : x.mH.matmul(gc)).neg(),
        gc,
      ];
    },
    jvp([da, db, dc], [a, b, , qa, ta, qb, tb, x], params) {
      const forms = [
        { q: qa, t: ta },
        { q: qb, t: tb },
      ] as const;
      const left = da && (params.transposeA ? da.mH : da).matmul(x);
      const right = db && x.matmul(params.transposeB ? db.mH : db);
      const side = tangentSide(tangentSide(dc, left), right);
      return [side && sylvesterSolve(a, b, side, forms, { ...params, measured: false })];
    },
  },
  batch: leadingAxes(2, 2, 2, 2, 2, 2, 2),
});

/** X of op(A) X + X op(B) = C by the Schur forms of A and B, differentiable by all three. */
export const sylvesterSolve = (
  a: Tensor,
  b: Tensor,
  c: Tensor,
  [{ q: qa, t: ta }, { q: qb, t: tb }]: readonly [SchurForm, SchurForm],
  params: Equation,
): Tensor => bindOne(sylvesterPrimitive, [a, b, c, qa, ta, qb, tb], params);

/** Three operands as float tensors of one dtype. */
function liftThree(operation: string, x: TensorLike, y: TensorLike, z: TensorLike): Tensor[] {
  const [a, b] = liftPair(operation, x, y);
  const [c, first] = liftPair(operation, z, a);
  return [first, liftPair(operation, b, first)[0], c].map(floating);
}

function rightHandSide(operation: string, a: Tensor, b: Tensor, c: Tensor): void {
  const [m, n] = [a, b].map(({ shape }) => shape[shape.length - 1]);
  matrices(operation, c);
  if (c.shape[c.ndim - 2] !== m || c.shape[c.ndim - 1] !== n)
    throw new ShapeError(
      operation,
      `expected a right-hand side [..., ${m}, ${n}] for ${showOperand(a)}${a === b ? "" : ` and ${showOperand(b)}`}, ` +
        `got ${showOperand(c)}`,
    );
}

/**
 * X of A X + X B = C for A [..., m, m], B [..., n, n] and C [..., m, n], by the real Schur forms of A and B (LAPACK's
 * `gees`) and recursive substitution; batches broadcast. The same Schur forms serve derivatives of every order.
 * Warns (see `onWarning`) where the estimated reciprocal condition number is below 10 times the machine epsilon.
 * @throws ShapeError where shapes do not fit, LinAlgError if A and −B have an eigenvalue in common or if not finite
 * @see Bartels and Stewart, "Solution of the matrix equation AX + XB = C", 1972
 * @example linalg.sylvester([[1, 0], [0, 2]], [[3]], [[4], [10]]) // [[1], [2]]
 */
export function sylvester(a: TensorLike, b: TensorLike, c: TensorLike, options?: SylvesterOptions): Tensor {
  checkOptions("sylvester", options, ["onFailure"]);
  const onFailure = onFailureOf("sylvester", options?.onFailure);
  const [left, right, side] = liftThree("sylvester", a, b, c);
  squareMatrices("sylvester", left);
  squareMatrices("sylvester", right);
  rightHandSide("sylvester", left, right, side);
  const params = { operation: "sylvester", transposeA: false, transposeB: false, onFailure, measured: true };
  return withWarnings(() => {
    const forms = [
      schurForm("sylvester", left, onFailure),
      schurForm("sylvester", right, onFailure),
    ] as const;
    return sylvesterSolve(left, right, side, forms, params);
  });
}

/**
 * X of the continuous Lyapunov equation A X + X Aᵀ = Q, for matrices [..., n, n], with SciPy's sign: a stable A (all
 * eigenvalues left of the imaginary axis) and Q = −C give the covariance of dx = A x dt + noise of covariance C.
 * Computed and differentiated as by `sylvester`, with one Schur form.
 * @throws ShapeError where shapes do not fit, LinAlgError if two eigenvalues of A sum to zero or if not finite
 * @see Bartels and Stewart, "Solution of the matrix equation AX + XB = C", 1972
 * @example linalg.lyapunov([[-1, 0], [0, -2]], [[-2, -3], [-3, -4]]) // [[1, 1], [1, 1]]
 */
export function lyapunov(a: TensorLike, q: TensorLike, options?: SylvesterOptions): Tensor {
  checkOptions("lyapunov", options, ["onFailure"]);
  const onFailure = onFailureOf("lyapunov", options?.onFailure);
  const [matrix, side] = liftPair("lyapunov", a, q).map(floating);
  squareMatrices("lyapunov", matrix);
  rightHandSide("lyapunov", matrix, matrix, side);
  const params = { operation: "lyapunov", transposeA: false, transposeB: true, onFailure, measured: true };
  return withWarnings(() => {
    const form = schurForm("lyapunov", matrix, onFailure);
    return sylvesterSolve(matrix, matrix, side, [form, form], params);
  });
}

methods({ sylvester, lyapunov });

declare module "../../tensor.js" {
  interface Tensor {
    sylvester: Method<typeof sylvester>;
    lyapunov: Method<typeof lyapunov>;
  }
}
