// The table: one line for each measurement and peer.

const scales = {
  time: [
    [1e9, "s"],
    [1e6, "ms"],
    [1e3, "µs"],
    [1, "ns"],
  ],
  bytes: [[1e6, "MB"]],
};

function quantity(value, unit) {
  const [scale, name] = scales[unit].find(([scale]) => value >= scale) ?? scales[unit].at(-1);
  return `${(value / scale).toPrecision(value >= 1000 * scale ? 4 : 3)} ${name}`;
}

const times = (ratio) => `${ratio >= 100 ? ratio.toFixed(0) : ratio.toPrecision(3)}x`;

function measured({ best, median }, show) {
  return best === median ? show(median) : `${show(median)} (${show(best)})`;
}

function targetText(target, unit) {
  return target.limit === undefined ? `>= ${times(target.ratio)}` : `<= ${quantity(target.limit, unit)}`;
}

const belongsTo = (target, peer) => peer.name.startsWith(target.peer);

/** Whether a target is met by the medians: true, false, or null where the peer is absent. */
export function isMet(target, { adjoint, peers }) {
  if (target.limit !== undefined) return adjoint.median <= target.limit;
  const peer = peers.find((candidate) => belongsTo(target, candidate));
  return peer?.ratio ? peer.ratio.median >= target.ratio : null;
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
