import { lift } from "../convert.js";
import { leadingAxes, shiftedParams } from "../core/batching.js";
import { bindOne } from "../core/bind.js";
import { define } from "../core/define.js";
import type { Primitive } from "../core/primitive.js";
import { methods } from "../core/registry.js";
import { ArgumentError, ShapeError, showValue, underName } from "../errors.js";
import { executeBroadcast, kernel, kernelFor } from "../instruction.js";
import { checkOptions } from "../options.js";
import { type Shape, shapeOf, showOperand } from "../shape.js";
import { empty, type Method, type Tensor, type TensorLike, view } from "../tensor.js";

export interface DiagonalOptions {
  /** 0 for the main diagonal, positive above it. */
  offset?: number;
}

const fillKernel = kernel("fill");
const copyKernel = kernel("copy");

function diagonalShape(shape: Shape, offset: number): Shape {
  const [m, n] = shape.slice(-2);
  const length = Math.max(0, Math.min(m + Math.min(0, offset), n - Math.max(0, offset)));
  return shapeOf([...shape.slice(0, -2), length]);
}

/** The diagonal as a strided view. */
function diagonalView(x: Tensor, offset: number): Tensor {
  const [row, column] = x.strides.slice(-2);
  const shape = diagonalShape(x.shape, offset);
  const start = shape[shape.length - 1] === 0 ? 0 : offset >= 0 ? offset * column : -offset * row;
  return view(x, shape, [...x.strides.slice(0, -2), row + column], x.offset + start);
}

const diagonalPrimitive: Primitive<number> = define({
  name: "diagonal",
  inputs: ["x"],
  outputs: ["y"],
  shape([x], offset: number) {
    if (x.shape.length < 2) throw new ShapeError("diagonal", `expected matrices, got ${showOperand(x)}`);
    return [{ shape: diagonalShape(x.shape, offset), element: x.element }];
  },
  run: ([x], _outputs, offset) => [diagonalView(x, offset)],
  derivative: { transpose: (g, x, offset) => bindOne(embedPrimitive, [g], { shape: x.shape, offset }) },
  batch: leadingAxes(2),
});

interface Embedding {
  readonly shape: Shape;
  readonly offset: number;
}

/** Zeros everywhere but on a diagonal. */
const embedPrimitive: Primitive<Embedding> = define({
  name: "embedDiagonal",
  inputs: ["x"],
  outputs: ["y"],
  shape: ([x], { shape }: Embedding) => [{ shape, element: x.element }],
  run([x], [{ shape, element }], { offset }) {
    const y = empty("diag", shape, element);
    executeBroadcast("diag", kernelFor("diag", fillKernel, element), shape, [y], [0]);
    if (x.size > 0)
      executeBroadcast("diag", kernelFor("diag", copyKernel, element), x.shape, [x, diagonalView(y, offset)]);
    return [y];
  },
  derivative: { transpose: (g, _x, { offset }) => bindOne(diagonalPrimitive, [g], offset) },
  batch: shiftedParams(({ shape, offset }, size) => ({ shape: shapeOf([size, ...shape]), offset })),
});

/**
 * A diagonal of matrices [..., m, n], as a view.
 * @example linalg.diagonal([[1, 2], [3, 4]]) // [1, 4]
 */
export function diagonal(x: TensorLike, options?: DiagonalOptions): Tensor {
  checkOptions("diagonal", options, ["offset"]);
  const { offset = 0 } = options ?? {};
  if (!Number.isInteger(offset))
    throw new ArgumentError("diagonal", `expected an integer offset, got ${showValue(offset)}`);
  return bindOne(diagonalPrimitive, [lift("diagonal", x)], offset);
}

/**
 * Diagonal matrices with the vectors [..., n] on their diagonals.
 * @example diag([1, 2]) // [[1, 0], [0, 2]]
 */
export function diag(v: TensorLike): Tensor {
  const x = lift("diag", v);
  if (x.ndim === 0)
    throw new ShapeError("diag", `expected vectors, got ${showOperand(x)}; diagonal reads one out`);
  const shape = shapeOf([...x.shape, x.shape[x.ndim - 1]]);
  return bindOne(embedPrimitive, [x], { shape, offset: 0 });
}

/**
 * The sum of the main diagonal of matrices.
 * @example linalg.trace([[1, 2], [3, 4]]) // 5
 */
export const trace = (x: TensorLike): Tensor => underName("trace", () => diagonal(x).sum(-1));

methods({ diagonal, diag, trace });

declare module "../tensor.js" {
  interface Tensor {
    diagonal: Method<typeof diagonal>;
    diag: Method<typeof diag>;
    trace: Method<typeof trace>;
  }
}
