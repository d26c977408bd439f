import { leadingAxes } from "../../core/batching.js";
import { bind, bindOne } from "../../core/bind.js";
import { define } from "../../core/define.js";
import type { AbstractValue, MaybeTensor, Primitive } from "../../core/primitive.js";
import { broadcastShapes, type Shape, shapeOf, withoutLast } from "../../shape.js";
import { type Tensor, withNode } from "../../tensor.js";
import { equalPairs, equalToZero, type Gauge, type Guard, guarded, zeroPairs } from "./gauge.js";
import { guardedAtZero, outside, type SidePair, type SingularSystem } from "./zero_gauge.js";

export type { SidePair, SingularSystem };

// The derivatives of singular values and vectors, closed under differentiation as those of eigenpairs are: (u, ±v)
// are the eigenvectors of [[0, A], [Aᴴ, 0]], with eigenvalues ±s.

type MaybePair = readonly [MaybeTensor, MaybeTensor];

const sum = (x: MaybeTensor, y: Tensor): Tensor => (x === null ? y : x.add(y));
const complete = ([x, y]: MaybePair, { u, vh }: SingularSystem): SidePair => [
  x ?? u.mul(0),
  y ?? vh.mH.mul(0),
];
const withinClusters = (x: Tensor, s: Tensor): Tensor => equalPairs(s).where(x, 0);
/** The sum of both sides' products of columns. */
const products = ([xu, xv]: SidePair, [yu, yv]: SidePair): Tensor => xu.mH.matmul(yu).add(xv.mH.matmul(yv));
const vectors = ({ u, vh }: SingularSystem): SidePair => [u, vh.mH];
/** [[0, H], [Hᴴ, 0]] times both sides. */
const across = (h: Tensor, [x, y]: SidePair): SidePair => [h.matmul(y), h.mH.matmul(x)];
/** The part of Σ x y… that acts on the matrix: X Vᴴ + U Yᴴ. */
const outer = ([x, y]: SidePair, [u, v]: SidePair): Tensor => x.matmul(v.mH).add(u.matmul(y.mH));

const overBatches = (
  { shape, element }: AbstractValue,
  batches: readonly Shape[],
  core: readonly number[],
): AbstractValue => ({
  shape: shapeOf([
    ...batches.reduce((all, batch) => broadcastShapes("svd", all, batch), withoutLast(shape, 2)),
    ...core,
  ]),
  element,
});

const resolventPrimitive: Primitive<null> = define<"a" | "u" | "s" | "vh" | "gu" | "gv", "zu" | "zv", null>({
  name: "singularResolvent",
  inputs: ["a", "u", "s", "vh", "gu", "gv"],
  outputs: ["zu", "zv"],
  shape([, u, , vh, gu, gv]) {
    const batches = [vh, gu, gv].map(({ shape }) => withoutLast(shape, 2));
    const k = u.shape[u.shape.length - 1];
    return [
      overBatches(u, batches, u.shape.slice(-2)),
      overBatches(u, batches, [vh.shape[vh.shape.length - 1], k]),
    ];
  },
  composite: true,
  run(inputs) {
    const [, u, s, vh, gu, gv] = inputs.map((x) => withNode(x, null));
    const v = vh.mH;
    const [x, y] = [u.mH.matmul(gu), vh.matmul(gv)];
    const [column, row] = [s.expandDims(-1), s.expandDims(-2)];
    const [equal, zeros] = [equalPairs(s), zeroPairs(s)];
    const even = equal.where(0, x.add(y).div(equal.where(1, row.sub(column)))).mul(0.5);
    const odd = zeros.where(0, x.sub(y).div(zeros.where(1, row.add(column)))).mul(0.5);
    const vanishing = equalToZero(s).expandDims(-2);
    const beyond = (q: Tensor, g: Tensor): Tensor =>
      q.shape[q.ndim - 2] === q.shape[q.ndim - 1]
        ? g.mul(0)
        : vanishing.where(0, outside(q, g).div(vanishing.where(1, row)));
    return [u.matmul(even.add(odd)).add(beyond(u, gu)), v.matmul(even.sub(odd)).add(beyond(v, gv))];
  },
  derivative: {
    // As for eigenpairs, with [[0, A], [Aᴴ, 0]] in place of A and columns (u, v) of norm √2.
    saves: {
      a: ["a", "u", "s", "vh", "gu", "gv", "zu", "zv"],
      gu: ["a", "u", "s", "vh"],
      gv: ["a", "u", "s", "vh"],
    },
    vjp(given, [a, u, s, vh, gu, gv, zu, zv], wanted) {
      const system = { a, u, s, vh };
      const y = complete(given as MaybePair, system);
      const q = resolvent(system, y);
      if (!wanted[0]) return [null, null, null, null, ...q];
      const w = vectors(system);
      const z: SidePair = [zu, zv];
      const b = withinClusters(products(w, [gu, gv]), s).mH.mul(0.5);
      const c = withinClusters(products(w, y), s).mH.mul(0.5);
      const turn = (i: 0 | 1): Tensor => q[i].matmul(b).add(z[i].matmul(c));
      const k = withinClusters(products(z, q), s).mul(0.5);
      const turned = resolvent(system, [turn(0), turn(1)]);
      const moved = outer(turned, w).add(u.matmul(k.add(k.mH)).matmul(vh));
      return [outer(q, z).sub(moved), null, null, null, ...q];
    },
    jvp([da, , , , dgu, dgv], [a, u, s, vh, gu, gv, zu, zv]) {
      const system = { a, u, s, vh };
      if (da === null) return dgu || dgv ? resolvent(system, complete([dgu, dgv], system)) : [null, null];
      const w = vectors(system);
      const z: SidePair = [zu, zv];
      const moved = across(da, w);
      const dw = resolvent(system, moved);
      const ds = withinClusters(products(w, moved), s).mul(0.5);
      const b = withinClusters(products(w, [gu, gv]), s).mul(0.5);
      const hz = across(da, z);
      const right = (i: 0 | 1, dg: MaybeTensor): Tensor =>
        sum(dg, hz[i].sub(z[i].matmul(ds)).sub(dw[i].matmul(b)));
      const dz = resolvent(system, [right(0, dgu), right(1, dgv)]);
      const inside = withinClusters(products(dw, z), s).mul(0.5);
      return [dz[0].sub(w[0].matmul(inside)), dz[1].sub(w[1].matmul(inside))];
    },
  },
  batch: leadingAxes(2, 2, 1, 2, 2, 2),
});

/** Both sides of the columns (s_j − [[0, A], [Aᴴ, 0]])⁺ g_j, where the inverse leaves out vectors that share s_j. */
function resolvent({ a, u, s, vh }: SingularSystem, [gu, gv]: SidePair): SidePair {
  const [zu, zv] = bind(resolventPrimitive, [a, u, s, vh, gu, gv], null);
  return [zu, zv];
}

/** The cotangent of the matrix from that of its vectors. */
export function pullVectors(system: SingularSystem, given: MaybePair, gs: MaybeTensor, gauge: Gauge): Tensor {
  const { s } = system;
  const w = vectors(system);
  const g = complete(given, system);
  const guard: Guard = { question: "cotangent", ...gauge };
  const checked = guarded(g[0], guard, s, products(w, g).mul(0.5), gs);
  const safe = guardedAtZero(checked, guard, system, g, null);
  return outer(resolvent(system, [safe, g[1]]), w);
}

/** The tangents of the vectors. */
export function pushVectors(system: SingularSystem, da: Tensor, gauge: Gauge): SidePair {
  const w = vectors(system);
  const moved = across(da, w);
  const guard: Guard = { question: "tangent", ...gauge };
  const [du, dv] = resolvent(system, moved);
  const checked = guarded(du, guard, system.s, products(w, moved).mul(0.5), null);
  return [guardedAtZero(checked, guard, system, moved, null), dv];
}

/** Weights of singular values, as a diagonal matrix, after what they leave open along h has been looked at. */
function checkedWeights(c: Tensor, moves: boolean, h: Tensor, system: SingularSystem, gauge: Gauge): Tensor {
  const w = vectors(system);
  const moved = across(h, w);
  const guard: Guard = { question: moves ? "curvature" : "weights", ...gauge };
  const checked = guarded(c.diag(), guard, system.s, products(w, moved).mul(0.5), c);
  return guardedAtZero(checked, { ...guard, question: "weights" }, system, moved, c);
}

const combinationPrimitive: Primitive<Gauge> = define<"a" | "u" | "s" | "vh" | "c", "y", Gauge>({
  name: "singularCombination",
  inputs: ["a", "u", "s", "vh", "c"],
  outputs: ["y"],
  shape: ([, u, , vh, c]) => [
    overBatches(
      u,
      [withoutLast(vh.shape, 2), c.shape.slice(0, -1)],
      [u.shape[u.shape.length - 2], vh.shape[vh.shape.length - 1]],
    ),
  ],
  composite: true,
  run(inputs) {
    const [, u, , vh, c] = inputs.map((x) => withNode(x, null));
    return [u.mul(c.expandDims(-2)).matmul(vh)];
  },
  derivative: {
    saves: { a: ["a", "u", "s", "vh", "c"], c: ["a", "u", "s", "vh"] },
    vjp([y], [a, u, s, vh, c], [wantsA, , , , wantsC], gauge) {
      const system = { a, u, s, vh };
      const gc = wantsC && projections(system, y!, gauge);
      if (!wantsA) return [null, null, null, null, gc];
      const weights = checkedWeights(c, wantsC !== null, y!, system, gauge);
      return [pullCombination(system, weights, y!), null, null, null, gc];
    },
    jvp([da, , , , dc], [a, u, s, vh, c], gauge) {
      const system = { a, u, s, vh };
      const moved = dc && combination(system, dc, gauge);
      if (da === null) return [moved];
      const weights = checkedWeights(c, dc !== null, da, system, gauge);
      const [du, dv] = resolvent(system, across(da, vectors(system)));
      const turned = du.matmul(weights).matmul(vh).add(u.matmul(weights).matmul(dv.mH));
      return [sum(moved, turned)];
    },
  },
  batch: leadingAxes(2, 2, 1, 2, 1),
});

const projectionsPrimitive: Primitive<Gauge> = define<"a" | "u" | "s" | "vh" | "h", "c", Gauge>({
  name: "singularProjections",
  inputs: ["a", "u", "s", "vh", "h"],
  outputs: ["c"],
  shape: ([, u, s, , h]) => [
    overBatches(u, [s.shape.slice(0, -1), withoutLast(h.shape, 2)], s.shape.slice(-1)),
  ],
  composite: true,
  run(inputs) {
    const [, u, , vh, h] = inputs.map((x) => withNode(x, null));
    return [u.mul(h.matmul(vh.mH)).sum(-2)];
  },
  derivative: {
    saves: { a: ["a", "u", "s", "vh", "h"], h: ["a", "u", "s", "vh"] },
    vjp([c], [a, u, s, vh, h], [wantsA, , , , wantsH], gauge) {
      const system = { a, u, s, vh };
      const gh = wantsH && combination(system, c!, gauge);
      if (!wantsA) return [null, null, null, null, gh];
      const weights = checkedWeights(c!, false, h, system, gauge);
      return [pullCombination(system, weights, h), null, null, null, gh];
    },
    jvp([da, , , , dh], [a, u, s, vh, h], gauge) {
      const system = { a, u, s, vh };
      const moved = dh && projections(system, dh, gauge);
      if (da === null) return [moved];
      const w = vectors(system);
      const [along, other] = [across(h, w), across(da, w)];
      const both = products(w, along).mul(products(w, other));
      const checked = guarded(along[0], { question: "tangent", ...gauge }, s, both, null);
      const dw = resolvent(system, other);
      return [sum(moved, dw[0].mul(checked).sum(-2).add(dw[1].mul(along[1]).sum(-2)))];
    },
  },
  batch: leadingAxes(2, 2, 1, 2, 2),
});

/** Σ c_i u_i v_iᴴ: the cotangent of the matrix from that of its singular values. */
export const combination = ({ a, u, s, vh }: SingularSystem, c: Tensor, gauge: Gauge): Tensor =>
  bindOne(combinationPrimitive, [a, u, s, vh, c], gauge);

/** u_iᴴ H v_i: the tangent of the singular values from that of the matrix. */
export const projections = ({ a, u, s, vh }: SingularSystem, h: Tensor, gauge: Gauge): Tensor =>
  bindOne(projectionsPrimitive, [a, u, s, vh, h], gauge);

/** The derivative of ⟨H, U C Vᴴ⟩ with respect to the matrix. */
function pullCombination(system: SingularSystem, weights: Tensor, h: Tensor): Tensor {
  const w = vectors(system);
  const [x, y] = across(h, w);
  return outer(resolvent(system, [x.matmul(weights), y.matmul(weights)]), w);
}
