import { checkOptions, liftPair } from "../../convert.js";
import { leadingAxes } from "../../core/batching.js";
import { bindOne } from "../../core/bind.js";
import { define } from "../../core/define.js";
import { methods } from "../../core/registry.js";
import { execute, kernel, kernelFor } from "../../instruction.js";
import { empty, type Method, type Tensor, type TensorLike } from "../../tensor.js";
import { floating, overBatch, squareMatrices } from "./conventions.js";
import { solutionOf, tangentSide, withColumns } from "./right_hand_side.js";

export interface TriangularOptions {
  /** Which triangle is read. True (the lower one) by default. */
  lower?: boolean;
  /** Solves with the transpose. */
  transpose?: boolean;
  /** Takes the diagonal as ones without reading it. */
  unitDiagonal?: boolean;
}

type Triangular = Required<TriangularOptions>;

const trsm = kernel("trsm");

const triangularSolvePrimitive = define<"t" | "b", "x", Triangular>({
  name: "solveTriangular",
  inputs: ["t", "b"],
  outputs: ["x"],
  shape: ([t, b]) => [solutionOf("solveTriangular", t, b)],
  run([t, b], [{ shape, element }], { lower, transpose, unitDiagonal }) {
    const x = empty("solveTriangular", shape, element);
    const batch = shape.slice(0, -2);
    const [n, k] = shape.slice(-2);
    const [row, column] = b.strides.slice(-2);
    execute(
      "solveTriangular",
      kernelFor("solveTriangular", trsm, element),
      [...batch, n, n, k],
      [
        [t, overBatch(t, 2, batch.length, [...t.strides.slice(-2), 0])],
        [b, overBatch(b, 2, batch.length, [row, 0, column])],
        [x, overBatch(x, 2, batch.length, [k, 0, 1])],
      ],
      [0, Number(lower), Number(transpose), Number(unitDiagonal)],
      "trsm",
      batch,
    );
    return [x];
  },
  derivative: {
    // As for solve, projected on the entries that are read.
    saves: { t: ["t", "x"], b: ["t"] },
    vjp([g], [t, , x], [wantsT], params) {
      const gb = triangularSolve(t, g!, { ...params, transpose: !params.transpose });
      return [
        wantsT && readEntries((params.transpose ? x.matmul(gb.mH) : gb.matmul(x.mH)).neg(), params),
        gb,
      ];
    },
    jvp([dt, db], [t, , x], params) {
      const read = dt && readEntries(dt, params);
      const moved = read && (params.transpose ? read.mH : read).matmul(x);
      const right = tangentSide(db, moved);
      return [right && triangularSolve(t, right, params)];
    },
  },
  batch: leadingAxes(2, 2),
});

function readEntries(m: Tensor, { lower, unitDiagonal }: Triangular): Tensor {
  const k = unitDiagonal ? 1 : 0;
  return lower ? m.tril({ k: -k }) : m.triu({ k });
}

/** For right-hand sides with a column axis. */
const triangularSolve = (t: Tensor, b: Tensor, params: Triangular): Tensor =>
  bindOne(triangularSolvePrimitive, [t, b], params);

/**
 * X of T X = B for triangular T [..., n, n], by substitution; only one triangle is read. B is [..., n, k], or a
 * vector [n].
 * @throws ShapeError where shapes do not fit, LinAlgError for a zero on the diagonal
 * @example linalg.solveTriangular([[2, 0], [1, 1]], [2, 3]) // [1, 2]
 */
export function solveTriangular(a: TensorLike, b: TensorLike, options?: TriangularOptions): Tensor {
  checkOptions("solveTriangular", options, ["lower", "transpose", "unitDiagonal"]);
  const { lower = true, transpose = false, unitDiagonal = false } = options ?? {};
  const [t, right] = liftPair("solveTriangular", a, b).map(floating);
  squareMatrices("solveTriangular", t);
  return withColumns("solveTriangular", t, right, (columns) =>
    triangularSolve(t, columns, { lower, transpose, unitDiagonal }),
  );
}

methods({ solveTriangular });

declare module "../../tensor.js" {
  interface Tensor {
    solveTriangular: Method<typeof solveTriangular>;
  }
}
