import { type Tensor, tensor } from "adjoint";
import { expect } from "vitest";

/** The numbers that a program in examples/ computes; `T` names those that a test looks at. */
export async function numbersOf<T>(program: string): Promise<T> {
  const { compute } = await import(new URL(`../../examples/${program}.mjs`, import.meta.url).href);
  return compute() as T;
}

export function expectClose(actual: Tensor, expected: Tensor, tolerance = 1e-12): void {
  expect(actual.shape).toEqual(expected.shape);
  expect(actual.sub(expected).abs().max().item()).toBeLessThanOrEqual(tolerance);
}

/** Equal to numbers that are rounded to three decimals. */
export const expectRounded = (actual: Tensor, expected: readonly unknown[]): void =>
  expectClose(actual, tensor(expected as number[]), 0.5001e-3);
