// node bench/conditioning/index.mjs: measures, and writes the tables of docs/conditioning.md
import { markdownTable, writeTables } from "../page.mjs";
import { errorsOf, ORDER, ways } from "./errors.mjs";

const exponents = [2, 4, 6, 8, 10, 12, 14, 16];

const short = (x) => (x === 0 ? "0" : x.toExponential(0).replace("+", ""));

function cell({ value, gradient, warned }) {
  if (value === undefined) return "refused";
  return `${short(value)}, ${short(gradient)}${warned ? " ⚠" : ""}`;
}

function table(dtype) {
  const rows = exponents.map((exponent) => {
    const found = ways.map((way) => errorsOf(way, dtype, 10 ** exponent));
    return [`1e${exponent}`, short(found[0].condition), ...found.map(cell)];
  });
  const head = ["κ₂ asked for", "κ∞ held", ...ways.map((way) => `\`${way}\``)];
  return markdownTable([head, ...rows]);
}

const tables = ["float64", "float32"]
  .map((dtype) => `### ${dtype}, order ${ORDER}\n\n${table(dtype)}`)
  .join("\n\n");
writeTables("conditioning.md", tables);
console.log(tables);
