// node bench/index.mjs [--only NAME]... [--rounds N] [--json FILE]
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { main, SetupError } from "../scripts/setup/command.mjs";
import { baselineInfo, buildBaseline } from "./baseline.mjs";
import { describe, machine } from "./machine.mjs";
import { rows } from "./rows/index.mjs";
import { environment } from "./subject.mjs";
import { isMet, table } from "./table.mjs";

const accepted = {
  only: { type: "string", multiple: true, default: [] },
  rounds: { type: "string", default: "9" },
  json: { type: "string" },
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
  const chosen = rows.filter(
    ({ name }) => values.only.length === 0 || values.only.some((part) => name.includes(part)),
  );
  if (chosen.length === 0)
    throw new SetupError(`--only takes part of a name: ${rows.map(({ name }) => name).join(", ")}`);
  return { chosen, rounds, json: values.json };
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

await main(async () => {
  const { chosen, rounds, json } = options();
  const where = machine();
  prepareBaseline(where);
  const measured = [];
  for (const { name, work, unit, targets, measure } of chosen) {
    note(name);
    measured.push({ name, work, unit, targets, result: await measure(rounds) });
  }
  note("");
  const legend = "medians, the best in parentheses; ratio: the peer's time over adjoint's, round by round";
  process.stdout.write(`${describe(where)}\n${legend}\n\n${table(measured)}\n`);
  if (json === undefined) return;
  const report = measured.map(({ name, work, unit, targets, result }) => ({
    name,
    work,
    unit: unit === "time" ? "ns" : unit,
    targets: targets.map((target) => ({ ...target, met: isMet(target, result) })),
    ...result,
  }));
  writeFileSync(
    json,
    `${JSON.stringify({ date: new Date().toISOString(), machine: where, rows: report }, null, 2)}\n`,
  );
});
