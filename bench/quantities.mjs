const scales = {
  time: [
    [1e9, "s"],
    [1e6, "ms"],
    [1e3, "µs"],
    [1, "ns"],
  ],
  bytes: [[1e6, "MB"]],
};

/** Nanoseconds or bytes in the unit that suits them, with three digits. */
export function quantity(value, unit) {
  const shown = Number(value.toPrecision(3));
  const [scale, name] = scales[unit].find(([scale]) => shown >= scale) ?? scales[unit].at(-1);
  return `${(value / scale).toPrecision(value >= 1000 * scale ? 4 : 3)} ${name}`;
}

export const times = (ratio) => `${ratio >= 100 ? ratio.toFixed(0) : ratio.toPrecision(3)}x`;
