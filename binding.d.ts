// The native addon, typed exactly. lib/native.ts loads it; nothing else should.

/**
 * Shared with native code: one instruction at a time is written here, its status is read back.
 * 1024 float64 slots: 0 status, 1 info, 2 batch index, 3 smallest rcond, 4 its batch index (after the kernel gauge: gap
 * and defect), 5 and 6 the parts of an eigenvalue that a failure is due to, 8 kernel, 9 rank, 10 dims; then per operand
 * address, byteLength, offset and strides; then params.
 * Rank -1 stands for one dim that all operands run along without gaps: they have no strides then.
 */
export const frame: ArrayBuffer;

/** Kernel names, with dtype suffix; the index is the kernel's id in the frame. */
export const kernels: readonly string[];

/** For each kernel: 0 it may fail or measure, 1 it only writes its outputs, 2 elementwise, 3 a reduction. */
export const kernelKinds: readonly number[];

/** Runs the instruction in the frame. The arguments are never read: they keep operands alive. */
export function execute(...operands: unknown[]): void;

/** Decodes and checks a program (see native/program.cc). The handle frees it when it is collected. */
export function createProgram(code: Float64Array): unknown;

/**
 * A function that runs a program over its bindings (see native/program.h): addresses of fixed buffers are read now,
 * the others at each call. The arguments of the call are never read: they keep alive what is bound.
 */
export function bindProgram(program: unknown, bindings: Float64Array): (...alive: unknown[]) => void;

/**
 * Runs a program in the background, at most `threads` of them at a time in the whole process. Fulfilled when it has
 * ended: the report is in the bindings. `alive` holds what is bound.
 */
export function runProgramAsync(
  program: unknown,
  bindings: Float64Array,
  threads: number,
  alive: object,
): Promise<void>;

/** The address of a buffer's first byte; valid while the buffer is alive and attached. */
export function addressOf(buffer: ArrayBuffer): number;

/** Asks the system for huge pages in part of a buffer (page-aligned); where it has none nothing happens. */
export function adviseHugePages(buffer: ArrayBuffer, start: number, length: number): void;

/** Whether the system has room for so many more bytes now; true where it cannot be asked. */
export function canReserve(bytes: number): boolean;

/**
 * A weak reference to an object, by number. Unlike a WeakRef it lets go of its target while the script still runs.
 * The number is given again once the reference has ended.
 */
export function refer(object: object): number;
/** Whether the collector has found that nobody has the object any more. */
export function isCollected(reference: number): boolean;
export function endReference(reference: number): void;

/** How many threads may work on one operation, for the whole process. 0 until it is set. */
export function setThreads(count: number): void;
export function getThreads(): number;

/** The SIMD targets that the elementwise kernels can use on this processor, the best first. */
export const simdTargets: readonly string[];

/** For tests: kernels run on another target from now on, for the whole process. No other call may be under way. */
export function setSimdTarget(target: string): void;

export interface NativeInfo {
  /** Name of the BLAS library. */
  blas: string;
  /** How it was built, with its version; empty where the library does not say. */
  config: string;
  /** The processor core it selected its kernels for. */
  core: string;
  /** Version of LAPACK. */
  lapack: string;
  /** The SIMD target of the elementwise kernels. */
  simd: string;
  /** That may work on one operation. */
  threads: number;
}
export function info(): NativeInfo;

/** What native code holds, in the whole process. */
export interface NativeMemory {
  /** Programs that have not been collected. */
  programs: number;
  /** What products of matrices keep for the next of them. */
  scratchBytes: number;
}
export function memory(): NativeMemory;
