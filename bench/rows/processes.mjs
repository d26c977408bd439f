// Rows whose unit is a whole process.
import { eventLoopDelay, importTime, peakMemory } from "../processes.mjs";
import { atMost } from "./notation.mjs";

const file = (name) => `bench/adjoint/${name}.mjs`;

export const processes = [
  {
    name: "async-delay",
    work: "event-loop delay (99 %) during eigh.async, n = 1000",
    unit: "time",
    cores: 2,
    targets: [atMost(5e6)],
    measure: () => eventLoopDelay(file("asynchronous_eigh")),
  },
  {
    name: "async-delay-four",
    work: "event-loop delay (99 %) during 4 eigh.async at once, n = 500",
    unit: "time",
    cores: 2,
    targets: [atMost(10e6)],
    measure: () => eventLoopDelay(file("four_at_once")),
  },
  {
    name: "import",
    work: 'import "adjoint"',
    unit: "time",
    targets: [atMost(25e6)],
    measure: () => importTime(15, file("imported"), file("empty")),
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
];
