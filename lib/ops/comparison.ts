import { lift } from "../convert.js";
import { binary, unary } from "../core/elementwise.js";
import { notDifferentiable } from "../core/primitive.js";
import { methods } from "../core/registry.js";
import { bool } from "../dtype.js";
import type { Method, Tensor, TensorLike } from "../tensor.js";

const predicate = notDifferentiable("a truth value is piecewise constant");
const compare = (name: string) => binary(name, predicate, { result: bool });
const classify = (name: string) => unary(name, predicate, { result: bool });

/** Whether corresponding elements are equal; NaN equals nothing. @example equal([1, 2], 1) // [true, false] */
export const equal = compare("equal");
/** Whether corresponding elements differ. @example notEqual([1, 2], 1) // [false, true] */
export const notEqual = compare("notEqual");
/** x < y. @example less([1, 2], 2) // [true, false] */
export const less = compare("less");
/** x ≤ y. @example lessEqual([1, 2], 1) // [true, false] */
export const lessEqual = compare("lessEqual");
/** x > y. @example greater([1, 2], 1) // [false, true] */
export const greater = compare("greater");
/** x ≥ y. @example greaterEqual([1, 2], 2) // [false, true] */
export const greaterEqual = compare("greaterEqual");

/** Whether both are true. @example logicalAnd([true, false], true) // [true, false] */
export const logicalAnd = compare("logicalAnd");
/** Whether one or both are true. @example logicalOr([true, false], false) // [true, false] */
export const logicalOr = compare("logicalOr");
/** Whether exactly one is true. @example logicalXor([true, false], true) // [false, true] */
export const logicalXor = compare("logicalXor");
/** The opposite. @example logicalNot([true, false]) // [false, true] */
export const logicalNot = classify("logicalNot");

/** What is asked of real numbers, asked of both parts of complex ones. */
function ofParts(
  name: "isFinite" | "isInf" | "isNaN",
  join: "logicalAnd" | "logicalOr",
): (x: TensorLike) => Tensor {
  const ofReal = classify(name);
  return (input) => {
    const x = lift(name, input);
    return x.element.complex ? x.real()[name]()[join](x.imag()[name]()) : ofReal(x);
  };
}

/** Neither infinite nor NaN, in no part. @example isFinite([1, Infinity]) // [true, false] */
export const isFinite = ofParts("isFinite", "logicalAnd");
/** ∞ or −∞, in some part. @example isInf([1, -Infinity]) // [false, true] */
export const isInf = ofParts("isInf", "logicalOr");
/** Not a number, in some part. @example isNaN([1, NaN]) // [false, true] */
export const isNaN = ofParts("isNaN", "logicalOr");

methods({
  equal,
  notEqual,
  less,
  lessEqual,
  greater,
  greaterEqual,
  logicalAnd,
  logicalOr,
  logicalXor,
  logicalNot,
  isFinite,
  isInf,
  isNaN,
});

declare module "../tensor.js" {
  interface Tensor {
    equal: Method<typeof equal>;
    notEqual: Method<typeof notEqual>;
    less: Method<typeof less>;
    lessEqual: Method<typeof lessEqual>;
    greater: Method<typeof greater>;
    greaterEqual: Method<typeof greaterEqual>;
    logicalAnd: Method<typeof logicalAnd>;
    logicalOr: Method<typeof logicalOr>;
    logicalXor: Method<typeof logicalXor>;
    logicalNot: Method<typeof logicalNot>;
    isFinite: Method<typeof isFinite>;
    isInf: Method<typeof isInf>;
    isNaN: Method<typeof isNaN>;
  }
}
