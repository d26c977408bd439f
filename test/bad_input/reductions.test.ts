import * as ad from "adjoint";
import { tensor } from "adjoint";
import { int32, refuses, wrong, zeros } from "./refusals.js";

const { NaN: nan } = Number;

refuses({
  sum: [
    ["an axis that is not there", () => zeros(2, 3).sum(2), "argument", "axis 2", "2 axes"],
    ["an axis twice", () => zeros(2, 3).sum([0, -2]), "argument", "twice", "[0,-2]"],
    ["an axis of a number", () => tensor(1).sum(0), "argument", "axis 0", "0 axes"],
    ["axes within axes", () => zeros(2, 3).sum(wrong([[0]])), "argument", "[0]"],
    ["overflow", () => int32(2 ** 31 - 1, 1).sum(), "dtype", "int32"],
  ],
  prod: [["overflow", () => int32(2 ** 16, 2 ** 16).prod(), "dtype", "int32"]],
  mean: [["an axis that is not there", () => zeros(2, 3).mean(5), "argument", "5"]],
  variance: [["an axis that is not there", () => zeros(2, 3).variance(5), "argument", "5"]],
  std: [["an axis that is not there", () => zeros(2, 3).std(-3), "argument", "-3"]],
  max: [
    ["nothing", () => zeros(0).max(), "argument", "float64[0]"],
    ["an empty axis", () => zeros(2, 0).max(1), "argument", "float64[2,0]", "[1]"],
    ["truth values", () => ad.max([true]), "dtype", "bool[1]"],
  ],
  min: [
    ["an empty axis", () => zeros(2, 0).min(1), "argument", "float64[2,0]"],
    ["truth values", () => ad.min([true]), "dtype", "bool[1]"],
  ],
  logsumexp: [["an axis that is not there", () => zeros(2).logsumexp(1), "argument", "axis 1"]],
  argmax: [
    ["nothing", () => ad.argmax([]), "argument", "float64[0]"],
    ["an empty axis", () => ad.argmax(zeros(2, 0), 1), "argument", "float64[2,0]", "axis 1"],
    ["several axes", () => ad.argmax(zeros(2, 2), wrong([0, 1])), "argument", "[0,1]"],
  ],
  argmin: [["an empty axis", () => ad.argmin(zeros(0, 2), 0), "argument", "float64[0,2]", "axis 0"]],
  quantile: [
    ["nothing", () => ad.quantile([], 0.5), "argument", "float64[0]"],
    ["an empty axis", () => ad.quantile(zeros(2, 0), 0.5, 1), "argument", "float64[2,0]"],
    ["more than 1", () => ad.quantile([1, 2], 1.5), "argument", "q is 1.5", "0 to 1"],
    ["less than 0 among others", () => ad.quantile([1, 2], [0.5, -0.1]), "argument", "q is -0.1"],
    ["NaN", () => ad.quantile([1, 2], nan), "argument", "q is NaN"],
    ["truth values", () => ad.quantile([1, 2], [true]), "dtype", "bool[1]"],
  ],
  cumsum: [
    ["an axis of a number", () => ad.cumsum(1), "argument", "0 axes"],
    ["overflow", () => ad.cumsum(int32(2 ** 31 - 1, 1)), "dtype", "int32"],
  ],
  cumprod: [["overflow", () => ad.cumprod(int32(2 ** 20, 2 ** 20)), "dtype", "int32"]],
  sort: [
    ["an axis of a number", () => ad.sort(1), "argument", "0 axes"],
    ["null as axis", () => ad.sort(zeros(2), wrong(null)), "argument", "null"],
  ],
  argsort: [["an axis of a number", () => ad.argsort(1), "argument", "0 axes"]],
  searchSorted: [
    ["a matrix", () => ad.searchSorted(zeros(2, 2), 1), "shape", "float64[2,2]"],
    [
      "another side",
      () => ad.searchSorted([1], 1, { side: wrong("middle") }),
      "argument",
      '"middle"',
      '"left"',
    ],
  ],
  cov: [
    ["three axes", () => ad.cov(zeros(2, 2, 2)), "shape", "float64[2,2,2]"],
    [
      "other numbers of observations",
      () => ad.cov(zeros(2, 3), zeros(2, 4)),
      "shape",
      "float64[2,3]",
      "float64[2,4]",
    ],
  ],
  corrcoef: [
    ["three axes", () => ad.corrcoef(zeros(2, 2, 2)), "shape", "float64[2,2,2]"],
    [
      "other numbers of observations",
      () => ad.corrcoef(zeros(3), zeros(4)),
      "shape",
      "float64[1,3]",
      "float64[1,4]",
    ],
  ],
});
