import { compile, grad, type Tensor, Tensor as TensorClass, testing } from "adjoint";
import { describe, expect, test } from "vitest";
import { type Sample, samples } from "../coverage/samples.js";
import { randomTensor } from "../random_values.js";

const listed = (outputs: Tensor | Iterable<Tensor>): Tensor[] =>
  outputs instanceof TensorClass ? [outputs] : [...outputs];
const isFloat = ({ dtype }: Tensor): boolean => dtype === "float64";

/** A scalar that depends on every float of every result. */
const loss =
  ({ f }: Sample) =>
  (...xs: Tensor[]): Tensor =>
    listed(f(...xs))
      .filter(isFloat)
      .map((y, k) =>
        y
          .sin()
          .mul(randomTensor(y.shape, 50 + k))
          .sum(),
      )
      .reduce((total, term) => total.add(term));

function expectSame(actual: readonly Tensor[], expected: readonly Tensor[]): void {
  expect(actual.map(({ shape, dtype }) => [shape, dtype])).toEqual(
    expected.map(({ shape, dtype }) => [shape, dtype]),
  );
  actual.forEach((y, i) => {
    testing.assertAllClose(y, expected[i], { rtol: 1e-12, atol: 1e-12 });
  });
}

const spaces = Object.entries(samples) as [string, Record<string, Sample>][];
for (const [space, operations] of spaces)
  describe(`compiled operations of ${space}`, () => {
    for (const [name, sample] of Object.entries(operations)) {
      if (sample.unmapped !== undefined) {
        test(`${name} cannot be compiled: its shape depends on values`, () => {
          expect(() => compile((...xs: Tensor[]) => listed(sample.f(...xs)))(...sample.at)).toThrow(
            /cannot be read|where/,
          );
        });
        continue;
      }
      test(name, () => {
        const f = compile((...xs: Tensor[]) => listed(sample.f(...xs)));
        const expected = listed(sample.f(...sample.at));
        expectSame(f(...sample.at), expected);
        expectSame(f(...sample.at), expected);
        expect(f.stats.nativeCalls).toBeLessThanOrEqual(1);
        if (sample.constant !== undefined || !expected.some(isFloat)) return;
        const argnums = sample.at.flatMap((x, i) => (isFloat(x) ? [i] : []));
        const derivative = grad(loss(sample), { argnums }) as (...xs: Tensor[]) => Tensor[];
        expectSame(compile(derivative)(...sample.at), derivative(...sample.at));
      });
    }
  });
