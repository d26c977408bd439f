// Draws a report with Vega-Lite, as SVG.
import { SetupError } from "../../scripts/setup/command.mjs";
import { whyMissing } from "../packages.mjs";
import { ratios } from "./ratios.mjs";
import { scaling } from "./scaling.mjs";

/** White behind, so that the text is legible on a dark page too. */
const config = {
  aria: false,
  background: "white",
  font: "Helvetica, Arial, sans-serif",
  axis: {
    labelFontSize: 11,
    titleFontSize: 12,
    gridColor: "#e4e4e4",
    domainColor: "#888888",
    tickColor: "#888888",
  },
  legend: { labelFontSize: 12, titleFontSize: 12, symbolSize: 90 },
  header: { labelFontSize: 13, labelFontWeight: "bold" },
  view: { stroke: null },
};

async function drawn(spec) {
  const reason = whyMissing("bench/chart");
  if (reason !== null) throw new SetupError(reason);
  const [vega, { compile }] = await Promise.all([import("vega"), import("vega-lite")]);
  const view = new vega.View(vega.parse(compile({ ...spec, config, padding: 12 }).spec), {
    renderer: "none",
  });
  return `${await view.toSVG()}\n`;
}

/** How much faster adjoint is than each library, work by work. */
export const drawRatios = (report) => drawn(ratios(report));

/** Time and memory against size. */
export const drawScaling = (report) => drawn(scaling(report));
