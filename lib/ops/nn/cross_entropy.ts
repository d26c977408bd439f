import { lift } from "../../convert.js";
import { inRange } from "../../core/in_range.js";
import { methods } from "../../core/registry.js";
import { type DType, elementTypeOf } from "../../dtype.js";
import { ArgumentError, ShapeError, showValue, underName } from "../../errors.js";
import { liftIndices } from "../../index_arguments.js";
import { checkOptions } from "../../options.js";
import { sameShape, showOperand } from "../../shape.js";
import type { Method, Tensor, TensorLike } from "../../tensor.js";
import { zeros } from "../creation.js";

export interface OneHotOptions {
  /** float64 by default. */
  dtype?: DType;
}

/** Classes as indices along a new last axis. Indexing would count negative ones from the end. */
const asIndices = (operation: string, classes: Tensor, n: number): Tensor =>
  inRange(classes, {
    operation,
    what: "a class",
    least: 0,
    greatest: n - 1,
    expected: `0 to ${n - 1}`,
  }).expandDims(-1);

/**
 * For each class i (int32, in [0, n)) a row of n zeros with a one at i: [...] gives [..., n].
 * @throws ArgumentError for a class out of range, DTypeError for classes that are not int32
 * @example nn.oneHot([1, 0], 3) // [[0, 1, 0], [1, 0, 0]]
 */
export function oneHot(i: TensorLike, n: number, options?: OneHotOptions): Tensor {
  checkOptions("oneHot", options, ["dtype"]);
  if (!Number.isInteger(n) || n < 0 || n >= 2 ** 31)
    throw new ArgumentError("oneHot", `expected the number of classes, got ${showValue(n)}`);
  const classes = liftIndices("oneHot", i);
  const dtype = elementTypeOf("oneHot", options?.dtype ?? "float64").name;
  const rows = underName("oneHot", () =>
    zeros([...classes.shape, n], { dtype: dtype === "bool" ? "int32" : dtype }),
  );
  return rows.putAlongAxis(asIndices("oneHot", classes, n), 1, -1).cast(dtype);
}

export interface CrossEntropyOptions {
  /** What becomes of the losses of the samples: their mean by default, their sum, or each by itself. */
  reduction?: "mean" | "sum" | "none";
}

/** Whether labels are classes; plain arrays are if they have one axis less than the logits. */
function areClasses(labels: TensorLike, given: Tensor, logits: Tensor): boolean {
  const plain = typeof labels === "number" || Array.isArray(labels);
  return plain ? given.ndim === logits.ndim - 1 : !given.element.floating;
}

/**
 * −log softmax(logits)[label] over the last axis: logits [..., k] with classes [...] (int32, in [0, k)), or with the
 * probabilities [..., k] of all classes, which give −Σ p log softmax(logits). The mean over all samples by default.
 * @throws ShapeError where labels do not fit the logits, ArgumentError for a class out of range, DTypeError
 * @example nn.crossEntropy([[2, 0], [0, 1]], [0, 0]) // 0.7200948492805977
 */
export function crossEntropy(logits: TensorLike, labels: TensorLike, options?: CrossEntropyOptions): Tensor {
  checkOptions("crossEntropy", options, ["reduction"]);
  const reduction = options?.reduction ?? "mean";
  if (!["mean", "sum", "none"].includes(reduction))
    throw new ArgumentError(
      "crossEntropy",
      `reduction is ${showValue(reduction)}, expected "mean", "sum" or "none"`,
    );
  const x = lift("crossEntropy", logits);
  const given = lift("crossEntropy", labels);
  if (x.ndim === 0)
    throw new ShapeError("crossEntropy", `expected logits with an axis of classes, got ${showOperand(x)}`);
  const asClasses = areClasses(labels, given, x);
  if (!sameShape(given.shape, asClasses ? x.shape.slice(0, -1) : x.shape))
    throw new ShapeError(
      "crossEntropy",
      `logits ${showOperand(x)} go with ${asClasses ? "classes of their shape but for the last axis" : "probabilities of their own shape (or with int32 classes)"}, got ${showOperand(given)}`,
    );
  const losses = asClasses ? lossOfClasses(x, labels) : lossOfProbabilities(x, given);
  if (reduction === "none") return losses;
  return reduction === "sum" ? losses.sum() : losses.mean();
}

function lossOfClasses(logits: Tensor, labels: TensorLike): Tensor {
  const classes = liftIndices("crossEntropy", labels);
  const indices = asIndices("crossEntropy", classes, logits.shape[logits.ndim - 1]);
  return logits.logSoftmax(-1).takeAlongAxis(indices, -1).squeeze(-1).neg();
}

/** A class that neither logits nor labels admit adds nothing: 0 log 0 = 0. */
function lossOfProbabilities(logits: Tensor, probabilities: Tensor): Tensor {
  const logarithms = logits.logSoftmax(-1);
  const excluded = probabilities.equal(0).logicalAnd(logarithms.isInf());
  return excluded.where(0, logarithms).mul(probabilities).sum(-1).neg();
}

methods({ oneHot, crossEntropy });

declare module "../../tensor.js" {
  interface Tensor {
    oneHot: Method<typeof oneHot>;
    crossEntropy: Method<typeof crossEntropy>;
  }
}
