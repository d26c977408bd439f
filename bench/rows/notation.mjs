// The words in which rows are written.
import { baseline } from "../baseline.mjs";
import { memoryGrowth } from "../processes.mjs";
import { python } from "../python.mjs";
import { alternate } from "../subject.mjs";
import { NOT_SLOWER } from "../targets.mjs";

const node = (file, args) => ({ command: process.execPath, args: [file, ...args.map(String)] });

/** adjoint's own subject of a work: `family` is its file. */
export const adjoint = (family, ...args) => node(`bench/adjoint/${family}.mjs`, args);

const ofPython =
  (name, library) =>
  (family, ...args) => ({
    name,
    library: true,
    command: python,
    args: [`bench/peers/python/${library}_${family}.py`, ...args.map(String)],
  });

// Peers are functions of the work that a row asks for.
export const torch = ofPython("PyTorch", "torch");
export const numpy = ofPython("NumPy", "numpy");

/** torch.func beside PyTorch's own transforms. */
export const torchFunc = (...asked) => ({ ...torch(...asked, "func"), name: "torch.func" });

const ofNode =
  (name, file) =>
  (_, ...args) => ({
    name,
    library: true,
    ...node(`bench/peers/javascript/${file}.mjs`, args),
    packages: "bench/peers/javascript",
    // float32, or float64 with exp and sin in float32.
    tolerance: 1e-4,
  });

export const tfjs = ofNode("TensorFlow.js", "tfjs");
export const jax = ofNode("jax-js", "jax");

/** Direct calls in C++, by the name that the table gives them; of the row's work, unless another is named. */
export const direct =
  (name, work) =>
  (_, asked, ...args) => ({ name, command: baseline, args: [work ?? asked, ...args.map(String)] });

/** A part of the work, or the work in another form, by adjoint itself: beside the whole it says where the time goes. */
export const part =
  (name, family, ...args) =>
  () => ({ name, ...adjoint(family, ...args) });

/** A limit for adjoint's median, in the row's unit. */
export const atMost = (limit) => ({ limit });

/** A limit for the ratio of a peer's time to adjoint's: above 1 adjoint is the faster. */
export const atLeastTimes = (peer, ratio) => ({ peer, ratio });

/** A time to be reached, and peers' times on the machine of that time: their ratios are to be reached on any. */
export const reach = (limit, peers) => [
  atMost(limit),
  ...Object.entries(peers).map(([peer, time]) => atLeastTimes(peer, time / limit)),
];

/** No library is to be faster, by more than two processes of one library differ. */
const ahead = (peers, targets) =>
  peers
    .filter(({ name, library }) => library && !targets.some(({ peer }) => peer === name))
    .map(({ name }) => atLeastTimes(name, NOT_SLOWER));

/**
 * A row of times, on one thread. `ask` is what all subjects are asked for: the family of the work, its name and its
 * arguments. `how` is for adjoint alone. `curve` says where the row stands in the chart of scaling. `because` says what
 * holds the row where its targets are not met; direct calls and parts of the work are the measurements behind it.
 */
export function timed({ name, work, ask, how = [], peers = [], targets = [], because, curve }) {
  const others = peers.map((peer) => peer(...ask));
  return {
    name,
    work,
    unit: "time",
    curve,
    because,
    targets: [...targets, ...ahead(others, targets)],
    measure: (rounds) => alternate(name, rounds, adjoint(...ask, ...how), others),
  };
}

/** A row of memory: how far some calls raise it. */
export const raised = ({ name, work, ask, peers, curve }) => ({
  name,
  work,
  unit: "bytes",
  curve,
  targets: [],
  measure: () =>
    memoryGrowth(
      adjoint(...ask),
      peers.map((peer) => peer(...ask)),
    ),
});

/** The same work eager and compiled, each with its own targets, parts and reason. */
export const eagerAndCompiled = ({ peers, eager, compiled, ...row }) => {
  const form = ({ parts = [], ...own }) => timed({ ...row, ...own, peers: [...peers, ...parts] });
  return [
    form(eager),
    form({
      ...compiled,
      name: `${row.name}-compiled`,
      work: `${row.work}, compiled`,
      how: ["compiled"],
    }),
  ];
};

/** Two threads beside one, both of adjoint. */
export const twoThreads = ({ name, work, ask, targets = [] }) => ({
  name,
  work: `${work}, two threads`,
  unit: "time",
  cores: 2,
  targets,
  measure: (rounds) =>
    alternate(name, rounds, { ...adjoint(...ask), threads: 2 }, [{ ...adjoint(...ask), name: "one thread" }]),
});
