/** Numbers in [-0.5, 0.5), the same ones in every subject: baseline/inputs.h and peers/python/inputs.py make them too. */
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

const addedToDiagonal = (a, n, shift) => a.map((value, k) => (k % (n + 1) === 0 ? value + shift : value));

/** A general matrix of small condition: U + √n I. */
export const wellConditioned = (n, seed) => addedToDiagonal(uniform(n * n, seed), n, Math.sqrt(n));

/** U + Uᵀ + 2√n I, whose eigenvalues are positive by Gershgorin for n ≤ 4 and by Wigner's semicircle above. */
export const positiveDefinite = (n, seed) => addedToDiagonal(symmetric(n, seed), n, 2 * Math.sqrt(n));

/** The squared distances of n points on a line of length 10. */
export function squaredDistances(n, seed) {
  const points = uniform(n, seed).map((value) => 10 * value);
  return Float64Array.from({ length: n * n }, (_, k) => (points[Math.floor(k / n)] - points[k % n]) ** 2);
}
