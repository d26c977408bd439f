import type { Tensor, TensorLike } from "adjoint";
import { tensor } from "adjoint";
import { expect } from "vitest";

/** The largest absolute value, 0 where there is none. */
export const largest = (x: Tensor): number => (x.size === 0 ? 0 : (x.abs().max().item() as number));

/** The same shape and dtype, and entries that differ by at most `tolerance` of the largest. */
export function expectClose(actual: Tensor, expected: TensorLike, tolerance = 1e-12): void {
  const wanted = tensor(expected);
  expect([...actual.shape]).toEqual([...wanted.shape]);
  const a = Array.from(actual.toTypedArray());
  const b = Array.from(wanted.toTypedArray());
  const scale = Math.max(1, ...b.map(Math.abs).filter(Number.isFinite));
  const agrees = (x: number, y: number): boolean => Object.is(x, y) || Math.abs(x - y) <= tolerance * scale;
  const wrong = b.findIndex((y, i) => !agrees(a[i], y));
  if (wrong >= 0) expect.fail(`element ${wrong} is ${a[wrong]}, expected ${b[wrong]}`);
}

/** Four rows, three columns, of full rank. */
export const tallMatrix = [
  [1, 2, -1],
  [4, 0.5, 3],
  [-2, 1, 2.5],
  [0.5, -3, 1],
];

/** Its first three rows. */
export const squareMatrix = tallMatrix.slice(0, 3);

/** Four rows, three columns, rank two. */
export const deficientMatrix = [
  [1, 2, 3],
  [2, 4, 6],
  [1, 0, 1],
  [3, 2, 5],
];

/** Multiples of 1/4 between −5/4 and 5/4, in no apparent order. */
export const quarters = (rows: number, columns: number, twist: number): Tensor =>
  tensor(
    Array.from({ length: rows }, (_, i) =>
      Array.from({ length: columns }, (_, j) => (((7 * i + 3 * j + i * j * twist) % 11) - 5) / 4),
    ),
  );
