import { lift } from "../convert.js";
import { bindOne } from "../core/bind.js";
import { define } from "../core/define.js";
import { promote } from "../dtype.js";
import { ArgumentError, ShapeError, showValue, underName } from "../errors.js";
import { executeBroadcast, kernel, kernelFor } from "../instruction.js";
import { checkOptions } from "../options.js";
import { normalizeAxis, type Shape, shapeOf, showOperand } from "../shape.js";
import { empty, type Tensor, type TensorLike, view } from "../tensor.js";

export interface JoinOptions {
  axis?: number;
}

export interface ConcatOptions {
  /** Null joins the elements of all tensors, each in row-major order. */
  axis?: number | null;
}

const copyKernel = kernel("copy");

/** The first position of each input along the joined axis, and the end. */
function positions(shapes: readonly Shape[], axis: number): number[] {
  const starts = [0];
  for (const shape of shapes) starts.push(starts[starts.length - 1] + shape[axis]);
  return starts;
}

interface Joint {
  readonly axis: number;
  /** Where each input begins along the axis, and the end. */
  readonly starts: readonly number[];
}

const part = (g: Tensor, { axis, starts }: Joint, i: number): Tensor =>
  g.slice(...new Array<null>(axis).fill(null), [starts[i], starts[i + 1]]);

/** Takes any number of inputs. */
const concatPrimitive = define<"xs", "y", Joint>({
  name: "concat",
  inputs: ["xs"],
  outputs: ["y"],
  shape(inputs, { axis }) {
    const [first, ...rest] = inputs;
    for (const x of rest)
      if (x.shape.length !== first.shape.length || x.shape.some((n, i) => i !== axis && n !== first.shape[i]))
        throw new ShapeError(
          "concat",
          `shapes must agree except on axis ${axis}: ${inputs.map(showOperand).join(", ")}`,
        );
    const total = inputs.reduce((sum, x) => sum + x.shape[axis], 0);
    return [{ shape: shapeOf(first.shape.map((n, i) => (i === axis ? total : n))), element: first.element }];
  },
  run(inputs, [{ shape, element }], { axis, starts }) {
    const y = empty("concat", shape, element);
    const id = kernelFor("concat", copyKernel, element);
    inputs.forEach((x, i) => {
      if (x.size === 0) return;
      const target = view(y, x.shape, y.strides, y.offset + starts[i] * y.strides[axis]);
      executeBroadcast("concat", id, x.shape, [x, target]);
    });
    return [y];
  },
  derivative: {
    saves: {},
    vjp: ([g], _values, wanted, joint) => wanted.map((x, i) => (x === null ? null : part(g!, joint, i))),
    jvp(tangents, values, { axis }) {
      if (tangents.every((t) => t === null)) return [null];
      return [
        concat(
          tangents.map((t, i) => t ?? values[i].mul(0)),
          axis,
        ),
      ];
    },
  },
  batch(apply, inputs, { axis, starts }, batched, size) {
    const all = inputs.map((x, i) => (batched[i] ? x : x.broadcastTo([size, ...x.shape])));
    return apply(all, { axis: axis + 1, starts });
  },
});

function joined(operation: string, xs: readonly TensorLike[]): Tensor[] {
  if (!Array.isArray(xs) || xs.length === 0)
    throw new ArgumentError(operation, `expected a non-empty array of tensors, got ${showValue(xs)}`);
  const operands = Array.from(xs, (x) => lift(operation, x));
  const { name } = operands.map((x) => x.element).reduce(promote);
  return operands.map((x) => x.cast(name));
}

function givenAxis(operation: string, options: ConcatOptions | number | null | undefined): number | null {
  if (typeof options === "number" || options === null) return options;
  checkOptions(operation, options, ["axis"]);
  return options?.axis === undefined ? 0 : options.axis;
}

/**
 * Tensors joined along an axis they have (0 by default), or all their elements as a vector where the axis is null.
 * @example concat([[1, 2], [3]]) // [1, 2, 3]
 */
export function concat(xs: readonly TensorLike[], axis?: number | null | ConcatOptions): Tensor {
  const given = givenAxis("concat", axis);
  const operands = given === null ? joined("concat", xs).map((x) => x.reshape([-1])) : joined("concat", xs);
  const place = normalizeAxis("concat", given ?? 0, operands[0].ndim);
  const shapes = operands.map((x) => x.shape);
  return bindOne(concatPrimitive, operands, { axis: place, starts: positions(shapes, place) });
}

/**
 * Tensors of one shape joined along a new axis (0 by default).
 * @example stack([[1, 2], [3, 4]]) // [[1, 2], [3, 4]]
 */
export function stack(xs: readonly TensorLike[], axis?: number | JoinOptions): Tensor {
  const operands = joined("stack", xs);
  const place = normalizeAxis("stack", givenAxis("stack", axis) as number, operands[0].ndim + 1);
  const shape = operands[0].shape;
  for (const x of operands)
    if (x.ndim !== shape.length || x.shape.some((n, i) => n !== shape[i]))
      throw new ShapeError("stack", `shapes must be equal: ${operands.map(showOperand).join(", ")}`);
  return concat(
    underName("stack", () => operands.map((x) => x.expandDims(place))),
    place,
  );
}
