import { floating, lift } from "../../convert.js";
import { leadingAxes } from "../../core/batching.js";
import { bind } from "../../core/bind.js";
import { define } from "../../core/define.js";
import type { AbstractValue, MaybeTensor } from "../../core/primitive.js";
import { methods } from "../../core/registry.js";
import { NamedTensors } from "../../core/tree.js";
import { execute, kernel, kernelFor } from "../../instruction.js";
import { checkOptions } from "../../options.js";
import { shapeOf, withoutLast } from "../../shape.js";
import { empty, type Method, type Tensor, type TensorLike } from "../../tensor.js";
import { failureCode, matrices, type OnFailure, onFailureOf } from "./conventions.js";
import { triangularSolve } from "./triangular.js";

export interface LuOptions {
  /** "throw" by default; "nan" gives NaN for a matrix that holds NaN or Infinity. */
  onFailure?: OnFailure;
}

/** A = P L U: a permutation matrix, a unit lower and an upper triangle. */
export class LuResult extends NamedTensors {
  static override readonly fields = ["p", "l", "u"];
  constructor(
    readonly p: Tensor,
    readonly l: Tensor,
    readonly u: Tensor,
  ) {
    super();
  }
}

const permutedLu = kernel("permutedLu");

/** What the derivative divides by. */
const purpose = {
  operation: "lu",
  singular: "the derivative needs a regular leading block of min(m, n) rows and columns: U has an exact zero",
};
const unitLower = { lower: true, transpose: false, unitDiagonal: true, purpose };
const upper = { lower: false, transpose: false, unitDiagonal: false, purpose };
const strictLower = (m: Tensor): Tensor => m.tril({ k: -1 });
const sumOf = (x: MaybeTensor | undefined, y: MaybeTensor | undefined): MaybeTensor =>
  x && y ? x.add(y) : (x ?? y ?? null);

/** L⁻¹ x, L⁻ᴴ x, x U⁻¹ and x U⁻ᴴ for square triangles. */
const overLower = (l: Tensor, x: Tensor): Tensor => triangularSolve(l, x, unitLower);
const overLowerH = (l: Tensor, x: Tensor): Tensor => triangularSolve(l, x, { ...unitLower, transpose: true });
const overUpper = (x: Tensor, u: Tensor): Tensor =>
  triangularSolve(u, x.mH, { ...upper, transpose: true }).mH;
const overUpperH = (x: Tensor, u: Tensor): Tensor => triangularSolve(u, x.mH, upper).mH;

/** Rows, or columns, in two blocks: the first k, and the rest. */
const rows = (x: Tensor, k: number): [Tensor, Tensor] => [
  x.slice("...", [0, k], null),
  x.slice("...", [k], null),
];
const columns = (x: Tensor, k: number): [Tensor, Tensor] => [x.slice("...", [0, k]), x.slice("...", [k])];

/** Zeros above and below, or left and right. */
const padRows = (x: Tensor, above: number, below: number): Tensor =>
  x.pad([...withoutLast(x.shape, 2).map(() => [0, 0] as const), [above, below], [0, 0]]);
const padColumns = (x: Tensor, left: number, right: number): Tensor =>
  x.pad([...x.shape.slice(0, -1).map(() => [0, 0] as const), [left, right]]);

/** The inverse of that split. */
const stackRows = (first: Tensor, rest: Tensor): Tensor => {
  const [k, others] = [first, rest].map((x) => x.shape[x.ndim - 2]);
  return padRows(first, 0, others).add(padRows(rest, k, 0));
};
const stackColumns = (first: Tensor, rest: Tensor): Tensor => {
  const [k, others] = [first, rest].map((x) => x.shape[x.ndim - 1]);
  return padColumns(first, 0, others).add(padColumns(rest, k, 0));
};

/**
 * The pivots are locally constant. With B = Pᴴ dA and, for the leading square blocks, M = L₁⁻¹ B₁ U₁⁻¹:
 * dL₁ = L₁ tril₋₁(M) and dU₁ = triu(M) U₁. What is below or beside follows from dB₂ = dL₂ U + L₂ dU (more rows) or
 * dB₂ = dL U₂ + L dU₂ (more columns).
 */
const square = {
  cotangentOfM: (gl: MaybeTensor | undefined, gu: MaybeTensor | undefined): Tensor =>
    sumOf(gl && strictLower(gl), gu?.triu())!,
  vjp(gl: MaybeTensor, gu: MaybeTensor, l: Tensor, u: Tensor): Tensor {
    const gm = square.cotangentOfM(gl && l.mH.matmul(gl), gu?.matmul(u.mH));
    return overUpperH(overLowerH(l, gm), u);
  },
  jvp(b: Tensor, l: Tensor, u: Tensor): [Tensor, Tensor] {
    const m = overUpper(overLower(l, b), u);
    return [l.matmul(strictLower(m)), m.triu().matmul(u)];
  },
};

const tall = {
  vjp(gl: MaybeTensor, gu: MaybeTensor, l: Tensor, u: Tensor): Tensor {
    const k = u.shape[u.ndim - 1];
    const [l1, l2] = rows(l, k);
    if (gl === null) return padRows(square.vjp(null, gu, l1, u), 0, l2.shape[l2.ndim - 2]);
    const [gl1, gl2] = rows(gl, k);
    const upper = sumOf(gu?.matmul(u.mH), l2.mH.matmul(gl2).neg());
    const gm = square.cotangentOfM(l1.mH.matmul(gl1), upper);
    return stackRows(overUpperH(overLowerH(l1, gm), u), overUpperH(gl2, u));
  },
  jvp(b: Tensor, l: Tensor, u: Tensor): [Tensor, Tensor] {
    const k = u.shape[u.ndim - 1];
    const [l1, l2] = rows(l, k);
    const [b1, b2] = rows(b, k);
    const [dl1, du] = square.jvp(b1, l1, u);
    return [stackRows(dl1, overUpper(b2.sub(l2.matmul(du)), u)), du];
  },
};

const wide = {
  vjp(gl: MaybeTensor, gu: MaybeTensor, l: Tensor, u: Tensor): Tensor {
    const k = l.shape[l.ndim - 1];
    const [u1, u2] = columns(u, k);
    if (gu === null) return padColumns(square.vjp(gl, null, l, u1), 0, u2.shape[u2.ndim - 1]);
    const [gu1, gu2] = columns(gu, k);
    const lower = sumOf(gl && l.mH.matmul(gl), gu2.matmul(u2.mH).neg());
    const gm = square.cotangentOfM(lower, gu1.matmul(u1.mH));
    return stackColumns(overUpperH(overLowerH(l, gm), u1), overLowerH(l, gu2));
  },
  jvp(b: Tensor, l: Tensor, u: Tensor): [Tensor, Tensor] {
    const k = l.shape[l.ndim - 1];
    const [u1, u2] = columns(u, k);
    const [b1, b2] = columns(b, k);
    const [dl, du1] = square.jvp(b1, l, u1);
    return [dl, stackColumns(du1, overLower(l, b2.sub(dl.matmul(u2))))];
  },
};

const blocksFor = (m: number, n: number): typeof square | typeof tall => {
  if (m === n) return square;
  return m > n ? tall : wide;
};

const luPrimitive = define<"a", "p" | "l" | "u", OnFailure>({
  name: "lu",
  inputs: ["a"],
  outputs: ["p", "l", "u"],
  shape([a]) {
    matrices("lu", a);
    const batch = withoutLast(a.shape, 2);
    const [m, n] = a.shape.slice(-2);
    const k = Math.min(m, n);
    const of = (r: number, c: number): AbstractValue => ({
      shape: shapeOf([...batch, r, c]),
      element: a.element,
    });
    return [of(m, m), of(m, k), of(k, n)];
  },
  run([a], outputs, onFailure) {
    const [p, l, u] = outputs.map(({ shape, element }) => empty("lu", shape, element));
    const batch = withoutLast(a.shape, 2);
    const [m, n] = a.shape.slice(-2);
    const over = (x: Tensor, place: (row: number, column: number) => readonly number[]) => {
      const [row, column] = x.strides.slice(-2);
      return [x, [...x.strides.slice(0, -2), ...place(row, column)]] as const;
    };
    execute(
      "lu",
      kernelFor("lu", permutedLu, a.element),
      [...batch, m, m, n, Math.min(m, n)],
      [
        over(a, (row, column) => [row, 0, column, 0]),
        over(p, (row, column) => [row, column, 0, 0]),
        over(l, (row, column) => [row, 0, 0, column]),
        over(u, (row, column) => [0, 0, column, row]),
      ],
      [failureCode(onFailure)],
      "getrf",
      batch,
    );
    return [p, l, u];
  },
  derivative: {
    saves: { a: ["p", "l", "u"] },
    vjp([, gl, gu], [_a, p, l, u], [input]) {
      if (!gl && !gu) return [null];
      const [m, n] = input!.shape.slice(-2);
      return [p.matmul(blocksFor(m, n).vjp(gl, gu, l, u))];
    },
    jvp([da], [a, p, l, u]) {
      if (da === null) return [null, null, null];
      const [m, n] = a.shape.slice(-2);
      return [null, ...blocksFor(m, n).jvp(p.mH.matmul(da), l, u)];
    },
  },
  batch: leadingAxes(2),
});

/**
 * The factors of A = P L U for matrices [..., m, n] with partial pivoting, by LAPACK's `getrf`; to solve equations
 * use `solve`. Derivatives need the leading square block of L U to be regular; P is locally constant.
 * @returns p [..., m, m], a permutation matrix in the dtype of A, l [..., m, k] with ones on its diagonal and
 * u [..., k, n], k = min(m, n)
 * @throws ShapeError without two axes, LinAlgError for NaN or Infinity
 * @see de Hoog, Anderssen and Lukas, "Differentiation of matrix functionals using triangular factorization", 2011
 * @example linalg.lu([[1, 2], [2, 2]]).u // [[2, 2], [0, 1]]
 */
export function lu(a: TensorLike, options?: LuOptions): LuResult {
  checkOptions("lu", options, ["onFailure"]);
  const onFailure = onFailureOf("lu", options?.onFailure);
  const [p, l, u] = bind(luPrimitive, [floating(lift("lu", a))], onFailure);
  return new LuResult(p, l, u);
}

methods({ lu });

declare module "../../tensor.js" {
  interface Tensor {
    lu: Method<typeof lu>;
  }
}
