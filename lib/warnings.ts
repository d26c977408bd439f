import type { ElementType } from "./dtype.js";
import { ArgumentError } from "./errors.js";
import { type Shape, showShape, unravelIndex } from "./shape.js";

/** What `onWarning` handlers receive. */
export interface AdjointWarning {
  readonly code: "ADJOINT_ILL_CONDITIONED";
  readonly message: string;
  /** The operation, as it is exported. */
  readonly operation: string;
  /** The LAPACK routine that factorised the matrix. */
  readonly routine: string;
  /** The reciprocal condition number in the 1-norm. */
  readonly rcond: number;
  /** The decimal digits of the result that can be right. */
  readonly digits: number;
  /** For a batch, the worst matrix. */
  readonly batchIndex: readonly number[];
}

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
    throw new ArgumentError("onWarning", `expected a function, got ${String(handler)}`);
  const own: WarningHandler = (warning) => handler(warning);
  handlers.add(own);
  return () => {
    handlers.delete(own);
  };
}

const advice: Record<string, string> = {
  inv: "solve(a, b) instead of inv(a) times b keeps more digits; ",
};

/** Notes a matrix whose reciprocal condition is below 10 eps. It is delivered when the operation is complete. */
export function noteCondition(
  operation: string,
  routine: string,
  element: ElementType,
  { rcond, batch }: { readonly rcond: number; readonly batch: number },
  space: Shape,
): void {
  // 0 is an exactly singular matrix: an error, or NaN in its place.
  if (!(rcond > 0 && rcond < 10 * element.epsilon)) return;
  const batchIndex = space.length > 0 ? unravelIndex(batch, space) : [];
  const digits = Math.max(0, Math.floor(Math.log10(rcond / element.epsilon)));
  const where = batchIndex.length > 0 ? ` ${showShape(batchIndex)} of the batch` : "";
  pending.push({
    code: "ADJOINT_ILL_CONDITIONED",
    message:
      `${operation}: the matrix${where} is ill-conditioned: ${routine} found rcond = ${rcond.toExponential(1)} in ` +
      `${element.name}, about ${digits} digits of the result are right. Ways out: ${advice[operation] ?? ""}` +
      `${element.name === "float32" ? "float64; " : ""}adding jitter to the diagonal and, for positive definite ` +
      `matrices, cholesky.`,
    operation,
    routine,
    rcond,
    digits,
    batchIndex,
  });
}

/** The first stack frame outside of this library. */
function callSite(): string {
  const { stackTraceLimit, prepareStackTrace } = Error;
  Error.stackTraceLimit = 50;
  Error.prepareStackTrace = (error, sites) => `${error}\n${sites.join("\n")}`;
  const frames = String(new Error().stack).split("\n").slice(1);
  Object.assign(Error, { stackTraceLimit, prepareStackTrace });
  const isOwn = (frame: string): boolean =>
    frame.includes(__filename) || frame.includes("node:") || frame.endsWith("(<anonymous>)");
  return frames.find((frame) => !isOwn(frame)) ?? "";
}

/** Once per call site. */
function deliver(noted: readonly AdjointWarning[]): void {
  const site = callSite();
  for (const warning of noted) {
    const key = `${warning.operation} ${site}`;
    if (warnedSites.has(key)) continue;
    if (warnedSites.size >= MAX_SITES) warnedSites.clear();
    warnedSites.add(key);
    if (handlers.size === 0)
      process.emitWarning(warning.message, { type: "AdjointWarning", code: warning.code });
    for (const handler of [...handlers]) handler(warning);
  }
}

/** Runs an operation and delivers what it noted when it is complete; if it fails its error says enough. */
export function withWarnings<T>(operation: () => T): T {
  const outer = pending;
  const own: AdjointWarning[] = [];
  pending = own;
  let result: T;
  try {
    result = operation();
  } finally {
    pending = outer;
  }
  if (own.length > 0) deliver(own);
  return result;
}
