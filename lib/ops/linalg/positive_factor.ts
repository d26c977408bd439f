import { leadingAxes } from "../../core/batching.js";
import { bindOne } from "../../core/bind.js";
import { define } from "../../core/define.js";
import { notDifferentiable, type PrimitiveDefinition } from "../../core/primitive.js";
import { execute, kernel, kernelFor, whenMeasured } from "../../instruction.js";
import { withoutLast } from "../../shape.js";
import { empty, isDisposed, type Tensor } from "../../tensor.js";
import { noteCondition } from "../../warnings.js";
import { failureCode, type OnFailure, squareMatrices, type Triangle, triangleCode } from "./conventions.js";

export interface Factorisation {
  /** The public function on whose behalf this runs, and what it calls the matrix: for errors. */
  readonly operation: string;
  readonly subject?: string;
  readonly triangle: Triangle;
  readonly onFailure: OnFailure;
}

const potrf = kernel("potrf");
const pocon = kernel("pocon");

/** Row-major L of A = L Lᵀ. */
function factorise([a]: readonly Tensor[], params: Factorisation): Tensor {
  const { operation, subject, triangle, onFailure } = params;
  const { shape, element } = a;
  const l = empty(operation, shape, element);
  execute(
    operation,
    kernelFor(operation, potrf, element),
    shape,
    [
      [a, a.strides],
      [l, l.strides],
    ],
    [failureCode(onFailure), triangleCode(triangle), 0],
    "potrf",
    withoutLast(shape, 2),
    subject,
  );
  return l;
}

/** What a Cholesky factor is as a primitive, whatever follows from its derivative. */
export const choleskyOf: Omit<PrimitiveDefinition<"a", "l", Factorisation>, "name" | "derivative"> = {
  inputs: ["a"],
  outputs: ["l"],
  shape([a], { operation }) {
    squareMatrices(operation, a);
    return [{ shape: a.shape, element: a.element }];
  },
  run: (inputs, _outputs, params) => [factorise(inputs, params)],
  batch: leadingAxes(2),
};

const factorPrimitive = define<"a", "l", Factorisation>({
  ...choleskyOf,
  name: "choleskyFactor",
  derivative: notDifferentiable(
    "the factor enters only positiveSolve, positiveSlogdet and positiveInverse, whose rules speak of the matrix",
  ),
});

type Noted = Parameters<typeof noteCondition>;

/** What was measured last. While a program is made nothing is. */
let measured: Noted | null = null;

interface Measurement {
  readonly operation: string;
  readonly triangle: Triangle;
}

/** The reciprocal condition number of A, with a warning where it is small. */
const conditionPrimitive = define<"a" | "l", "rcond", Measurement>({
  name: "choleskyCondition",
  inputs: ["a", "l"],
  outputs: ["rcond"],
  shape: ([a]) => [{ shape: withoutLast(a.shape, 2), element: a.element }],
  run([a, l], [{ shape, element }], { operation, triangle }) {
    const rcond = empty(operation, shape, element);
    execute(
      operation,
      kernelFor(operation, pocon, element),
      a.shape,
      [
        [a, a.strides],
        [l, l.strides],
        [rcond, [...rcond.strides, 0, 0]],
      ],
      [triangleCode(triangle)],
      "pocon",
      shape,
    );
    whenMeasured((found) => {
      measured = [{ operation, routine: "potrf", element, space: shape }, found];
      noteCondition(...measured);
    });
    return [rcond];
  },
  derivative: notDifferentiable("it only warns"),
  batch: leadingAxes(2, 2),
});

interface Known {
  readonly l: Tensor;
  readonly triangle: Triangle;
  readonly onFailure: OnFailure;
  condition: Noted | null;
}

/** The last factor of each tensor that still lives: what is asked of one matrix factorises it once. */
const factors = new WeakMap<Tensor, Known>();

/** Whether it may differ from what would be computed now only in the error that was not thrown. */
const serves = ({ l, triangle, onFailure }: Known, wanted: Factorisation): boolean =>
  triangle === wanted.triangle && (onFailure === "throw" || wanted.onFailure === "nan") && !isDisposed(l);

function known(a: Tensor, params: Factorisation): Known {
  const earlier = factors.get(a);
  if (earlier !== undefined && serves(earlier, params)) return earlier;
  const { triangle, onFailure } = params;
  const found: Known = { l: bindOne(factorPrimitive, [a], params), triangle, onFailure, condition: null };
  factors.set(a, found);
  return found;
}

/** The Cholesky factor of a positive definite matrix, which all that is computed from the same tensor shares. */
export const positiveFactor = (a: Tensor, params: Factorisation): Tensor => known(a, params).l;

/** The same where equations are solved with it: warns if the matrix is ill-conditioned. */
export function conditionedFactor(a: Tensor, params: Factorisation): Tensor {
  const { operation, triangle } = params;
  const factor = known(a, params);
  if (factor.condition !== null) {
    const [finding, worst] = factor.condition;
    noteCondition({ ...finding, operation }, worst);
  } else {
    measured = null;
    bindOne(conditionPrimitive, [a, factor.l], { operation, triangle });
    factor.condition = measured;
  }
  return factor.l;
}
