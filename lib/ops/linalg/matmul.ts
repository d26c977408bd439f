import { lift, liftPair } from "../../convert.js";
import { leadingAxes } from "../../core/batching.js";
import { bindOne } from "../../core/bind.js";
import { define } from "../../core/define.js";
import { recordBinary } from "../../core/graph.js";
import type { AbstractValue } from "../../core/primitive.js";
import { methods } from "../../core/registry.js";
import { ShapeError, underName } from "../../errors.js";
import { execute, executeProduct, kernel, kernelFor } from "../../instruction.js";
import { broadcastShapes, extentsOf, type Shape, shapeOf, showOperand, withoutLast } from "../../shape.js";
import { empty, type Method, Tensor, type TensorLike } from "../../tensor.js";
import { overBatch } from "./conventions.js";

const kernels = kernel("matmul");

/** Extents or strides of the matrices. */
const lastTwo = (list: Shape): readonly [number, number] => [list[list.length - 2], list[list.length - 1]];

function checkInner(a: AbstractValue, b: AbstractValue, left: number, right: number): void {
  if (left !== right)
    throw new ShapeError(
      "matmul",
      `inner extents differ, ${left} and ${right}: ${showOperand(a)} @ ${showOperand(b)}`,
    );
}

/** The shape of the product of two matrices: where one of them is square, the other's. */
function productShape(a: AbstractValue, b: AbstractValue): Shape {
  const left = extentsOf(a.shape);
  const right = extentsOf(b.shape);
  checkInner(a, b, left[1], right[0]);
  if (right[1] === left[1]) return a.shape;
  return left[0] === left[1] ? b.shape : shapeOf([left[0], right[1]]);
}

function product(a: Tensor, b: Tensor, shape: Shape): Tensor {
  const c = empty("matmul", shape, a.element);
  executeProduct("matmul", kernelFor("matmul", kernels, a.element), a, b, c);
  return c;
}

/** Batches of matrices; the leading axes broadcast. */
const matmulPrimitive = define({
  name: "matmul",
  inputs: ["a", "b"],
  outputs: ["c"],
  shape([a, b], _params: null) {
    if (a.shape.length === 2 && b.shape.length === 2)
      return [{ shape: productShape(a, b), element: a.element }];
    const [m, k] = lastTwo(extentsOf(a.shape));
    const [inner, n] = lastTwo(extentsOf(b.shape));
    checkInner(a, b, k, inner);
    const batch = broadcastShapes("matmul", withoutLast(a.shape, 2), withoutLast(b.shape, 2));
    return [{ shape: shapeOf([...batch, m, n]), element: a.element }];
  },
  run([a, b], [{ shape, element }]) {
    const batch = shape.length - 2;
    if (batch === 0) return [product(a, b, shape)];
    const c = empty("matmul", shape, element);
    const id = kernelFor("matmul", kernels, element);
    const [aRow, aColumn] = lastTwo(a.strides);
    const [bRow, bColumn] = lastTwo(b.strides);
    const [cRow, cColumn] = lastTwo(c.strides);
    execute(
      "matmul",
      id,
      [...extentsOf(shape), a.shape[a.ndim - 1]],
      [
        [a, overBatch(a, 2, batch, [aRow, 0, aColumn])],
        [b, overBatch(b, 2, batch, [0, bColumn, bRow])],
        [c, overBatch(c, 2, batch, [cRow, cColumn, 0])],
      ],
    );
    return [c];
  },
  derivative: {
    saves: { a: ["b"], b: ["a"] },
    vjp: ([g], [a, b], [wantsA, wantsB]) => [wantsA && g!.matmul(b.mT), wantsB && a.mT.matmul(g!)],
    jvp: ([da, db], [a, b]) => {
      const left = da?.matmul(b);
      const right = db && a.matmul(db);
      return [left && right ? left.add(right) : (left ?? right)];
    },
  },
  batch: leadingAxes(2, 2),
});

const isMatrix = (x: Tensor): boolean => x.wrapper === null && x.shape.length === 2;

/** `bind` for two matrices of one dtype, without arrays on the way: a small product takes less time than those. */
function bindProduct(a: Tensor, b: Tensor): Tensor {
  const c = product(a, b, productShape(a, b));
  recordBinary(matmulPrimitive, a, b, c);
  return c;
}

/**
 * The matrix product, batched over leading axes that broadcast. A 1-D operand is a row on the left and a column on
 * the right, and its axis is dropped from the result, as in NumPy. Shapes [..., m, k] and [..., k, n] give
 * [..., m, n].
 * @throws ShapeError for 0-d operands, and where the inner extents or the batches do not fit
 * @example matmul([[1, 2], [3, 4]], [1, 1]) // [3, 7]
 */
export function matmul(x: TensorLike, y: TensorLike): Tensor {
  if (x instanceof Tensor && y instanceof Tensor) {
    const a = x.snapshot();
    const b = y.snapshot();
    if (a.element === b.element && isMatrix(a) && isMatrix(b)) return bindProduct(a, b);
  }
  return matmulLifted(x, y);
}

function matmulLifted(x: TensorLike, y: TensorLike): Tensor {
  const [a, b] = liftPair("matmul", x, y);
  if (a.ndim === 0 || b.ndim === 0)
    throw new ShapeError(
      "matmul",
      `expected at least one axis each, got ${showOperand(a)} and ${showOperand(b)}; mul scales`,
    );
  const row = a.ndim === 1;
  const column = b.ndim === 1;
  const c = bindOne(matmulPrimitive, [row ? a.expandDims(0) : a, column ? b.expandDims(1) : b], null);
  if (!row && !column) return c;
  return c.squeeze(row && column ? [-2, -1] : row ? -2 : -1);
}

/**
 * The outer product of two vectors, or of the last axes of batches: [..., m] and [..., n] give [..., m, n].
 * @example linalg.outer([1, 2], [3, 4]) // [[3, 4], [6, 8]]
 */
export function outer(x: TensorLike, y: TensorLike): Tensor {
  const a = lift("outer", x);
  const b = lift("outer", y);
  if (a.ndim === 0 || b.ndim === 0)
    throw new ShapeError("outer", `expected vectors, got ${showOperand(a)} and ${showOperand(b)}`);
  return underName("outer", () => a.expandDims(-1).mul(b.expandDims(-2)));
}

methods({ matmul, outer });

declare module "../../tensor.js" {
  interface Tensor {
    matmul: Method<typeof matmul>;
    outer: Method<typeof outer>;
  }
}
