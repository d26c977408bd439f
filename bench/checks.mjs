// Numbers to compare results by, from typed arrays: baseline/inputs.h and peers/python/inputs.py compute them too.
import { uniform } from "./inputs.mjs";

/** The sum of absolute values, blind to the signs of eigenvectors. */
export const magnitude = (values) => values.reduce((sum, value) => sum + Math.abs(value), 0);

/** For a part of a work. */
export const nothingToCompare = () => Number.NaN;

/** uᵀ G u of a uniform u: blind to what is antisymmetric in G, which the gradient at a symmetric matrix leaves open. */
export function quadraticForm(values) {
  const n = Math.sqrt(values.length);
  const u = uniform(n, 99);
  return values.reduce((sum, value, k) => sum + u[Math.floor(k / n)] * value * u[k % n], 0);
}
