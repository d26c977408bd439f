// Why rows are not met: their own words, and what this very run measured beside them.
import { besideLibraries } from "./libraries.mjs";
import { quantity, times } from "./quantities.mjs";
import { belongsTo, isMet, isRowMet } from "./targets.mjs";

/** What was reached of every target that was not. */
function missed({ targets, result, unit }) {
  const ofPeers = targets.filter((target) => target.limit === undefined && isMet(target, result) === false);
  const described = ofPeers.map((target) => {
    const { ratio } = result.peers.find((peer) => belongsTo(target, peer));
    return `${times(ratio.median)} of ${times(target.ratio)} ${target.peer}`;
  });
  const own = targets.find(({ limit }) => limit !== undefined);
  return described.length > 0
    ? described.join(", ")
    : `${quantity(result.adjoint.median, unit)} of ${quantity(own.limit, unit)}`;
}

const percent = (ratio) => `${Math.round(100 * ratio)} %`;

const measuredBeside = ({ result: { peers }, unit }) =>
  besideLibraries(peers)
    .map(
      ({ name, median, ratio }) => `${name} ${quantity(median, unit)}, ${percent(ratio.median)} of the row`,
    )
    .join("; ");

/** For every row that is not met its name, what it misses, and why. */
export const reasons = (rows) =>
  rows
    .filter((row) => isRowMet(row) === false)
    .map((row) => ({
      name: row.name,
      work: row.work,
      missed: missed(row),
      why: [row.because ?? "nothing explains it yet", measuredBeside(row)]
        .filter(Boolean)
        .join(". In this run: "),
    }));
