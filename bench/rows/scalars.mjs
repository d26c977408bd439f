// What an operation costs beside its arithmetic. Targets in ns; a peer's figure is its time beside the target's, both
// of one machine.
import { direct, eagerAndCompiled, jax, part, reach, tfjs, timed, torch } from "./notation.mjs";

const taped = (name, title, target, ofTorch, because, ...parts) =>
  timed({
    name: `taped-${name}`,
    work: `taped 4x4 ${title}`,
    ask: ["scalars", `taped-${name}`],
    peers: [torch, part("off the tape", "scalars", `untaped-${name}`), ...parts],
    targets: reach(target, { PyTorch: ofTorch }),
    because,
  });

export const scalars = [
  taped(
    "add",
    "add",
    50,
    1230,
    "sixteen sums in JavaScript, whose every access is checked, and the objects of the result: tensor, node",
  ),
  taped(
    "matmul",
    "matmul",
    80,
    1480,
    "the product takes some ten nanoseconds; the rest is the addon's call, which checks where every operand ends, and the objects of the result: tensor, node",
    part("the addon's call alone", "addon_calls", "matmul"),
  ),
  ...eagerAndCompiled({
    name: "scalar-gradient",
    work: "sin(x) x + cos(x) exp(x) with gradient",
    ask: ["scalars", "scalar-gradient"],
    peers: [torch, tfjs, jax, direct("by hand")],
    eager: {
      targets: reach(900, { PyTorch: 24_000 }),
      parts: [part("the function off the tape", "scalars", "scalar-function")],
      because: "six operations forward, as many rules backward, each of which makes tensors and nodes",
    },
    compiled: {
      targets: reach(100, { PyTorch: 24_000 }),
      parts: [part("its sin, cos and exp alone, compiled", "scalars", "scalar-functions")],
      because:
        "a scalar's sin, cos and exp pass through the vector kernels, so that their last bits are those of an array's element",
    },
  }),
];
