import * as ad from "adjoint";
import { tensor } from "adjoint";
import { int32, refuses, wrong, zeros } from "./refusals.js";

const { NaN: nan } = Number;
const largest = 2 ** 31 - 1;

refuses({
  add: [
    ["shapes that do not broadcast", () => ad.add(zeros(2, 3), zeros(4)), "shape", "[2,3]", "[4]"],
    ["three axes", () => zeros(2, 1, 3).add(zeros(2, 2)), "shape", "[2,1,3]", "[2,2]"],
    ["ragged rows", () => ad.add(wrong([[1], [2, 3]]), 1), "shape", /ragged/],
    ["int32 and a fraction", () => int32(1).add(0.5), "dtype", "0.5", "cast"],
    ["int32 and what does not fit", () => int32(1).add(2 ** 31), "dtype", "2147483648", "cast"],
    ["overflow", () => int32(largest).add(1), "dtype", "int32", "cast"],
    ["more than memory", () => zeros(1).broadcastTo([1e9, 1e9]).add(1), "argument", "bytes"],
  ],
  sub: [["overflow", () => int32(-(2 ** 31)).sub(1), "dtype", "int32"]],
  mul: [
    ["a fraction and int32", () => ad.mul(0.5, int32(1)), "dtype", "0.5", "cast"],
    ["overflow", () => int32(2 ** 16).mul(2 ** 15), "dtype", "int32"],
  ],
  div: [["shapes that do not broadcast", () => ad.div(zeros(2), zeros(3)), "shape", "[2]", "[3]"]],
  neg: [["overflow", () => int32(-(2 ** 31)).neg(), "dtype", "int32"]],
  abs: [["overflow", () => int32(-(2 ** 31)).abs(), "dtype", "int32"]],
  square: [["overflow", () => int32(2 ** 16).square(), "dtype", "int32"]],
  pow: [
    ["overflow", () => int32(2).pow(31), "dtype", "int32"],
    ["a negative power of int32", () => int32(2).pow(-1), "argument", "negative"],
    ["shapes that do not broadcast", () => ad.pow(zeros(2), zeros(3)), "shape", "[2]", "[3]"],
  ],
  floorDivide: [["int32 by zero", () => int32(1).floorDivide(0), "argument", "zero"]],
  remainder: [["int32 by zero", () => int32(1).remainder(0), "argument", "zero"]],
  less: [["shapes that do not broadcast", () => ad.less(zeros(2), zeros(3)), "shape", "[2]", "[3]"]],
  maximum: [["shapes that do not broadcast", () => ad.maximum(zeros(2), zeros(3)), "shape", "[2]", "[3]"]],
  where: [
    ["shapes that do not broadcast", () => ad.where([true, false], zeros(3), 0), "shape", "[2]", "[3]"],
    ["a condition of numbers", () => ad.where(wrong([1, 0]), 1, 2), "dtype", "float64[2]", "bool"],
    ["int32 and a fraction", () => ad.where([true], int32(1), 0.5), "dtype", "0.5"],
  ],
  clip: [
    ["a bound of another shape", () => ad.clip(zeros(2), zeros(3), 1), "shape", "[2]", "[3]"],
    ["another bound of another shape", () => ad.clip(zeros(2), null, zeros(3)), "shape", "[2]", "[3]"],
    ["int32 between fractions", () => ad.clip(int32(1), 0.5, 2), "dtype", "0.5"],
  ],
  logicalAnd: [["numbers", () => ad.logicalAnd([1], [0]), "dtype", "bool", "float64"]],
  logicalNot: [["numbers", () => ad.logicalNot([1]), "dtype", "bool", "float64"]],
  cast: [
    ["an unknown dtype", () => ad.cast([1], wrong("string")), "dtype", '"string"'],
    ["no dtype", () => ad.cast([1], wrong(undefined)), "dtype", "undefined"],
    ["what does not fit", () => tensor([3e9]).cast("int32"), "dtype", "int32"],
    ["NaN to int32", () => tensor([nan]).cast("int32"), "dtype", "int32"],
  ],
  allClose: [
    ["shapes that do not broadcast", () => ad.allClose(zeros(2), zeros(3)), "shape", "[2]", "[3]"],
    ["a negative tolerance", () => ad.allClose(1, 1, { rtol: -1 }), "argument", "rtol is -1"],
    ["under vmap", () => ad.vmap((x) => tensor(ad.allClose(x, x)))(zeros(2)), "argument", "where"],
  ],
  exp: [["a dtype within", () => ad.exp(wrong([1, "2"])), "dtype", '"2"', "[1]"]],
});
