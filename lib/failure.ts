import { ArgumentError, DTypeError, GradientError, LinAlgError } from "./errors.js";
import { type Shape, showShape, unravelIndex } from "./shape.js";

/** What native code says of an instruction that failed. */
export interface Failure {
  readonly status: number;
  readonly info: number;
  /** Which matrix, counted in the batch of the instruction. */
  readonly batch: number;
  /** The eigenvalue that is the reason, where one is. */
  readonly re: number;
  readonly im: number;
}

/** The instruction that failed, as errors speak of it. */
export interface FailedInstruction {
  /** The public function on whose behalf it ran, and the routine. */
  readonly operation: string;
  readonly routine: string;
  /** What failing matrices are counted in. */
  readonly batch: Shape;
  /** The matrix it was given. */
  readonly subject?: string | undefined;
  /** The line that recorded it, if it is part of a program. */
  readonly site?: string;
}

/** To five digits. */
function showEigenvalue(eigenvalue: Failure): string {
  const [re, im] = [eigenvalue.re, eigenvalue.im].map((x) => String(Number(x.toPrecision(5))));
  return im === "0" ? re : `${re} ± ${im}i`;
}

/** What a solve with factors finds not finite: they have been looked at before. */
const looksAt: Record<string, string> = { getrs: "the right-hand side", potrs: "the right-hand side" };

/** Throws the typed error that a native status stands for. */
export function throwFailure(failure: Failure, failed: FailedInstruction): never {
  const { status, info, batch } = failure;
  const { operation, routine, batch: space, subject = "the matrix", site } = failed;
  const batchIndex = space.length > 0 ? unravelIndex(batch, space) : [];
  const recorded = site === undefined ? "" : `, recorded at ${site.trim()}`;
  const where =
    batchIndex.length > 0 ? ` (matrix ${showShape(batchIndex)} of the batch${recorded})` : recorded;
  const details = { routine, info, batchIndex };
  switch (status) {
    case 2:
      throw new LinAlgError(
        operation,
        "SINGULAR",
        `${subject} is singular${where}: ${routine} found an exact zero at diagonal position ${info - 1}`,
        details,
      );
    case 3:
      throw new LinAlgError(
        operation,
        "NOT_POSITIVE_DEFINITE",
        `${subject} is not positive definite${where}: ${routine} stopped at the leading minor of order ${info}`,
        details,
      );
    case 4:
      throw new LinAlgError(
        operation,
        "NO_CONVERGENCE",
        `${routine} did not converge${where} (info ${info})`,
        details,
      );
    case 5:
      throw new LinAlgError(
        operation,
        "NONFINITE",
        `${looksAt[routine] ?? subject} holds NaN or Infinity${where}: ${routine} needs finite numbers`,
        details,
      );
    case 6:
      throw new ArgumentError(operation, `not enough memory for the workspace of ${routine}${recorded}`);
    case 7:
      throw new DTypeError(operation, `the result does not fit into int32; cast to float64 first${recorded}`);
    case 8:
      throw new ArgumentError(
        operation,
        `int32 division by zero or negative exponent; cast to float64 first${recorded}`,
      );
    case 9:
      throw new ArgumentError(operation, `index ${info} is out of range for ${routine}${recorded}`);
    case 11:
      throw new LinAlgError(
        operation,
        "SINGULAR",
        `A and ${operation === "lyapunov" ? "−Aᵀ" : "−B"} have the eigenvalue ${showEigenvalue(failure)} in common${where}: ` +
          "the equation is singular",
        details,
      );
    case 12:
      throw new LinAlgError(
        operation,
        "NOT_REAL",
        `the result is not real: the matrix has the negative eigenvalue ${showEigenvalue(failure)}${where}`,
        details,
      );
    case 13:
      throw new GradientError(
        operation,
        `the matrix is singular${where}: a sum of two of its eigenvalues is 0, and there is no derivative`,
      );
    case 14:
      throw new LinAlgError(
        operation,
        "SINGULAR",
        `the matrix is singular${where} and has no ` +
          (operation === "logm" ? "logarithm" : "square root: its eigenvalue 0 has too few eigenvectors"),
        details,
      );
    default:
      throw new Error(`adjoint: native code refused ${routine} at frame slot ${info} (status ${status})`);
  }
}
