import * as ad from "adjoint";
import { nn, tensor } from "adjoint";
import { int32, refuses, wrong, zeros } from "./refusals.js";

refuses({
  "nn.softmax": [
    ["an axis that is not there", () => nn.softmax(zeros(2), 1), "argument", "axis 1"],
    ["a number", () => nn.softmax(1), "argument", "0 axes"],
  ],
  "nn.logSoftmax": [["a number", () => nn.logSoftmax(tensor(1)), "argument", "axis -1", "0 axes"]],
  "nn.elu": [["NaN as alpha", () => nn.elu([1], { alpha: Number.NaN }), "argument", "alpha is NaN"]],
  "nn.oneHot": [
    ["a class that is not there", () => nn.oneHot([3], 3), "argument", "3", "0 to 2"],
    ["an unknown dtype", () => nn.oneHot([0], 2, { dtype: wrong("int8") }), "dtype", "int8"],
    ["a negative class", () => nn.oneHot([-1], 3), "argument", "0 to 2"],
    ["a fraction", () => nn.oneHot([0.5], 3), "dtype", "0.5"],
    ["float classes", () => nn.oneHot(tensor([0]), 3), "dtype", "float64[1]", "int32"],
    ["a negative number of classes", () => nn.oneHot([0], -1), "argument", "-1"],
    ["more than memory", () => nn.oneHot(int32(0).broadcastTo([1e6, 1e6]), 2 ** 30), "argument", "bytes"],
  ],
  "nn.crossEntropy": [
    ["a class that is not there", () => nn.crossEntropy(zeros(2, 3), [0, 3]), "argument", "0 to 2"],
    ["too few labels", () => nn.crossEntropy(zeros(2, 3), [0]), "shape", "float64[2,3]", "float64[1]"],
    [
      "probabilities of another shape",
      () => nn.crossEntropy(zeros(2, 3), zeros(2, 2)),
      "shape",
      "float64[2,3]",
      "float64[2,2]",
    ],
    ["a number as logits", () => nn.crossEntropy(1, 0), "shape", "float64[]"],
    ["a fraction as class", () => nn.crossEntropy(zeros(2, 3), [0, 0.5]), "dtype", "0.5"],
    [
      "an unknown reduction",
      () => nn.crossEntropy([[1, 2]], [0], { reduction: wrong("max") }),
      "argument",
      '"max"',
      '"mean"',
    ],
  ],
  "nn.gelu": [["ragged rows", () => nn.gelu(wrong([[1], [2, 3]])), "shape", /ragged/]],
  "nn.relu": [
    [
      "a disposed tensor under vmap",
      () => {
        const x = ad.ones([2, 2]);
        return ad.vmap((y) => {
          y.dispose();
          return nn.relu(y);
        })(x);
      },
      "disposed",
      "after dispose()",
    ],
  ],
});
