/** The error classes of the library. Each carries a Node-style `code` and the name of the operation. */

/** Shapes that do not fit: ranks, extents, broadcasting, ragged arrays. */
export class ShapeError extends RangeError {
  readonly code = "ERR_ADJOINT_SHAPE";
  constructor(
    readonly operation: string,
    message: string,
  ) {
    super(`${operation}: ${message}`);
    this.name = "ShapeError";
  }
}

/** A dtype that the operation does not take, or a value that a dtype cannot hold. */
export class DTypeError extends TypeError {
  readonly code = "ERR_ADJOINT_DTYPE";
  constructor(
    readonly operation: string,
    message: string,
  ) {
    super(`${operation}: ${message}`);
    this.name = "DTypeError";
  }
}

/** Any other unusable argument: axes and indices out of range, unknown options, sizes beyond memory. */
export class ArgumentError extends RangeError {
  readonly code = "ERR_ADJOINT_ARGUMENT";
  constructor(
    readonly operation: string,
    message: string,
  ) {
    super(`${operation}: ${message}`);
    this.name = "ArgumentError";
  }
}

/** A file that is not what it claims to be: cut short, contradictory, damaged, or of a kind that is not read. */
export class FormatError extends Error {
  readonly code = "ERR_ADJOINT_FORMAT";
  constructor(
    readonly operation: string,
    message: string,
    /** The byte at which that was found, counted from the beginning of the file or of a deflated member. */
    readonly position: number,
  ) {
    super(`${operation}: ${message}`);
    this.name = "FormatError";
  }
}

/** A derivative that does not exist or was asked for wrongly. */
export class GradientError extends Error {
  readonly code: "ERR_ADJOINT_GRADIENT" | "ERR_ADJOINT_GAUGE";
  /** With ERR_ADJOINT_GAUGE: the places of two equal eigenvalues or singular values. */
  readonly indices?: readonly [number, number];
  /** Their distance. */
  readonly gap?: number;
  /** How strongly the loss depends on what is arbitrary. */
  readonly defect?: number;
  /** For a batch, the matrix. */
  readonly batchIndex?: readonly number[];
  constructor(
    readonly operation: string,
    message: string,
    kind?: "GAUGE",
    details?: Pick<GradientError, "indices" | "gap" | "defect" | "batchIndex">,
  ) {
    super(`${operation}: ${message}`);
    this.name = "GradientError";
    this.code = `ERR_ADJOINT_${kind ?? "GRADIENT"}`;
    if (details !== undefined) Object.assign(this, details);
  }
}

/** A tensor that was used after its `dispose()`. */
export class DisposedError extends Error {
  readonly code = "ERR_ADJOINT_DISPOSED";
  constructor(
    readonly operation: string,
    message: string,
  ) {
    super(`${operation}: ${message}`);
    this.name = "DisposedError";
  }
}

export type LinAlgFailure =
  | "SINGULAR"
  | "NOT_POSITIVE_DEFINITE"
  | "NOT_REAL"
  | "NO_CONVERGENCE"
  | "NONFINITE";

/** What LAPACK reported: the routine, its `info`, and for a batch the index of the matrix. */
export class LinAlgError extends Error {
  readonly code: `ERR_ADJOINT_${LinAlgFailure}`;
  readonly routine: string;
  readonly info: number;
  readonly batchIndex: readonly number[];
  constructor(
    readonly operation: string,
    failure: LinAlgFailure,
    message: string,
    details: { routine: string; info: number; batchIndex: readonly number[] },
  ) {
    super(`${operation}: ${message}`);
    this.name = "LinAlgError";
    this.code = `ERR_ADJOINT_${failure}`;
    this.routine = details.routine;
    this.info = details.info;
    this.batchIndex = details.batchIndex;
  }
}

/**
 * Runs the body of an operation that is made of others: what they refuse is said in its name. What is wrong with a
 * derivative keeps the name of the operation whose derivative it is.
 */
export function underName<T>(operation: string, body: () => T): T {
  try {
    return body();
  } catch (error) {
    const renames =
      error instanceof ShapeError ||
      error instanceof DTypeError ||
      error instanceof ArgumentError ||
      error instanceof LinAlgError ||
      error instanceof DisposedError;
    if (!renames || error.operation === operation) throw error;
    const message = `${operation}${error.message.slice(error.operation.length)}`;
    const stack = error.stack?.replace(error.message, () => message);
    throw Object.assign(error, { operation, message, stack });
  }
}

const LONGEST_TEXT = 60;
const MOST_ENTRIES = 8;

/** How errors show a value that a user gave, whatever it is: briefly, and without running code of its own. */
export function showValue(value: unknown, depth = 2): string {
  if (typeof value === "string")
    return JSON.stringify(value.length > LONGEST_TEXT ? `${value.slice(0, LONGEST_TEXT)}…` : value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") return "a function";
  if (typeof value !== "object" || value === null) return String(value);
  if (Array.isArray(value)) {
    if (depth === 0) return "[…]";
    const shown = value.slice(0, MOST_ENTRIES).map((entry) => showValue(entry, depth - 1));
    return `[${shown.join(",")}${value.length > MOST_ENTRIES ? ",…" : ""}]`;
  }
  const { element, shape } = value as { element?: { name?: unknown }; shape?: unknown };
  if (typeof element?.name === "string" && Array.isArray(shape)) return `${element.name}[${shape.join(",")}]`;
  const name: unknown = Object.getPrototypeOf(value)?.constructor?.name;
  if (typeof name !== "string" || name === "" || name === "Object") return "an object";
  return `${/^[AEIOU]/.test(name) ? "an" : "a"} ${name}`;
}
