// The libraries in the charts, each with its colour everywhere: Okabe and Ito's, which the colour-blind can tell apart.
const colours = new Map([
  ["adjoint", "#000000"],
  ["PyTorch", "#d55e00"],
  ["NumPy", "#0072b2"],
  ["TensorFlow.js", "#e69f00"],
  ["jax-js", "#009e73"],
  ["direct calls", "#888888"],
]);

/** A peer without its version; what is no library calls BLAS and LAPACK directly. */
export const peerOf = (name) => [...colours.keys()].find((known) => name.startsWith(known)) ?? "direct calls";

export const colourScale = (names) => ({
  domain: [...colours.keys()].filter((name) => names.includes(name)),
  range: [...colours].filter(([name]) => names.includes(name)).map(([, colour]) => colour),
});
