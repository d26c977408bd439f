import { direct, eagerAndCompiled, jax, reach, tfjs, torch } from "./notation.mjs";

const gaussianProcess = (n, target, ofTorch, ofJax) =>
  eagerAndCompiled({
    name: `gp-likelihood-${n}`,
    work: `Gaussian-process likelihood and 3 gradients, n = ${n}`,
    ask: ["models", "gp-likelihood", n],
    peers: [torch, jax, direct("dpotrf, dpotri")],
    eager: reach(target, { PyTorch: ofTorch, "jax-js": ofJax }),
    compiled: reach(target, { PyTorch: ofTorch, "jax-js": ofJax }),
  });

export const models = [
  ...eagerAndCompiled({
    name: "mlp-step",
    work: "step of a 784-128-10 perceptron, batch 64, float32",
    ask: ["models", "mlp-step", 784, 128, 10, 64],
    peers: [torch, tfjs, jax, direct("5 sgemm")],
    eager: reach(150e3, { PyTorch: 178e3, TensorFlow: 4406e3 }),
    compiled: reach(128e3, { PyTorch: 178e3, TensorFlow: 4406e3 }),
  }),
  ...gaussianProcess(300, 1.3e6, 2.7e6, 208e6),
  ...gaussianProcess(1000, 20e6, 65e6, 3089e6),
];
