import { leadingAxes } from "../../core/batching.js";
import { bindOne } from "../../core/bind.js";
import { define } from "../../core/define.js";
import type { AbstractValue, MaybeTensor, Primitive } from "../../core/primitive.js";
import { broadcastShapes, type Shape, shapeOf } from "../../shape.js";
import { type Tensor, withNode } from "../../tensor.js";
import { symmetrise, type Triangle } from "./conventions.js";
import { equalPairs, type Gauge, guarded } from "./gauge.js";

// The derivatives of eigenvalues and eigenvectors, as operations that are closed under differentiation: each depends
// on the matrix, and the decomposition it is given only says how. Inside a cluster of equal eigenvalues the vectors
// are taken to move at right angles to the whole cluster, which is a choice of basis that stays differentiable.

/** The matrix that was decomposed, and its decomposition. */
export interface Eigensystem {
  readonly a: Tensor;
  readonly w: Tensor;
  readonly v: Tensor;
}

export interface Reading extends Gauge {
  /** The entries of the matrix that were read. */
  readonly triangle: Triangle;
}

const sum = (x: MaybeTensor, y: Tensor): Tensor => (x === null ? y : x.add(y));
const onDiagonal = (c: Tensor): Tensor => c.expandDims(-2);

/** The entries between eigenvalues that are equal; the others are 0. */
const withinClusters = (x: Tensor, w: Tensor): Tensor => equalPairs(w).where(x, 0);

/** Square matrices over two batches. */
const matricesOf = ({ element }: AbstractValue, shape: Shape, batch: Shape): AbstractValue => ({
  shape: shapeOf([...broadcastShapes("eigh", shape.slice(0, -2), batch), ...shape.slice(-2)]),
  element,
});

const resolventPrimitive: Primitive<Triangle> = define<"a" | "w" | "v" | "g", "z", Triangle>({
  name: "eigenResolvent",
  inputs: ["a", "w", "v", "g"],
  outputs: ["z"],
  shape: ([, , v, g]) => [matricesOf(v, v.shape, g.shape.slice(0, -2))],
  run(inputs) {
    const [, w, v, g] = inputs.map((x) => withNode(x, null));
    const equal = equalPairs(w);
    const gaps = equal.where(1, w.expandDims(-2).sub(w.expandDims(-1)));
    return [v.matmul(equal.where(0, v.mH.matmul(g).div(gaps)))];
  },
  derivative: {
    // Column j is (w_j − A)⁺ g_j, so that Z W − A Z = G − V B where W and B = Vᴴ G keep the entries within clusters.
    // Differentiated, with dV = resolvent(dA V), dW = Vᴴ dA V within clusters, and no part of Z within its cluster.
    saves: { a: ["a", "w", "v", "g", "z"], g: ["a", "w", "v"] },
    vjp([y], [a, w, v, g, z], [wantsA], triangle) {
      const system = { a, w, v };
      const q = resolvent(system, y!, triangle);
      if (!wantsA) return [null, null, null, q];
      const b = withinClusters(v.mH.matmul(g), w);
      const c = withinClusters(v.mH.matmul(y!), w);
      const turned = resolvent(system, q.matmul(b.mH).add(z.matmul(c.mH)), triangle);
      const moved = v.matmul(withinClusters(z.mH.matmul(q), w)).add(turned);
      return [symmetrise.transposed(q.matmul(z.mH).sub(moved.matmul(v.mH)), triangle), null, null, q];
    },
    jvp([da, , , dg], [a, w, v, g, z], triangle) {
      const system = { a, w, v };
      if (da === null) return [dg && resolvent(system, dg, triangle)];
      const h = symmetrise(da, triangle);
      const hv = h.matmul(v);
      const dv = resolvent(system, hv, triangle);
      const dw = withinClusters(v.mH.matmul(hv), w);
      const b = withinClusters(v.mH.matmul(g), w);
      const right = h.matmul(z).sub(z.matmul(dw)).sub(dv.matmul(b));
      const inside = v.matmul(withinClusters(dv.mH.matmul(z), w));
      return [resolvent(system, sum(dg, right), triangle).sub(inside)];
    },
  },
  batch: leadingAxes(2, 1, 2, 2),
});

/** (w_j − A)⁺ g_j for each column of G, where the inverse leaves out all vectors that share the eigenvalue w_j. */
export const resolvent = ({ a, w, v }: Eigensystem, g: Tensor, triangle: Triangle): Tensor =>
  bindOne(resolventPrimitive, [a, w, v, g], triangle);

/** The cotangent of the matrix from that of its vectors, before it is symmetrised. */
export function pullVectors(system: Eigensystem, gv: Tensor, gw: MaybeTensor, reading: Reading): Tensor {
  const { w, v } = system;
  const checked = guarded(gv, { question: "cotangent", ...reading }, w, v.mH.matmul(gv), gw);
  return resolvent(system, checked, reading.triangle).matmul(v.mH);
}

/** The tangent of the vectors. */
export function pushVectors(system: Eigensystem, da: Tensor, reading: Reading): Tensor {
  const { w, v } = system;
  const hv = symmetrise(da, reading.triangle).matmul(v);
  const moved = resolvent(system, hv, reading.triangle);
  return guarded(moved, { question: "tangent", ...reading }, w, v.mH.matmul(hv), null);
}

/** What weights of eigenvalues leave open along a symmetric matrix b: a second derivative has to know it. */
function checkedWeights(
  c: Tensor,
  moves: boolean,
  b: Tensor,
  { w, v }: Eigensystem,
  reading: Reading,
): Tensor {
  const within = v.mH.matmul(b).matmul(v);
  const question = moves ? "curvature" : "weights";
  return guarded(c.diag(), { question, ...reading }, w, within, c);
}

const combinationPrimitive: Primitive<Reading> = define<"a" | "w" | "v" | "c", "y", Reading>({
  name: "eigenprojectorCombination",
  inputs: ["a", "w", "v", "c"],
  outputs: ["y"],
  shape: ([, , v, c]) => [matricesOf(v, v.shape, c.shape.slice(0, -1))],
  run(inputs) {
    const [, , v, c] = inputs.map((x) => withNode(x, null));
    return [v.mul(onDiagonal(c)).matmul(v.mH)];
  },
  derivative: {
    // V diag(c) Vᴴ with dV = resolvent(dA V); weights that are equal within a cluster leave it as it is.
    saves: { a: ["a", "w", "v", "c"], c: ["a", "w", "v"] },
    vjp([y], [a, w, v, c], [wantsA, , , wantsC], reading) {
      const system = { a, w, v };
      const b = symmetrise(y!, "both");
      const gc = wantsC && projections(system, b, reading);
      if (!wantsA) return [null, null, null, gc];
      const weights = checkedWeights(c, wantsC !== null, b, system, reading);
      return [pullCombination(system, weights, b, reading), null, null, gc];
    },
    jvp([da, , , dc], [a, w, v, c], reading) {
      const system = { a, w, v };
      const moved = dc && combination(system, dc, reading);
      if (da === null) return [moved];
      const h = symmetrise(da, reading.triangle);
      const weights = checkedWeights(c, dc !== null, h, system, reading);
      const half = resolvent(system, h.matmul(v), reading.triangle).matmul(weights).matmul(v.mH);
      return [sum(moved, half.add(half.mH))];
    },
  },
  batch: leadingAxes(2, 1, 2, 1),
});

const projectionsPrimitive: Primitive<Reading> = define<"a" | "w" | "v" | "b", "c", Reading>({
  name: "eigenprojections",
  inputs: ["a", "w", "v", "b"],
  outputs: ["c"],
  shape([, , v, b]) {
    const { shape, element } = matricesOf(v, v.shape, b.shape.slice(0, -2));
    return [{ shape: shapeOf(shape.slice(0, -1)), element }];
  },
  run(inputs) {
    const [, , v, b] = inputs.map((x) => withNode(x, null));
    return [v.mul(b.matmul(v)).sum(-2)];
  },
  derivative: {
    // The transpose of the combination: v_iᴴ B v_i for symmetric B.
    saves: { a: ["a", "w", "v", "b"], b: ["a", "w", "v"] },
    vjp([c], [a, w, v, b], [wantsA, , , wantsB], reading) {
      const system = { a, w, v };
      const gb = wantsB && combination(system, c!, reading);
      if (!wantsA) return [null, null, null, gb];
      const weights = checkedWeights(c!, false, b, system, reading);
      return [pullCombination(system, weights, b, reading), null, null, gb];
    },
    jvp([da, , , db], [a, w, v, b], reading) {
      const system = { a, w, v };
      const moved = db && projections(system, db, reading);
      if (da === null) return [moved];
      const h = symmetrise(da, reading.triangle);
      const bv = b.matmul(v);
      // Sums over a cluster have second derivatives, single values where b and h do not part it both.
      const both = v.mH.matmul(bv).mul(v.mH.matmul(h).matmul(v));
      const checked = guarded(bv, { question: "tangent", ...reading }, w, both, null);
      const dv = resolvent(system, h.matmul(v), reading.triangle);
      return [sum(moved, dv.mul(checked).sum(-2).mul(2))];
    },
  },
  batch: leadingAxes(2, 1, 2, 2),
});

/** Σ c_i v_i v_iᴴ: the cotangent of the matrix from that of its eigenvalues. */
export const combination = ({ a, w, v }: Eigensystem, c: Tensor, reading: Reading): Tensor =>
  bindOne(combinationPrimitive, [a, w, v, c], reading);

/** v_iᴴ B v_i for symmetric B: the tangent of the eigenvalues from that of the matrix. */
export const projections = ({ a, w, v }: Eigensystem, b: Tensor, reading: Reading): Tensor =>
  bindOne(projectionsPrimitive, [a, w, v, b], reading);

/** The derivative of ⟨B, V C Vᴴ⟩ with respect to the matrix, as it was read. */
function pullCombination(system: Eigensystem, weights: Tensor, b: Tensor, { triangle }: Reading): Tensor {
  const { v } = system;
  const pulled = resolvent(system, b.matmul(v).matmul(weights), triangle).matmul(v.mH).mul(2);
  return symmetrise.transposed(pulled, triangle);
}
