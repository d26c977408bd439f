// The tables of docs/performance.md.
import { besideLibraries, libraries } from "./libraries.mjs";
import { describe } from "./machine.mjs";
import { markdownTable } from "./page.mjs";
import { quantity, times } from "./quantities.mjs";
import { reasons } from "./reasons.mjs";
import { belongsTo, conclusion, isRowMet, NOT_SLOWER } from "./targets.mjs";

const measured = (peer, unit) => `${quantity(peer.median, unit)} (${times(peer.ratio.median)})`;

function cellOf(peers, name, unit) {
  const peer = peers.find((each) => each.name.startsWith(name));
  return peer?.ratio ? measured(peer, unit) : "";
}

const beside = (peers, unit) =>
  besideLibraries(peers)
    .map((peer) => `${peer.name}: ${measured(peer, unit)}`)
    .join("; ");

const target = ({ targets, result, unit }) =>
  targets
    .map(({ limit, peer, ratio }) => {
      if (limit !== undefined) return quantity(limit, unit);
      const found = result.peers.some((each) => belongsTo({ peer }, each));
      return found && ratio !== NOT_SLOWER ? `${times(ratio)} ${peer}` : "";
    })
    .filter(Boolean)
    .join(", ");

const verdicts = new Map([
  [true, "yes"],
  [false, "**no**"],
  [null, ""],
]);

const line = (row) => {
  const { work, unit, result } = row;
  return [
    work,
    `**${quantity(result.adjoint.median, unit)}**`,
    ...libraries.map((name) => cellOf(result.peers, name, unit)),
    beside(result.peers, unit),
    target(row),
    verdicts.get(isRowMet(row)),
  ];
};

const head = ["work", "adjoint", ...libraries, "direct calls and others", "to reach", "met"];

const tableOf = (rows) => markdownTable([head, ...rows.map(line)]);

function limitsTable({ fusedMultiplyAdds, triad, emptyCall }) {
  return markdownTable([
    ["limit of one core", ""],
    ["fused multiply-adds, float64", `${fusedMultiplyAdds.toPrecision(3)} GF/s`],
    ...Object.entries(triad).map(([size, rate]) => [
      `triad, three arrays of ${size} together`,
      `${rate.toPrecision(3)} GB/s`,
    ]),
    ["call of an empty function of an addon", quantity(emptyCall, "time")],
  ]);
}

const reasonsTable = (rows) =>
  rows.length === 0
    ? ""
    : markdownTable([
        ["what is not met", "reached", "what holds it"],
        ...reasons(rows).map(({ work, missed, why }) => [work, missed, why]),
      ]);

export function performanceTables({ date, machine, limits, rows }) {
  const versions = libraries
    .map((name) =>
      rows.flatMap(({ result }) => result.peers).find((peer) => peer.name.startsWith(name) && peer.ratio),
    )
    .filter(Boolean)
    .map(({ name }) => name.replace(/ \(.*\)$/, ""));
  const [table, between] = [false, true].map((which) => rows.filter((row) => Boolean(row.between) === which));
  return [
    `${describe(machine)} · ${versions.join(" · ")} · ${date.slice(0, 10)}`,
    limits ? limitsTable(limits) : "",
    tableOf(table),
    conclusion(rows),
    reasonsTable(rows),
    "### Sizes between, and memory",
    tableOf(between),
  ]
    .filter(Boolean)
    .join("\n\n");
}
