import { lift } from "../convert.js";
import { methods } from "../core/registry.js";
import { ArgumentError, ShapeError, showValue, underName } from "../errors.js";
import { liftIndices } from "../index_arguments.js";
import { checkedShape, normalizeAxis, showOperand } from "../shape.js";
import type { Method, Tensor, TensorLike } from "../tensor.js";

/** Each axis repeated as a whole (`inner` false) or element by element (`inner` true). */
function repeated(operation: string, x: Tensor, counts: readonly number[], inner: boolean): Tensor {
  const shape = checkedShape(
    operation,
    x.shape.map((extent, i) => extent * counts[i]),
  );
  const pair = (count: number, extent: number): number[] => (inner ? [extent, count] : [count, extent]);
  return x
    .reshape(x.shape.flatMap((extent) => pair(1, extent)))
    .broadcastTo(x.shape.flatMap((extent, i) => pair(counts[i], extent)))
    .reshape(shape);
}

/**
 * A tensor laid out again and again, `reps` times along each axis; the shorter of shape and reps gets ones in front.
 * @throws ShapeError for counts that are negative or not whole
 * @example tile([1, 2], [2, 2]) // [[1, 2, 1, 2], [1, 2, 1, 2]]
 */
export function tile(x: TensorLike, reps: number | readonly number[]): Tensor {
  const operand = lift("tile", x);
  const counts = checkedShape("tile", reps);
  const rank = Math.max(counts.length, operand.ndim);
  const ones = (length: number): number[] => new Array<number>(rank - length).fill(1);
  const full = operand.reshape([...ones(operand.ndim), ...operand.shape]);
  return underName("tile", () => repeated("tile", full, [...ones(counts.length), ...counts], false));
}

/** Each place as often as its count says. */
function placesOf(counts: readonly number[]): Int32Array {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total >= 2 ** 31)
    throw new ArgumentError("repeat", `the counts add up to ${total}, at most 2^31 - 1 places are supported`);
  const places = new Int32Array(total);
  let start = 0;
  counts.forEach((count, i) => {
    places.fill(i, start, start + count);
    start += count;
  });
  return places;
}

/**
 * Every element repeated along an axis, `n` times or as often as a list of counts says; without an axis, those of the
 * tensor in row-major order.
 * @throws ArgumentError for counts that are negative or not whole, ShapeError where a list does not fit the axis
 * @example repeat([1, 2], 2) // [1, 1, 2, 2]
 */
export function repeat(x: TensorLike, n: TensorLike, axis?: number | null): Tensor {
  const operand = lift("repeat", x);
  if (axis === null || axis === undefined) return repeat(operand.reshape([-1]), n, 0);
  const along = normalizeAxis("repeat", axis, operand.ndim);
  const given = liftIndices("repeat", n);
  const counts = [...(given.concrete("repeat").toTypedArray() as Int32Array)];
  if (counts.some((count) => count < 0))
    throw new ArgumentError("repeat", `expected counts that are not negative, got ${showValue(counts)}`);
  const extent = operand.shape[along];
  if (given.ndim > 1 || (counts.length !== 1 && counts.length !== extent))
    throw new ShapeError(
      "repeat",
      `expected one count or ${extent}, one for each place on axis ${along} of ${showOperand(operand)}, got ${showOperand(given)}`,
    );
  if (counts.length === 1)
    return repeated(
      "repeat",
      operand,
      operand.shape.map((_, i) => (i === along ? counts[0] : 1)),
      true,
    );
  return operand.take(placesOf(counts), along);
}

methods({ tile, repeat });

declare module "../tensor.js" {
  interface Tensor {
    tile: Method<typeof tile>;
    repeat: Method<typeof repeat>;
  }
}
