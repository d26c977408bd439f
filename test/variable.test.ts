import { GradientError, gradients, linalg, type Tensor, tensor, type Variable, variable } from "adjoint";
import { describe, expect, test } from "vitest";

const number = (x: Tensor): number => x.item() as number;

describe("variables", () => {
  test("have every method of a tensor, and are connected", () => {
    const x = variable([
      [1, 2],
      [3, 4],
    ]);
    expect([x.shape, x.dtype, x.ndim, x.size]).toEqual([[2, 2], "float64", 2, 4]);
    expect(x.toArray()).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(gradients(x.T.slice(0).square().sum(), x).toArray()).toEqual([
      [2, 0],
      [6, 0],
    ]);
    expect(gradients(linalg.trace(x), x).toArray()).toEqual([
      [1, 0],
      [0, 1],
    ]);
  });

  test("options", () => {
    const x = variable([1, 2], { dtype: "float32", name: "weights" });
    expect([x.dtype, x.name]).toEqual(["float32", "weights"]);
    expect(() => variable(1, { nme: "x" } as never)).toThrow(/"nme".*dtype, name/);
  });

  test("operations see the value at the time they run", () => {
    const x = variable(3);
    const y = x.square();
    x.assign(5);
    expect([y.item(), x.item()]).toEqual([9, 5]);
    expect(number(gradients(y, x))).toBe(6);
    expect(number(gradients(x.square(), x))).toBe(10);
  });

  test("assign in the middle of a computation", () => {
    const x = variable(2);
    const a = x.square();
    x.assign(7);
    const y = a.mul(x);
    // ∂(x₁² x₂) with both standing for x: 2x₁x₂ + x₁²
    expect(number(gradients(y, x))).toBe(2 * 2 * 7 + 4);
  });

  test("read is detached", () => {
    const x = variable(3);
    expect(() => gradients(x.read().square(), x)).toThrow(GradientError);
    expect(number(gradients(x.mul(x.read()), x))).toBe(3);
    const before = x.read();
    x.assign(4);
    expect(before.item()).toBe(3);
  });

  test("assign stores a copy without history", () => {
    const x = variable(3);
    const y = variable(2);
    y.assign(x.mul(2));
    expect(() => gradients(y.square(), x)).toThrow(/do not depend/);
    expect(number(gradients(y.square(), y))).toBe(12);
    const source = tensor([1, 2]);
    const z = variable(source);
    source.dispose();
    expect(z.toArray()).toEqual([1, 2]);
  });

  test("assign refuses other shapes and dtypes", () => {
    const x = variable([1, 2], { name: "w" });
    expect(() => x.assign([1, 2, 3])).toThrow(/w is float64\[2\], got float64\[3\]/);
    expect(() => x.assign(tensor(Float32Array.of(1, 2)))).toThrow(/w is float64, got float32/);
    expect(x.toArray()).toEqual([1, 2]);
    expect(x.assign([5, 6])).toBe(x);
  });

  test("a variable of a variable, of a view, of integers, without elements", () => {
    const x = variable([1, 2]);
    const y = variable(x);
    x.assign([3, 4]);
    expect(y.toArray()).toEqual([1, 2]);
    expect(
      variable(
        tensor([
          [1, 2],
          [3, 4],
        ]).T,
      ).toArray(),
    ).toEqual([
      [1, 3],
      [2, 4],
    ]);
    expect(variable(tensor([])).shape).toEqual([0]);
    expect(variable(Int32Array.of(1)).dtype).toBe("int32");
  });

  test("a thousand assignments keep their values", () => {
    const x = variable([0, 0]);
    const seen: Tensor[] = [];
    for (let i = 1; i <= 1000; i++) {
      x.assign(x.read().add([1, -1]));
      if (i % 100 === 0) seen.push(x.read());
    }
    expect(seen.map((y) => y.toArray())).toEqual(
      Array.from({ length: 10 }, (_, i) => [100 * (i + 1), -100 * (i + 1)]),
    );
  });
});

describe("gradients", () => {
  test("one x gives a tensor, a list gives a list", () => {
    const x = variable(3);
    const y = variable(4);
    const z = x.mul(y);
    expect(number(gradients(z, x))).toBe(4);
    expect(gradients(z, [x, y]).map(number)).toEqual([4, 3]);
    expect(gradients(z, [x, x]).map(number)).toEqual([4, 4]);
    expect(gradients([z], [y]).map(number)).toEqual([3]);
  });

  test("sums over the ys and their elements", () => {
    const x = variable([1, 2]);
    expect(gradients([x.square(), x.mul(3)], x).toArray()).toEqual([5, 7]);
    expect(
      gradients(
        x.mul([
          [1, 2],
          [3, 4],
        ]),
        x,
      ).toArray(),
    ).toEqual([4, 6]);
  });

  test("gradYs weigh the ys", () => {
    const x = variable([1, 2]);
    const g = gradients([x.square(), x], x, { gradYs: [tensor([10, 100]), tensor([1, 1])] });
    expect(g.toArray()).toEqual([21, 401]);
    const weight = variable([1, 1]);
    const weighted = gradients(x.square(), x, { gradYs: weight });
    expect(gradients(weighted, weight).toArray()).toEqual([2, 4]);
  });

  test("an x that no y depends on", () => {
    const x = variable([1, 2], { name: "lost" });
    const y = variable(3);
    expect(() => gradients(y.square(), x)).toThrow(/do not depend on lost, float64\[2\].*"zero" or "null"/);
    expect(gradients(y.square(), x, { unconnected: "zero" }).toArray()).toEqual([0, 0]);
    expect(gradients(y.square(), [x, y], { unconnected: "null" })[0]).toBeNull();
    expect(() => gradients(y, tensor(3))).toThrow(/xs\[0\]/);
  });

  test("with respect to an intermediate value", () => {
    const x = variable(3);
    const y = x.square();
    const z = y.mul(y).add(x);
    expect(gradients(z, [y, x]).map(number)).toEqual([18, 109]);
  });

  test("of a variable itself", () => {
    const x: Variable = variable([1, 2]);
    expect(gradients(x, x).toArray()).toEqual([1, 1]);
  });

  test("walks consume nothing", () => {
    const x = variable([1, 2]);
    const y = x.exp().sum();
    const first = gradients(y, x).toArray();
    for (let i = 0; i < 5; i++) expect(gradients(y, x).toArray()).toEqual(first);
  });

  test("the gradient can be differentiated after the variable has changed", () => {
    const x = variable(2);
    const g = gradients(x.pow(3), x);
    x.assign(10);
    expect(number(gradients(g, x))).toBe(12);
  });
});
