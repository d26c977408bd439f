import { optim, type Tensor, tensor, variable } from "adjoint";
import { int32, refuses, wrong, zeros } from "./refusals.js";

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
const adam = optim.adam();
const w = (): Tensor => tensor([1, 2]);

refuses({
  "optim.adam": [
    ["a negative learning rate", () => optim.adam({ learningRate: -1 }), "argument", "learningRate is -1"],
    ["NaN as learning rate", () => optim.adam({ learningRate: nan }), "argument", "learningRate is NaN"],
    [
      "an infinite learning rate",
      () => optim.adam({ learningRate: infinity }),
      "argument",
      "learningRate is Infinity",
    ],
    ["beta1 of 1", () => optim.adam({ beta1: 1 }), "argument", "beta1 is 1"],
    ["no epsilon", () => optim.adam({ epsilon: 0 }), "argument", "epsilon is 0"],
    [
      "tensors in place of variables",
      () => adam.minimize(() => variable(1).square(), [wrong(tensor(1))]),
      "argument",
      "variables",
    ],
    [
      "a loss that is no scalar",
      () => adam.minimize(() => variable([1, 2]).square(), []),
      "gradient",
      "float64[2]",
    ],
    [
      "a loss that is no tensor",
      () =>
        adam.minimize(
          wrong(() => 3),
          [],
        ),
      "gradient",
      "got 3",
    ],
    ["no loss", () => adam.minimize(wrong(null), []), "gradient", "got null"],
    [
      "pairs of something else",
      () => adam.applyGradients(wrong([{ gradient: 1, variable: 2 }])),
      "argument",
      "pairs",
    ],
    [
      "a gradient of another shape",
      () => adam.applyGradients([{ gradient: zeros(3), variable: variable([1, 2], { name: "w" }) }]),
      "shape",
      "w",
      "float64[2]",
      "float64[3]",
    ],
    [
      "a disposed gradient",
      () => {
        const gradient = zeros(2);
        gradient.dispose();
        adam.applyGradients([{ gradient, variable: variable([1, 2]) }]);
      },
      "disposed",
      "after dispose()",
    ],
    ["integer parameters", () => adam.init([int32(1)]), "dtype", "int32[1]"],
    [
      "a gradient of another shape in a tree",
      () => adam.update([zeros(3)], adam.init([w()]), [w()]),
      "shape",
      "float64[2]",
      "float64[3]",
    ],
    [
      "gradients of another structure",
      () => adam.update(wrong({ a: w() }), adam.init([w()]), [w()]),
      "argument",
      "[*]",
      "{ a: * }",
    ],
    ["no state", () => adam.update([w()], wrong(null), [w()]), "argument", "state"],
    [
      "the state of another optimiser",
      () => adam.update([w()], wrong(optim.sgd().init([w()])), [w()]),
      "argument",
      "[*]",
    ],
  ],
  "optim.adamw": [
    ["a negative decay", () => optim.adamw({ weightDecay: -0.1 }), "argument", "weightDecay is -0.1"],
    ["a negative learning rate", () => optim.adamw({ learningRate: -1 }), "argument", "learningRate is -1"],
  ],
  "optim.sgd": [
    ["a momentum of 1", () => optim.sgd({ momentum: 1 }), "argument", "momentum is 1"],
    ["Nesterov's without momentum", () => optim.sgd({ nesterov: true }), "argument", "momentum"],
  ],
  "optim.rmsprop": [
    ["a decay of 1", () => optim.rmsprop({ decay: 1 }), "argument", "decay is 1"],
    ["a negative epsilon", () => optim.rmsprop({ epsilon: -1 }), "argument", "epsilon is -1"],
  ],
  gradients: [
    [
      "a loss that ignores a variable",
      () => adam.minimize(() => variable(1).square(), [variable(2, { name: "bias" })]),
      "gradient",
      "bias",
    ],
  ],
});
