import { leadingAxes } from "../../core/batching.js";
import { bindOne } from "../../core/bind.js";
import { define } from "../../core/define.js";
import type { MaybeTensor, Primitive } from "../../core/primitive.js";
import { execute, kernel, kernelFor } from "../../instruction.js";
import { broadcastShapes, shapeOf, withoutLast } from "../../shape.js";
import { empty, type Tensor } from "../../tensor.js";
import { eye } from "../creation.js";
import { failureCode, type OnFailure, overBatch, symmetrise } from "./conventions.js";
import { triangularSolve } from "./triangular.js";

const kernels = kernel("choleskyPullback");

/** The lower triangle with its diagonal halved: Φ. */
export const halvedTril = (m: Tensor): Tensor =>
  m
    .tril()
    .add(m.tril({ k: -1 }))
    .mul(0.5);

/** The factor in a derivative. */
export const factorOf = {
  lower: true,
  transpose: false,
  unitDiagonal: false,
  purpose: { operation: "cholesky" },
} as const;
const transposedFactor = { ...factorOf, transpose: true };

/** A derivative where no matrix has failed; one that has leaves NaN in its place, and those of the others stand. */
export function besideFailed(l: Tensor, onFailure: OnFailure, derive: (l: Tensor) => Tensor): Tensor {
  if (onFailure === "throw") return derive(l);
  const failed = failedOnes(l);
  return failed.where(Number.NaN, derive(regular(l, failed)));
}

const failedOnes = (l: Tensor): Tensor => l.isNaN().any([-2, -1], { keepDims: true });
const regular = (l: Tensor, failed: Tensor): Tensor =>
  failed.where(eye(l.shape[l.ndim - 1], { dtype: l.dtype }), l);

const sum = (x: MaybeTensor, y: MaybeTensor): MaybeTensor => (x && y ? x.add(y) : (x ?? y));
const half = (x: Tensor): Tensor => symmetrise(x, "both");

/** S = (X + Xᴴ)/2 of X = L⁻ᴴ Φ(Lᴴ L̅) L⁻¹: the cotangent of L Lᴴ from that of L, of which the lower triangle is read. */
const pullback: Primitive<OnFailure> = define<"l" | "g", "s", OnFailure>({
  name: "choleskyPullback",
  inputs: ["l", "g"],
  outputs: ["s"],
  shape([l, g]) {
    const batch = broadcastShapes("cholesky", withoutLast(l.shape, 2), withoutLast(g.shape, 2));
    return [{ shape: shapeOf([...batch, ...l.shape.slice(-2)]), element: l.element }];
  },
  run([l, g], [{ shape, element }], onFailure) {
    const s = empty("cholesky", shape, element);
    const batch = withoutLast(shape, 2);
    const matrix = (x: Tensor): readonly number[] => overBatch(x, 2, batch.length, x.strides.slice(-2));
    execute(
      "cholesky",
      kernelFor("cholesky", kernels, element),
      shape,
      [
        [l, matrix(l)],
        [g, matrix(g)],
        [s, s.strides],
      ],
      [failureCode(onFailure)],
      "trsm",
      batch,
    );
    return [s];
  },
  derivative: {
    // With Q = Φ(Lᴴ L̅) and W = L⁻¹ H L⁻ᴴ for symmetric H: ⟨H, S⟩ = ⟨W, Q⟩, dQ = Φ(dLᴴ L̅ + Lᴴ dL̅), and
    // dS = −(Mᴴ S + S M) + ½(Z + Zᴴ), M = dL L⁻¹, Z = L⁻ᴴ dQ L⁻¹.
    saves: { l: ["l", "g", "s"], g: ["l"] },
    vjp([y], [factor, g, s], [wantsL, wantsG], onFailure) {
      const failed = onFailure === "throw" ? null : failedOnes(factor);
      const l = failed ? regular(factor, failed) : factor;
      const kept = (x: Tensor): Tensor => (failed ? failed.where(Number.NaN, x) : x);
      const left = triangularSolve(l, half(y!), factorOf);
      const w = triangularSolve(l, left.mH, factorOf);
      const phi = halvedTril(w);
      return [
        wantsL && kept(g.tril().matmul(phi.mH).sub(s.matmul(l).matmul(w).mul(2)).tril()),
        wantsG && kept(l.matmul(phi)),
      ];
    },
    jvp([dl, dg], [l, g, s], onFailure) {
      const ofG = dg && bindOne(pullback, [l, dg], onFailure);
      if (dl === null) return [ofG];
      const tangent = besideFailed(l, onFailure, (regularL) => {
        const moved = dl.tril();
        const m = triangularSolve(regularL, moved.mH, transposedFactor).mH;
        const q = halvedTril(moved.mH.matmul(g.tril()));
        const z = triangularSolve(
          regularL,
          triangularSolve(regularL, q, transposedFactor).mH,
          transposedFactor,
        );
        return half(z).sub(half(s.matmul(m)).mul(2));
      });
      return [sum(tangent, ofG)];
    },
  },
  batch: leadingAxes(2, 2),
});

/** The symmetric cotangent of A from that of its factor L. */
export const pullBackFactor = (l: Tensor, g: Tensor, onFailure: OnFailure): Tensor =>
  bindOne(pullback, [l, g], onFailure);
