import { MT19937 } from "./mt19937.js";

/**
 * Standard normal numbers by Marsaglia's polar method, in the order of NumPy's legacy generators: of each pair the
 * second coordinate is given first and the other one kept for the next call. The numbers are NumPy's but for the last
 * bit or two of some, since NumPy takes the logarithm from the C library.
 */
export class LegacyGaussian {
  readonly #bits: MT19937;
  #kept: number | undefined;

  constructor(bits: MT19937) {
    this.#bits = bits;
  }

  next(): number {
    const kept = this.#kept;
    if (kept !== undefined) {
      this.#kept = undefined;
      return kept;
    }
    let x: number;
    let y: number;
    let square: number;
    do {
      x = 2 * this.#bits.nextDouble() - 1;
      y = 2 * this.#bits.nextDouble() - 1;
      square = x * x + y * y;
    } while (square >= 1 || square === 0);
    const factor = Math.sqrt((-2 * Math.log(square)) / square);
    this.#kept = factor * x;
    return factor * y;
  }
}

/** The numbers of NumPy's `RandomState(seed)`, without shapes: `rand` and `randn` in row-major order. */
export class RandomStream {
  readonly #bits: MT19937;
  readonly #gaussian: LegacyGaussian;

  /** The seed is an integer from 0 to 2**32 - 1. */
  constructor(seed: number) {
    this.#bits = new MT19937(seed);
    this.#gaussian = new LegacyGaussian(this.#bits);
  }

  /** The next n numbers uniform in [0, 1). */
  uniform(n: number): Float64Array {
    const values = new Float64Array(n);
    for (let i = 0; i < n; i++) values[i] = this.#bits.nextDouble();
    return values;
  }

  /** The next n standard normal numbers. */
  normal(n: number): Float64Array {
    const values = new Float64Array(n);
    for (let i = 0; i < n; i++) values[i] = this.#gaussian.next();
    return values;
  }
}
