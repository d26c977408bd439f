import type { Tensor } from "../tensor.js";

// Arithmetic on a handful of float64 numbers, where JavaScript's is IEEE's own and so the kernels': a native call takes
// longer than sixteen additions. Each operation is written out, because a loop that all share would call a function for
// every element, and eight elements at a time, because V8 then takes two thirds of the time.

/** More elements are the kernels'. */
export const FEW = 16;

/** Writes the elements of z, which x and y (the same where there is one operand) have as many of, in row-major order. */
export type OnFew = (x: Tensor, y: Tensor, z: Tensor) => void;

export const sums: OnFew = (
  { storage: from, offset: i },
  { storage: other, offset: j },
  { storage: to, offset: k, size },
) => {
  const x = from!.float64;
  const y = other!.float64;
  const z = to!.float64;
  let n = 0;
  for (; n + 8 <= size; n += 8) {
    z[k + n] = x[i + n] + y[j + n];
    z[k + n + 1] = x[i + n + 1] + y[j + n + 1];
    z[k + n + 2] = x[i + n + 2] + y[j + n + 2];
    z[k + n + 3] = x[i + n + 3] + y[j + n + 3];
    z[k + n + 4] = x[i + n + 4] + y[j + n + 4];
    z[k + n + 5] = x[i + n + 5] + y[j + n + 5];
    z[k + n + 6] = x[i + n + 6] + y[j + n + 6];
    z[k + n + 7] = x[i + n + 7] + y[j + n + 7];
  }
  for (; n < size; n++) z[k + n] = x[i + n] + y[j + n];
};

export const differences: OnFew = (
  { storage: from, offset: i },
  { storage: other, offset: j },
  { storage: to, offset: k, size },
) => {
  const x = from!.float64;
  const y = other!.float64;
  const z = to!.float64;
  let n = 0;
  for (; n + 8 <= size; n += 8) {
    z[k + n] = x[i + n] - y[j + n];
    z[k + n + 1] = x[i + n + 1] - y[j + n + 1];
    z[k + n + 2] = x[i + n + 2] - y[j + n + 2];
    z[k + n + 3] = x[i + n + 3] - y[j + n + 3];
    z[k + n + 4] = x[i + n + 4] - y[j + n + 4];
    z[k + n + 5] = x[i + n + 5] - y[j + n + 5];
    z[k + n + 6] = x[i + n + 6] - y[j + n + 6];
    z[k + n + 7] = x[i + n + 7] - y[j + n + 7];
  }
  for (; n < size; n++) z[k + n] = x[i + n] - y[j + n];
};

export const products: OnFew = (
  { storage: from, offset: i },
  { storage: other, offset: j },
  { storage: to, offset: k, size },
) => {
  const x = from!.float64;
  const y = other!.float64;
  const z = to!.float64;
  let n = 0;
  for (; n + 8 <= size; n += 8) {
    z[k + n] = x[i + n] * y[j + n];
    z[k + n + 1] = x[i + n + 1] * y[j + n + 1];
    z[k + n + 2] = x[i + n + 2] * y[j + n + 2];
    z[k + n + 3] = x[i + n + 3] * y[j + n + 3];
    z[k + n + 4] = x[i + n + 4] * y[j + n + 4];
    z[k + n + 5] = x[i + n + 5] * y[j + n + 5];
    z[k + n + 6] = x[i + n + 6] * y[j + n + 6];
    z[k + n + 7] = x[i + n + 7] * y[j + n + 7];
  }
  for (; n < size; n++) z[k + n] = x[i + n] * y[j + n];
};

export const quotients: OnFew = (
  { storage: from, offset: i },
  { storage: other, offset: j },
  { storage: to, offset: k, size },
) => {
  const x = from!.float64;
  const y = other!.float64;
  const z = to!.float64;
  let n = 0;
  for (; n + 8 <= size; n += 8) {
    z[k + n] = x[i + n] / y[j + n];
    z[k + n + 1] = x[i + n + 1] / y[j + n + 1];
    z[k + n + 2] = x[i + n + 2] / y[j + n + 2];
    z[k + n + 3] = x[i + n + 3] / y[j + n + 3];
    z[k + n + 4] = x[i + n + 4] / y[j + n + 4];
    z[k + n + 5] = x[i + n + 5] / y[j + n + 5];
    z[k + n + 6] = x[i + n + 6] / y[j + n + 6];
    z[k + n + 7] = x[i + n + 7] / y[j + n + 7];
  }
  for (; n < size; n++) z[k + n] = x[i + n] / y[j + n];
};

export const negatives: OnFew = ({ storage: from, offset: i }, _y, { storage: to, offset: k, size }) => {
  const x = from!.float64;
  const z = to!.float64;
  for (let n = 0; n < size; n++) z[k + n] = -x[i + n];
};

export const squares: OnFew = ({ storage: from, offset: i }, _y, { storage: to, offset: k, size }) => {
  const x = from!.float64;
  const z = to!.float64;
  for (let n = 0; n < size; n++) z[k + n] = x[i + n] * x[i + n];
};
