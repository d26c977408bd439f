// node bench/conditioning/index.mjs: measures, and writes the tables of docs/conditioning.md
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { errorsOf, ORDER, ways } from "./errors.mjs";

const page = fileURLToPath(new URL("../../docs/conditioning.md", import.meta.url));
const [START, END] = ["<!-- tables -->", "<!-- end of tables -->"];
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
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

const tables = ["float64", "float32"]
  .map((dtype) => `### ${dtype}, order ${ORDER}\n\n${table(dtype)}`)
  .join("\n\n");
const text = readFileSync(page, "utf8");
const [before, rest] = text.split(START);
const after = rest.split(END)[1];
writeFileSync(page, `${before}${START}\n${tables}\n${END}${after}`);
console.log(tables);
