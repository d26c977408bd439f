import { ArgumentError, showValue } from "../errors.js";

const size = 624;
const shift = 397;
const matrix = 0x9908b0df;

/**
 * The Mersenne Twister of Matsumoto and Nishimura (1998), seeded from one integer as their `init_genrand` (2002)
 * does: the stream of NumPy's `RandomState(seed)`.
 */
export class MT19937 {
  readonly #state = new Uint32Array(size);
  #next = size;

  constructor(seed: number) {
    if (!Number.isInteger(seed) || seed < 0 || seed > 0xffffffff)
      throw new ArgumentError(
        "randomState",
        `the seed must be an integer from 0 to 2**32 - 1, got ${showValue(seed)}`,
      );
    const state = this.#state;
    state[0] = seed;
    for (let i = 1; i < size; i++) {
      const previous = state[i - 1]!;
      state[i] = Math.imul(1812433253, previous ^ (previous >>> 30)) + i;
    }
  }

  /** The next 32 bits, as an integer from 0 to 2**32 - 1. */
  nextUint32(): number {
    if (this.#next === size) this.#twist();
    let y = this.#state[this.#next++]!;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    y ^= y >>> 18;
    return y >>> 0;
  }

  /** The next number in [0, 1), a multiple of 2**-53: two draws of 32 bits. */
  nextDouble(): number {
    const high = this.nextUint32() >>> 5;
    const low = this.nextUint32() >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  }

  #twist(): void {
    const state = this.#state;
    for (let i = 0; i < size; i++) {
      const y = (state[i]! & 0x80000000) | (state[(i + 1) % size]! & 0x7fffffff);
      state[i] = state[(i + shift) % size]! ^ (y >>> 1) ^ (y & 1 ? matrix : 0);
    }
    this.#next = 0;
  }
}
