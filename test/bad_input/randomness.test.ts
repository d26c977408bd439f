import { random, type Tensor, tensor, vmap } from "adjoint";
import { refuses, wrong, zeros } from "./refusals.js";

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
const g = random.generator(0);
const s = random.randomState(0);

refuses({
  "random.generator": [
    ["a negative seed", () => random.generator(-1), "argument", "got -1"],
    ["a fraction", () => random.generator([1, 0.5]), "argument", "0.5"],
    ["a number beyond 2**53", () => random.generator(2 ** 53), "argument", "bigint"],
    ["a negative bigint", () => random.generator(-1n), "argument", "-1n"],
    ["seeds within seeds", () => random.generator(wrong([[1], [2]])), "argument", "[1]"],
    ["nothing", () => random.generator(wrong(undefined)), "argument", "undefined"],
  ],
  "random.randomState": [
    ["a negative seed", () => random.randomState(-1), "argument", "-1"],
    ["NaN", () => random.randomState(nan), "argument", "NaN"],
    ["what 32 bits do not hold", () => random.randomState(2 ** 32), "argument", "4294967296"],
  ],
  "random.Generator.normal": [
    ["a negative deviation", () => g.normal(2, { std: -1 }), "argument", "std is -1"],
    ["an infinite mean", () => g.normal(2, { mean: infinity }), "argument", "mean is Infinity"],
    ["a negative extent", () => g.normal([-1]), "shape", "-1"],
  ],
  "random.Generator.uniform": [
    ["bounds the wrong way round", () => g.uniform([], { low: 2, high: 1 }), "argument", "1 < 2"],
    ["no end", () => g.uniform([], { high: infinity }), "argument", "high is Infinity"],
    ["a range that overflows", () => g.uniform([], { low: -1e308, high: 1e308 }), "argument", "Infinity"],
  ],
  "random.Generator.integers": [
    ["no integer in between", () => g.integers(1, 1), "argument", "1"],
    ["what int32 does not hold", () => g.integers(0, 2 ** 32), "dtype", "float64"],
    ["booleans", () => g.integers(0, 2, [], { dtype: "bool" }), "dtype", "bool"],
  ],
  "random.Generator.permutation": [
    ["a negative number", () => g.permutation(-1), "argument", "-1"],
    ["a fraction", () => g.permutation(1.5), "argument", "1.5"],
    ["a 0-d tensor", () => g.permutation(tensor(3)), "shape", "0-d"],
  ],
  "random.Generator.choice": [
    ["from nothing", () => g.choice(0, [1]), "argument", "nothing"],
    ["more than there are", () => g.choice(2, [3], { replace: false }), "argument", "3", "2"],
    [
      "too few probabilities",
      () => g.choice(3, [], { probabilities: [1] }),
      "shape",
      "3 probabilities",
      "got 1",
    ],
    [
      "probabilities that do not add up",
      () => g.choice(2, [], { probabilities: [0.5, 0.6] }),
      "argument",
      "[0.5,0.6]",
    ],
    ["a negative probability", () => g.choice(2, [], { probabilities: [1.5, -0.5] }), "argument", "-0.5"],
    ["NaN among probabilities", () => g.choice(2, [], { probabilities: [nan, 1] }), "argument", "NaN"],
    [
      "words as probabilities",
      () => g.choice(2, [], { probabilities: wrong(["1", "0"]) }),
      "argument",
      '"1"',
    ],
    ["a word as probabilities", () => g.choice(2, [], { probabilities: wrong("ab") }), "shape", /"ab"/],
  ],
  "random.Generator.categorical": [
    ["a number", () => g.categorical(1), "shape", "float64[]"],
    ["no classes", () => g.categorical(zeros(2, 0)), "shape", "float64[2,0]"],
    ["NaN", () => g.categorical([nan, 0]), "argument", "NaN"],
    ["nothing but -Infinity", () => g.categorical([-infinity, -infinity]), "argument", "-Infinity"],
    [
      "a shape that is too small",
      () =>
        g.categorical(
          [
            [0, 1],
            [1, 0],
          ],
          [],
        ),
      "shape",
      "float64[2,2]",
      "[]",
    ],
    ["under vmap", () => vmap((x: Tensor) => g.categorical(x))(zeros(2, 2)), "argument", "mapped"],
  ],
  "random.Generator.multivariateNormal": [
    ["another covariance", () => g.multivariateNormal([1, 2], [[1]]), "shape", "float64[2]", "float64[1,1]"],
    ["NaN in it", () => g.multivariateNormal([1], [[nan]]), "nonfinite", "NaN"],
  ],
  "random.RandomState.multivariateNormal": [
    ["another covariance", () => s.multivariateNormal([0, 0], [[1]]), "shape", "float64[2]", "float64[1,1]"],
    ["NaN in it", () => s.multivariateNormal([1], [[nan]]), "nonfinite", "NaN"],
  ],
  "random.RandomState.randn": [["a negative extent", () => s.randn(-1), "shape", "-1"]],
  "random.RandomState.rand": [["a fraction", () => s.rand(1.5), "shape", "1.5"]],
});
