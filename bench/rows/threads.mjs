import { NOT_SLOWER } from "../targets.mjs";
import { atLeastTimes, twoThreads } from "./notation.mjs";

const neverSlower = [atLeastTimes("one thread", NOT_SLOWER)];

export const threads = [
  ...["exp", "sin", "tanh"].map((name) =>
    twoThreads({
      name: `${name}-1e6-threads`,
      work: `${name} of 1e6, memory reused`,
      ask: ["elementwise", name, 1_000_000],
      targets: [atLeastTimes("one thread", 1.8)],
    }),
  ),
  twoThreads({
    name: "sum-1e7-threads",
    work: "sum of 1e7",
    ask: ["elementwise", "sum", 10_000_000],
    targets: neverSlower,
  }),
  ...[512, 1024].map((n) =>
    twoThreads({
      name: `matmul-${n}-threads`,
      work: `matmul, n = ${n}`,
      ask: ["matrices", "matmul", n],
      targets: neverSlower,
    }),
  ),
  ...[256, 1024].map((n) =>
    twoThreads({
      name: `eigh-${n}-threads`,
      work: `eigh with gradient, n = ${n}`,
      ask: ["matrices", "eigh-gradient", n],
      targets: neverSlower,
    }),
  ),
];
