import { eagerAndCompiled, jax, numpy, part, reach, tfjs, timed, torch } from "./notation.mjs";

const million = 1_000_000;

const reused = (name, target, ofNumpy, because) =>
  timed({
    name: `${name}-1e6`,
    work: `${name} of 1e6, memory reused`,
    ask: ["elementwise", name, million],
    peers: [numpy, torch, tfjs, jax],
    targets: reach(target, { NumPy: ofNumpy }),
    because,
  });

const transcendental = part("its tanh and exp alone, memory reused", "elementwise", "tanh-and-exp", million);

export const elementwise = [
  reused("exp", 500e3, 497e3),
  reused(
    "sin",
    700e3,
    542e3,
    "below 1 ulp everywhere, where NumPy's sin is off by up to 3.2 ulp in [-3, 3] (against mpmath, 8,000 points)",
  ),
  reused("tanh", 1750e3, 807e3),
  ...eagerAndCompiled({
    name: "tanh-exp-gradient",
    work: "sum(tanh(x) exp(-x²)) of 1e6 with gradient",
    ask: ["elementwise", "tanh-exp-gradient", million],
    peers: [numpy, torch, tfjs, jax],
    eager: {
      targets: reach(3.5e6, { NumPy: 6.3e6 }),
      parts: [
        transcendental,
        part("the function off the tape, memory reused", "elementwise", "tanh-exp", million),
        part("without tidy", "elementwise", "tanh-exp-gradient", million, "untidy"),
      ],
      because:
        "every operation passes its arrays of 8 MB through memory, some 250 MB by count, and the tape keeps six of them at once; NumPy's derivative by hand goes over four",
    },
    compiled: {
      targets: reach(2.4e6, { NumPy: 6.3e6 }),
      parts: [transcendental],
      because:
        "half of it are tanh and exp; eight cheap operations pass the first-level cache block by block, 0.09 ns an element each, of which storing alone takes 0.07; the rest is reading 8 MB and writing 8 MB",
    },
  }),
];
