/** Numbers in [-0.5, 0.5), the same ones in every subject: baseline/inputs.h makes them in C++. */
export function uniform(count, seed) {
  let state = seed >>> 0;
  return Float64Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32 - 0.5;
  });
}

/** U + Uᵀ of a uniform matrix U. */
export function symmetric(n, seed) {
  const u = uniform(n * n, seed);
  return u.map((value, k) => value + u[(k % n) * n + Math.floor(k / n)]);
}

/** The sum of absolute values: one number to compare results by, blind to the signs of eigenvectors. */
export const magnitude = (x) => x.toTypedArray().reduce((sum, value) => sum + Math.abs(value), 0);
