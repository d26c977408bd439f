import { lift } from "../convert.js";
import { binary, unary } from "../core/elementwise.js";
import { differences, negatives, products, quotients, squares, sums } from "../core/handful.js";
import { notDifferentiable } from "../core/primitive.js";
import { methods } from "../core/registry.js";
import { times } from "../core/unit.js";
import type { Method, Tensor, TensorLike } from "../tensor.js";

/**
 * Sum of corresponding elements, broadcasting. int32 stays int32 and overflow is a DTypeError.
 * @example add([1, 2], 10) // [11, 12]
 */
export const add = binary(
  "add",
  [
    ["", (t) => t],
    ["", (t) => t],
  ],
  { onFew: sums },
);

/**
 * Difference of corresponding elements, broadcasting.
 * @example sub([3, 4], [1, 1]) // [2, 3]
 */
export const sub = binary(
  "sub",
  [
    ["", (t) => t],
    ["", (t) => t.neg()],
  ],
  { onFew: differences },
);

/**
 * Product of corresponding elements, broadcasting.
 * @example mul([[1], [2]], [3, 4]) // [[3, 4], [6, 8]]
 */
export const mul = binary(
  "mul",
  [
    ["y", (t, _x, y) => times(t, y)],
    ["x", (t, x) => times(t, x)],
  ],
  { onFew: products },
);

/**
 * Quotient of corresponding elements, broadcasting; integers give float64.
 * @example div([1, 2], 4) // [0.25, 0.5]
 */
export const div = binary(
  "div",
  [
    ["y", (t, _x, y) => t.div(y)],
    ["yz", (t, _x, y, z) => t.mul(z).div(y).neg()],
  ],
  { onFew: quotients },
);

/** The base of y xʸ⁻¹: where y is 0 and 1/x overflows, one for which that product is the 0 that it means. */
const base = (x: Tensor, y: Tensor): Tensor => y.equal(0).logicalAnd(x.reciprocal().isInf()).where(1, x);

/**
 * x to the power y. int32 stays int32 for exponents that are not negative. The derivative with respect to y is
 * 0 where x is 0 and y is not negative, with respect to x it is 0 where y is 0.
 * @example pow([1, 2, 3], 2) // [1, 4, 9]
 */
export const pow = binary("pow", [
  ["xy", (t, x, y) => t.mul(y.mul(base(x, y).pow(y.sub(1))))],
  ["xyz", (t, x, y, z) => t.mul(z.mul(x.equal(0).logicalAnd(y.real().greaterEqual(0)).where(1, x).log()))],
]);

/**
 * The remainder of a floored division: the sign is the divisor's.
 * @example remainder([-1, 5], 3) // [2, 2]
 */
export const remainder = binary("remainder", [
  ["", (t) => t],
  ["xy", (t, x, y) => t.mul(x.floorDivide(y)).neg()],
]);

/**
 * The quotient rounded towards minus infinity.
 * @example floorDivide([-1, 5], 3) // [-1, 1]
 */
export const floorDivide = binary("floorDivide", notDifferentiable("floorDivide is piecewise constant"));

/** The negative. @example neg([1, -2]) // [-1, 2] */
export const neg = unary("neg", ["", (t) => t.neg()], { onFew: negatives });

const magnitude = unary("abs", ["x", (t, x) => t.mul(x.sign())]);

/**
 * The absolute value, real also of complex numbers; its derivative at 0 is 0.
 * @example abs([-1, 2]) // [1, 2]
 */
export function abs(input: TensorLike): Tensor {
  const x = lift("abs", input);
  return x.element.complex ? x.real().hypot(x.imag()) : magnitude(x);
}

const realSign = unary("sign", notDifferentiable("sign is piecewise constant"));

/** −1, 0 or 1; of complex numbers z/|z|, or 0. @example sign([-3, 0, 2]) // [-1, 0, 1] */
export function sign(input: TensorLike): Tensor {
  const x = lift("sign", input);
  if (!x.element.complex) return realSign(x);
  const modulus = x.abs();
  return x.div(modulus.equal(0).where(1, modulus));
}

/** 1/x. @example reciprocal([2, 4]) // [0.5, 0.25] */
export const reciprocal = unary("reciprocal", ["y", (t, _x, y) => t.mul(y.square()).neg()]);

/** x². @example square([1, 2, 3]) // [1, 4, 9] */
export const square = unary("square", ["x", (t, x) => times(t, x.add(x))], { onFew: squares });

/**
 * The magnitude of x with the sign of y. Not differentiable in y, whose sign alone matters.
 * @example copysign([1, 2], [-1, 1]) // [-1, 2]
 */
export const copysign = binary("copysign", [
  ["xz", (t, x, _y, z) => t.mul(x.sign().mul(z.sign()))],
  ["", (t) => t.mul(0)],
]);

const operations = {
  add,
  sub,
  mul,
  div,
  pow,
  remainder,
  floorDivide,
  neg,
  abs,
  sign,
  reciprocal,
  square,
  copysign,
};
methods(operations);

declare module "../tensor.js" {
  interface Tensor {
    add: Method<typeof add>;
    sub: Method<typeof sub>;
    mul: Method<typeof mul>;
    div: Method<typeof div>;
    pow: Method<typeof pow>;
    remainder: Method<typeof remainder>;
    floorDivide: Method<typeof floorDivide>;
    neg: Method<typeof neg>;
    abs: Method<typeof abs>;
    sign: Method<typeof sign>;
    reciprocal: Method<typeof reciprocal>;
    square: Method<typeof square>;
    copysign: Method<typeof copysign>;
  }
}
