import { ArgumentError, showValue } from "./errors.js";
import { native } from "./native.js";

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
