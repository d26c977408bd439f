import { GradientError } from "adjoint";
import { expect } from "vitest";

type ErrorClass = new (...args: never[]) => Error;

/** Runs `body` and gives what it threw, after checking class, code, operation and message. */
export function expectError(
  body: () => unknown,
  type: ErrorClass,
  code: string,
  ...parts: (string | RegExp)[]
): Error & { operation: string } {
  let thrown: unknown;
  try {
    body();
  } catch (error) {
    thrown = error;
  }
  if (thrown === undefined)
    expect.fail(`nothing was thrown, expected ${type.name} with ${parts.join(" and ")}`);
  const error = thrown as Error & { code: string; operation: string };
  expect(error, String(error)).toBeInstanceOf(type);
  expect(error.code).toBe(code);
  expect(error.name).toBe(type.name);
  for (const part of parts) expect(error.message).toMatch(part);
  return error;
}

/** A derivative that does not exist because a basis is arbitrary. */
export const expectGaugeError = (body: () => unknown, ...parts: (string | RegExp)[]): GradientError =>
  expectError(body, GradientError, "ERR_ADJOINT_GAUGE", ...parts) as unknown as GradientError;
