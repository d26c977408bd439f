import type { AbstractValue } from "../../core/primitive.js";
import { ArgumentError, ShapeError, showValue } from "../../errors.js";
import { extentsOf, showOperand } from "../../shape.js";
import type { Tensor } from "../../tensor.js";

/** Which entries of a symmetric matrix a routine reads; "both" stands for (A + Aᵀ)/2. */
export type Triangle = "both" | "lower" | "upper";
/** What happens to a matrix that a routine cannot treat: an error, or NaN in its place of the batch. */
export type OnFailure = "throw" | "nan";

const triangles: readonly Triangle[] = ["both", "lower", "upper"];
const failures: readonly OnFailure[] = ["throw", "nan"];

/** One of several words, the first by default. */
export function oneOf<T extends string>(
  operation: string,
  name: string,
  value: T | undefined,
  known: readonly T[],
): T {
  if (value === undefined) return known[0];
  if (!known.includes(value))
    throw new ArgumentError(
      operation,
      `${name} is ${showValue(value)}, expected ${known.map((k) => showValue(k)).join(", ")}`,
    );
  return value;
}

/** What a matrix is known to be. */
export type Assumption = "general" | "symmetric" | "positive";
const assumptions: readonly Assumption[] = ["general", "symmetric", "positive"];

export const assumptionOf = (operation: string, value: Assumption | undefined): Assumption =>
  oneOf(operation, "assume", value, assumptions);
export const triangleOf = (operation: string, value: Triangle | undefined): Triangle =>
  oneOf(operation, "triangle", value, triangles);
export const onFailureOf = (operation: string, value: OnFailure | undefined): OnFailure =>
  oneOf(operation, "onFailure", value, failures);
/** As kernels take them. */
export const triangleCode = (triangle: Triangle): number => triangles.indexOf(triangle);
export const failureCode = (onFailure: OnFailure): number => failures.indexOf(onFailure);

export function matrices(operation: string, a: AbstractValue): void {
  if (a.shape.length < 2) throw new ShapeError(operation, `expected matrices, got ${showOperand(a)}`);
}

export function squareMatrices(operation: string, a: AbstractValue): void {
  if (a.shape.length < 2 || a.shape[a.shape.length - 1] !== a.shape[a.shape.length - 2])
    throw new ShapeError(operation, `expected square matrices, got ${showOperand(a)}`);
}

/**
 * Strides of x over an iteration space of `batch` axes, along which its leading axes broadcast, then the axes of the
 * matrices, whose strides (0 where x does not vary) the caller gives. x has `cores` axes that are no batch.
 */
export function overBatch(x: Tensor, cores: number, batch: number, core: readonly number[]): number[] {
  const strides = new Array<number>(batch + core.length);
  const extents = extentsOf(x.shape);
  const own = extents.length - cores;
  const lead = batch - own;
  for (let axis = 0; axis < batch; axis++)
    strides[axis] = axis < lead || extents[axis - lead] === 1 ? 0 : x.strides[axis - lead];
  for (let i = 0; i < core.length; i++) strides[batch + i] = core[i];
  return strides;
}

/** The symmetric matrix that a routine computes with, given which entries it reads: a linear map of A. */
export function symmetrise(a: Tensor, triangle: Triangle): Tensor {
  if (triangle === "both") return a.add(a.mH).mul(0.5);
  return triangle === "lower" ? a.tril().add(a.tril({ k: -1 }).mH) : a.triu().add(a.triu({ k: 1 }).mH);
}

/** The transpose of that map: from the cotangent of the symmetric matrix to that of the entries read. */
symmetrise.transposed = (g: Tensor, triangle: Triangle): Tensor => {
  if (triangle === "both") return g.add(g.mH).mul(0.5);
  return triangle === "lower" ? g.tril().add(g.triu({ k: 1 }).mH) : g.triu().add(g.tril({ k: -1 }).mH);
};

/** That transpose for a cotangent that is symmetric as it stands. */
symmetrise.ofSymmetric = (g: Tensor, triangle: Triangle): Tensor =>
  triangle === "both" ? g : symmetrise.transposed(g, triangle);
