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

/** A derivative that does not exist or was asked for wrongly. */
export class GradientError extends Error {
  readonly code: "ERR_ADJOINT_GRADIENT" | "ERR_ADJOINT_GAUGE";
  constructor(
    readonly operation: string,
    message: string,
    kind?: "GAUGE",
  ) {
    super(`${operation}: ${message}`);
    this.name = "GradientError";
    this.code = `ERR_ADJOINT_${kind ?? "GRADIENT"}`;
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

export type LinAlgFailure = "SINGULAR" | "NOT_POSITIVE_DEFINITE" | "NO_CONVERGENCE" | "NONFINITE";

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

/** The same failure under the name of another operation. */
export function renamed(error: LinAlgError, operation: string): LinAlgError {
  const failure = error.code.slice("ERR_ADJOINT_".length) as LinAlgFailure;
  return new LinAlgError(operation, failure, error.message.slice(error.operation.length + 2), error);
}
