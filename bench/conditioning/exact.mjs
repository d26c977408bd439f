// Linear equations in fixed-point numbers of 1,000 binary digits behind the point: the truth for float64 and float32.

const DIGITS = 1000n;
const ONE = 1n << DIGITS;

/** Every finite float64 that is a multiple of 2^-1000 is exact. */
export function fixed(x) {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, x);
  const exponent = Number((bits.getBigUint64(0) >> 52n) & 0x7ffn);
  const fraction = bits.getBigUint64(0) & ((1n << 52n) - 1n);
  const significand = exponent === 0 ? fraction : fraction | (1n << 52n);
  const shift = BigInt(Math.max(exponent, 1) - 1075) + DIGITS;
  const magnitude = shift >= 0n ? significand << shift : significand >> -shift;
  return x < 0 ? -magnitude : magnitude;
}

/** The nearest float64, to within a unit in its last place. */
export function float(value) {
  const negative = value < 0n;
  const magnitude = negative ? -value : value;
  const excess = Math.max(0, magnitude.toString(2).length - 64);
  const x = Number(magnitude >> BigInt(excess)) * 2 ** (excess - Number(DIGITS));
  return negative ? -x : x;
}

export const times = (x, y) => (x * y) >> DIGITS;
const over = (x, y) => (x << DIGITS) / y;
const abs = (x) => (x < 0n ? -x : x);

/** x of A x = b by elimination with the largest pivot; A in rows. */
export function solve(a, b) {
  const n = b.length;
  const rows = a.map((row, i) => [...row, b[i]]);
  for (let k = 0; k < n; k++) {
    let pivot = k;
    for (let i = k + 1; i < n; i++) if (abs(rows[i][k]) > abs(rows[pivot][k])) pivot = i;
    [rows[k], rows[pivot]] = [rows[pivot], rows[k]];
    for (let i = k + 1; i < n; i++) {
      const factor = over(rows[i][k], rows[k][k]);
      for (let j = k; j <= n; j++) rows[i][j] -= times(factor, rows[k][j]);
    }
  }
  const x = new Array(n).fill(0n);
  for (let i = n - 1; i >= 0; i--) {
    let rest = rows[i][n];
    for (let j = i + 1; j < n; j++) rest -= times(rows[i][j], x[j]);
    x[i] = over(rest, rows[i][i]);
  }
  return x;
}

export const transposed = (a) => a[0].map((_, j) => a.map((row) => row[j]));

/** ‖A‖ ‖A⁻¹‖ in the norm of the largest row sum. */
export function condition(a) {
  const unit = (j) => a.map((_, i) => (i === j ? ONE : 0n));
  const inverse = transposed(a.map((_, j) => solve(a, unit(j))));
  const norm = (m) =>
    m.map((row) => row.reduce((sum, x) => sum + abs(x), 0n)).reduce((x, y) => (x > y ? x : y));
  return float(norm(a)) * float(norm(inverse));
}
