import { direct, eagerAndCompiled, jax, reach, tfjs, torch } from "./notation.mjs";

const gaussianProcess = (n, target, ofTorch, ...others) =>
  eagerAndCompiled({
    name: `gp-likelihood-${n}`,
    work: `Gaussian process with 3 gradients, n = ${n}`,
    ask: ["models", "gp-likelihood", n],
    peers: [torch, ...others, direct("dpotrf, dpotri")],
    eager: reach(target, { PyTorch: ofTorch }),
    compiled: reach(target, { PyTorch: ofTorch }),
  });

export const models = [
  ...eagerAndCompiled({
    name: "mlp-step",
    work: "step of a 784-128-10 perceptron, batch 64",
    ask: ["models", "mlp-step", 784, 128, 10, 64],
    peers: [torch, tfjs, jax, direct("5 sgemm")],
    eager: reach(150e3, { PyTorch: 178e3, "5 sgemm": 122e3 }),
    compiled: reach(128e3, { PyTorch: 178e3, "5 sgemm": 122e3 }),
  }),
  ...gaussianProcess(300, 1.3e6, 2.7e6, jax),
  ...gaussianProcess(1000, 20e6, 65e6),
];
