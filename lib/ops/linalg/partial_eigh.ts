import { leadingAxes } from "../../core/batching.js";
import { bind, bindOne, isTracked } from "../../core/bind.js";
import { deferred } from "../../core/deferred.js";
import { define } from "../../core/define.js";
import { type AbstractValue, notDifferentiable } from "../../core/primitive.js";
import { execute, kernel, kernelFor } from "../../instruction.js";
import { columnMajorStrides, shapeOf, withoutLast } from "../../shape.js";
import { empty, emptyStrided, type Tensor } from "../../tensor.js";
import { failureCode, type OnFailure, squareMatrices, symmetrise, triangleCode } from "./conventions.js";
import {
  combination,
  projections,
  pullValues,
  pullVectors,
  pushVectors,
  type Reading,
} from "./eigenpair_derivatives.js";

/** Which eigenvalues, counted in ascending order from 0. */
export interface PartialSpectrum extends Reading {
  readonly onFailure: OnFailure;
  readonly from: number;
  readonly to: number;
}

const sytrd = kernel("sytrd");
const stebz = kernel("stebz");
const stebzValues = kernel("stebzValues");

const extended = (a: AbstractValue, ...axes: readonly number[]): AbstractValue => ({
  shape: shapeOf([...withoutLast(a.shape, 2), ...axes]),
  element: a.element,
});

/** A = Q T Qᴴ, T tridiagonal: both in one matrix, shared by everything that is computed from it. */
const tridiagonalisePrimitive = define<"a", "factor", PartialSpectrum>({
  name: "tridiagonalise",
  inputs: ["a"],
  outputs: ["factor"],
  shape([a], { operation }) {
    squareMatrices(operation, a);
    return [a];
  },
  run([a], [{ shape, element }], { operation, triangle, onFailure }) {
    const factor = emptyStrided(operation, shape, columnMajorStrides(shape), element);
    execute(
      operation,
      kernelFor(operation, sytrd, element),
      shape,
      [
        [a, a.strides],
        [factor, factor.strides],
      ],
      [failureCode(onFailure), triangleCode(triangle)],
      "sytrd",
      withoutLast(shape, 2),
    );
    return [factor];
  },
  derivative: notDifferentiable("the factor enters only primitives whose rules speak of the matrix"),
  batch: leadingAxes(2),
});

const pairsPrimitive = define<"a" | "factor", "values" | "vectors" | "bounds", PartialSpectrum>({
  name: "partialEigh",
  inputs: ["a", "factor"],
  outputs: ["values", "vectors", "bounds"],
  shape([, factor], { from, to }) {
    const n = factor.shape[factor.shape.length - 1];
    return [extended(factor, to - from), extended(factor, n, to - from), extended(factor, 3)];
  },
  run([, factor], [{ shape }, vectors, bounds], { operation, onFailure, from }) {
    const { element } = factor;
    const w = empty(operation, shape, element);
    const v = emptyStrided(operation, vectors.shape, columnMajorStrides(vectors.shape), element);
    const beside = empty(operation, bounds.shape, element);
    const batch = shape.slice(0, -1);
    const [n, k] = v.shape.slice(-2);
    const outer = (x: Tensor): readonly number[] => x.strides.slice(0, batch.length);
    execute(
      operation,
      kernelFor(operation, stebz, element),
      [...batch, n, n, k, 3],
      [
        [factor, [...factor.strides, 0, 0]],
        [w, [...outer(w), 0, 0, 1, 0]],
        [v, [...outer(v), 1, 0, v.strides[v.ndim - 1], 0]],
        [beside, [...outer(beside), 0, 0, 0, 1]],
      ],
      [failureCode(onFailure), from],
      "stebz and stein",
      batch,
    );
    return [w, v, beside];
  },
  derivative: {
    // As for eigh, with resolvents that reach beyond the vectors at hand.
    saves: {
      values: ["a", "factor", "values", "vectors", "bounds"],
      vectors: ["a", "factor", "values", "vectors", "bounds"],
    },
    vjp([gw, gv], [a, factor, w, v, bounds], _wanted, params) {
      const system = { a, w, v, rest: { factor, bounds } };
      const reading = readingOf(params);
      if (gv === null) return [pullValues(system, gw!, reading)];
      const fromVectors = pullVectors(system, gv, gw, reading);
      const both = gw ? combination(system, gw, reading).add(fromVectors) : fromVectors;
      return [symmetrise.transposed(both, params.triangle)];
    },
    jvp([da], [a, factor, w, v, bounds], params) {
      if (da === null) return [null, null, null];
      const system = { a, w, v, rest: { factor, bounds } };
      const reading = readingOf(params);
      const dw = projections(system, symmetrise(da, params.triangle), reading);
      return [dw, deferred(v.shape, v.element, () => pushVectors(system, da, reading)), null];
    },
  },
  batch: leadingAxes(2, 2),
});

const valuesPrimitive = define<"a" | "factor", "values", PartialSpectrum>({
  name: "partialEigvalsh",
  inputs: ["a", "factor"],
  outputs: ["values"],
  shape: ([, factor], { from, to }) => [extended(factor, to - from)],
  run([, factor], [{ shape, element }], { operation, onFailure, from }) {
    const w = empty(operation, shape, element);
    const batch = shape.slice(0, -1);
    const n = factor.shape[factor.ndim - 1];
    execute(
      operation,
      kernelFor(operation, stebzValues, element),
      [...batch, n, n, w.shape[w.ndim - 1]],
      [
        [factor, [...factor.strides, 0]],
        [w, [...w.strides.slice(0, -1), 0, 0, 1]],
      ],
      [failureCode(onFailure), from],
      "stebz",
      batch,
    );
    return [w];
  },
  derivative: notDifferentiable("differentiated values are those of partialEigh"),
  batch: leadingAxes(2, 2),
});

/** The first value that a guard sees is the one next below. */
const readingOf = (params: PartialSpectrum): Reading => ({ ...params, first: params.from - 1 });

/** Eigenpairs from ... to − 1 of symmetric matrices [..., n, n]: values [..., k] and vectors [..., n, k]. */
export function partialEigh(a: Tensor, params: PartialSpectrum): readonly [values: Tensor, vectors: Tensor] {
  const [values, vectors] = bind(pairsPrimitive, [a, bindOne(tridiagonalisePrimitive, [a], params)], params);
  return [values, vectors];
}

/** Those eigenvalues alone. */
export const partialEigvalsh = (a: Tensor, params: PartialSpectrum): Tensor =>
  isTracked(a)
    ? partialEigh(a, params)[0]
    : bindOne(valuesPrimitive, [a, bindOne(tridiagonalisePrimitive, [a], params)], params);
