import { grad, LinAlgError, linalg, type Tensor, tensor } from "adjoint";
import { describe, expect, test } from "vitest";
import { expectError } from "../error_assertions.js";
import { randomTensor } from "../random_values.js";
import { largest } from "./close.js";

describe("gradients in float32 lose no more digits than the condition number takes", () => {
  const q = linalg.qr(randomTensor([5, 5], 1)).q;
  const p = linalg.qr(randomTensor([5, 5], 2)).q;
  const weights = randomTensor([5, 5], 3);
  const losses: [string, (a: Tensor) => Tensor][] = [
    ["inv", (a) => linalg.inv(a).mul(weights.cast(a.dtype)).sum()],
    ["det", (a) => linalg.det(a)],
    ["slogdet", (a) => linalg.slogdet(a).logAbsDet],
    ["pinv", (a) => linalg.pinv(a).mul(weights.cast(a.dtype)).sum()],
    ["svdvals", (a) => linalg.svdvals(a).square().sum()],
  ];
  const conditions = [1.5, 10, 100, 1000];

  test.each(losses.flatMap(([name, f]) => conditions.map((condition) => ({ name, f, condition }))))(
    "$name, condition $condition",
    ({ f, condition }) => {
      const s = Array.from({ length: 5 }, (_, i) => condition ** (-i / 4));
      const a = q.mul(tensor(s)).matmul(p).cast("float32");
      const single = grad(f)(a).cast("float64");
      const double = grad(f)(a.cast("float64"));
      const error = largest(single.sub(double)) / largest(double);
      expect(error).toBeLessThan(32 * condition * 2 ** -23);
    },
  );
});

test("NaN is not swallowed by svdvals: an error, or NaN where asked", () => {
  const a = [
    [1, Number.NaN],
    [2, 4],
  ];
  expectError(() => linalg.svdvals(a), LinAlgError, "ERR_ADJOINT_NONFINITE", /^svdvals: /);
  expect([...linalg.svdvals(a, { onFailure: "nan" }).toTypedArray()]).toEqual([Number.NaN, Number.NaN]);
});
