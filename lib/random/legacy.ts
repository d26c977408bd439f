import { MT19937 } from "./mt19937.js";

/** Points uniform in the unit disc without its centre, as y and x in turn, and the squares of their radii. */
interface Points {
  readonly coordinates: Float64Array;
  readonly squares: Float64Array;
}

function drawPoints(bits: MT19937, count: number): Points {
  const coordinates = new Float64Array(2 * count);
  const squares = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    let x: number;
    let y: number;
    let square: number;
    do {
      x = 2 * bits.nextDouble() - 1;
      y = 2 * bits.nextDouble() - 1;
      square = x * x + y * y;
    } while (square >= 1 || square === 0);
    coordinates[2 * i] = y;
    coordinates[2 * i + 1] = x;
    squares[i] = square;
  }
  return { coordinates, squares };
}

/** Natural logarithms of many numbers. */
export type Logarithms = (xs: Float64Array) => ArrayLike<number>;

/**
 * The numbers of NumPy's `RandomState(seed)`, without shapes: `rand` and `randn` in row-major order. They are NumPy's
 * to the last bit if the logarithms are: NumPy takes them from the C library, which JavaScript's do not always equal.
 */
export class RandomStream {
  readonly #bits: MT19937;
  readonly #logarithms: Logarithms;
  #kept: number | undefined;

  /** The seed is an integer from 0 to 2**32 - 1. */
  constructor(seed: number, logarithms: Logarithms = (xs) => xs.map(Math.log)) {
    this.#bits = new MT19937(seed);
    this.#logarithms = logarithms;
  }

  /** The next n numbers uniform in [0, 1). */
  uniform(n: number): Float64Array {
    const values = new Float64Array(n);
    for (let i = 0; i < n; i++) values[i] = this.#bits.nextDouble();
    return values;
  }

  /**
   * The next n standard normal numbers, by Marsaglia's polar method in the order of NumPy's legacy generators: of each
   * pair the second coordinate is given first and the other one kept for the next number.
   */
  normal(n: number): Float64Array {
    const values = new Float64Array(n);
    let next = 0;
    if (n > 0 && this.#kept !== undefined) {
      values[next++] = this.#kept;
      this.#kept = undefined;
    }
    const { coordinates, squares } = drawPoints(this.#bits, Math.ceil((n - next) / 2));
    const logarithms = this.#logarithms(squares);
    coordinates.forEach((coordinate, i) => {
      const square = squares[i >> 1];
      const value = Math.sqrt((-2 * logarithms[i >> 1]) / square) * coordinate;
      if (next < n) values[next++] = value;
      else this.#kept = value;
    });
    return values;
  }
}
