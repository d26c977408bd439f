import { floating, lift } from "../../convert.js";
import { leadingAxes } from "../../core/batching.js";
import { bind, bindOne, isTracked } from "../../core/bind.js";
import { define } from "../../core/define.js";
import { type AbstractValue, type MaybeTensor, notDifferentiable } from "../../core/primitive.js";
import { methods } from "../../core/registry.js";
import { NamedTensors } from "../../core/tree.js";
import { ArgumentError, showValue } from "../../errors.js";
import { execute, kernel, kernelFor } from "../../instruction.js";
import { checkOptions } from "../../options.js";
import { columnMajorStrides, shapeOf, withoutLast } from "../../shape.js";
import { empty, emptyStrided, type Tensor, type TensorLike } from "../../tensor.js";
import { type Completion, completedTangent, determinedColumns } from "./completion.js";
import { failureCode, matrices, type OnFailure, onFailureOf } from "./conventions.js";
import { triangularSolve } from "./triangular.js";

export type QrMode = "reduced" | "complete" | "r";

export interface QrOptions<M extends QrMode = QrMode> {
  /** Q with min(m, n) columns, a square Q, or R alone. "reduced" by default. */
  mode?: M;
  /** "throw" by default; "nan" gives NaN for a matrix that holds NaN or Infinity. */
  onFailure?: OnFailure;
}

/** A = Q R: orthonormal columns, and an upper triangle. */
export class QrResult extends NamedTensors {
  static override readonly fields = ["q", "r"];
  constructor(
    readonly q: Tensor,
    readonly r: Tensor,
  ) {
    super();
  }
}

/** R of A = Q R. */
export class TriangleOfQrResult extends NamedTensors {
  static override readonly fields = ["r"];
  constructor(readonly r: Tensor) {
    super();
  }
}

const geqrf = kernel("geqrf");
const geqrfTriangle = kernel("geqrfTriangle");

/** How many columns Q has, and rows R. */
const columnsOf = ({ shape }: AbstractValue, complete: boolean): number => {
  const [m, n] = shape.slice(-2);
  return complete ? m : Math.min(m, n);
};

const sized = ({ shape, element }: AbstractValue, rows: number, columns: number): AbstractValue => ({
  shape: shapeOf([...withoutLast(shape, 2), rows, columns]),
  element,
});

function factorise(a: Tensor, q: Tensor | null, r: Tensor, onFailure: OnFailure): void {
  const batch = withoutLast(a.shape, 2);
  const outer = (x: Tensor): readonly number[] => x.strides.slice(0, batch.length);
  const [m, n] = a.shape.slice(-2);
  const [row, column] = a.strides.slice(-2);
  const [rRow, rColumn] = r.strides.slice(-2);
  const ofA = [a, [...outer(a), row, column, 0]] as const;
  const ofR = [r, [...outer(r), 0, rColumn, rRow]] as const;
  execute(
    "qr",
    kernelFor("qr", q ? geqrf : geqrfTriangle, a.element),
    [...batch, m, n, r.shape[r.ndim - 2]],
    q ? [ofA, [q, [...outer(q), 1, 0, q.strides[q.ndim - 1]]], ofR] : [ofA, ofR],
    [failureCode(onFailure)],
    "geqrf",
    batch,
  );
}

const isTall = ({ shape }: AbstractValue): boolean => shape[shape.length - 2] > shape[shape.length - 1];

const firstColumns = (x: Tensor, count: number): Tensor => x.slice("...", [0, count]);
const firstRows = (x: Tensor, count: number): Tensor => x.slice("...", [0, count], null);

/** R, which the derivative divides by. */
const triangle = {
  lower: false,
  transpose: false,
  unitDiagonal: false,
  purpose: {
    operation: "qr",
    singular: "the derivative needs the first min(m, n) columns to be independent: R has an exact zero",
  },
};
/** x R⁻¹. */
const overTriangle = (x: Tensor, r: Tensor): Tensor =>
  triangularSolve(r, x.mH, { ...triangle, transpose: true }).mH;
/** x R⁻ᴴ. */
const overTransposedTriangle = (x: Tensor, r: Tensor): Tensor => triangularSolve(r, x.mH, triangle).mH;

const skewOfStrictLower = (m: Tensor): Tensor => {
  const lower = m.tril({ k: -1 });
  return lower.sub(lower.mH);
};
/** The symmetric matrix with the upper triangle of m. */
const symmetricOfUpper = (m: Tensor): Tensor => m.triu().add(m.triu({ k: 1 }).mH);

const sumOf = (x: MaybeTensor | undefined, y: MaybeTensor | undefined): MaybeTensor =>
  x && y ? x.add(y) : (x ?? y ?? null);

/**
 * Walter, Lehmann and Lamour 2012, "On evaluating higher-order derivatives of the QR decomposition", section 3. With
 * X = dA R⁻¹, M = Qᴴ X and Ω = tril₋₁(M) − tril₋₁(M)ᴴ: dQ = Q (Ω − M) + X and dR = (M − Ω) R. Hence, for
 * W = R̅ Rᴴ − Qᴴ Q̅ and S the symmetric matrix with the upper triangle of W, A̅ = (Q̅ + Q S) R⁻ᴴ.
 */
const tall = {
  vjp(gq: MaybeTensor, gr: MaybeTensor, q: Tensor, r: Tensor): Tensor {
    const w = sumOf(gr?.matmul(r.mH), gq && q.mH.matmul(gq).neg())!;
    return overTransposedTriangle(sumOf(gq, q.matmul(symmetricOfUpper(w)))!, r);
  },
  jvp(da: Tensor, q: Tensor, r: Tensor): [Tensor, Tensor] {
    const x = overTriangle(da, r);
    const m = q.mH.matmul(x);
    const turned = m.sub(skewOfStrictLower(m));
    return [x.sub(q.matmul(turned)), turned.matmul(r).triu()];
  },
};

/**
 * More columns than rows: Q and R₁ are those of the first m columns A₁, and R₂ = Qᴴ A₂. With Ω from
 * M = Qᴴ dA₁ R₁⁻¹ as above: dQ = Q Ω and dR = Qᴴ dA − Ω R. Hence, for Y = Qᴴ Q̅ − R̅ Rᴴ,
 * A̅ = Q R̅ + [Q tril₋₁(Y − Yᴴ) R₁⁻ᴴ, 0].
 */
const wide = {
  vjp(gq: MaybeTensor, cotangent: MaybeTensor, q: Tensor, r: Tensor): Tensor {
    const [m, n] = r.shape.slice(-2);
    const gr = cotangent?.triu();
    const y = sumOf(gq && q.mH.matmul(gq), gr?.matmul(r.mH).neg())!;
    const inner = q.matmul(y.sub(y.mH).tril({ k: -1 }));
    const first = overTransposedTriangle(inner, r.slice("...", [0, m]));
    const beside = first.pad([...first.shape.slice(0, -1).map(() => [0, 0] as const), [0, n - m]]);
    return sumOf(gr && q.matmul(gr), beside)!;
  },
  jvp(da: Tensor, q: Tensor, r: Tensor): [Tensor, Tensor] {
    const [m] = r.shape.slice(-2);
    const first = q.mH.matmul(overTriangle(da.slice("...", [0, m]), r.slice("...", [0, m])));
    const omega = skewOfStrictLower(first);
    return [q.matmul(omega), q.mH.matmul(da).sub(omega.matmul(r)).triu()];
  },
};

/** Shapes and kernel of a Q with min(m, n) columns, or a square one. */
const computed = (complete: boolean) => ({
  inputs: ["a"] as const,
  outputs: ["q", "r"] as const,
  shape([a]: readonly AbstractValue[]): AbstractValue[] {
    matrices("qr", a);
    const [m, n] = a.shape.slice(-2);
    const k = columnsOf(a, complete);
    return [sized(a, m, k), sized(a, k, n)];
  },
  run([a]: readonly Tensor[], outputs: readonly AbstractValue[], onFailure: OnFailure): Tensor[] {
    const { shape } = outputs[0];
    const q = emptyStrided("qr", shape, columnMajorStrides(shape), a.element);
    const r = empty("qr", outputs[1].shape, a.element);
    factorise(a, q, r, onFailure);
    return [q, r];
  },
  batch: leadingAxes<OnFailure>(2),
});

const qrPrimitive = define<"a", "q" | "r", OnFailure>({
  name: "qr",
  ...computed(false),
  derivative: {
    saves: { a: ["q", "r"] },
    vjp([gq, gr], [_a, q, r], [input]) {
      const [m, n] = input!.shape.slice(-2);
      return [(m < n ? wide : tall).vjp(gq, gr, q, r)];
    },
    jvp([da], [a, q, r]) {
      if (da === null) return [null, null];
      const [m, n] = a.shape.slice(-2);
      return (m < n ? wide : tall).jvp(da, q, r);
    },
  },
});

const completionOf = (of: AbstractValue): Completion => ({
  operation: "qr",
  count: of.shape[of.shape.length - 1],
  of,
  advice: 'take q.slice("...", [0, n]), or mode "reduced"',
});

/** More rows than columns. The first columns of q, and rows of r, are those of the reduced form. */
const completePrimitive = define<"a", "q" | "r", OnFailure>({
  name: "qrComplete",
  ...computed(true),
  derivative: {
    saves: { a: ["q", "r"] },
    vjp([gq, gr], [_a, q, r], [input]) {
      const completion = completionOf(input!);
      const { count } = completion;
      const first = gq && determinedColumns(gq, completion);
      return [tall.vjp(first, gr && firstRows(gr, count), firstColumns(q, count), firstRows(r, count))];
    },
    jvp([da], [a, q, r]) {
      if (da === null) return [null, null];
      const completion = completionOf(a);
      const { count } = completion;
      const [dq, dr] = tall.jvp(da, firstColumns(q, count), firstRows(r, count));
      const m = q.shape[q.ndim - 1];
      const below = [...withoutLast(dr.shape, 2).map(() => [0, 0] as const), [0, m - count], [0, 0]] as const;
      return [completedTangent(dq, m, completion), dr.pad(below)];
    },
  },
});

const trianglePrimitive = define<"a", "r", OnFailure>({
  name: "qrTriangle",
  inputs: ["a"],
  outputs: ["r"],
  shape([a]) {
    matrices("qr", a);
    return [sized(a, columnsOf(a, false), a.shape[a.shape.length - 1])];
  },
  run([a], [{ shape, element }], onFailure) {
    const r = empty("qr", shape, element);
    factorise(a, null, r, onFailure);
    return [r];
  },
  derivative: notDifferentiable("the differentiated triangle is that of qr"),
  batch: leadingAxes(2),
});

/**
 * The decomposition A = Q R of matrices [..., m, n], by LAPACK's `geqrf` and `orgqr`: Q has orthonormal columns, R is
 * upper triangular with the signs on its diagonal that LAPACK gives.
 *
 * Derivatives need the first min(m, n) columns of A to be independent. The additional columns of a complete Q with
 * m > n are an arbitrary basis: asking for their derivative is a GradientError, that of `q.slice("...", [0, n])` and
 * of r exists.
 * @returns q [..., m, k] and r [..., k, n] with k = min(m, n), or k = m for mode "complete"; `{ r }` for mode "r"
 * @throws ShapeError without two axes, LinAlgError for NaN or Infinity
 * @see Walter, Lehmann and Lamour, "On evaluating higher-order derivatives of the QR decomposition", 2012
 * @example linalg.qr([[3, 1], [4, 2]]).r // [[-5, -2.2], [0, 0.4]]
 */
export function qr(a: TensorLike, options: QrOptions<"r"> & { mode: "r" }): TriangleOfQrResult;
export function qr(a: TensorLike, options?: QrOptions<"reduced" | "complete">): QrResult;
export function qr(a: TensorLike, options?: QrOptions): QrResult | TriangleOfQrResult;
export function qr(a: TensorLike, options?: QrOptions): QrResult | TriangleOfQrResult {
  checkOptions("qr", options, ["mode", "onFailure"]);
  const mode = options?.mode ?? "reduced";
  if (mode !== "reduced" && mode !== "complete" && mode !== "r")
    throw new ArgumentError("qr", `mode is ${showValue(mode)}, expected "reduced", "complete" or "r"`);
  const onFailure = onFailureOf("qr", options?.onFailure);
  const x = floating(lift("qr", a));
  if (mode === "r" && !isTracked(x))
    return new TriangleOfQrResult(bindOne(trianglePrimitive, [x], onFailure));
  const [q, r] = bind(mode === "complete" && isTall(x) ? completePrimitive : qrPrimitive, [x], onFailure);
  return mode === "r" ? new TriangleOfQrResult(r) : new QrResult(q, r);
}

methods({ qr });

declare module "../../tensor.js" {
  interface Tensor {
    qr(options: QrOptions<"r"> & { mode: "r" }): TriangleOfQrResult;
    qr(options?: QrOptions<"reduced" | "complete">): QrResult;
    qr(options?: QrOptions): QrResult | TriangleOfQrResult;
  }
}
