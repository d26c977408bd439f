/** The multiplier of the congruential generator, as 32-bit words, the lowest first. */
const M0 = 0x9fccf645;
const M1 = 0x4385df64;
const M2 = 0x1fc65da4;
const M3 = 0x2360ed05;
const WORD = 2 ** 32;

/**
 * The high word of a · b, for whose low word `low` is given. The product is rounded by at most 2¹⁰, which the low word
 * taken off leaves as less than 2⁻²⁰ of a unit.
 */
const high = (a: number, b: number, low: number): number => ((a * b - low) / WORD + 0.5) >>> 0;

/**
 * O'Neill's PCG XSL RR 128/64, the bit generator of NumPy's `default_rng`: a 128-bit congruential generator whose two
 * halves are xored and rotated. In 32-bit words, since big integers would be many times slower.
 * @see O'Neill, "PCG: A family of simple fast space-efficient statistically good algorithms for random number
 * generation", 2014, section 6.3
 */
export class PCG64 {
  /** Four words of state, four of the increment, the lowest first each. */
  readonly #words = new Uint32Array(8);
  /** The last 64 bits that were drawn, in two halves. */
  low = 0;
  high = 0;
  #kept = -1;

  /** Eight words: two 64-bit halves of the initial state, the higher one first, then of the stream's number. */
  constructor(seeds: Uint32Array) {
    const [s2, s3, s0, s1, i2, i3, i0, i1] = seeds;
    const words = this.#words;
    words.set([0, 0, 0, 0, (i0 << 1) | 1, (i1 << 1) | (i0 >>> 31), (i2 << 1) | (i1 >>> 31)], 0);
    words[7] = (i3 << 1) | (i2 >>> 31);
    this.#step();
    let carry = 0;
    [s0, s1, s2, s3].forEach((word, i) => {
      const sum = words[i] + word + carry;
      words[i] = sum;
      carry = sum >= WORD ? 1 : 0;
    });
    this.#step();
  }

  /** state ← state · multiplier + increment, modulo 2¹²⁸. */
  #step(): void {
    const words = this.#words;
    const a = words[0];
    const b = words[1];
    const c = words[2];
    const d = words[3];
    const a0 = Math.imul(a, M0) >>> 0;
    const a1 = Math.imul(a, M1) >>> 0;
    const b0 = Math.imul(b, M0) >>> 0;
    const a2 = Math.imul(a, M2) >>> 0;
    const b1 = Math.imul(b, M1) >>> 0;
    const c0 = Math.imul(c, M0) >>> 0;
    const sum0 = a0 + words[4];
    const sum1 = high(a, M0, a0) + a1 + b0 + words[5] + (sum0 >= WORD ? 1 : 0);
    const sum2 = high(a, M1, a1) + high(b, M0, b0) + a2 + b1 + c0 + words[6] + ((sum1 / WORD) >>> 0);
    // The last word wraps: whatever is above it is lost.
    const products = (Math.imul(a, M3) + Math.imul(b, M2) + Math.imul(c, M1) + Math.imul(d, M0)) | 0;
    const carries = (high(a, M2, a2) + high(b, M1, b1) + high(c, M0, c0)) | 0;
    words[0] = sum0;
    words[1] = sum1;
    words[2] = sum2;
    words[3] = products + carries + words[7] + ((sum2 / WORD) >>> 0);
  }

  /** Draws 64 bits into `low` and `high`. */
  next64(): void {
    this.#step();
    const words = this.#words;
    const top = words[3];
    const lowXor = words[0] ^ words[2];
    const highXor = words[1] ^ top;
    // Rotated to the right by the six highest bits.
    const rotation = top >>> 26;
    const swapped = (rotation & 32) !== 0;
    const x = swapped ? highXor : lowXor;
    const y = swapped ? lowXor : highXor;
    const shift = rotation & 31;
    if (shift === 0) {
      this.low = x >>> 0;
      this.high = y >>> 0;
    } else {
      this.low = ((x >>> shift) | (y << (32 - shift))) >>> 0;
      this.high = ((y >>> shift) | (x << (32 - shift))) >>> 0;
    }
  }

  /** The next 32 bits: of each 64 the lower half first; the other one is kept for the next call. */
  next32(): number {
    if (this.#kept >= 0) {
      const kept = this.#kept;
      this.#kept = -1;
      return kept;
    }
    this.next64();
    this.#kept = this.high;
    return this.low;
  }

  /** The next number in [0, 1), a multiple of 2⁻⁵³. */
  nextDouble(): number {
    this.next64();
    return (this.high * 2 ** 21 + (this.low >>> 11)) * 2 ** -53;
  }
}
