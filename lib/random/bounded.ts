import type { PCG64 } from "./pcg64.js";

const WORD = 2 ** 32;
const MASK64 = (1n << 64n) - 1n;

/**
 * The next integer from 0 to `largest` < 2³², both included, each as likely as any other.
 * @see Lemire, "Fast random integer generation in an interval", 2019, algorithm 5
 */
export function bounded32(bits: PCG64, largest: number): number {
  if (largest === 0) return 0;
  const first = bits.next32();
  if (largest === WORD - 1) return first;
  const count = largest + 1;
  let low = Math.imul(first, count) >>> 0;
  let product = first * count;
  if (low < count) {
    const threshold = (WORD - count) % count;
    while (low < threshold) {
      const again = bits.next32();
      low = Math.imul(again, count) >>> 0;
      product = again * count;
    }
  }
  // The product of two words may be rounded; without its low word the rest is exact (see PCG64).
  return ((product - low) / WORD + 0.5) >>> 0;
}

/** The same for `largest` from 2³² to 2⁵³. */
export function bounded64(bits: PCG64, largest: number): number {
  const count = BigInt(largest) + 1n;
  const draw = (): bigint => {
    bits.next64();
    return ((BigInt(bits.high) << 32n) | BigInt(bits.low)) * count;
  };
  let product = draw();
  if ((product & MASK64) < count) {
    const threshold = ((1n << 64n) - count) % count;
    while ((product & MASK64) < threshold) product = draw();
  }
  return Number(product >> 64n);
}

/** The next integer from 0 to `largest` < 2³², both included: as few bits as it needs, drawn until they fit. */
export function masked32(bits: PCG64, largest: number): number {
  if (largest === 0) return 0;
  const shift = Math.clz32(largest);
  for (;;) {
    const value = (bits.next32() << shift) >>> shift;
    if (value <= largest) return value;
  }
}

/**
 * Fisher and Yates' shuffle, in place and from the end, down to and without place `first` − 1: what stands from there
 * on is then a sample. NumPy draws places with a mask for permutations, and by Lemire's method for samples.
 */
export function shuffle(bits: PCG64, values: Int32Array, draw: typeof masked32, first = 1): void {
  for (let i = values.length - 1; i >= first; i--) {
    const j = draw(bits, i);
    const kept = values[j];
    values[j] = values[i];
    values[i] = kept;
  }
}

/** `count` different integers from 0 to n − 1 in random order. */
export function sampleWithoutReplacement(bits: PCG64, n: number, count: number): Int32Array {
  if (n > 10000 && count > Math.floor(n / 50)) {
    const all = Int32Array.from({ length: n }, (_, i) => i);
    shuffle(bits, all, bounded32, Math.max(n - count, 1));
    return all.slice(n - count);
  }
  // Floyd's algorithm: Bentley and Floyd, "A sample of brilliance", 1987.
  const chosen = new Set<number>();
  const result = new Int32Array(count);
  for (let j = n - count; j < n; j++) {
    const candidate = bounded32(bits, j);
    const value = chosen.has(candidate) ? j : candidate;
    chosen.add(value);
    result[j - n + count] = value;
  }
  shuffle(bits, result, bounded32);
  return result;
}
