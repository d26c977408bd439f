import { libraries } from "../libraries.mjs";
import { colourScale, peerOf } from "./peers.mjs";

/** A point for each work and library; the more to the right, the more adjoint is ahead. */
export function ratios({ machine, rows }) {
  const works = rows.filter(({ unit, between, cores }) => unit === "time" && !between && !cores);
  const values = works.flatMap(({ work, result }) =>
    result.peers
      .filter(({ ratio }) => ratio)
      .map(({ name, ratio }) => ({ work, library: peerOf(name), ratio: ratio.median }))
      .filter(({ library }) => libraries.includes(library)),
  );
  const order = works.map(({ work }) => work).filter((work) => values.some((value) => value.work === work));
  const y = {
    field: "work",
    type: "nominal",
    sort: order,
    title: null,
    axis: { labelLimit: 520, grid: true, ticks: false, domain: false, labelPadding: 8 },
  };
  return {
    title: {
      text: "Time of other libraries over adjoint's",
      subtitle: `one thread, ${machine.processor}; right of 1: adjoint is ahead`,
      anchor: "start",
      offset: 12,
    },
    width: 460,
    height: { step: 19 },
    data: { values },
    layer: [
      {
        mark: { type: "rule", color: "#555555", strokeWidth: 1.5 },
        encoding: { x: { datum: 1 } },
      },
      {
        mark: { type: "point", filled: true, size: 75, opacity: 0.9 },
        encoding: {
          y,
          x: {
            field: "ratio",
            type: "quantitative",
            title: "ratio (logarithmic)",
            scale: { type: "log" },
            axis: { orient: "top", format: "~r" },
          },
          color: {
            field: "library",
            type: "nominal",
            title: null,
            scale: colourScale(libraries),
            legend: { orient: "top" },
          },
        },
      },
    ],
  };
}
