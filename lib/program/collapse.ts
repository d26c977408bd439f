/** Merges axes that every operand runs through as if they were one, and drops those of extent 1. */
export function collapse(
  dims: readonly number[],
  strides: readonly (readonly number[])[],
): { dims: number[]; strides: number[][] } {
  const kept = dims.flatMap((dim, axis) => (dim === 1 ? [] : [axis]));
  const merged: number[] = [];
  const out: number[][] = strides.map(() => []);
  for (const axis of kept) {
    const last = merged.length - 1;
    const dim = dims[axis];
    const merges = last >= 0 && strides.every((own, i) => out[i][last] === own[axis] * dim);
    if (merges) merged[last] *= dim;
    else merged.push(dim);
    strides.forEach((own, i) => {
      out[i][merged.length - 1] = own[axis];
    });
  }
  return { dims: merged, strides: out };
}
