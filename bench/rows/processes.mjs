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
    because:
      "as many decompositions run at once as there are processors, so that the event loop takes turns with them; the rest is the system's scheduler",
    measure: () => eventLoopDelay(file("four_at_once")),
  },
  {
    name: "import",
    work: 'import "adjoint"',
    unit: "time",
    targets: [atMost(25e6)],
    because:
      "reading and compiling the main bundle takes 8, its top level 5; loading the addon takes 4, and the loader of modules the rest",
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
