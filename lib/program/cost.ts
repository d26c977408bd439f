import { native } from "../native.js";
import type { Instruction } from "./operation.js";

const product = (extents: readonly number[]): number => extents.reduce((a, b) => a * b, 1);

/**
 * Floating-point operations of LAPACK's routines for one matrix, by the last extents of their iteration space.
 * @see Golub and Van Loan, "Matrix Computations", 4th edition, 2013: leading terms
 */
const perMatrix: Record<string, readonly [rank: number, flops: (extents: readonly number[]) => number]> = {
  matmul: [3, ([m, n, k]) => 2 * m * n * k],
  getrf: [2, ([n]) => (2 / 3) * n ** 3],
  getrs: [3, ([n, , k]) => 2 * n * n * k],
  inv: [2, ([n]) => 2 * n ** 3],
  potrf: [2, ([n]) => n ** 3 / 3],
  potrs: [3, ([n, , k]) => 2 * n * n * k],
  potri: [2, ([n]) => (2 / 3) * n ** 3],
  trsm: [3, ([n, , k]) => n * n * k],
  syevd: [2, ([n]) => 9 * n ** 3],
  syevdValues: [2, ([n]) => (4 / 3) * n ** 3],
  gesdd: [2, ([m, n]) => 14 * m * n * n + 8 * n ** 3],
  geqrf: [2, ([m, n]) => 4 * m * n * n],
};

/** Floating-point operations of an instruction: one per element where nothing better is known. */
export function flopsOf({ kernel, dims }: Instruction): number {
  const name = native.kernels[kernel].replace(/_[^_]*$/, "");
  const routine = perMatrix[name];
  if (routine === undefined) return product(dims);
  const [rank, flops] = routine;
  const batch = Math.max(0, dims.length - rank);
  return Math.round(product(dims.slice(0, batch)) * flops(dims.slice(batch)));
}
