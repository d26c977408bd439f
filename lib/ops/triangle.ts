import { lift } from "../convert.js";
import { leadingAxes } from "../core/batching.js";
import { bindOne } from "../core/bind.js";
import { define } from "../core/define.js";
import type { Primitive } from "../core/primitive.js";
import { methods } from "../core/registry.js";
import { ArgumentError, ShapeError, showValue } from "../errors.js";
import { execute, kernel, kernelFor } from "../instruction.js";
import { checkOptions } from "../options.js";
import { showOperand } from "../shape.js";
import { empty, type Method, type Tensor, type TensorLike } from "../tensor.js";

export interface TriangleOptions {
  /** The last (tril) or first (triu) diagonal that is kept: 0 the main one, positive above it. */
  k?: number;
}

function triangle(name: "tril" | "triu") {
  const kernels = kernel(name);
  const primitive: Primitive<number> = define({
    name,
    inputs: ["x"],
    outputs: ["y"],
    shape([x], _k: number) {
      if (x.shape.length < 2) throw new ShapeError(name, `expected matrices, got ${showOperand(x)}`);
      return [{ shape: x.shape, element: x.element }];
    },
    run([x], [{ shape, element }], k) {
      const y = empty(name, shape, element);
      const operands = [
        [x, x.strides],
        [y, y.strides],
      ] as const;
      execute(name, kernelFor(name, kernels, element), shape, operands, [k]);
      return [y];
    },
    derivative: { transpose: (g, _x, k) => bindOne(primitive, [g], k) },
    batch: leadingAxes(2),
  });
  return (x: TensorLike, options?: TriangleOptions): Tensor => {
    checkOptions(name, options, ["k"]);
    const { k = 0 } = options ?? {};
    if (!Number.isInteger(k)) throw new ArgumentError(name, `expected an integer k, got ${showValue(k)}`);
    return bindOne(primitive, [lift(name, x)], k);
  };
}

/** The lower triangle of matrices, zeros above diagonal k. @example tril([[1, 2], [3, 4]]) // [[1, 0], [3, 4]] */
export const tril = triangle("tril");

/** The upper triangle of matrices, zeros below diagonal k. @example triu([[1, 2], [3, 4]]) // [[1, 2], [0, 4]] */
export const triu = triangle("triu");

methods({ tril, triu });

declare module "../tensor.js" {
  interface Tensor {
    tril: Method<typeof tril>;
    triu: Method<typeof triu>;
  }
}
