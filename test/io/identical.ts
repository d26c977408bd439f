import type { Tensor } from "adjoint";
import { expect } from "vitest";

/** Not a bit differs, but for those of NaN. */
export function expectIdentical(actual: Tensor, expected: Tensor): void {
  expect(actual.dtype).toBe(expected.dtype);
  expect(actual.shape).toEqual(expected.shape);
  const [a, b] = [actual.toTypedArray(), expected.toTypedArray()];
  const differs = a.findIndex((value, i) => !Object.is(value, b[i]));
  if (differs >= 0) expect.fail(`${a[differs]} at ${differs}, expected ${b[differs]}`);
}

export function expectAllIdentical(
  actual: Readonly<Record<string, Tensor>>,
  expected: Readonly<Record<string, Tensor>>,
): void {
  expect(Object.keys(actual).sort()).toEqual(Object.keys(expected).sort());
  for (const [name, x] of Object.entries(expected)) expectIdentical(actual[name], x);
}
