import { type ElementType, elementTypes } from "./dtype.js";
import { DTypeError } from "./errors.js";
import { throwFailure } from "./failure.js";
import { native } from "./native.js";
import { type Report, recorder, type Strided } from "./recorder.js";
import { extentsOf, type Shape } from "./shape.js";
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

/** Shows `look` what the last instruction found: now, or while a program is made, after each of its runs. */
export function whenMeasured(look: (found: Report) => void): void {
  if (recorder === null)
    look({ info: frame[INFO], failed: frame[BATCH], rcond: frame[RCOND], batch: frame[RCOND_BATCH] });
  else recorder.measure(look);
}

const NO_DIMS: Shape = [];

function fail(operation: string, routine: string, batch: Shape, subject?: string): never {
  throwFailure(
    {
      status: frame[STATUS],
      info: frame[INFO],
      batch: frame[BATCH],
      re: frame[EIGENVALUE],
      im: frame[EIGENVALUE + 1],
    },
    { operation, routine, batch, subject },
  );
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

/** Writes what comes before the operands, and gives the slot of the first. */
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
  if (recorder !== null) {
    const strided = operands.map((x): Strided => [x, broadcastStrides(x, dims.length)]);
    recorder.instruct({
      operation,
      kernel: id,
      dims,
      operands: strided,
      params,
      routine: operation,
      batch: dims,
    });
    return;
  }
  const rank = dims.length;
  let slot = writeHeader(id, extentsOf(dims));
  for (let i = 0; i < operands.length; i++) {
    const x = operands[i];
    const storage = x.storage!;
    frame[slot] = storage.address;
    frame[slot + 1] = storage.byteLength;
    frame[slot + 2] = x.offset;
    slot += 3;
    const extents = extentsOf(x.shape);
    const { strides } = x;
    const lead = rank - extents.length;
    for (let axis = 0; axis < lead; axis++) frame[slot + axis] = 0;
    for (let axis = 0; axis < extents.length; axis++)
      frame[slot + lead + axis] = extents[axis] === 1 ? 0 : strides[axis];
    slot += rank;
  }
  for (let i = 0; i < params.length; i++) frame[slot + i] = params[i];
  run(operands);
  if (frame[STATUS] !== 0) fail(operation, operation, dims);
}

const broadcastStrides = ({ shape, strides }: Tensor, rank: number): number[] => [
  ...new Array<number>(rank - shape.length).fill(0),
  ...strides.map((stride, axis) => (shape[axis] === 1 ? 0 : stride)),
];

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
  if (recorder !== null) {
    recorder.instruct({ operation, kernel: id, dims, operands, params, routine, batch, subject });
    return;
  }
  const rank = dims.length;
  let slot = writeHeader(id, extentsOf(dims));
  for (let i = 0; i < operands.length; i++) {
    const x = operands[i][0];
    const strides = extentsOf(operands[i][1]);
    const storage = x.storage!;
    frame[slot] = storage.address;
    frame[slot + 1] = storage.byteLength;
    frame[slot + 2] = x.offset;
    slot += 3;
    for (let axis = 0; axis < rank; axis++) frame[slot + axis] = strides[axis];
    slot += rank;
  }
  for (let i = 0; i < params.length; i++) frame[slot + i] = params[i];
  run(operands);
  if (frame[STATUS] !== 0) fail(operation, routine, batch, subject);
}

/**
 * `c = a b`, matrices without a batch: over rows, columns and the inner axis. `execute` would take twice as long to
 * write it, and a small product takes less than that.
 */
export function executeProduct(operation: string, id: number, a: Tensor, b: Tensor, c: Tensor): void {
  const left = a.strides;
  const right = b.strides;
  const product = c.strides;
  const extents = extentsOf(a.shape);
  const m = extents[0];
  const inner = extents[1];
  const n = extentsOf(b.shape)[1];
  if (recorder !== null) {
    execute(
      operation,
      id,
      [m, n, inner],
      [
        [a, [left[0], 0, left[1]]],
        [b, [0, right[1], right[0]]],
        [c, [product[0], product[1], 0]],
      ],
    );
    return;
  }
  const first = a.storage!;
  const second = b.storage!;
  const to = c.storage!;
  frame[KERNEL] = id;
  frame[RANK] = 3;
  frame[DIMS] = m;
  frame[DIMS + 1] = n;
  frame[DIMS + 2] = inner;
  frame[DIMS + 3] = first.address;
  frame[DIMS + 4] = first.byteLength;
  frame[DIMS + 5] = a.offset;
  frame[DIMS + 6] = left[0];
  frame[DIMS + 7] = 0;
  frame[DIMS + 8] = left[1];
  frame[DIMS + 9] = second.address;
  frame[DIMS + 10] = second.byteLength;
  frame[DIMS + 11] = b.offset;
  frame[DIMS + 12] = 0;
  frame[DIMS + 13] = right[1];
  frame[DIMS + 14] = right[0];
  frame[DIMS + 15] = to.address;
  frame[DIMS + 16] = to.byteLength;
  frame[DIMS + 17] = c.offset;
  frame[DIMS + 18] = product[0];
  frame[DIMS + 19] = product[1];
  frame[DIMS + 20] = 0;
  run(a, b, c);
  if (frame[STATUS] !== 0) fail(operation, operation, NO_DIMS);
}

/** The id of a kernel for an element type, or the error that says which types it takes. */
export function kernelFor(operation: string, kernels: KernelIds, element: ElementType): number {
  const id = kernels[element.index];
  return id >= 0 ? id : noKernel(operation, kernels, element);
}

function noKernel(operation: string, kernels: KernelIds, element: ElementType): never {
  const taken = elementTypes.filter((type) => kernels[type.index] >= 0).map((type) => type.name);
  throw new DTypeError(
    operation,
    `expected ${taken.join(" or ")}, got ${element.name}; ${element.complex ? "real(x), imag(x) and abs(x) are real" : "cast(x, dtype) converts"}`,
  );
}
