// What a row is to reach, and whether it does.

/** The ratio of what is equally fast, less what noise leaves of it. */
export const NOT_SLOWER = 0.95;

/** Versions and backends follow the names of peers. */
export const belongsTo = (target, peer) => peer.name.startsWith(target.peer);

/** Whether a target is met by the medians: true, false, or null where the peer is absent. */
export function isMet(target, { adjoint, peers }) {
  if (target.limit !== undefined) return adjoint.median <= target.limit;
  const peer = peers.find((candidate) => belongsTo(target, candidate));
  return peer?.ratio ? peer.ratio.median >= target.ratio : null;
}

/**
 * Whether a row is met, or null where nothing decides. What it was set against in this very run decides; a limit, which
 * is another machine's, where there is none of that.
 */
export function isRowMet({ targets, result }) {
  const verdicts = (list) => list.map((target) => isMet(target, result)).filter((met) => met !== null);
  const ratios = verdicts(targets.filter(({ limit }) => limit === undefined));
  const decisive = ratios.length > 0 ? ratios : verdicts(targets);
  return decisive.length === 0 ? null : decisive.every(Boolean);
}

/** How many rows are met, and which are not. */
export function conclusion(rows) {
  const decided = rows.filter((row) => isRowMet(row) !== null);
  const unmet = decided.filter((row) => !isRowMet(row)).map(({ name }) => name);
  const count = `${decided.length - unmet.length} of ${decided.length} rows are met`;
  return unmet.length === 0 ? `${count}.` : `${count}. Not met: ${unmet.join(", ")}.`;
}
