import { leadingAxes } from "../../core/batching.js";
import { bindOne } from "../../core/bind.js";
import { define } from "../../core/define.js";
import type { AbstractValue, MaybeTensor, Primitive } from "../../core/primitive.js";
import { execute, kernel, kernelFor } from "../../instruction.js";
import { broadcastShapes, type Shape, shapeOf, withoutLast } from "../../shape.js";
import { empty, type Tensor, withNode } from "../../tensor.js";
import { overBatch, symmetrise, type Triangle } from "./conventions.js";
import { type Rest, resolventOutside, sizeOf, withEdges } from "./eigensystem_part.js";
import { equalPairs, type Gauge, type Guard, guarded } from "./gauge.js";

// The derivatives of eigenvalues and eigenvectors, as operations that are closed under differentiation: each depends
// on the matrix, and the decomposition it is given only says how. Inside a cluster of equal eigenvalues the vectors
// are taken to move at right angles to the whole cluster, which is a choice of basis that stays differentiable.

/** The matrix that was decomposed, and its decomposition or a part of it: k values and vectors [n, k]. */
export interface Eigensystem {
  readonly a: Tensor;
  readonly w: Tensor;
  readonly v: Tensor;
  /** Of a part. */
  readonly rest?: Rest | null;
}

export interface Reading extends Gauge {
  /** The entries of the matrix that were read. */
  readonly triangle: Triangle;
  /** The place of the first value that guards see; 0 by default. */
  readonly first?: number;
}

const sum = (x: MaybeTensor, y: Tensor): Tensor => (x === null ? y : x.add(y));

const equalIn = ({ w, v, rest }: Eigensystem): Tensor =>
  rest ? equalPairs(w, v.shape[v.ndim - 2], sizeOf(rest)) : equalPairs(w);

/** The entries between eigenvalues that are equal; the others are 0. */
const withinClusters = (x: Tensor, system: Eigensystem): Tensor => equalIn(system).where(x, 0);

const over = (x: AbstractValue, y: AbstractValue, cores: number, core: readonly number[]): AbstractValue => ({
  shape: shapeOf([
    ...broadcastShapes("eigh", withoutLast(x.shape, 2), y.shape.slice(0, y.shape.length - cores)),
    ...core,
  ]),
  element: x.element,
});

const eigenCombination = kernel("eigenCombination");

/** Σ c_i v_i v_iᴴ: exactly symmetric. */
function combined(v: Tensor, c: Tensor, shape: Shape): Tensor {
  const y = empty("eigh", shape, v.element);
  const axes = shape.length - 2;
  const [n, k] = [v.shape[v.ndim - 2], v.shape[v.ndim - 1]];
  const [row, column] = [v.strides[v.ndim - 2], v.strides[v.ndim - 1]];
  const step = c.strides[c.ndim - 1];
  execute(
    "eigh",
    kernelFor("eigh", eigenCombination, v.element),
    axes === 0 ? [n, n, k] : [...shape.slice(0, axes), n, n, k],
    [
      [v, axes === 0 ? [row, 0, column] : overBatch(v, 2, axes, [row, 0, column])],
      [c, axes === 0 ? [0, 0, step] : overBatch(c, 1, axes, [0, 0, step])],
      [y, axes === 0 ? [y.strides[0], 1, 0] : [...y.strides, 0]],
    ],
  );
  return y;
}

type Known = "a" | "w" | "v" | "factor" | "bounds";

/**
 * The operations on a whole decomposition or on a part of it: their inputs begin with what is known of it and end
 * with what they are applied to. The matrix carries the derivative.
 */
function operationsOn(kind: "whole" | "part") {
  const part = kind === "part";
  const named = (name: string): string => (part ? `${name}OfPart` : name);
  const known: readonly Known[] = part ? ["a", "w", "v", "factor", "bounds"] : ["a", "w", "v"];
  const cores = part ? [2, 1, 2, 2, 1] : [2, 1, 2];
  const last = known.length;
  const systemOf = ([a, w, v, factor, bounds]: readonly Tensor[]): Eigensystem =>
    part ? { a, w, v, rest: { factor, bounds } } : { a, w, v };
  const both = <T>(first: T, argument: T): (T | null)[] => [
    first,
    ...new Array<null>(last - 1).fill(null),
    argument,
  ];

  const resolvents: Primitive<Triangle> = define<Known | "g", "z", Triangle>({
    name: named("eigenResolvent"),
    inputs: [...known, "g"],
    outputs: ["z"],
    shape: (inputs) => [over(inputs[2], inputs[last], 2, inputs[2].shape.slice(-2))],
    composite: true,
    run(inputs, [{ shape }]) {
      const plain = inputs.map((x) => withNode(x, null));
      const system = systemOf(plain);
      const { w, v, rest } = system;
      const g = plain[last];
      const equal = equalIn(system);
      const gaps = equal.where(1, w.expandDims(-2).sub(w.expandDims(-1)));
      const inside = v.matmul(equal.where(0, v.mH.matmul(g).div(gaps)));
      return [rest ? inside.add(resolventOutside(w, v, g, rest, shape)) : inside];
    },
    derivative: {
      // Column j is (w_j − A)⁺ g_j, so that Z W − A Z = G − V B where W and B = Vᴴ G keep the entries within clusters.
      // Differentiated, with dV = resolvent(dA V), dW = Vᴴ dA V within clusters, and no part of Z within its cluster.
      saves: { a: [...known, "g", "z"], g: known },
      vjp([y], values, wanted, triangle) {
        const system = systemOf(values);
        const { v } = system;
        const [g, z] = values.slice(last);
        const q = resolvent(system, y!, triangle);
        if (!wanted[0]) return both(null, q);
        const b = withinClusters(v.mH.matmul(g), system);
        const c = withinClusters(v.mH.matmul(y!), system);
        const turned = resolvent(system, q.matmul(b.mH).add(z.matmul(c.mH)), triangle);
        const moved = v.matmul(withinClusters(z.mH.matmul(q), system)).add(turned);
        return both(symmetrise.transposed(q.matmul(z.mH).sub(moved.matmul(v.mH)), triangle), q);
      },
      jvp(tangents, values, triangle) {
        const system = systemOf(values);
        const { v } = system;
        const [da, dg] = [tangents[0], tangents[last]];
        const [g, z] = values.slice(last);
        if (da === null) return [dg && resolvent(system, dg, triangle)];
        const h = symmetrise(da, triangle);
        const hv = h.matmul(v);
        const dv = resolvent(system, hv, triangle);
        const dw = withinClusters(v.mH.matmul(hv), system);
        const b = withinClusters(v.mH.matmul(g), system);
        const right = h.matmul(z).sub(z.matmul(dw)).sub(dv.matmul(b));
        const inside = v.matmul(withinClusters(dv.mH.matmul(z), system));
        return [resolvent(system, sum(dg, right), triangle).sub(inside)];
      },
    },
    batch: leadingAxes(...cores, 2),
  });

  const combinations: Primitive<Reading> = define<Known | "c", "y", Reading>({
    name: named("eigenprojectorCombination"),
    inputs: [...known, "c"],
    outputs: ["y"],
    shape(inputs) {
      const n = inputs[0].shape[inputs[0].shape.length - 1];
      return [over(inputs[2], inputs[last], 1, [n, n])];
    },
    run: (inputs, [{ shape }]) => [combined(inputs[2], inputs[last], shape)],
    derivative: {
      // V diag(c) Vᴴ with dV = resolvent(dA V); weights that are equal within a cluster leave it as it is.
      saves: { a: [...known, "c"], c: known },
      vjp([y], values, wanted, reading) {
        const system = systemOf(values);
        const c = values[last];
        const b = symmetrise(y!, "both");
        const gc = wanted[last] && projections(system, b, reading);
        if (!wanted[0]) return both(null, gc);
        const weights = checkedWeights(c, wanted[last] !== null, b, system, reading);
        return both(pullCombination(system, weights, b, reading), gc);
      },
      jvp(tangents, values, reading) {
        const system = systemOf(values);
        const { v } = system;
        const [da, dc] = [tangents[0], tangents[last]];
        const moved = dc && combination(system, dc, reading);
        if (da === null) return [moved];
        const h = symmetrise(da, reading.triangle);
        const weights = checkedWeights(values[last], dc !== null, h, system, reading);
        const half = resolvent(system, h.matmul(v), reading.triangle).matmul(weights).matmul(v.mH);
        return [sum(moved, half.add(half.mH))];
      },
    },
    batch: leadingAxes(...cores, 1),
  });

  const projected: Primitive<Reading> = define<Known | "b", "c", Reading>({
    name: named("eigenprojections"),
    inputs: [...known, "b"],
    outputs: ["c"],
    shape: (inputs) => [over(inputs[2], inputs[last], 2, inputs[2].shape.slice(-1))],
    composite: true,
    run(inputs) {
      const [v, b] = [inputs[2], inputs[last]].map((x) => withNode(x, null));
      return [v.mul(b.matmul(v)).sum(-2)];
    },
    derivative: {
      // The transpose of the combination: v_iᴴ B v_i for symmetric B.
      saves: { a: [...known, "b"], b: known },
      vjp([c], values, wanted, reading) {
        const system = systemOf(values);
        const b = values[last];
        const gb = wanted[last] && combination(system, c!, reading);
        if (!wanted[0]) return both(null, gb);
        const weights = checkedWeights(c!, false, b, system, reading);
        return both(pullCombination(system, weights, b, reading), gb);
      },
      jvp(tangents, values, reading) {
        const system = systemOf(values);
        const { v } = system;
        const b = values[last];
        const [da, db] = [tangents[0], tangents[last]];
        const moved = db && projections(system, db, reading);
        if (da === null) return [moved];
        const [bv, hv] = [b, symmetrise(da, reading.triangle)].map((x) => x.matmul(v));
        // Sums over a cluster have second derivatives, single values where b and h do not part it both.
        const within = v.mH.matmul(bv).mul(v.mH.matmul(hv));
        const checked = guardedIn(system, bv, { question: "tangent", ...reading }, within, [bv, hv], null);
        const dv = resolvent(system, hv, reading.triangle);
        return [sum(moved, dv.mul(checked).sum(-2).mul(2))];
      },
    },
    batch: leadingAxes(...cores, 2),
  });
  return { resolvents, combinations, projected };
}

export const ofWhole = operationsOn("whole");
const ofPart = operationsOn("part");

const operationsFor = ({ rest }: Eigensystem): typeof ofWhole => (rest ? ofPart : ofWhole);
const inputsOf = ({ a, w, v, rest }: Eigensystem, x: Tensor): Tensor[] =>
  rest ? [a, w, v, rest.factor, rest.bounds, x] : [a, w, v, x];

/** (w_j − A)⁺ g_j for each column of G, where the inverse leaves out all vectors that share the eigenvalue w_j. */
export const resolvent = (system: Eigensystem, g: Tensor, triangle: Triangle): Tensor =>
  bindOne(operationsFor(system).resolvents, inputsOf(system, g), triangle);

/** The cotangent of the matrix from that of its vectors, before it is symmetrised. */
export function pullVectors(system: Eigensystem, gv: Tensor, gw: MaybeTensor, reading: Reading): Tensor {
  const { v } = system;
  const checked = guardedIn(system, gv, { question: "cotangent", ...reading }, v.mH.matmul(gv), [gv], gw);
  return resolvent(system, checked, reading.triangle).matmul(v.mH);
}

/** The tangent of the vectors. */
export function pushVectors(system: Eigensystem, da: Tensor, reading: Reading): Tensor {
  const { v } = system;
  const hv = symmetrise(da, reading.triangle).matmul(v);
  const moved = resolvent(system, hv, reading.triangle);
  return guardedIn(system, moved, { question: "tangent", ...reading }, v.mH.matmul(hv), [hv], null);
}

/** What weights of eigenvalues leave open along a symmetric matrix b: a second derivative has to know it. */
function checkedWeights(c: Tensor, moves: boolean, b: Tensor, system: Eigensystem, reading: Reading): Tensor {
  const bv = b.matmul(system.v);
  const question = moves ? "curvature" : "weights";
  const within = system.v.mH.matmul(bv);
  return guardedIn(system, c.diag(), { question, ...reading }, within, [bv], c);
}

/** `guarded`, where columns may reach beyond a part of the spectrum too. */
function guardedIn(
  { w, v, rest }: Eigensystem,
  y: Tensor,
  guard: Guard,
  within: Tensor,
  columns: readonly Tensor[],
  c: MaybeTensor,
): Tensor {
  if (!rest) return guarded(y, guard, w, within, c);
  if (guard.degenerate === "zero") return y;
  const q = v.stopGradient();
  const beyond = columns
    .map((column) => column.stopGradient())
    .map((column) =>
      column
        .sub(q.matmul(q.mH.matmul(column)))
        .abs()
        .max(-2),
    )
    .reduce((product, reach) => product.mul(reach));
  const [values, x, weights] = [w, within, c].map((t) => t?.stopGradient() ?? null);
  const asked = withEdges({ w: values!, x: x!, c: weights }, beyond, rest);
  return guarded(y, { ...guard, order: v.shape[v.ndim - 2] }, asked.w, asked.x, asked.c);
}

/** Σ c_i v_i v_iᴴ: the cotangent of the matrix from that of its eigenvalues. */
export const combination = (system: Eigensystem, c: Tensor, reading: Reading): Tensor =>
  bindOne(operationsFor(system).combinations, inputsOf(system, c), reading);

/** v_iᴴ B v_i for symmetric B: the tangent of the eigenvalues from that of the matrix. */
export const projections = (system: Eigensystem, b: Tensor, reading: Reading): Tensor =>
  bindOne(operationsFor(system).projected, inputsOf(system, b), reading);

/** The same for the entries that were read. The combination is symmetric already. */
export function pullValues(system: Eigensystem, gw: Tensor, reading: Reading): Tensor {
  const y = combination(system, gw, reading);
  return reading.triangle === "both" ? y : symmetrise.transposed(y, reading.triangle);
}

/** The derivative of ⟨B, V C Vᴴ⟩ with respect to the matrix, as it was read. */
function pullCombination(system: Eigensystem, weights: Tensor, b: Tensor, { triangle }: Reading): Tensor {
  const { v } = system;
  const pulled = resolvent(system, b.matmul(v).matmul(weights), triangle).matmul(v.mH).mul(2);
  return symmetrise.transposed(pulled, triangle);
}
