import { linalg, type Tensor, tensor } from "adjoint";

/** Numbers in [0, 1) that are the same in every run (mulberry32). */
export function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** An integer from `low` to `high`, both included. */
export const integer = (next: () => number, low: number, high: number): number =>
  low + Math.floor(next() * (high - low + 1));

export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);

/** A float64 tensor with entries uniform between `low` and `high`. */
export function randomTensor(shape: readonly number[], seed: number, low = -1, high = 1): Tensor {
  const next = uniform(seed);
  const values = Float64Array.from({ length: sizeOf(shape) }, () => low + (high - low) * next());
  return tensor(values, { shape });
}

/** Entries whose distance from each other and from 0 is at least about 0.1: nothing ties, no corner is near. */
export function spreadTensor(shape: readonly number[], seed: number): Tensor {
  const next = uniform(seed);
  const size = sizeOf(shape);
  const values = Float64Array.from(
    { length: size },
    (_, i) => (i + 0.5 - Math.floor(size / 2)) * 0.3 + next() * 0.1,
  );
  for (let i = size - 1; i > 0; i--) {
    const j = integer(next, 0, i);
    [values[i], values[j]] = [values[j], values[i]];
  }
  return tensor(values, { shape });
}

const batched = (
  batch: readonly number[],
  n: number,
  entry: (b: number, i: number, j: number) => number,
): Tensor => {
  const count = sizeOf(batch);
  const values = new Float64Array(count * n * n);
  for (let b = 0; b < count; b++)
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) values[(b * n + i) * n + j] = entry(b, i, j);
  return tensor(values, { shape: [...batch, n, n] });
};

/** Well-conditioned general matrices: noise around a diagonal with distinct entries. */
export function generalMatrices(batch: readonly number[], n: number, seed: number): Tensor {
  const next = uniform(seed);
  return batched(batch, n, (b, i, j) => next() - 0.5 + (i === j ? 1.5 + i + 0.2 * b : 0));
}

/** Matrices whose symmetric part has well separated positive eigenvalues; not symmetric themselves. */
export function positiveMatrices(batch: readonly number[], n: number, seed: number): Tensor {
  const next = uniform(seed);
  return batched(batch, n, (b, i, j) => 0.5 * (next() - 0.5) + (i === j ? 2 + 1.5 * i + 0.1 * b : 0));
}

/** Orthogonal matrices in no special basis. */
export const orthogonalMatrices = (batch: readonly number[], n: number, seed: number): Tensor =>
  linalg.qr(randomTensor([...batch, n, n], seed)).q;
