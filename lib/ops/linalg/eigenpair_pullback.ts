import { leadingAxes } from "../../core/batching.js";
import { bindOne } from "../../core/bind.js";
import { define } from "../../core/define.js";
import type { MaybeTensor } from "../../core/primitive.js";
import { execute, kernel, kernelFor } from "../../instruction.js";
import { broadcastShapes, scalarShape, shapeOf, withoutLast } from "../../shape.js";
import { empty, type Tensor } from "../../tensor.js";
import { zeros } from "../creation.js";
import { overBatch, symmetrise, triangleCode } from "./conventions.js";
import { type Eigensystem, ofWhole, type Reading, resolvent } from "./eigenpair_derivatives.js";
import { gaugeParams, heedGauge } from "./gauge.js";

interface Pulled extends Reading {
  /** Whether a cotangent of the values has arrived. */
  readonly weighted: boolean;
}

const eigenpairProduct = kernel("eigenpairProduct");

const sum = (x: MaybeTensor | undefined, y: MaybeTensor | undefined): MaybeTensor =>
  x && y ? x.add(y) : (x ?? y ?? null);

const { combinations, resolvents } = ofWhole;

/** Strides of matrices, and of vectors along the last axis, over a batch of matrices. */
const overMatrices = (x: Tensor, axes: number): readonly number[] =>
  axes === 0 ? x.strides : overBatch(x, 2, axes, x.strides.slice(-2));
const overVectors = (x: Tensor, axes: number): readonly number[] =>
  axes === 0 ? [0, x.strides[0]] : overBatch(x, 1, axes, [0, x.strides[x.ndim - 1]]);

/**
 * V diag(w̅) Vᴴ + resolvent(V̅) Vᴴ, as the entries that were read see it: in one kernel, which asks about the gauge as
 * well. Its derivatives are those of the operations it is made of.
 */
const pullback = define<"a" | "w" | "v" | "gw" | "gv", "ga", Pulled>({
  name: "eigenpairPullback",
  inputs: ["a", "w", "v", "gw", "gv"],
  outputs: ["ga"],
  shape(inputs) {
    const [v, gw, gv] = [inputs[2], inputs[3], inputs[4]];
    if (v.shape.length === 2 && gv.shape.length === 2 && gw.shape.length === 1) return [v];
    const vectors = broadcastShapes("eigh", withoutLast(v.shape, 2), withoutLast(gv.shape, 2));
    const batch = broadcastShapes("eigh", vectors, withoutLast(gw.shape, 1));
    return [{ shape: shapeOf([...batch, ...v.shape.slice(-2)]), element: v.element }];
  },
  run(inputs, outputs, reading) {
    const { operation, values, degenerate, triangle } = reading;
    const { shape, element } = outputs[0];
    const y = empty(operation, shape, element);
    const axes = shape.length - 2;
    const batch = axes === 0 ? scalarShape : shape.slice(0, axes);
    const n = shape[axes];
    const gauge = gaugeParams(degenerate, n, element);
    execute(
      operation,
      kernelFor(operation, eigenpairProduct, element),
      shape,
      [
        [inputs[1], overVectors(inputs[1], axes)],
        [inputs[2], overMatrices(inputs[2], axes)],
        [inputs[3], overVectors(inputs[3], axes)],
        [inputs[4], overMatrices(inputs[4], axes)],
        [y, y.strides],
      ],
      [triangleCode(triangle), gauge[0], gauge[1], gauge[2]],
      values,
      batch,
    );
    heedGauge(reading, { question: "cotangent", n, first: 0, batch });
    return [y];
  },
  derivative: {
    saves: {
      a: ["a", "w", "v", "gw", "gv"],
      v: ["a", "w", "v", "gv"],
      gw: ["a", "w", "v"],
      gv: ["a", "w", "v"],
    },
    vjp([y], [a, w, v, gw, gv], wanted, reading) {
      const { triangle, weighted } = reading;
      const system = { a, w, v };
      const h = symmetrise(y!, triangle);
      const [wantsA, , wantsV, wantsGw, wantsGv] = wanted;
      const asked = (x: (typeof wanted)[number]): typeof wanted => [wantsA, null, null, x];
      const ofValues =
        weighted && (wantsA || wantsGw) ? combinations.vjp([h], [a, w, v, gw], asked(wantsGw), reading) : [];
      const z = wantsA || wantsV ? resolvent(system, gv, triangle) : null;
      const ofVectors =
        wantsA || wantsGv ? resolvents.vjp([h.matmul(v)], [a, w, v, gv, z!], asked(wantsGv), triangle) : [];
      return [sum(ofValues[0], ofVectors[0]), null, wantsV && h.matmul(z!), ofValues[3], ofVectors[3]];
    },
    jvp([da, , dv, dgw, dgv], [a, w, v, gw, gv], reading) {
      const { triangle, weighted } = reading;
      const z = resolvent({ a, w, v }, gv, triangle);
      const [dz] = resolvents.jvp([da, null, null, dgv], [a, w, v, gv, z], triangle);
      const ofVectors = sum(dz?.matmul(v.mH), dv && z.matmul(dv.mH));
      const [ofValues] = weighted ? combinations.jvp([da, null, null, dgw], [a, w, v, gw], reading) : [];
      const both = sum(ofValues, ofVectors);
      return [both && symmetrise.transposed(both, triangle)];
    },
  },
  batch: leadingAxes(2, 1, 2, 1, 2),
});

/** The cotangent of the matrix from those of its values and vectors. */
export function pullPairs({ a, w, v }: Eigensystem, gw: MaybeTensor, gv: Tensor, reading: Reading): Tensor {
  const weights = gw ?? zeros(w.shape, { dtype: w.dtype });
  const { operation, values, degenerate, triangle } = reading;
  const params = { operation, values, degenerate, triangle, weighted: gw !== null };
  return bindOne(pullback, [a, w, v, weights, gv], params);
}
