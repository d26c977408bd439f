// What an operation costs beside its arithmetic. Targets in ns; a peer's figure is its time beside the target's, both
// of one machine.
import { direct, eagerAndCompiled, jax, reach, tfjs, timed, torch } from "./notation.mjs";

export const scalars = [
  timed({
    name: "taped-add",
    work: "taped 4x4 add",
    ask: ["scalars", "taped-add"],
    peers: [torch],
    targets: reach(50, { PyTorch: 1230 }),
  }),
  timed({
    name: "taped-matmul",
    work: "taped 4x4 matmul",
    ask: ["scalars", "taped-matmul"],
    peers: [torch],
    targets: reach(80, { PyTorch: 1480 }),
  }),
  ...eagerAndCompiled({
    name: "scalar-gradient",
    work: "sin(x) x + cos(x) exp(x) with gradient",
    ask: ["scalars", "scalar-gradient"],
    peers: [torch, tfjs, jax, direct("by hand")],
    eager: reach(900, { PyTorch: 24_000 }),
    compiled: reach(100, { PyTorch: 24_000 }),
  }),
];
