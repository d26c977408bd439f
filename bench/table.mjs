// The table: one line for each measurement and peer.

import { quantity, times } from "./quantities.mjs";
import { belongsTo, isMet } from "./targets.mjs";

function measured({ best, median }, show) {
  return best === median ? show(median) : `${show(median)} (${show(best)})`;
}

function targetText(target, unit) {
  return target.limit === undefined ? `>= ${times(target.ratio)}` : `<= ${quantity(target.limit, unit)}`;
}

const verdict = (met) => (met === null ? "not measured" : met ? "yes" : "no");

/** The lines of one row: the first has adjoint's own targets, each peer its targets of ratio. */
function lines({ work, unit, targets, result }) {
  const show = (value) => quantity(value, unit);
  const own = targets.filter((target) => target.limit !== undefined);
  const described = (list) => [
    list.map((target) => targetText(target, unit)).join(", ") || "-",
    list.map((target) => verdict(isMet(target, result))).join(", ") || "-",
  ];
  const first = [work, measured(result.adjoint, show)];
  const ofPeers = result.peers.map((peer) => [
    peer.absent ? `${peer.name}: ${peer.absent}` : `${peer.name} ${measured(peer, show)}`,
    peer.ratio ? measured(peer.ratio, times) : "-",
    ...described(targets.filter((target) => target.limit === undefined && belongsTo(target, peer))),
  ]);
  const rows = own.length > 0 || ofPeers.length === 0 ? [["-", "-", ...described(own)], ...ofPeers] : ofPeers;
  return rows.map((row, i) => [...(i === 0 ? first : ["", ""]), ...row]);
}

const header = ["work", "adjoint", "peer", "ratio", "target", "met"];

export function table(rows) {
  const cells = [header, ...rows.flatMap(lines)];
  const widths = header.map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  const line = (row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]))
      .join("  ")
      .trimEnd();
  return [
    line(cells[0]),
    widths.map((width) => "-".repeat(width)).join("  "),
    ...cells.slice(1).map(line),
  ].join("\n");
}
