import { checkOptions } from "../convert.js";
import { flatten, unflatten, unflattenAll } from "../core/tree.js";
import { ArgumentError } from "../errors.js";
import { eye, zeros } from "../ops/creation.js";
import { concat } from "../ops/join.js";
import type { Tensor } from "../tensor.js";
import { checkedArgnums, type GradientOf, grad, type TensorArgument } from "./grad.js";
import { jvp } from "./jvp.js";
import { type Recorded, recordCall } from "./reverse.js";
import { vmap } from "./vmap.js";

export interface JacobianOptions<N extends number | readonly number[] = 0> {
  argnums?: N;
  /** By rows, by columns, or by whichever are fewer. "auto" by default. */
  mode?: "auto" | "reverse" | "forward";
  /** How many rows (or columns) are computed at once: less memory. All by default. */
  chunkSize?: number;
}

type Options = JacobianOptions<number | readonly number[]>;
type AnyFunction = (...args: never[]) => unknown;

const optionKeys = ["argnums", "mode", "chunkSize"];
const modes = ["auto", "reverse", "forward"];

function checked(operation: string, options: Options): Options {
  checkOptions(operation, options, optionKeys);
  const { mode = "auto", chunkSize } = options;
  if (!modes.includes(mode))
    throw new ArgumentError(operation, `mode is ${JSON.stringify(mode)}, expected ${modes.join(", ")}`);
  if (chunkSize !== undefined && !(Number.isInteger(chunkSize) && chunkSize > 0))
    throw new ArgumentError(operation, `chunkSize is ${chunkSize}, expected a positive integer`);
  return options;
}

/** `derivatives` of every unit vector like `x`, stacked in front: one mapped call, or one per chunk. */
function alongUnits(
  x: Tensor,
  chunkSize: number | undefined,
  derivatives: (unit: Tensor) => Tensor[],
): Tensor[] {
  const basis = eye(x.size, { dtype: x.dtype }).reshape([x.size, ...x.shape]);
  const step = chunkSize ?? x.size;
  const chunks: Tensor[][] = [];
  for (let start = 0; start < x.size; start += step)
    chunks.push(vmap(derivatives)(basis.slice([start, start + step])));
  return chunks[0].map((_, i) =>
    chunks.length === 1 ? chunks[0][i] : concat(chunks.map((chunk) => chunk[i])),
  );
}

const zerosFor = (y: Tensor, x: Tensor): Tensor => zeros([...y.shape, ...x.shape], { dtype: x.dtype });

/** For one output, a block [...output.shape, ...input.shape] per argument leaf: the pullback of every unit cotangent. */
function blocksByRows(recorded: Recorded, output: number, chunkSize: number | undefined): Tensor[] {
  const y = recorded.outputs[output];
  const inputs = recorded.arguments.flatMap(({ leaves }) => leaves);
  if (y.size === 0) return inputs.map((x) => zerosFor(y, x));
  const others = recorded.outputs.map((other) => zeros(other.shape, { dtype: other.dtype }));
  const rows = alongUnits(y, chunkSize, (unit) =>
    recorded.pull(others.map((zero, k) => (k === output ? unit : zero))),
  );
  return rows.map((row, i) => row.reshape([...y.shape, ...inputs[i].shape]));
}

/** For every output a block per argument leaf: the pushforward of every unit tangent. */
function blocksByColumns(
  f: AnyFunction,
  args: readonly unknown[],
  argnums: readonly number[],
  recorded: Recorded,
  chunkSize: number | undefined,
): Tensor[][] {
  const primals: Tensor[] = [];
  for (const i of argnums) flatten("jacobian", args[i], primals);
  const call = (...leaves: Tensor[]): Tensor[] => {
    const full = [...args];
    const trees = unflattenAll(recorded.arguments, leaves);
    argnums.forEach((i, k) => {
      full[i] = trees[k];
    });
    const outputs: Tensor[] = [];
    flatten("jacobian", f(...(full as never[])), outputs);
    return outputs;
  };
  const rest = primals.map((x) => zeros(x.shape, { dtype: x.dtype }));
  const columns = primals.map((x, i) =>
    x.size === 0
      ? recorded.outputs.map((y) => zerosFor(y, x))
      : alongUnits(
          x,
          chunkSize,
          (unit) =>
            jvp(
              call,
              primals,
              rest.map((zero, k) => (k === i ? unit : zero)),
            )[1],
        ).map((column, k) => {
          const axes = column.shape.map((_, axis) => axis);
          return column.transpose([...axes.slice(1), 0]).reshape([...recorded.outputs[k].shape, ...x.shape]);
        }),
  );
  return recorded.outputs.map((_, k) => columns.map((blocks) => blocks[k]));
}

const total = (xs: readonly Tensor[]): number => xs.reduce((sum, x) => sum + x.size, 0);

/**
 * All derivatives of a function, as a function of the same arguments: a tensor [...output.shape, ...input.shape].
 * For trees a block per output leaf and input leaf, in the output's structure, then the argument's. Rows (or
 * columns) are computed together by batched kernels, and share every factorisation.
 * @example jacobian((x) => x.square())([1, 2]) // [[2, 0], [0, 4]]
 */
export function jacobian<A extends Tensor[], const N extends number | readonly number[] = 0>(
  f: (...args: A) => Tensor,
  options?: JacobianOptions<N>,
): (...args: { [K in keyof A]: A[K] | TensorArgument }) => GradientOf<A, N>;
export function jacobian<A extends unknown[], Y, const N extends number | readonly number[] = 0>(
  f: (...args: A) => Y,
  options?: JacobianOptions<N>,
): (...args: A) => unknown;
export function jacobian(f: AnyFunction, options: Options = {}): AnyFunction {
  const { argnums, mode = "auto", chunkSize } = checked("jacobian", options);
  return (...args) => {
    const positions = checkedArgnums("jacobian", argnums, args.length);
    const recorded = recordCall("jacobian", f, args, positions);
    const inputs = recorded.arguments.flatMap(({ leaves }) => leaves);
    const forward = mode === "forward" || (mode === "auto" && total(recorded.outputs) > total(inputs));
    const blocks = forward
      ? blocksByColumns(f, args, positions, recorded, chunkSize)
      : recorded.outputs.map((_, output) => blocksByRows(recorded, output, chunkSize));
    const trees = blocks.map((own) => {
      const each = unflattenAll(recorded.arguments, own);
      return Array.isArray(argnums) ? each : each[0];
    });
    return unflatten(recorded.outputTree, trees);
  };
}

/**
 * The second derivatives of a scalar function, forward over reverse: a tensor [...input.shape, ...input.shape], for
 * trees nested blocks.
 * @example hessian((x) => x.pow(3).sum())([1, 2]) // [[6, 0], [0, 12]]
 */
export function hessian<A extends Tensor[], const N extends number | readonly number[] = 0>(
  f: (...args: A) => Tensor | number,
  options?: Pick<JacobianOptions<N>, "argnums" | "chunkSize">,
): (...args: { [K in keyof A]: A[K] | TensorArgument }) => GradientOf<A, N>;
export function hessian<A extends unknown[], const N extends number | readonly number[] = 0>(
  f: (...args: A) => Tensor | number,
  options?: Pick<JacobianOptions<N>, "argnums" | "chunkSize">,
): (...args: A) => unknown;
export function hessian(f: AnyFunction, options: Pick<Options, "argnums" | "chunkSize"> = {}): AnyFunction {
  checkOptions("hessian", options, ["argnums", "chunkSize"]);
  const gradient = grad(f as (...args: Tensor[]) => Tensor, {
    ...(options.argnums !== undefined && { argnums: options.argnums as 0 }),
  });
  return jacobian(gradient as AnyFunction as (...args: Tensor[]) => Tensor, {
    ...(options as JacobianOptions<0>),
    mode: "forward",
  }) as AnyFunction;
}
