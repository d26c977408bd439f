import { direct, eagerAndCompiled, jax, part, reach, tfjs, torch } from "./notation.mjs";

const gaussianProcess = (n, target, ofTorch, ...others) => {
  const targets = reach(target, { PyTorch: ofTorch });
  return eagerAndCompiled({
    name: `gp-likelihood-${n}`,
    work: `Gaussian process with 3 gradients, n = ${n}`,
    ask: ["models", "gp-likelihood", n],
    peers: [torch, ...others, direct("dpotrf, dpotri")],
    eager: {
      targets,
      parts: [part("without tidy", "models", "gp-likelihood", n, "untidy")],
      because:
        "beside the factorisations elementwise passes over matrices, each through memory; compiled they are fused",
    },
    compiled: { targets, because: "factor and inverse, which the direct calls show, and exp of n² elements" },
  });
};

const perceptron = ["mlp-step", 784, 128, 10, 64];

export const models = [
  ...eagerAndCompiled({
    name: "mlp-step",
    work: "step of a 784-128-10 perceptron, batch 64",
    ask: ["models", ...perceptron],
    peers: [torch, tfjs, jax, direct("5 sgemm")],
    eager: {
      targets: reach(150e3, { PyTorch: 178e3, "5 sgemm": 122e3 }),
      parts: [part("without tidy", "models", ...perceptron, "untidy")],
      because:
        "the gradient and the new value of 100,000 weights are arrays of their own, 400 KB each, where PyTorch's step adds in place",
    },
    compiled: {
      targets: reach(128e3, { PyTorch: 178e3, "5 sgemm": 122e3 }),
      because: "nine tenths of it are the five products, in OpenBLAS's sgemm",
    },
  }),
  ...gaussianProcess(300, 1.3e6, 2.7e6, jax),
  ...gaussianProcess(1000, 20e6, 65e6),
];
