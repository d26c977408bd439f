import * as ad from "adjoint";
import { Tensor, tensor } from "adjoint";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type AnyFunction, exportedFunctions } from "../exported_functions.js";
import { hostile, made, Sabotage, tensors } from "./hostile_values.js";

/** Calls in all; ADJOINT_FUZZ_CALLS asks for more, and ADJOINT_FUZZ_SEED for others. */
const calls = Number(process.env.ADJOINT_FUZZ_CALLS ?? 60_000);
const seed = Number(process.env.ADJOINT_FUZZ_SEED ?? 20_220);
const CALLS_PER_RUN = 10;

/** What the library calls itself, and its types do not show. */
const internal = ["constructor", "snapshot", "concrete", "elementAt", "valueAt"];
const methods = Object.entries(Object.getOwnPropertyDescriptors(Tensor.prototype))
  .filter(([name, { value }]) => typeof value === "function" && !internal.includes(name))
  .map(([name, { value }]): [string, AnyFunction] => [
    `Tensor.prototype.${name}`,
    (x, ...rest) => value.apply(x instanceof Tensor ? x : tensor([1, 2]), rest),
  ]);
/** What reads and writes files has a fuzz of its own, with files of its own. */
const onFiles = ["io.load", "io.save", "io.metadata"];
/** What calls and collects garbage as often as it is told. */
const endless = ["testing.assertNoLeak"];
const functions = exportedFunctions(ad).filter(([name]) => ![...onFiles, ...endless].includes(name));
const targets = new Map([...functions, ...methods]);

/** What the library may throw: its own errors, and whatever was thrown into it. */
function isAllowed(error: unknown): boolean {
  if (error instanceof Sabotage) return true;
  if (error instanceof Error && error.name === "AbortError") return true;
  const { code } = error as { code?: unknown };
  return error instanceof Error && /^ERR_(ADJOINT_|ASSERTION$)/.test(String(code));
}

/** Calls, awaits what is a promise, reads what is a tensor, and calls once more what is a function. */
async function exercise(
  f: AnyFunction,
  args: readonly unknown[],
  again: readonly unknown[] | null,
): Promise<void> {
  let result: unknown;
  try {
    result = f(...args.map(made));
    if (result instanceof Promise) result = await result;
    if (result instanceof Tensor && result.size < 1e4) result.toArray();
  } catch (error) {
    if (!isAllowed(error)) throw error;
    return;
  }
  if (again !== null && typeof result === "function") await exercise(result as AnyFunction, again, null);
}

let silence: () => void;
beforeAll(() => {
  silence = ad.onWarning(() => {});
});
afterAll(() => silence());

const call = fc.record({
  target: fc.constantFrom(...targets.keys()),
  first: fc.oneof(tensors, hostile),
  rest: fc.array(hostile, { maxLength: 3 }),
  again: fc.array(hostile, { maxLength: 2 }),
});

test(`${calls} hostile calls end in results or in errors of the library`, { timeout: 0 }, async () => {
  const printing = ad.getPrintOptions();
  const threads = ad.getNumThreads();
  let made = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(call, { minLength: CALLS_PER_RUN, maxLength: CALLS_PER_RUN }),
      async (sequence) => {
        for (const { target, first, rest, again } of sequence) {
          made++;
          try {
            await exercise(targets.get(target)!, [first, ...rest], again);
          } catch (error) {
            throw new Error(`${target} threw ${error instanceof Error ? error.stack : String(error)}`);
          }
        }
        ad.setPrintOptions(printing);
        ad.setNumThreads(threads);
      },
    ),
    { numRuns: Math.ceil(calls / CALLS_PER_RUN), seed },
  );
  expect(made).toBeGreaterThanOrEqual(calls);
  expect(
    ad
      .grad((x: Tensor) => x.mul(x))(3)
      .item(),
  ).toBe(6);
});
