import { callSite } from "./call_site.js";
import type { ElementType } from "./dtype.js";
import { ArgumentError, showValue } from "./errors.js";
import { type GaugeDetails, gaugeMessage } from "./gauge.js";
import { asUser } from "./scope.js";
import { type Shape, showShape, unravelIndex } from "./shape.js";

interface Warning {
  readonly code: string;
  readonly message: string;
  /** The operation, as it is exported. */
  readonly operation: string;
  /** For a batch, the worst matrix. */
  readonly batchIndex: readonly number[];
}

/** A matrix with which few digits of a result are right, or that lacks rank. */
export interface IllConditionedWarning extends Warning {
  readonly code: "ADJOINT_ILL_CONDITIONED" | "ADJOINT_RANK_DEFICIENT";
  /** The LAPACK routine that factorised the matrix. */
  readonly routine: string;
  /** The reciprocal condition number in the 1-norm; for lstsq and pinv in the 2-norm, of what counts as not 0. */
  readonly rcond: number;
  /** The decimal digits of the result that can be right. */
  readonly digits: number;
}

/** A derivative that depends on the basis chosen for equal eigenvalues or singular values. */
export interface GaugeWarning extends Warning, Omit<GaugeDetails, "question"> {
  readonly code: "ADJOINT_GAUGE";
}

/** What `onWarning` handlers receive. */
export type AdjointWarning = IllConditionedWarning | GaugeWarning;

export type WarningHandler = (warning: AdjointWarning) => void;

const handlers = new Set<WarningHandler>();
/** Call sites that have warned; forgotten all at once should a program have very many. */
const warnedSites = new Set<string>();
const MAX_SITES = 10_000;

/** Warnings of an operation that is still running. */
let pending: AdjointWarning[] = [];

/**
 * Hands warnings to `handler` instead of `process.emitWarning`; several handlers all receive them.
 * @returns a function that removes the handler
 * @example const remove = onWarning(({ message }) => console.error(message)); remove()
 */
export function onWarning(handler: WarningHandler): () => void {
  if (typeof handler !== "function")
    throw new ArgumentError("onWarning", `expected a function, got ${showValue(handler)}`);
  const own: WarningHandler = (warning) => handler(warning);
  handlers.add(own);
  return () => {
    handlers.delete(own);
  };
}

/** A matrix in the batch of an operation, and the routine that factorised it. */
interface Finding {
  readonly operation: string;
  readonly routine: string;
  readonly element: ElementType;
  /** The axes of the batch. */
  readonly space: Shape;
}

/** The smallest reciprocal condition number that was found, and the matrix of the batch it belongs to. */
interface WorstMatrix {
  readonly rcond: number;
  readonly batch: number;
}

const JITTER = "adding jitter to the diagonal and, for positive definite matrices, cholesky";
const LARGER_RTOL = "a larger rtol, which leaves out what is lost in rounding; scaling the columns";
const advice: Record<string, string> = {
  inv: `solve(a, b) instead of inv(a) times b keeps more digits; ${JITTER}`,
  solve: `refine: true, where the given numbers are exact; ${JITTER}`,
  solveTriangular: "scaling rows and columns; a factorisation with pivoting",
  lstsq: LARGER_RTOL,
  pinv: LARGER_RTOL,
  sylvester: "eigenvalues of A further from those of −B",
  lyapunov: "eigenvalues of A further from those of −Aᵀ",
};
const equations = new Set(["sylvester", "lyapunov"]);

const digitsOf = (rcond: number, { epsilon }: ElementType): number =>
  rcond > 0 ? Math.max(0, Math.floor(Math.log10(rcond / epsilon))) : 0;

function note(
  { operation, routine, space }: Finding,
  code: IllConditionedWarning["code"],
  { rcond, batch }: WorstMatrix,
  digits: number,
  message: (where: string) => string,
): void {
  const batchIndex = space.length > 0 ? unravelIndex(batch, space) : [];
  const where = batchIndex.length > 0 ? ` ${showShape(batchIndex)} of the batch` : "";
  pending.push({
    code,
    message: `${operation}: ${message(where)}`,
    operation,
    routine,
    rcond,
    digits,
    batchIndex,
  });
}

/** Notes a matrix whose reciprocal condition is below 10 eps. It is delivered when the operation is complete. */
export function noteCondition(finding: Finding, worst: WorstMatrix): void {
  const { operation, routine, element } = finding;
  const { rcond } = worst;
  // 0 is an exactly singular matrix: an error, or NaN in its place.
  if (!(rcond > 0 && rcond < 10 * element.epsilon)) return;
  const digits = digitsOf(rcond, element);
  const subject = equations.has(operation) ? "equation" : "matrix";
  const wider = element.name === "float32" ? "float64; " : "";
  note(
    finding,
    "ADJOINT_ILL_CONDITIONED",
    worst,
    digits,
    (where) =>
      `the ${subject}${where} is ill-conditioned: ${routine} found rcond = ${rcond.toExponential(1)} in ` +
      `${element.name}, about ${digits} digits of the result are right. Ways out: ${wider}${advice[operation] ?? JITTER}.`,
  );
}

/** Notes the worst matrix whose refinement has stalled; there is none where rcond is Infinity. */
export function noteStalledRefinement(finding: Finding, worst: WorstMatrix): void {
  const { routine, element } = finding;
  const { rcond } = worst;
  if (rcond === Number.POSITIVE_INFINITY) return;
  const digits = digitsOf(rcond, element);
  const wider = element.name === "float32" ? "float64; " : "";
  note(
    finding,
    "ADJOINT_ILL_CONDITIONED",
    worst,
    digits,
    (where) =>
      `iterative refinement did not converge for the matrix${where}: ${routine} found rcond = ` +
      `${rcond.toExponential(1)} in ${element.name}, about ${digits} digits of the result are right. Ways out: ` +
      `${wider}${JITTER}.`,
  );
}

/** Notes the first matrix of less than full rank, whose pseudoinverse is differentiated. */
export function noteRank(
  finding: Finding,
  { rcond }: WorstMatrix,
  ranks: ArrayLike<number>,
  full: number,
): void {
  const batch = Array.prototype.findIndex.call(ranks, (rank: number) => rank < full);
  if (batch < 0) return;
  note(
    finding,
    "ADJOINT_RANK_DEFICIENT",
    { rcond, batch },
    digitsOf(rcond, finding.element),
    (where) =>
      `the matrix${where} has rank ${ranks[batch]} of ${full}: its derivative is right for changes that keep the ` +
      `rank, others make the result jump. Ways out: ridge regression, solve(AᵀA + λI, Aᵀb); an rtol that counts all ` +
      `singular values.`,
  );
}

/** Notes a derivative that has no answer, and is not refused for it. */
export function noteGauge(operation: string, values: string, details: GaugeDetails): void {
  const { question: _, ...found } = details;
  const message = `${operation}: ${gaugeMessage(values, details)}`;
  withWarnings(() => pending.push({ code: "ADJOINT_GAUGE", message, operation, ...found }));
}

/** Once per call site. */
function deliver(noted: readonly AdjointWarning[], site: string): void {
  for (const warning of noted) {
    const key = `${warning.operation} ${site}`;
    if (warnedSites.has(key)) continue;
    if (warnedSites.size >= MAX_SITES) warnedSites.clear();
    warnedSites.add(key);
    if (handlers.size === 0)
      process.emitWarning(warning.message, { type: "AdjointWarning", code: warning.code });
    for (const handler of [...handlers]) asUser(() => handler(warning));
  }
}

/**
 * Runs an operation and delivers what it noted when it is complete; if it fails its error says enough. `site` is the
 * line to blame, by default the one that calls the library now.
 */
export function withWarnings<T>(operation: () => T, site?: string): T {
  const outer = pending;
  const own: AdjointWarning[] = [];
  pending = own;
  let result: T;
  try {
    result = operation();
  } finally {
    pending = outer;
  }
  if (own.length > 0) deliver(own, site ?? callSite());
  return result;
}
