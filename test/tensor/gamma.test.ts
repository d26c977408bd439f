import { digamma, grad, lgamma, type Tensor, tensor, vmap } from "adjoint";
import { describe, expect, test } from "vitest";
import { checkDerivatives, type Sample } from "../finite_differences.js";
import { randomTensor } from "../random_values.js";

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
const at = [0.1, 1, 1.4616321449683622, 7.5, -0.5, -3.7, 1e10];

/** Relative to the expected values, which are SciPy's. */
function expectClose(found: Tensor, expected: number[], tolerance: number): void {
  const values = found.toTypedArray();
  expected.forEach((value, i) => {
    expect(Math.abs(values[i] - value)).toBeLessThanOrEqual(tolerance * Math.abs(value));
  });
}

describe("the gamma function's logarithm and its derivatives", () => {
  test("values", () => {
    const logarithms = [
      2.252712651734206, 0, -0.1214862905358497, 7.534364236758734, 1.2655121234846454, -1.3797399049658245,
      220258509288.81058,
    ];
    const derivatives = [
      -10.423754940411076, -0.5772156649015329, -9.241265521729427e-17, 1.9467574842460866,
      0.03648997397857651, -0.8450768588704185, 23.025850929890456,
    ];
    expectClose(lgamma(at), logarithms, 1e-14);
    expectClose(digamma(at), derivatives, 1e-12);
    expect(grad((x: Tensor) => lgamma(x).sum())(tensor(at)).toArray()).toEqual(digamma(at).toArray());
  });

  test("the next three derivatives", () => {
    const points = tensor([0.4, 2.5, 11]);
    let f = (x: Tensor): Tensor => digamma(x).sum();
    for (const expected of [
      [7.275356590529597, 0.4903577561002349, 0.09516633568168575],
      [-32.23912862357837, -0.23620405164172736, -0.009049834970802069],
      [236.19525903394702, 0.2239058488172521, 0.0017199013042898685],
    ]) {
      const g = grad(f) as (x: Tensor) => Tensor;
      expectClose(g(points), expected, 1e-13);
      expectClose(vmap(grad(digamma) as typeof g)(points), [7.275356590529597], 1e-13);
      f = (x) => g(x).sum();
    }
  });

  test("small derivatives of large numbers", () => {
    const slope = grad(digamma) as (x: Tensor) => Tensor;
    expectClose(slope(tensor(1e300)), [1e-300], 1e-14);
    expectClose((grad(grad(slope)) as typeof slope)(tensor(1e100)), [2e-300], 1e-13);
  });

  test("poles, infinities, integers, nothing, single precision", () => {
    expect(lgamma([0, -1, infinity, nan]).toArray()).toEqual([infinity, infinity, infinity, nan]);
    expect(digamma([0, -1, infinity, nan]).toArray()).toEqual([-infinity, nan, infinity, nan]);
    expect(lgamma(tensor([1, 2], { dtype: "int32" })).dtype).toBe("float64");
    expect(grad((x: Tensor) => digamma(x).sum())(tensor([], { shape: [0, 2] })).shape).toEqual([0, 2]);
    const single = grad((x: Tensor) => digamma(x).sum())(tensor([2.5], { dtype: "float32" }));
    expect(single.dtype).toBe("float32");
    expect(single.at(0)).toBe(Math.fround(0.4903577561002349));
  });

  const samples: Sample[] = [
    { name: "lgamma", f: lgamma, at: [randomTensor([2, 3], 1, 0.5, 4)] },
    { name: "lgamma of a transposed view", f: (x) => lgamma(x.T), at: [randomTensor([2, 3], 2, 0.5, 4)] },
    { name: "lgamma of negative numbers", f: lgamma, at: [tensor([-0.5, -1.4, -2.6])] },
    { name: "digamma", f: digamma, at: [randomTensor([2, 3], 3, 0.5, 4)] },
  ];
  test.each(samples)("derivatives: $name", checkDerivatives);
});
