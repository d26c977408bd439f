import { random, type Tensor } from "adjoint";
import { expect, test } from "vitest";

function expectClose(x: Tensor, expected: number | unknown[], tolerance = 1e-13): void {
  const found = [x.toArray()].flat(3) as number[];
  const flat = [expected].flat(3) as number[];
  expect(found).toHaveLength(flat.length);
  found.forEach((value, i) => {
    expect(Math.abs(value - flat[i])).toBeLessThanOrEqual(tolerance);
  });
}

test("the last bits of normal numbers, where logarithms of different libraries differ", () => {
  const expected = [-0.3117836734875166, 0.7290039236125041, 0.217820788076002, -0.899091796547139];
  expect(random.randomState(6).randn(4).toArray()).toEqual(expected);
});

test("one stream through all distributions, as NumPy's RandomState(7)", () => {
  const state = random.randomState(7);
  expectClose(state.rand(3), [0.07630828937395717, 0.7799187922401146, 0.4384092314408935]);
  expectClose(
    state.randn(2, 2),
    [0.09316606097975175, 3.200914709117712, -0.1569886595634109, -0.2901313829291646],
  );
  const covariance = [
    [4, 1, 0.5],
    [1, 9, 0.2],
    [0.5, 0.2, 1],
  ];
  const samples = state.multivariateNormal([1, 2, 3], covariance, 4);
  expect(samples.shape).toEqual([4, 3]);
  expectClose(
    samples,
    [
      [-0.10946624921876813, -4.024531831959115, 2.3294162284036273],
      [0.03126616195317233, -1.5558891007642228, 2.5025642688501692],
      [0.9356503814878332, 2.03286730112719, 3.7167257676317234],
      [1.2341275332408272, 2.221709520636002, 2.7142634333613653],
    ],
    1e-12,
  );
  const one = state.multivariateNormal([0, 0, 0], covariance);
  expect(one.shape).toEqual([3]);
  expectClose(one, [-0.32199998883579456, -2.640207675250693, 0.004011385761103903], 1e-12);
  expectClose(state.rand(), 0.7504098591020348);
});

test("a matrix of normal numbers, as NumPy's seed 123", () => {
  const a = random.randomState(123).randn(4, 4);
  expect([a.shape, a.dtype]).toEqual([[4, 4], "float64"]);
  expectClose(a.slice(0), [-1.0856306033005612, 0.9973454465835858, 0.28297849805199204, -1.506294713918092]);
  expectClose(
    a.slice(3),
    [1.4913896261242878, -0.638901996684651, -0.44398195964606546, -0.43435127561851733],
  );
});

test("states are independent, and equal for equal seeds", () => {
  const [first, second] = [random.randomState(1), random.randomState(1)];
  first.rand(10);
  expect(first.rand(3).toArray()).not.toEqual(second.rand(3).toArray());
  const third = random.randomState(1);
  third.rand(13);
  expect(third.randn(5).toArray()).toEqual(first.randn(5).toArray());
});

test("moments of many samples", () => {
  const x = random.randomState(2).randn(100, 1000);
  expect(Math.abs(x.mean().item() as number)).toBeLessThan(0.01);
  expect(Math.abs((x.variance().item() as number) - 1)).toBeLessThan(0.02);
  const covariance = [
    [2, 0.6],
    [0.6, 1],
  ];
  const y = random.randomState(3).multivariateNormal([5, -5], covariance, [50, 2000]).reshape([-1, 2]);
  const centred = y.sub([5, -5]);
  const error = centred.T.matmul(centred).div(y.shape[0]).sub(covariance).abs().max().item();
  expect(error).toBeLessThan(0.03);
});

test("shapes without elements", () => {
  const state = random.randomState(4);
  expect(state.randn(0, 3).shape).toEqual([0, 3]);
  expect(
    state.multivariateNormal(
      [0, 0],
      [
        [1, 0],
        [0, 1],
      ],
      0,
    ).shape,
  ).toEqual([0, 2]);
});
