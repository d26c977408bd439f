// The libraries that adjoint is set beside, as the tables and the charts call them.
export const libraries = ["PyTorch", "NumPy", "TensorFlow.js", "jax-js"];

export const isLibrary = ({ name }) => libraries.some((library) => name.startsWith(library));
