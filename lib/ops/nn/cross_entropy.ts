import { floating, lift } from "../../convert.js";
import { leadingAxes } from "../../core/batching.js";
import { bind } from "../../core/bind.js";
import { deferred } from "../../core/deferred.js";
import { define } from "../../core/define.js";
import { inRange } from "../../core/in_range.js";
import type { Primitive } from "../../core/primitive.js";
import { methods } from "../../core/registry.js";
import { type DType, elementTypeOf } from "../../dtype.js";
import { ArgumentError, ShapeError, showValue, underName } from "../../errors.js";
import { liftIndices } from "../../index_arguments.js";
import { execute, kernel, kernelFor } from "../../instruction.js";
import { checkOptions } from "../../options.js";
import {
  broadcastShapes,
  broadcastStrides,
  sameShape,
  shapeOf,
  showOperand,
  withoutLast,
} from "../../shape.js";
import { empty, type Method, type Tensor, type TensorLike } from "../../tensor.js";
import { zeros } from "../creation.js";
import { ofSoftmax } from "./softmax.js";

export interface OneHotOptions {
  /** float64 by default. */
  dtype?: DType;
}

/** The same classes, or the error for one that is not there: indexing would count negative ones from the end. */
const knownClasses = (operation: string, classes: Tensor, n: number): Tensor =>
  inRange(classes, {
    operation,
    what: "a class",
    least: 0,
    greatest: n - 1,
    expected: `0 to ${n - 1}`,
  });

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
  return rows.putAlongAxis(knownClasses("oneHot", classes, n).expandDims(-1), 1, -1).cast(dtype);
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
  const losses = asClasses ? lossOfClasses(floating(x), labels) : lossOfProbabilities(x, given);
  if (reduction === "none") return losses;
  return reduction === "sum" ? losses.sum() : losses.mean();
}

const lossKernel = kernel("crossEntropy");

/**
 * For logits x [..., k] and classes i [...] the loss −log softmax(x)ᵢ and its derivative d = softmax(x) − eᵢ, which
 * costs little more and is all that a pullback needs. That of d is the derivative of softmax: with p = d + eᵢ the
 * symmetric diag(p) − p pᵀ.
 */
const lossPrimitive: Primitive<null> = define<"x" | "classes", "loss" | "d", null>({
  name: "crossEntropy",
  inputs: ["x", "classes"],
  outputs: ["loss", "d"],
  shape([x, classes]) {
    const rows = broadcastShapes("crossEntropy", withoutLast(x.shape, 1), classes.shape);
    const space = shapeOf([...rows, x.shape[x.shape.length - 1]]);
    return [
      { shape: rows, element: x.element },
      { shape: space, element: x.element },
    ];
  },
  run([x, classes], [{ shape: rows, element }, { shape: space }]) {
    const id = kernelFor("crossEntropy", lossKernel, element);
    const loss = empty("crossEntropy", rows, element);
    const d = empty("crossEntropy", space, element);
    execute("crossEntropy", id, space, [
      [x, broadcastStrides(x.shape, x.strides, space)],
      [classes, [...broadcastStrides(classes.shape, classes.strides, rows), 0]],
      [loss, [...loss.strides, 0]],
      [d, d.strides],
    ]);
    return [loss, d];
  },
  derivative: {
    saves: { loss: ["d"], d: ["classes", "d"] },
    vjp([g, gd], [, classes, , d]) {
      const straight = g?.expandDims(-1).mul(d);
      const bent = gd && ofProbabilities(d, classes, gd);
      return [straight && bent ? straight.add(bent) : (straight ?? bent), null];
    },
    jvp: ([t], [, classes, , d]) =>
      t === null
        ? [null, null]
        : [t.mul(d).sum(-1), deferred(d.shape, d.element, () => ofProbabilities(d, classes, t))],
  },
  batch: leadingAxes(1, 0),
});

const ofProbabilities = (d: Tensor, classes: Tensor, t: Tensor): Tensor =>
  ofSoftmax(t, d.scatterAdd(classes.expandDims(-1), 1, -1), -1);

function lossOfClasses(logits: Tensor, labels: TensorLike): Tensor {
  const classes = knownClasses(
    "crossEntropy",
    liftIndices("crossEntropy", labels),
    logits.shape[logits.ndim - 1],
  );
  return bind(lossPrimitive, [logits, classes], null)[0];
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
