// What is measured, against whom, and what is to be reached.
import { baseline } from "./baseline.mjs";
import { importTime, peakMemory } from "./processes.mjs";
import { alternate } from "./subject.mjs";

const file = (name) => `bench/adjoint/${name}.mjs`;
const adjoint = (name, ...args) => ({ command: process.execPath, args: [file(name), ...args] });
const direct = (name, ...args) => ({ name, command: baseline, args });
const torch = { name: "PyTorch", command: "python3", args: ["bench/peers/torch_scalar_gradient.py"] };

/** A limit for adjoint's median, in the row's unit. */
const atMost = (limit) => ({ limit });
/** A limit for the ratio of a peer's time to adjoint's: above 1 adjoint is the faster. */
const atLeastTimes = (peer, ratio) => ({ peer, ratio });

/** `name` is what --only looks for. */
export const rows = [
  {
    name: "taped-add",
    work: "taped 4x4 add",
    unit: "time",
    targets: [atMost(100)],
    measure: (rounds, name) => alternate(name, rounds, adjoint("taped_add"), []),
  },
  {
    name: "scalar-gradient",
    work: "value and gradient of sin(x) x + cos(x) exp(x)",
    unit: "time",
    targets: [atMost(2000), atLeastTimes("PyTorch", 10)],
    measure: (rounds, name) => alternate(name, rounds, adjoint("scalar_gradient"), [torch]),
  },
  {
    name: "memory-operations",
    work: "peak memory of 5,000,000 operations",
    unit: "bytes",
    targets: [atMost(150e6)],
    measure: () => peakMemory(file("operations")),
  },
  {
    name: "memory-gradients",
    work: "peak memory of 100,000 gradient steps",
    unit: "bytes",
    targets: [atMost(150e6)],
    measure: () => peakMemory(file("gradient_steps")),
  },
  {
    name: "matmul-512",
    work: "matmul, n = 512",
    unit: "time",
    targets: [atLeastTimes("dgemm", 0.95)],
    measure: (rounds, name) =>
      alternate(name, rounds, adjoint("matmul", "512"), [direct("dgemm", "matmul", "512")]),
  },
  {
    name: "eigh-256",
    work: "eigh, n = 256",
    unit: "time",
    targets: [atLeastTimes("dsyevd", 1 / 1.1)],
    measure: (rounds, name) =>
      alternate(name, rounds, adjoint("eigh", "256"), [direct("dsyevd", "eigh", "256")]),
  },
  {
    name: "eigh-pair-512",
    work: "one eigenpair and its gradient, n = 512",
    unit: "time",
    targets: [atLeastTimes("eigh", 1 / 0.4)],
    measure: (rounds, name) =>
      alternate(name, rounds, adjoint("eigh_pair_gradient", "512"), [
        { name: "eigh, all pairs", ...adjoint("eigh_all_pairs", "512") },
      ]),
  },
  {
    name: "solve-256",
    work: "solve, n = 256, condition checked",
    unit: "time",
    targets: [],
    measure: (rounds, name) =>
      alternate(name, rounds, adjoint("solve", "256"), [direct("dgetrf, dgetrs", "solve", "256")]),
  },
  {
    name: "import",
    work: 'import "adjoint"',
    unit: "time",
    targets: [atMost(50e6)],
    measure: () => importTime(15, file("imported"), file("empty")),
  },
];
