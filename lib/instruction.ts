import { type ElementType, elementTypes } from "./dtype.js";
import { ArgumentError, DTypeError, GradientError, LinAlgError } from "./errors.js";
import { type GaugeDetails, gaugeError, gaugeQuestions } from "./gauge.js";
import { native } from "./native.js";
import { type Shape, showShape, unravelIndex } from "./shape.js";
import type { Tensor } from "./tensor.js";

/**
 * The call frame: one instruction is written here, native code runs it and leaves its status.
 *
 * An instruction is an iteration space and operands with strides over it. The order of every call is: parse all
 * arguments, allocate the outputs, write the frame, execute. Nothing between the first write and the return may
 * run foreign code, and the operands travel as arguments that native code never reads: optimised code would
 * otherwise let the collector free a buffer whose address already stands in the frame.
 */
const frame = new Float64Array(native.frame);
const { execute: run } = native;
const STATUS = 0;
const INFO = 1;
const BATCH = 2;
const RCOND = 3;
const RCOND_BATCH = 4;
/** The same slots after the kernel `gauge`. */
const GAP = 3;
const DEFECT = 4;
const EIGENVALUE = 5;
const KERNEL = 8;
const RANK = 9;
const DIMS = 10;
/** In place of a rank: row-major operands of one size, without strides. */
const FLAT = -1;

/** Kernel ids by element type; -1 where there is none. */
export type KernelIds = readonly number[];

const ids = new Map(native.kernels.map((name, id) => [name, id]));

/** The ids of a kernel family, one for each element type that has it. */
export function kernel(name: string): KernelIds {
  const found = elementTypes.map((element) => ids.get(`${name}_${element.suffix}`) ?? -1);
  if (found.every((id) => id < 0)) throw new Error(`adjoint: the addon has no kernel named ${name}`);
  return found;
}

/** The smallest reciprocal condition number of a call, and the matrix of the batch it belongs to. */
export interface Condition {
  readonly rcond: number;
  readonly batch: number;
}

export const condition = (): Condition => ({ rcond: frame[RCOND], batch: frame[RCOND_BATCH] });

/** What the kernel `gauge` found; null where nothing is amiss. */
export function gaugeFinding(batch: Shape): GaugeDetails | null {
  if (frame[GAP] === Number.POSITIVE_INFINITY) return null;
  const rank = frame[RANK];
  const n = frame[DIMS + rank - 1];
  const where = frame[INFO];
  const params = DIMS + rank + 3 * (3 + rank);
  const first = frame[params + 4];
  return {
    question: gaugeQuestions[frame[params + 1]],
    indices: [first + Math.floor(where / n), first + (where % n)],
    gap: frame[GAP],
    defect: frame[DEFECT],
    batchIndex: batch.length > 0 ? unravelIndex(frame[BATCH], batch) : [],
  };
}

const NO_DIMS: Shape = [];

/** The eigenvalue that made an operation fail, to five digits. */
function showEigenvalue(): string {
  const [re, im] = [frame[EIGENVALUE], frame[EIGENVALUE + 1]].map((x) => String(Number(x.toPrecision(5))));
  return im === "0" ? re : `${re} ± ${im}i`;
}

/** Turns a native status into the typed error it stands for. `space` is what `batch` indexes. */
function fail(operation: string, routine: string, space: Shape, subject = "the matrix"): never {
  const status = frame[STATUS];
  const info = frame[INFO];
  const batch = frame[BATCH];
  const batchIndex = space.length > 0 ? unravelIndex(batch, space) : [];
  const where = batchIndex.length > 0 ? ` (matrix ${showShape(batchIndex)} of the batch)` : "";
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
        `${subject} holds NaN or Infinity${where}: ${routine} needs finite numbers`,
        details,
      );
    case 6:
      throw new ArgumentError(operation, `not enough memory for the workspace of ${routine}`);
    case 7:
      throw new DTypeError(operation, "the result does not fit into int32; cast to float64 first");
    case 8:
      throw new ArgumentError(
        operation,
        "int32 division by zero or negative exponent; cast to float64 first",
      );
    case 9:
      throw new ArgumentError(operation, `index ${info} is out of range for ${routine}`);
    case 10:
      throw gaugeError(operation, routine, gaugeFinding(space)!);
    case 11:
      throw new LinAlgError(
        operation,
        "SINGULAR",
        `A and ${operation === "lyapunov" ? "−Aᵀ" : "−B"} have the eigenvalue ${showEigenvalue()} in common${where}: ` +
          "the equation is singular",
        details,
      );
    case 12:
      throw new LinAlgError(
        operation,
        "NOT_REAL",
        `the result is not real: the matrix has the negative eigenvalue ${showEigenvalue()}${where}`,
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

// The calls below run a few million times a second. They write the frame in one piece: spread over small functions,
// V8 exceeds its budget for inlining and calls them, and the constructors around them, one by one.

/** `out = kernel(x)` over row-major operands of one shape. */
export function executeFlatUnary(operation: string, id: number, x: Tensor, out: Tensor): void {
  const from = x.storage!;
  const to = out.storage!;
  frame[KERNEL] = id;
  frame[RANK] = FLAT;
  frame[DIMS] = out.size;
  frame[DIMS + 1] = from.address;
  frame[DIMS + 2] = from.byteLength;
  frame[DIMS + 3] = x.offset;
  frame[DIMS + 4] = to.address;
  frame[DIMS + 5] = to.byteLength;
  frame[DIMS + 6] = out.offset;
  run(x, out);
  if (frame[STATUS] !== 0) fail(operation, operation, NO_DIMS);
}

/** `out = kernel(x, y)` over row-major operands of one shape. */
export function executeFlatBinary(operation: string, id: number, x: Tensor, y: Tensor, out: Tensor): void {
  const first = x.storage!;
  const second = y.storage!;
  const to = out.storage!;
  frame[KERNEL] = id;
  frame[RANK] = FLAT;
  frame[DIMS] = out.size;
  frame[DIMS + 1] = first.address;
  frame[DIMS + 2] = first.byteLength;
  frame[DIMS + 3] = x.offset;
  frame[DIMS + 4] = second.address;
  frame[DIMS + 5] = second.byteLength;
  frame[DIMS + 6] = y.offset;
  frame[DIMS + 7] = to.address;
  frame[DIMS + 8] = to.byteLength;
  frame[DIMS + 9] = out.offset;
  run(x, y, out);
  if (frame[STATUS] !== 0) fail(operation, operation, NO_DIMS);
}

function writeHeader(id: number, dims: readonly number[]): number {
  frame[KERNEL] = id;
  frame[RANK] = dims.length;
  for (let axis = 0; axis < dims.length; axis++) frame[DIMS + axis] = dims[axis];
  return DIMS + dims.length;
}

/** Operands of lower rank, or with axes of extent 1, repeat along the iteration space `dims`. */
export function executeBroadcast(
  operation: string,
  id: number,
  dims: Shape,
  operands: readonly Tensor[],
  params: readonly number[] = NO_DIMS,
): void {
  let slot = writeHeader(id, dims);
  for (const x of operands) {
    const storage = x.storage!;
    frame[slot] = storage.address;
    frame[slot + 1] = storage.byteLength;
    frame[slot + 2] = x.offset;
    slot += 3;
    const { shape, strides } = x;
    const lead = dims.length - shape.length;
    for (let axis = 0; axis < lead; axis++) frame[slot + axis] = 0;
    for (let axis = 0; axis < shape.length; axis++)
      frame[slot + lead + axis] = shape[axis] === 1 ? 0 : strides[axis];
    slot += dims.length;
  }
  for (let i = 0; i < params.length; i++) frame[slot + i] = params[i];
  run(operands);
  if (frame[STATUS] !== 0) fail(operation, operation, dims);
}

/** An operand with its strides over the iteration space. */
export type Strided = readonly [tensor: Tensor, strides: readonly number[]];

/**
 * The general call. `routine` names the kernel in errors and `subject` the matrix it was given; `batch` is the space
 * that a failing matrix is counted in.
 */
export function execute(
  operation: string,
  id: number,
  dims: readonly number[],
  operands: readonly Strided[],
  params: readonly number[] = NO_DIMS,
  routine = operation,
  batch: Shape = NO_DIMS,
  subject?: string,
): void {
  let slot = writeHeader(id, dims);
  for (let i = 0; i < operands.length; i++) {
    const x = operands[i][0];
    const strides = operands[i][1];
    const storage = x.storage!;
    frame[slot] = storage.address;
    frame[slot + 1] = storage.byteLength;
    frame[slot + 2] = x.offset;
    slot += 3;
    for (let axis = 0; axis < dims.length; axis++) frame[slot + axis] = strides[axis];
    slot += dims.length;
  }
  for (let i = 0; i < params.length; i++) frame[slot + i] = params[i];
  run(operands);
  if (frame[STATUS] !== 0) fail(operation, routine, batch, subject);
}

/** The id of a kernel for an element type, or the error that says which types it takes. */
export function kernelFor(operation: string, kernels: KernelIds, element: ElementType): number {
  const id = kernels[element.index];
  if (id >= 0) return id;
  const taken = elementTypes.filter((type) => kernels[type.index] >= 0).map((type) => type.name);
  throw new DTypeError(
    operation,
    `expected ${taken.join(" or ")}, got ${element.name}; ${element.complex ? "real(x), imag(x) and abs(x) are real" : "cast(x, dtype) converts"}`,
  );
}
