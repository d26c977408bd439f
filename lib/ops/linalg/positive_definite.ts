import { leadingAxes } from "../../core/batching.js";
import { bind, bindOne } from "../../core/bind.js";
import { define } from "../../core/define.js";
import type { Primitive } from "../../core/primitive.js";
import { execute, kernel, kernelFor } from "../../instruction.js";
import { withoutLast } from "../../shape.js";
import { empty, type Tensor } from "../../tensor.js";
import { failureCode, type OnFailure, symmetrise, type Triangle } from "./conventions.js";
import { conditionedFactor, type Factorisation, positiveFactor } from "./positive_factor.js";
import { negatedProduct, solutionOf, substitute, tangentSide } from "./right_hand_side.js";

// What is asked of positive definite matrices. A enters by its Cholesky factor; its own input carries the derivative,
// of which only what was read of A has one.

const potrs = kernel("potrs");
const potri = kernel("potri");
const slogdetKernel = kernel("choleskySlogdet");

interface Substitution {
  readonly triangle: Triangle;
  readonly onFailure: OnFailure;
}

/** X of A X = B. */
const solvePrimitive: Primitive<Substitution> = define<"a" | "b" | "l", "x", Substitution>({
  name: "positiveSolve",
  inputs: ["a", "b", "l"],
  outputs: ["x"],
  shape: ([a, b]) => [solutionOf("solve", a, b)],
  run([, b, l], [solution], { onFailure }) {
    const potrsOf = {
      operation: "solve",
      kernels: potrs,
      routine: "potrs",
      params: [failureCode(onFailure)],
    };
    return [substitute(potrsOf, [l], [], b, solution)];
  },
  derivative: {
    // As for luSolve; A is its own transpose.
    saves: { a: ["a", "l", "x"], b: ["a", "l"] },
    vjp([g], [a, , l, x], [wantsA], params) {
      const gb = bindOne(solvePrimitive, [a, g!, l], params);
      return [wantsA && symmetrise.transposed(negatedProduct(gb, x), params.triangle), gb];
    },
    jvp([da, db], [a, , l, x], params) {
      const moved = da && symmetrise(da, params.triangle).matmul(x);
      const right = tangentSide(db, moved);
      return [right && bindOne(solvePrimitive, [a, right, l], params)];
    },
  },
  batch: leadingAxes(2, 2, 2),
});

interface OfFactor {
  /** The public function on whose behalf this runs. */
  readonly operation: string;
  readonly triangle: Triangle;
}

/** A⁻¹. */
const inversePrimitive: Primitive<OfFactor> = define<"a" | "l", "x", OfFactor>({
  name: "positiveInverse",
  inputs: ["a", "l"],
  outputs: ["x"],
  shape: ([a]) => [{ shape: a.shape, element: a.element }],
  run([, l], [{ shape, element }], { operation }) {
    const x = empty(operation, shape, element);
    const operands = [
      [l, l.strides],
      [x, x.strides],
    ] as const;
    const id = kernelFor(operation, potri, element);
    execute(operation, id, shape, operands, [], "potri", withoutLast(shape, 2));
    return [x];
  },
  derivative: {
    // dX = −X dA X
    saves: { a: ["x"] },
    vjp: ([g], [, , x], _wanted, { triangle }) => [
      symmetrise.transposed(x.matmul(g!).matmul(x).neg(), triangle),
    ],
    jvp: ([da], [, , x], { triangle }) => [da && x.matmul(symmetrise(da, triangle)).matmul(x).neg()],
  },
  batch: leadingAxes(2, 2),
});

const inverseOf = (a: Tensor, l: Tensor, operation: string, triangle: Triangle): Tensor =>
  bindOne(inversePrimitive, [a, l], { operation, triangle });

/** The sign of the determinant, 1, and its logarithm. */
const slogdetPrimitive = define<"a" | "l", "sign" | "logAbsDet", Triangle>({
  name: "positiveSlogdet",
  inputs: ["a", "l"],
  outputs: ["sign", "logAbsDet"],
  shape([a]) {
    const one = { shape: withoutLast(a.shape, 2), element: a.element };
    return [one, one];
  },
  run([{ shape, element }, l], outputs) {
    const results = outputs.map((one) => empty("slogdet", one.shape, element));
    execute("slogdet", kernelFor("slogdet", slogdetKernel, element), shape, [
      [l, l.strides],
      ...results.map((y) => [y, [...y.strides, 0, 0]] as const),
    ]);
    return results;
  },
  derivative: {
    // d log det A = tr(A⁻¹ dA), and A⁻¹ is symmetric.
    saves: { logAbsDet: ["a", "l"] },
    vjp: ([, g], [a, l], _wanted, triangle) => [
      g && symmetrise.ofSymmetric(inverseOf(a, l, "slogdet", triangle).mul(g.expandDims([-2, -1])), triangle),
    ],
    jvp: ([da], [a, l], triangle) => [
      null,
      da && inverseOf(a, l, "slogdet", triangle).mul(symmetrise(da, triangle)).sum([-2, -1]),
    ],
  },
  batch: leadingAxes(2, 2),
});

/** `solve` for positive definite matrices. */
export function positiveSolve(a: Tensor, b: Tensor, factorisation: Factorisation): Tensor {
  const { triangle, onFailure } = factorisation;
  return bindOne(solvePrimitive, [a, b, conditionedFactor(a, factorisation)], { triangle, onFailure });
}

/** `inv` for positive definite matrices. */
export const positiveInverse = (a: Tensor, factorisation: Factorisation): Tensor =>
  inverseOf(a, conditionedFactor(a, factorisation), factorisation.operation, factorisation.triangle);

/** `slogdet` for positive definite matrices. */
export function positiveSlogdet(a: Tensor, factorisation: Factorisation): readonly Tensor[] {
  return bind(slogdetPrimitive, [a, positiveFactor(a, factorisation)], factorisation.triangle);
}
