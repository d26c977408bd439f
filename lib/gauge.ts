import { GradientError } from "./errors.js";
import type { Report } from "./recorder.js";
import { type Shape, showShape, unravelIndex } from "./shape.js";

/** What a derivative was asked that equal eigenvalues (or singular values) leave without an answer. */
export type GaugeQuestion = "cotangent" | "weights" | "curvature" | "tangent";
/** As the kernel takes them. */
export const gaugeQuestions: readonly GaugeQuestion[] = ["cotangent", "weights", "curvature", "tangent"];

/** The worst pair of a cluster. */
export interface GaugeDetails {
  readonly question: GaugeQuestion;
  /** The places of the two values. */
  readonly indices: readonly [number, number];
  /** Their distance. */
  readonly gap: number;
  /** The size of what has no answer. */
  readonly defect: number;
  /** For a batch, the matrix. */
  readonly batchIndex: readonly number[];
}

/** A question that a kernel was asked, of n x n matrices in a batch. */
export interface AskedGauge {
  readonly question: GaugeQuestion;
  readonly n: number;
  /** The place of the first value in the whole spectrum. */
  readonly first: number;
  readonly batch: Shape;
}

/** What the kernel found, and whether it has to be refused; null where nothing is amiss. */
export function gaugeFinding(
  { question, n, first, batch }: AskedGauge,
  { info, failed, rcond: gap, batch: defect }: Report,
): { readonly details: GaugeDetails; readonly refused: boolean } | null {
  if (gap === Number.POSITIVE_INFINITY) return null;
  const refused = info >= 0;
  const where = refused ? info : -info - 1;
  const details: GaugeDetails = {
    question,
    indices: [first + Math.floor(where / n), first + (where % n)],
    gap,
    defect,
    batchIndex: batch.length > 0 ? unravelIndex(failed, batch) : [],
  };
  return { details, refused };
}

const waysOut = (values: string): string =>
  values === "eigenvalues"
    ? "linalg.spectralProjector, eigSum and matrixFunction"
    : "linalg.polar and the norms of matrixNorm";

/** `values` are eigenvalues or singular values. */
export function gaugeMessage(values: string, details: GaugeDetails): string {
  const { question, indices, gap, defect, batchIndex } = details;
  const where = batchIndex.length > 0 ? ` of matrix ${showShape(batchIndex)} of the batch` : "";
  const pair = `${values} ${indices[0]} and ${indices[1]}${where}`;
  const size = `(gap ${gap.toExponential(1)}, defect ${defect.toExponential(1)})`;
  const problem: Record<GaugeQuestion, string> = {
    cotangent: `the loss depends on the vectors of ${pair}, which are equal ${size}: their basis is arbitrary`,
    weights: `${pair} are equal ${size}: the loss weighs them differently and has no second derivative`,
    curvature: `${pair} are equal ${size}: values alone do not give the second derivative of this loss`,
    tangent: `${pair} are equal ${size} and part along the tangent: their vectors have no derivative`,
  };
  return (
    `${problem[question]}. Ways out: ${waysOut(values)} are smooth there; degenerate: "zero" counts the undefined ` +
    `part as 0, "warn" only reports it.`
  );
}

export function gaugeError(operation: string, values: string, details: GaugeDetails): GradientError {
  const { question: _, ...found } = details;
  return new GradientError(operation, gaugeMessage(values, details), "GAUGE", found);
}
