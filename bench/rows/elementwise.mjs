import { eagerAndCompiled, jax, numpy, reach, tfjs, timed, torch } from "./notation.mjs";

const million = 1_000_000;

const reused = (name, target, ofNumpy) =>
  timed({
    name: `${name}-1e6`,
    work: `${name} of 1e6, memory reused`,
    ask: ["elementwise", name, million],
    peers: [numpy, torch, tfjs, jax],
    targets: reach(target, { NumPy: ofNumpy }),
  });

export const elementwise = [
  reused("exp", 500e3, 497e3),
  reused("sin", 700e3, 542e3),
  reused("tanh", 1750e3, 807e3),
  ...eagerAndCompiled({
    name: "tanh-exp-gradient",
    work: "sum(tanh(x) exp(-x²)) of 1e6 with gradient",
    ask: ["elementwise", "tanh-exp-gradient", million],
    peers: [numpy, torch, tfjs, jax],
    eager: reach(3.5e6, { NumPy: 6.3e6 }),
    compiled: reach(2.4e6, { NumPy: 6.3e6 }),
  }),
];
