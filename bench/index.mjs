// node bench/index.mjs [--only NAME]... [--rounds N] [--from FILE] [--json FILE] [--chart FILE] [--scaling FILE]
// [--publish]
import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { main, SetupError } from "../scripts/setup/command.mjs";
import { baselineInfo, buildBaseline } from "./baseline.mjs";
import { drawRatios, drawScaling } from "./chart/index.mjs";
import { limits } from "./limits/index.mjs";
import { describe, machine } from "./machine.mjs";
import { performanceTables } from "./markdown.mjs";
import { writeTables } from "./page.mjs";
import { reasons } from "./reasons.mjs";
import { reportRow } from "./report.mjs";
import { rows } from "./rows/index.mjs";
import { environment } from "./subject.mjs";
import { table } from "./table.mjs";
import { conclusion } from "./targets.mjs";

const accepted = {
  /** Part of a row's name. */
  only: { type: "string", multiple: true, default: [] },
  rounds: { type: "string", default: "9" },
  /** A report to show, instead of measuring. */
  from: { type: "string" },
  json: { type: "string" },
  chart: { type: "string" },
  scaling: { type: "string" },
  /** Writes all that docs/ and the README show. */
  publish: { type: "boolean", default: false },
};

const published = {
  json: "bench/results.json",
  chart: "docs/performance.svg",
  scaling: "docs/scaling.svg",
};

function parsed() {
  try {
    return parseArgs({ options: accepted }).values;
  } catch (error) {
    throw new SetupError(error.message);
  }
}

function options() {
  const values = parsed();
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 3) throw new SetupError("--rounds takes an integer from 3");
  return { ...values, rounds, ...(values.publish && published) };
}

function chosenRows(only) {
  const chosen = rows.filter(({ name }) => only.length === 0 || only.some((part) => name.includes(part)));
  if (chosen.length === 0)
    throw new SetupError(`--only takes part of a name: ${rows.map(({ name }) => name).join(", ")}`);
  return chosen;
}

/** A baseline of another library would prove nothing. */
function prepareBaseline({ blas, config, core }) {
  if (blas !== "OpenBLAS") return;
  buildBaseline();
  const own = baselineInfo(environment);
  if (own.config !== config || own.core !== core)
    throw new SetupError(`the baseline runs on ${own.config} (${own.core}), adjoint on ${config} (${core})`);
}

const note = (text) => process.stderr.isTTY && process.stderr.write(`\r\x1b[K${text}`);

async function measure({ only, rounds }) {
  const where = machine();
  prepareBaseline(where);
  const chosen = chosenRows(only).filter(({ cores = 1 }) => cores <= availableParallelism());
  const measured = [];
  for (const row of chosen) {
    note(`${measured.length + 1} of ${chosen.length}: ${row.name}`);
    measured.push(reportRow(row, await row.measure(rounds)));
  }
  note("");
  return {
    date: new Date().toISOString(),
    machine: where,
    limits: only.length === 0 && where.blas === "OpenBLAS" ? limits() : undefined,
    rows: measured,
  };
}

await main(async () => {
  const { from, json, chart, scaling, publish, ...what } = options();
  const report = from === undefined ? await measure(what) : JSON.parse(readFileSync(from, "utf8"));
  const legend = "medians, the best in parentheses; ratio: the peer's time over adjoint's, round by round";
  const text = [
    ...[describe(report.machine), legend, "", table(report.rows), "", conclusion(report.rows)],
    ...reasons(report.rows).map(({ name, missed, why }) => `  ${name}: ${missed}: ${why}`),
  ];
  process.stdout.write(`${text.join("\n")}\n`);
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(report, null, 1)}\n`);
  if (chart !== undefined) writeFileSync(chart, await drawRatios(report));
  if (scaling !== undefined) writeFileSync(scaling, await drawScaling(report));
  if (publish) writeTables("performance.md", performanceTables(report));
});
