import { flatten, type TreeDefinition, unflatten, unflattenAll } from "../core/tree.js";
import { ArgumentError, DTypeError, showValue } from "../errors.js";
import { zeros } from "../ops/creation.js";
import { concat } from "../ops/join.js";
import { checkFunction, checkOptions } from "../options.js";
import { extentsOf, type Shape, shapeOf, showOperand, withFirst } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { checkedArgnums, gradientFunction } from "./grad.js";
import { pushForward } from "./jvp.js";
import { type Recorded, recordCall } from "./reverse.js";
import type {
  Argnums,
  ArgumentsOf,
  HessianOf,
  JacobianOf,
  OfTensorFirst,
  OfTensors,
  OfTrees,
  Scalar,
} from "./signatures.js";
import { mapFirstAxis } from "./vmap.js";

export interface JacobianOptions<N extends Argnums = 0> {
  argnums?: N;
  /** By rows, by columns, or by whichever are fewer. "auto" by default. */
  mode?: "auto" | "reverse" | "forward";
  /** How many rows (or columns) are computed at once: less memory. All by default. */
  chunkSize?: number;
}

type Options = JacobianOptions<Argnums>;
type AnyFunction = (...args: never[]) => unknown;

const optionKeys = ["argnums", "mode", "chunkSize"];
const modes = ["auto", "reverse", "forward"];

function checked(operation: string, options: Options): Options {
  checkOptions(operation, options, optionKeys);
  const { mode = "auto", chunkSize } = options;
  if (!modes.includes(mode))
    throw new ArgumentError(operation, `mode is ${showValue(mode)}, expected ${modes.join(", ")}`);
  if (chunkSize !== undefined && !(Number.isInteger(chunkSize) && chunkSize > 0))
    throw new ArgumentError(operation, `chunkSize is ${showValue(chunkSize)}, expected a positive integer`);
  return options;
}

/** All unit vectors like `x`, stacked in front. */
function unitVectors({ size, shape, dtype }: Tensor): Tensor {
  const units = zeros(withFirst(size, shape), { dtype });
  for (let i = 0; i < size; i++) units.storage!.set(units.element, units.offset + i * (size + 1), 1);
  return units;
}

/** `derivatives` of every unit vector like `x`, stacked in front: one mapped call, or one per chunk. */
function alongUnits(
  x: Tensor,
  chunkSize: number | undefined,
  derivatives: (unit: Tensor) => Tensor[],
): Tensor[] {
  const basis = unitVectors(x);
  const step = chunkSize ?? x.size;
  if (step >= x.size) return mapFirstAxis(derivatives, basis);
  const chunks: Tensor[][] = [];
  for (let start = 0; start < x.size; start += step)
    chunks.push(mapFirstAxis(derivatives, basis.slice([start, start + step])));
  return chunks[0].map((_, i) => concat(chunks.map((chunk) => chunk[i])));
}

/** An argument taken apart, or an output. */
interface Leaves {
  readonly tree: TreeDefinition;
  readonly leaves: readonly Tensor[];
}

/** Blocks [...output.shape, ...input.shape] by output leaf, then input leaf, and what both belong to. */
interface Blocks {
  readonly output: Leaves;
  readonly inputs: readonly Leaves[];
  readonly blocks: readonly (readonly Tensor[])[];
}

function allLeaves(arguments_: readonly Leaves[]): Tensor[] {
  const all: Tensor[] = [];
  for (const { leaves } of arguments_) for (const x of leaves) all.push(x);
  return all;
}
const blockShape = (y: Tensor, x: Tensor): Shape => shapeOf([...extentsOf(y.shape), ...extentsOf(x.shape)]);
const zerosLike = (x: Tensor): Tensor => zeros(x.shape, { dtype: x.dtype });
const emptyBlock = (y: Tensor, x: Tensor): Tensor =>
  zeros(blockShape(y, x), { dtype: y.element.complex ? y.dtype : x.dtype });

/** The derivative by a complex argument is a matrix of real parts by parts, not a tensor like this one. */
function refuseComplex(operation: string, xs: readonly Tensor[]): void {
  for (const x of xs)
    if (x.element.complex)
      throw new DTypeError(
        operation,
        `expected real arguments, got ${showOperand(x)}; differentiate (re, im) => f(complex(re, im))`,
      );
}

/** From a stack of columns, the mapped axis in front, to a block. */
function blockOfColumns(columns: Tensor, y: Tensor, x: Tensor): Tensor {
  const axes = columns.shape.map((_, axis) => axis);
  return columns.transpose([...axes.slice(1), 0]).reshape(blockShape(y, x));
}

/** Zeros for every leaf but one. */
const only = (xs: readonly Tensor[], place: number, unit: Tensor): Tensor[] =>
  xs.map((x, i) => (i === place ? unit : zerosLike(x)));

/** The pullback of every unit cotangent. */
function byRows({ pull, outputs, outputTree, arguments: inputs }: Recorded, chunkSize?: number): Blocks {
  const xs = allLeaves(inputs);
  const blocks = outputs.map((y, k) => {
    if (y.size === 0) return xs.map((x) => emptyBlock(y, x));
    const rows = alongUnits(y, chunkSize, (unit) => pull(only(outputs, k, unit)));
    return rows.map((row, i) => row.reshape(blockShape(y, xs[i])));
  });
  return { output: { tree: outputTree, leaves: outputs }, inputs, blocks };
}

/** The pushforward of every unit tangent, as the transpose of a pullback: the function need not run again. */
function byTransposedPullback(
  { pull, outputs, outputTree, arguments: inputs }: Recorded,
  chunkSize?: number,
): Blocks {
  const xs = allLeaves(inputs);
  const transposed = recordCall(
    "jacobian",
    ((gs: Tensor[]) => pull(gs)) as AnyFunction,
    [outputs.map(zerosLike)],
    [0],
  );
  const columns = xs.map((x, i) =>
    x.size === 0
      ? outputs.map((y) => emptyBlock(y, x))
      : alongUnits(x, chunkSize, (unit) => transposed.pull(only(xs, i, unit))).map((column, k) =>
          blockOfColumns(column, outputs[k], x),
        ),
  );
  return {
    output: { tree: outputTree, leaves: outputs },
    inputs,
    blocks: outputs.map((_, k) => columns.map((column) => column[k])),
  };
}

/** The pushforward of every unit tangent, by forward mode. */
function byColumns(
  operation: string,
  f: AnyFunction,
  args: readonly unknown[],
  argnums: readonly number[],
  chunkSize?: number,
): Blocks {
  const inputs = argnums.map((i) => {
    const leaves: Tensor[] = [];
    return { tree: flatten(operation, args[i], leaves), leaves };
  });
  const xs = allLeaves(inputs);
  refuseComplex(operation, xs);
  let output: Leaves = { tree: { kind: "array", children: [] }, leaves: [] };
  const call = (...leaves: Tensor[]): Tensor[] => {
    const full = [...args];
    unflattenAll(inputs, leaves).forEach((tree, k) => {
      full[argnums[k]] = tree;
    });
    const outputs: Tensor[] = [];
    output = { tree: flatten(operation, f(...(full as never[])), outputs), leaves: outputs };
    return outputs;
  };
  const columns = xs.map((x, i) =>
    x.size === 0
      ? call(...xs).map((y) => emptyBlock(y, x))
      : alongUnits(
          x,
          chunkSize,
          (unit) => pushForward(operation, call, xs, only(xs, i, unit))[1] as Tensor[],
        ).map((column, k) => blockOfColumns(column, output.leaves[k], x)),
  );
  if (xs.length === 0) call();
  return { output, inputs, blocks: output.leaves.map((_, k) => columns.map((column) => column[k])) };
}

const total = (xs: readonly Tensor[]): number => xs.reduce((sum, x) => sum + x.size, 0);

/**
 * All derivatives of a function, as a function of the same arguments: a tensor [...output.shape, ...input.shape].
 * For trees a block per output leaf and input leaf, in the output's structure, then the argument's. Rows (or
 * columns) are computed together by batched kernels, and share every factorisation.
 * @example jacobian((x) => x.square())([1, 2]) // [[2, 0], [0, 4]]
 */
export function jacobian<F extends OfTensors<unknown>, const N extends Argnums = 0>(
  f: F,
  options?: JacobianOptions<N>,
): (...args: ArgumentsOf<F, N>) => JacobianOf<F, N>;
export function jacobian<F extends OfTensorFirst<unknown>, const N extends Argnums = 0>(
  f: F,
  options?: JacobianOptions<N>,
): (...args: ArgumentsOf<F, N>) => JacobianOf<F, N>;
export function jacobian<F extends OfTrees<unknown>, const N extends Argnums = 0>(
  f: F,
  options?: JacobianOptions<N>,
): (...args: ArgumentsOf<F, N>) => JacobianOf<F, N>;
export function jacobian(f: AnyFunction, options: Options = {}): AnyFunction {
  checkFunction("jacobian", f);
  return jacobianFunction("jacobian", f, checked("jacobian", options));
}

function jacobianFunction(operation: string, f: AnyFunction, options: Options): AnyFunction {
  const { argnums, mode = "auto", chunkSize } = options;
  return (...args) => {
    const positions = checkedArgnums(operation, argnums, args);
    const { output, inputs, blocks } = blocksOf(operation, f, args, positions, mode, chunkSize);
    const trees = blocks.map((own) => {
      const each = unflattenAll(inputs, own);
      return Array.isArray(argnums) ? each : each[0];
    });
    return unflatten(output.tree, trees);
  };
}

function blocksOf(
  operation: string,
  f: AnyFunction,
  args: readonly unknown[],
  argnums: readonly number[],
  mode: JacobianOptions["mode"],
  chunkSize: number | undefined,
): Blocks {
  if (mode === "forward") return byColumns(operation, f, args, argnums, chunkSize);
  const recorded = recordCall(operation, f, args, argnums);
  refuseComplex(operation, allLeaves(recorded.arguments));
  // A pullback sees one direction of a complex result, a pushforward of a real argument all.
  if (recorded.outputs.some((y) => y.element.complex)) return byTransposedPullback(recorded, chunkSize);
  const tall = total(recorded.outputs) > total(allLeaves(recorded.arguments));
  return mode === "auto" && tall ? byTransposedPullback(recorded, chunkSize) : byRows(recorded, chunkSize);
}

/**
 * The second derivatives of a scalar function, forward over reverse: a tensor [...input.shape, ...input.shape], for
 * trees nested blocks.
 * @example hessian((x) => x.pow(3).sum())([1, 2]) // [[6, 0], [0, 12]]
 */
export function hessian<F extends OfTensors<Scalar>, const N extends Argnums = 0>(
  f: F,
  options?: Pick<JacobianOptions<N>, "argnums" | "chunkSize">,
): (...args: ArgumentsOf<F, N>) => HessianOf<F, N>;
export function hessian<F extends OfTensorFirst<Scalar>, const N extends Argnums = 0>(
  f: F,
  options?: Pick<JacobianOptions<N>, "argnums" | "chunkSize">,
): (...args: ArgumentsOf<F, N>) => HessianOf<F, N>;
export function hessian<F extends OfTrees<Scalar>, const N extends Argnums = 0>(
  f: F,
  options?: Pick<JacobianOptions<N>, "argnums" | "chunkSize">,
): (...args: ArgumentsOf<F, N>) => HessianOf<F, N>;
export function hessian(f: AnyFunction, options: Pick<Options, "argnums" | "chunkSize"> = {}): AnyFunction {
  checkFunction("hessian", f);
  checkOptions("hessian", options, ["argnums", "chunkSize"]);
  const { argnums } = options;
  const gradient = gradientFunction("hessian", f, argnums === undefined ? {} : { argnums });
  return jacobianFunction("hessian", gradient, { ...checked("hessian", options), mode: "forward" });
}
