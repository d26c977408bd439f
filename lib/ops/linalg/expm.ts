import { floating, lift } from "../../convert.js";
import { leadingAxes } from "../../core/batching.js";
import { bindOne } from "../../core/bind.js";
import { define } from "../../core/define.js";
import { methods } from "../../core/registry.js";
import { execute, kernel, kernelFor } from "../../instruction.js";
import { checkOptions } from "../../options.js";
import { broadcastShapes, shapeOf, withoutLast } from "../../shape.js";
import { empty, type Method, type Tensor, type TensorLike } from "../../tensor.js";
import { oneOf, overBatch, squareMatrices, type Triangle, triangleOf } from "./conventions.js";
import { rulesAlong } from "./frechet.js";
import { exponential } from "./scalar_functions.js";
import { symmetricFunction } from "./symmetric_function.js";

export interface ExpmOptions {
  /** What A is known to be: "symmetric" goes by eigenvalues. "general" by default. */
  assume?: "general" | "symmetric";
  /** For symmetric A: what is read, both triangles as (A + Aᵀ)/2, or one of them. */
  triangle?: Triangle;
}

const value = kernel("expm");
const derivative = kernel("expmDerivative");

const alongPrimitive = define<"a" | "e", "l", null>({
  name: "expmDerivative",
  inputs: ["a", "e"],
  outputs: ["l"],
  shape([a, e]) {
    const batch = broadcastShapes("expm", withoutLast(a.shape, 2), withoutLast(e.shape, 2));
    return [{ shape: shapeOf([...batch, ...a.shape.slice(-2)]), element: a.element }];
  },
  run(inputs, [{ shape, element }]) {
    const l = empty("expm", shape, element);
    const batch = withoutLast(shape, 2);
    execute(
      "expm",
      kernelFor("expm", derivative, element),
      shape,
      [...inputs, l].map((x) => [x, overBatch(x, 2, batch.length, x.strides.slice(-2))] as const),
      [],
      "expm",
      batch,
    );
    return [l];
  },
  derivative: {
    saves: { a: ["a", "e"], e: ["a"] },
    ...rulesAlong<null>(
      (a, e) => derivativeAlong(a, e),
      () => [],
    ),
  },
  batch: leadingAxes(2, 2),
});

const derivativeAlong = (a: Tensor, e: Tensor): Tensor => bindOne(alongPrimitive, [a, e], null);

const expmPrimitive = define<"a", "x", null>({
  name: "expm",
  inputs: ["a"],
  outputs: ["x"],
  shape([a]) {
    squareMatrices("expm", a);
    return [a];
  },
  run([a], [{ shape, element }]) {
    const x = empty("expm", shape, element);
    execute(
      "expm",
      kernelFor("expm", value, element),
      shape,
      [
        [a, a.strides],
        [x, x.strides],
      ],
      [],
      "expm",
      withoutLast(shape, 2),
    );
    return [x];
  },
  derivative: {
    // The adjoint of the derivative at A is the derivative at Aᴴ (Higham 2008, "Functions of Matrices", section 3.2):
    // L(Aᴴ, G) = L(A, Gᴴ)ᴴ.
    saves: { a: ["a"] },
    vjp: ([g], [a]) => [derivativeAlong(a, g!.mH).mH],
    jvp: ([da], [a]) => [da && derivativeAlong(a, da)],
  },
  batch: leadingAxes(2),
});

/**
 * The exponential of square matrices [..., n, n], by scaling and squaring with Padé approximants up to degree 13; the
 * derivative is computed along with them, at three times the cost. float32 is computed in double precision and rounded
 * once. With `assume: "symmetric"` by `syevd`, with derivatives by divided differences that are exact through ties.
 * @throws ShapeError if not square, LinAlgError if not finite
 * @see Al-Mohy and Higham, "A new scaling and squaring algorithm for the matrix exponential", 2009, and "Computing the
 * Fréchet derivative of the matrix exponential, with an application to condition number estimation", 2009
 * @example linalg.expm([[0, 1], [0, 0]]) // [[1, 1], [0, 1]]
 */
export function expm(a: TensorLike, options?: ExpmOptions): Tensor {
  checkOptions("expm", options, ["assume", "triangle"]);
  const triangle = triangleOf("expm", options?.triangle);
  if (oneOf("expm", "assume", options?.assume, ["general", "symmetric"]) === "symmetric")
    return symmetricFunction("expm", a, exponential, triangle);
  return bindOne(expmPrimitive, [floating(lift("expm", a))], null);
}

methods({ expm });

declare module "../../tensor.js" {
  interface Tensor {
    expm: Method<typeof expm>;
  }
}
