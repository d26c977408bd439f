import { lift, liftPair } from "../../convert.js";
import { methods } from "../../core/registry.js";
import { ArgumentError, ShapeError, showValue, underName } from "../../errors.js";
import { broadcastShapes, normalizeAxes, normalizeAxis, showOperand } from "../../shape.js";
import { type Method, ownHandle, type Tensor, type TensorLike } from "../../tensor.js";

/**
 * The inner product over the last axes; the leading axes broadcast: [..., n] and [..., n] give [...]. Of complex
 * numbers the first are conjugated.
 * @example linalg.vecdot([1, 2], [3, 4]) // 11
 */
export function vecdot(x: TensorLike, y: TensorLike): Tensor {
  const [a, b] = liftPair("vecdot", x, y);
  if (a.ndim === 0 || b.ndim === 0 || a.shape[a.ndim - 1] !== b.shape[b.ndim - 1])
    throw new ShapeError("vecdot", `last extents differ: ${showOperand(a)} and ${showOperand(b)}`);
  return underName("vecdot", () => a.conj().expandDims(-2).matmul(b.expandDims(-1))).squeeze([-2, -1]);
}

/**
 * The product summed over pairs of axes: a number n for the last n axes of a and the first n of b, or two lists.
 * @throws ShapeError where the extents of paired axes differ
 * @example linalg.tensordot([[1, 2], [3, 4]], [[1, 0], [0, 1]], 2) // 5
 */
export function tensordot(
  x: TensorLike,
  y: TensorLike,
  axes: number | readonly [number | readonly number[], number | readonly number[]],
): Tensor {
  const [a, b] = liftPair("tensordot", x, y);
  const [fromA, fromB] = pairedAxes(a, b, axes);
  fromA.forEach((axis, i) => {
    if (a.shape[axis] !== b.shape[fromB[i]])
      throw new ShapeError(
        "tensordot",
        `axis ${axis} of ${showOperand(a)} and axis ${fromB[i]} of ${showOperand(b)} differ in extent`,
      );
  });
  const freeA = a.shape.flatMap((_, axis) => (fromA.includes(axis) ? [] : [axis]));
  const freeB = b.shape.flatMap((_, axis) => (fromB.includes(axis) ? [] : [axis]));
  const extents = (t: Tensor, list: readonly number[]): number[] => list.map((axis) => t.shape[axis]);
  const product = (list: readonly number[]): number => list.reduce((n, extent) => n * extent, 1);
  const rows = extents(a, freeA);
  const columns = extents(b, freeB);
  const inner = product(extents(a, fromA));
  const left = a.transpose([...freeA, ...fromA]).reshape([product(rows), inner]);
  const right = b.transpose([...fromB, ...freeB]).reshape([inner, product(columns)]);
  return underName("tensordot", () => left.matmul(right)).reshape([...rows, ...columns]);
}

function pairedAxes(
  a: Tensor,
  b: Tensor,
  axes: number | readonly [number | readonly number[], number | readonly number[]],
): [number[], number[]] {
  if (typeof axes === "number") {
    if (!Number.isInteger(axes) || axes < 0 || axes > Math.min(a.ndim, b.ndim))
      throw new ArgumentError(
        "tensordot",
        `cannot sum ${showValue(axes)} axes of ${showOperand(a)} and ${showOperand(b)}`,
      );
    const count = Array.from({ length: axes }, (_, i) => i);
    return [count.map((i) => a.ndim - axes + i), count];
  }
  if (!Array.isArray(axes) || axes.length !== 2)
    throw new ArgumentError("tensordot", `expected a number or two lists of axes, got ${showValue(axes)}`);
  const normalized = (t: Tensor, list: number | readonly number[]): number[] =>
    [list].flat().map((axis) => normalizeAxis("tensordot", axis, t.ndim));
  const lists: [number[], number[]] = [normalized(a, axes[0]), normalized(b, axes[1])];
  normalizeAxes("tensordot", lists[0], a.ndim);
  normalizeAxes("tensordot", lists[1], b.ndim);
  if (lists[0].length !== lists[1].length)
    throw new ArgumentError("tensordot", `${lists[0].length} axes cannot pair with ${lists[1].length}`);
  return lists;
}

/**
 * The Kronecker product of matrices, batched over leading axes: [..., m, n] and [..., p, q] give [..., mp, nq]. Two
 * vectors give a vector.
 * @example linalg.kron([[1, 2]], [[1], [1]]) // [[1, 2], [1, 2]]
 */
export function kron(x: TensorLike, y: TensorLike): Tensor {
  const [a, b] = liftPair("kron", x, y);
  if (a.ndim === 0 || b.ndim === 0) return a.mul(b);
  if (a.ndim === 1 && b.ndim === 1) return underName("kron", () => a.outer(b)).reshape([-1]);
  const [left, right] = [a, b].map((t) => (t.ndim === 1 ? t.expandDims(0) : t));
  const blocks = underName("kron", () => left.expandDims([-3, -1]).mul(right.expandDims([-4, -2])));
  const [m, p, n, q] = blocks.shape.slice(-4);
  return blocks.reshape([...blocks.shape.slice(0, -4), m * p, n * q]);
}

/**
 * The vector product over an axis of extent 3 (the last by default); the other axes broadcast.
 * @example linalg.cross([1, 0, 0], [0, 1, 0]) // [0, 0, 1]
 */
export function cross(x: TensorLike, y: TensorLike, axis = -1): Tensor {
  const [a, b] = liftPair("cross", x, y);
  const [u, v] = [a, b].map((t) => t.moveAxis(normalizeAxis("cross", axis, t.ndim), -1));
  if (u.shape[u.ndim - 1] !== 3 || v.shape[v.ndim - 1] !== 3)
    throw new ShapeError(
      "cross",
      `expected extent 3 on axis ${axis}, got ${showOperand(a)} and ${showOperand(b)}`,
    );
  broadcastShapes("cross", u.shape, v.shape);
  const next = (t: Tensor): Tensor => turned(t, 1);
  const last = (t: Tensor): Tensor => turned(t, 2);
  const product = underName("cross", () =>
    next(u)
      .mul(last(v))
      .sub(last(u).mul(next(v))),
  );
  return product.moveAxis(-1, axis);
}

/** The three components from `start` on, in a circle. */
function turned(t: Tensor, start: number): Tensor {
  const twice = t
    .expandDims(-2)
    .broadcastTo([...t.shape.slice(0, -1), 2, 3])
    .reshape([...t.shape.slice(0, -1), 6]);
  return twice.slice("...", [start, start + 3]);
}

/** The split of each range of a chain of matrices that costs the fewest multiplications. */
function cheapestSplits(extents: readonly number[]): number[][] {
  const count = extents.length - 1;
  const cost = Array.from({ length: count }, () => new Array<number>(count).fill(0));
  const split = Array.from({ length: count }, () => new Array<number>(count).fill(0));
  for (let length = 2; length <= count; length++)
    for (let i = 0; i + length <= count; i++) {
      const j = i + length - 1;
      cost[i][j] = Number.POSITIVE_INFINITY;
      for (let k = i; k < j; k++) {
        const total = cost[i][k] + cost[k + 1][j] + extents[i] * extents[k + 1] * extents[j + 1];
        if (total < cost[i][j]) [cost[i][j], split[i][j]] = [total, k];
      }
    }
  return split;
}

/**
 * The product of a chain of matrices in the order that costs least; the first and the last may be vectors.
 * @see Cormen et al., "Introduction to Algorithms", section 15.2
 * @example linalg.multiDot([[[1, 2]], [[3], [4]], [[5]]]) // [[55]]
 */
export function multiDot(xs: readonly TensorLike[]): Tensor {
  if (!Array.isArray(xs) || xs.length === 0)
    throw new ArgumentError("multiDot", `expected a non-empty array of matrices, got ${showValue(xs)}`);
  const given = Array.from(xs, (x) => lift("multiDot", x));
  const last = given.length - 1;
  given.forEach((x, i) => {
    if (x.ndim !== 2 && !(x.ndim === 1 && (i === 0 || i === last)))
      throw new ShapeError(
        "multiDot",
        `expected matrices (vectors at the ends), got ${given.map(showOperand).join(", ")}`,
      );
  });
  if (last === 0) return ownHandle(given[0]);
  const row = given[0].ndim === 1;
  const column = given[last].ndim === 1;
  const chain = given.map((x, i) => (x.ndim === 2 ? x : x.expandDims(i === 0 ? 0 : 1)));
  const split = cheapestSplits([chain[0].shape[0], ...chain.map((x) => x.shape[1])]);
  const product = (i: number, j: number): Tensor =>
    i === j ? chain[i] : product(i, split[i][j]).matmul(product(split[i][j] + 1, j));
  const y = underName("multiDot", () => product(0, last));
  const axes = [...(row ? [0] : []), ...(column ? [1] : [])];
  return axes.length > 0 ? y.squeeze(axes) : y;
}

methods({ vecdot, tensordot, kron, cross });

declare module "../../tensor.js" {
  interface Tensor {
    vecdot: Method<typeof vecdot>;
    tensordot: Method<typeof tensordot>;
    kron: Method<typeof kron>;
    cross: Method<typeof cross>;
  }
}
