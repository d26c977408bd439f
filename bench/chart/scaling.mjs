import { colourScale, peerOf } from "./peers.mjs";

const names = ["adjoint", "PyTorch", "direct calls"];

const panel = (title, values, sizes, y) => ({
  title: { text: title, fontSize: 12, anchor: "middle" },
  width: 210,
  height: 190,
  data: { values },
  mark: { type: "line", point: { size: 35 }, strokeWidth: 2 },
  encoding: {
    x: {
      field: "n",
      type: "quantitative",
      scale: { type: "log", base: 2 },
      axis: { values: sizes, format: "d" },
    },
    y: {
      field: "value",
      type: "quantitative",
      title: y,
      scale: { type: "log" },
      axis: { format: "~s", tickCount: 5 },
    },
    color: { field: "library", type: "nominal", title: null, scale: colourScale(names), sort: names },
  },
});

/** A line for each library through the sizes of each work. */
export function scaling({ machine, rows }) {
  const curves = rows.filter(({ curve }) => curve);
  const works = ["matmul", "eigh with gradient", "inverse with gradient"];
  const panels = (unit, scale, sizes, title) =>
    works.map((work, i) => {
      const values = curves
        .filter((row) => row.unit === unit && row.curve.of === work)
        .flatMap(({ curve, result }) =>
          [{ name: "adjoint", ...result.adjoint }, ...result.peers]
            .filter(({ absent }) => !absent)
            .map(({ name, median }) => ({ n: curve.n, library: peerOf(name), value: median / scale })),
        )
        .filter(({ library }) => names.includes(library));
      return panel(work, values, sizes, i === 0 ? title : null);
    });
  return {
    title: {
      text: "Time and memory against the size of a matrix",
      subtitle: `one thread, ${machine.processor}`,
      anchor: "start",
      offset: 12,
    },
    vconcat: [
      { hconcat: panels("time", 1e9, [4, 16, 64, 256, 1024], "time, s") },
      { hconcat: panels("bytes", 1, [128, 256, 512, 1024], "memory of five calls, bytes") },
    ],
  };
}
