import * as ad from "adjoint";
import { grad, type Tensor, variable } from "adjoint";
import { afterEach, describe, expect, test } from "vitest";
import { expectError } from "../error_assertions.js";
import { randomTensor } from "../random_values.js";

const kinds = {
  shape: [ad.ShapeError, "ERR_ADJOINT_SHAPE"],
  dtype: [ad.DTypeError, "ERR_ADJOINT_DTYPE"],
  argument: [ad.ArgumentError, "ERR_ADJOINT_ARGUMENT"],
  format: [ad.FormatError, "ERR_ADJOINT_FORMAT"],
  gradient: [ad.GradientError, "ERR_ADJOINT_GRADIENT"],
  disposed: [ad.DisposedError, "ERR_ADJOINT_DISPOSED"],
  singular: [ad.LinAlgError, "ERR_ADJOINT_SINGULAR"],
  indefinite: [ad.LinAlgError, "ERR_ADJOINT_NOT_POSITIVE_DEFINITE"],
  nonfinite: [ad.LinAlgError, "ERR_ADJOINT_NONFINITE"],
} as const;

export type Kind = keyof typeof kinds;
/** A call that must be refused: with an error of a kind, whose message has these parts. */
export type Row = readonly [what: string, body: () => unknown, kind: Kind, ...parts: (string | RegExp)[]];
/** By the function that refuses, as it is exported: `linalg.inv`, `random.Generator.normal`. */
export type Refusals = Readonly<Record<string, readonly Row[]>>;

/** What TypeScript would refuse. */
// biome-ignore lint/suspicious/noExplicitAny: wrong types on purpose
export const wrong = (value: unknown): any => value;

export const zeros = (...shape: number[]): Tensor => ad.zeros(shape);
export const int32 = (...values: number[]): Tensor => ad.tensor(Int32Array.from(values));

/** Tensors that every refused call must leave as they are. */
const bystanders = [randomTensor([5, 7], 1), randomTensor([200, 100], 2), variable([1, 2, 3])];
const contents = (): number[] =>
  bystanders.map((x) =>
    (x.toTypedArray() as Float64Array).reduce((total, value, i) => total + value * (i + 1), 0),
  );
const expected = contents();

/** After every refused call all is as before: other tensors, levels of transforms, the tape. */
export function checkBystanders(): void {
  afterEach(() => {
    expect(contents()).toEqual(expected);
    expect(grad((x: Tensor) => x.mul(grad((y: Tensor) => x.add(y))(1)))(2).item()).toBe(1);
  });
}

/** An error names the function: `inv` for `linalg.inv`, but `tree.map`, since there are other maps. */
export const named = (name: string): string =>
  name.startsWith("tree.") ? name : name.slice(name.lastIndexOf(".") + 1);

/** Checks that every call is refused, and in whose name. */
export function refuses(table: Refusals): void {
  checkBystanders();
  for (const [name, rows] of Object.entries(table))
    describe(name, () => {
      test.each(rows.map((row) => [row[0], row] as const))("%s", (_what, [, body, kind, ...parts]) => {
        const [type, code] = kinds[kind];
        const error = expectError(body, type, code, ...parts);
        expect(error.operation).toBe(named(name));
        expect(error.message.startsWith(`${named(name)}: `)).toBe(true);
      });
    });
}
