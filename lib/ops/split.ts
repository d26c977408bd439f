import { lift } from "../convert.js";
import { methods } from "../core/registry.js";
import { ArgumentError, ShapeError, showValue } from "../errors.js";
import { normalizeAxis, showOperand } from "../shape.js";
import type { Method, Tensor, TensorLike } from "../tensor.js";

const MOST_PARTS = 2 ** 24;

/** The extents of the parts. */
function partSizes(x: Tensor, parts: number | readonly number[], axis: number): readonly number[] {
  const extent = x.shape[axis];
  const where = `axis ${axis} of ${showOperand(x)}`;
  if (typeof parts === "number") {
    if (!Number.isInteger(parts) || parts < 1)
      throw new ArgumentError("split", `expected a number of parts or their sizes, got ${showValue(parts)}`);
    if (extent % parts !== 0)
      throw new ShapeError("split", `${where} does not divide into ${parts} equal parts; a list gives sizes`);
    if (parts > MOST_PARTS)
      throw new ArgumentError("split", `at most ${MOST_PARTS} parts can be listed, got ${parts}`);
    return new Array<number>(parts).fill(extent / parts);
  }
  if (!Array.isArray(parts) || !parts.every((size) => Number.isInteger(size) && size >= 0))
    throw new ArgumentError("split", `expected a number of parts or their sizes, got ${showValue(parts)}`);
  if (parts.reduce((sum, size) => sum + size, 0) !== extent)
    throw new ShapeError("split", `sizes [${parts.join(",")}] do not add up to ${where}`);
  return parts;
}

/**
 * Parts of a tensor along an axis (the first by default), as views: so many equal ones, or a list of sizes.
 * @throws ShapeError where the axis does not divide, or the sizes do not add up to its extent
 * @example split([1, 2, 3], [1, 2]) // [[1], [2, 3]]
 */
export function split(x: TensorLike, parts: number | readonly number[], axis = 0): Tensor[] {
  const operand = lift("split", x);
  const along = normalizeAxis("split", axis, operand.ndim);
  const before = new Array<null>(along).fill(null);
  let start = 0;
  return partSizes(operand, parts, along).map((size) => {
    start += size;
    return operand.slice(...before, [start - size, start]);
  });
}

/**
 * The parts of a tensor for each place on an axis (the first by default), without that axis, as views.
 * @example unstack([[1, 2], [3, 4]], 1) // [[1, 3], [2, 4]]
 */
export function unstack(x: TensorLike, axis = 0): Tensor[] {
  const operand = lift("unstack", x);
  const along = normalizeAxis("unstack", axis, operand.ndim);
  const before = new Array<null>(along).fill(null);
  return Array.from({ length: operand.shape[along] }, (_, i) => operand.slice(...before, i));
}

methods({ split, unstack });

declare module "../tensor.js" {
  interface Tensor {
    split: Method<typeof split>;
    unstack: Method<typeof unstack>;
  }
}
