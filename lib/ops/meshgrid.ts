import { isTypedArray, lift } from "../convert.js";
import { ArgumentError, ShapeError, showValue } from "../errors.js";
import { checkOptions } from "../options.js";
import { showOperand } from "../shape.js";
import { Tensor, type TensorLike } from "../tensor.js";

export interface MeshgridOptions {
  /** "xy" (Cartesian, the default): the first vector runs along the columns. "ij" (matrix): along the rows. */
  indexing?: "xy" | "ij";
}

const isOptions = (arg: unknown): arg is MeshgridOptions =>
  typeof arg === "object" &&
  arg !== null &&
  !(arg instanceof Tensor) &&
  !Array.isArray(arg) &&
  !isTypedArray(arg);

/**
 * The coordinates of a grid with the given vectors on its axes: one tensor for each, of the grid's shape. An options
 * object may come last.
 * @throws ShapeError for what is no vector (a number counts as one)
 * @example meshgrid([1, 2], [3, 4]) // [[[1, 2], [1, 2]], [[3, 3], [4, 4]]]
 */
export function meshgrid(...xs: readonly TensorLike[]): Tensor[];
export function meshgrid(...args: readonly [...TensorLike[], MeshgridOptions]): Tensor[];
export function meshgrid(...args: readonly (TensorLike | MeshgridOptions)[]): Tensor[] {
  const last = args[args.length - 1];
  const options = isOptions(last) ? last : undefined;
  checkOptions("meshgrid", options, ["indexing"]);
  const indexing = options?.indexing ?? "xy";
  if (indexing !== "xy" && indexing !== "ij")
    throw new ArgumentError("meshgrid", `expected indexing "xy" or "ij", got ${showValue(indexing)}`);
  const xs = (options ? args.slice(0, -1) : args).map((x) => lift("meshgrid", x as TensorLike));
  for (const x of xs)
    if (x.ndim > 1)
      throw new ShapeError("meshgrid", `expected vectors, got ${xs.map(showOperand).join(", ")}`);
  const axisOf = (i: number): number => (indexing === "xy" && i < 2 && xs.length > 1 ? 1 - i : i);
  const shape = new Array<number>(xs.length);
  xs.forEach((x, i) => {
    shape[axisOf(i)] = x.size;
  });
  return xs.map((x, i) => {
    const along = shape.map((_, axis) => (axis === axisOf(i) ? x.size : 1));
    return x.reshape(along).broadcastTo(shape);
  });
}
