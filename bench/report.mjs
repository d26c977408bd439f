// A report: what was measured, as the JSON file holds it.

const digits = (value) => Number(value.toPrecision(5));
const figures = ({ best, median }) => ({ best: digits(best), median: digits(median) });

const ofPeer = ({ name, absent, ratio, ...times }) =>
  absent ? { name, absent } : { name, ...figures(times), ratio: figures(ratio) };

/** Medians and bests, without the samples behind them. */
export const reportRow = ({ measure: _, ...row }, { adjoint, peers }) => ({
  ...row,
  result: { adjoint: figures(adjoint), peers: peers.map(ofPeer) },
});
