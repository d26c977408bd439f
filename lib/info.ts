import { ArgumentError, showValue } from "./errors.js";
import { native } from "./native.js";
import { arenaBytes } from "./program/arena.js";
import { recycledMemory } from "./storage.js";

/** What the library runs on. */
export interface Info {
  /** The BLAS library and the build options it reports. */
  readonly blas: string;
  readonly config: string;
  /** The processor core whose kernels BLAS chose. */
  readonly core: string;
  readonly lapack: string;
  /** The instruction set of the elementwise kernels: "avx512", "avx2", "sse4", "neon" or "baseline". */
  readonly simd: string;
  /** Threads that may work on one operation. */
  readonly threads: number;
}

/** Libraries, processor core and threads in use. @example info().core */
export const info = (): Info => native.info();

/** What the library holds. */
export interface Memory {
  /**
   * Bytes of this thread's ArrayBuffers, as V8 counts them: live tensors, dead ones that it has not collected yet, and
   * everybody else's. Tensors of at most 8 KiB share buffers of 64 KiB.
   */
  readonly arrayBuffers: number;
  /** Buffers of this thread whose tensors have ended, kept for the next tensor of their size: at most 256 MiB. */
  readonly recycled: { readonly buffers: number; readonly bytes: number };
  /** Bytes in which compiled functions of this thread keep their temporaries, one after another. */
  readonly arena: number;
  /** Compiled functions of the whole process, one for each kind of arguments, that have not been collected yet. */
  readonly programs: number;
  /** Bytes that matrix products keep for the next of them, in all threads. */
  readonly scratch: number;
}

/**
 * What the library holds. Nothing of it has to be freed by hand: `testing.assertNoLeak` tells whether a function holds
 * ever more.
 * @example const f = compile((x) => x.exp().sum()); f([1, 2]); memory().programs > 0 // true
 */
export function memory(): Memory {
  const { programs, scratchBytes } = native.memory();
  return {
    arrayBuffers: process.memoryUsage().arrayBuffers,
    recycled: recycledMemory(),
    arena: arenaBytes(),
    programs,
    scratch: scratchBytes,
  };
}

/** How many threads may work on one operation. @example setNumThreads(1); getNumThreads() // 1 */
export const getNumThreads = (): number => native.getThreads();

/**
 * Sets how many threads may work on one operation, in the whole process: as many as there are processors, if nobody
 * asks for less. Only operations that are large enough to gain from it use more than one, and results do not depend
 * on how many.
 * @example setNumThreads(1)
 */
export function setNumThreads(count: number): void {
  if (!Number.isInteger(count) || count < 1 || count > 1024)
    throw new ArgumentError("setNumThreads", `expected an integer from 1 to 1024, got ${showValue(count)}`);
  native.setThreads(count);
}
