import * as ad from "adjoint";
import { ArgumentError, DisposedError, grad, linalg, type Tensor, tensor, variable } from "adjoint";
import { describe, expect, test } from "vitest";
import { expectError } from "../error_assertions.js";
import { randomTensor } from "../random_values.js";
import { checkBystanders, wrong, zeros } from "./refusals.js";

checkBystanders();

describe("JavaScript's operators", () => {
  test.each<[string, () => unknown, string]>([
    ["x + y", () => wrong(zeros(2)) + wrong(zeros(2)), "add"],
    ["x < y", () => wrong(zeros(2)) < wrong(tensor([1, 2])), "less"],
    ["+x", () => +wrong(tensor(1)), "item"],
    ["x * 2", () => wrong(tensor(1)) * 2, "mul"],
    ["iteration of a 0-d tensor", () => [...tensor(1)], "0-d"],
  ])("%s", (_name, body, part) => {
    expectError(body, ArgumentError, "ERR_ADJOINT_ARGUMENT", /^Tensor: /, part);
  });
});
test("an axis longer than any array", () => {
  const x = zeros(0).broadcastTo([2 ** 40, 0]);
  expectError(() => x.toArray(), ArgumentError, "ERR_ADJOINT_ARGUMENT", /^toArray: /, "[1099511627776,0]");
});

test("bytes that were transferred", () => {
  const given = [new ArrayBuffer(8), new Uint8Array(8), new DataView(new ArrayBuffer(8))];
  structuredClone(0, { transfer: given.map((x) => ("buffer" in x ? x.buffer : x)) });
  for (const x of given)
    expectError(() => ad.io.parse(x), ArgumentError, "ERR_ADJOINT_ARGUMENT", /^parse: /, "transferred");
});

describe("use after dispose", () => {
  const disposed = (): Tensor => {
    const x = randomTensor([2, 2], 3);
    x.dispose();
    return x;
  };
  const uses: [string, (x: Tensor) => unknown][] = [
    ["add", (x) => x.add(1)],
    ["exp", (x) => x.exp()],
    ["sum", (x) => x.sum()],
    ["matmul", (x) => x.matmul(x)],
    ["slice", (x) => x.slice(0)],
    ["inv", (x) => linalg.inv(x)],
    ["concat", (x) => ad.concat([x, x])],
    ["item", (x) => x.item()],
    ["at", (x) => x.at(0, 0)],
    ["toArray", (x) => x.toArray()],
    ["toTypedArray", (x) => x.toTypedArray()],
    ["toString", (x) => `${x}`],
    ["JSON", (x) => JSON.stringify(x)],
    ["grad", (x) => grad((y: Tensor) => y.sum())(x)],
    ["variable", (x) => variable(x)],
    ["iteration", (x) => [...x]],
  ];
  test.each(uses)("%s", (_name, use) => {
    expectError(() => use(disposed()), DisposedError, "ERR_ADJOINT_DISPOSED", /after dispose\(\)/);
  });

  test("views, results and saved values stay valid", () => {
    const x = randomTensor([100, 100], 4);
    const copy = x.toTypedArray();
    const row = x.slice(3);
    const f = (y: Tensor) => {
      const square = y.square();
      const result = square.mul(square).sum();
      square.dispose();
      return result;
    };
    const g = grad(f)(x);
    expect(g.slice(0, 0).item()).toBe(4 * copy[0] ** 3);
    const other = randomTensor([100, 100], 5);
    expect([...row.toTypedArray()]).toEqual([...copy.subarray(300, 400)]);
    expect(other.size).toBe(10_000);
    x.dispose();
    x.dispose();
    expect([...row.toTypedArray()]).toEqual([...copy.subarray(300, 400)]);
  });

  test("using", () => {
    let kept: Tensor;
    {
      using x = tensor([1, 2]);
      kept = x.add(1);
    }
    expect(kept.toArray()).toEqual([2, 3]);
  });

  test("a recycled buffer never shows through", () => {
    const keep = randomTensor([64, 64], 6);
    const before = keep.toTypedArray();
    for (let i = 0; i < 50; i++) {
      const t = keep.add(i);
      const u = t.T;
      if (i % 2 === 0) u.dispose();
      t.dispose();
      const fresh = ad.full([64, 64], i);
      expect(fresh.at(63, 63)).toBe(i);
      if (i % 2 === 1) expect(u.at(0, 0)).toBe(before[0] + i);
    }
    expect(keep.toTypedArray()).toEqual(before);
  });
});
