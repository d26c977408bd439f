// The libraries that adjoint is set beside, as the tables and the charts call them.
export const libraries = ["PyTorch", "NumPy", "TensorFlow.js", "jax-js"];

const isLibrary = ({ name }) => libraries.some((library) => name.startsWith(library));

/** What was measured beside the libraries: direct calls, parts of the work, other transforms, one thread. */
export const besideLibraries = (peers) => peers.filter((peer) => peer.ratio && !isLibrary(peer));
