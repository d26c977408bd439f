import * as ad from "adjoint";
import { refuses, wrong, zeros } from "./refusals.js";

const { NaN: nan } = Number;

refuses({
  reshape: [
    [
      "another size",
      () => zeros(2, 3).reshape([4]),
      "shape",
      /^reshape: float64\[2,3\] has 6 elements, \[4\] needs 4/,
    ],
    ["-1 that does not divide", () => zeros(2, 3).reshape([4, -1]), "shape", "float64[2,3]", "[4,-1]"],
    ["-1 beside 0", () => zeros(0).reshape([0, -1]), "shape", "[0,-1]"],
    ["-1 twice", () => zeros(2, 3).reshape([-1, -1]), "shape", "[-1,-1]"],
    ["a fraction", () => zeros(4).reshape([1.5, 2]), "shape", "1.5"],
    ["NaN", () => zeros(4).reshape([nan]), "shape", "NaN"],
  ],
  broadcastTo: [
    ["another extent", () => zeros(2, 3).broadcastTo([3, 3]), "shape", "[2,3]", "[3,3]"],
    ["fewer axes", () => zeros(2, 3).broadcastTo([3]), "shape", "[2,3]", "[3]"],
  ],
  transpose: [
    ["too few axes", () => zeros(2, 3).transpose([0]), "argument", "float64[2,3]", "[0]"],
    ["an axis twice", () => zeros(2, 3).transpose([0, 0]), "argument", "twice"],
    ["a number", () => zeros(2, 3).transpose(wrong(1)), "argument", "float64[2,3]", "1"],
  ],
  matrixTranspose: [["a vector", () => zeros(3).mT, "shape", "float64[3]"]],
  moveAxis: [
    ["two axes to one place", () => zeros(2, 3).moveAxis([0, 1], 0), "argument", "2 axes", "1 places"],
    ["an axis twice", () => zeros(2, 3).moveAxis([0, 0], [0, 1]), "argument", "twice"],
  ],
  expandDims: [
    ["a place that is not there", () => zeros(2).expandDims(3), "argument", "axis 3"],
    ["33 axes", () => ad.zeros(Array(32).fill(1)).expandDims(0), "shape", "33"],
  ],
  squeeze: [["an axis of extent 2", () => zeros(2, 1).squeeze(0), "shape", "float64[2,1]", "extent 2"]],
  flip: [["an axis that is not there", () => zeros(2).flip(1), "argument", "axis 1"]],
  roll: [
    ["a fraction", () => ad.roll([1, 2], 0.5), "argument", "0.5"],
    [
      "more shifts than axes",
      () => ad.roll(zeros(2, 2), [1, 1], [0, 1, 0]),
      "argument",
      "2 shifts",
      "3 axes",
    ],
  ],
  tile: [
    ["a negative count", () => ad.tile([1], -1), "shape", "-1"],
    ["more than memory", () => ad.tile([1, 2], [1e9, 1e9]), "argument", "bytes"],
    ["sizes beyond 2^53 of no elements", () => ad.tile(zeros(2, 0), [2 ** 53, 1]), "shape", "2^53"],
  ],
  repeat: [
    ["a negative count", () => ad.repeat([1], -1), "argument", "-1"],
    ["a fraction", () => ad.repeat([1], 0.5), "dtype", "0.5"],
    ["too many", () => ad.repeat([1, 2], [2 ** 31 - 1, 1], 0), "argument", "2147483648"],
    ["too few counts", () => ad.repeat([1, 2, 3], [1, 2], 0), "shape", "float64[3]", "int32[2]"],
  ],
  concat: [
    ["an array with a gap", () => ad.concat(new Array(1)), "dtype", "undefined"],
    ["nothing", () => ad.concat([]), "argument", "[]"],
    ["other extents", () => ad.concat([zeros(2, 3), zeros(2, 4)]), "shape", "float64[2,3]", "float64[2,4]"],
    ["other ranks", () => ad.concat([zeros(2), zeros(2, 1)]), "shape", "float64[2]", "float64[2,1]"],
    ["numbers", () => ad.concat([1, 2]), "argument", "0 axes"],
  ],
  stack: [
    ["nothing", () => ad.stack([]), "argument", "[]"],
    ["other shapes", () => ad.stack([zeros(2), zeros(3)]), "shape", "float64[2]", "float64[3]"],
    ["null as axis", () => ad.stack([zeros(2)], wrong(null)), "argument", "null"],
    ["33 axes", () => ad.stack([ad.zeros(Array(32).fill(1))]), "shape", "33"],
  ],
  split: [
    ["parts that do not divide", () => ad.split(zeros(3), 2), "shape", "float64[3]", "2"],
    ["sizes that do not add up", () => ad.split(zeros(3), [1, 1]), "shape", "[1,1]", "float64[3]"],
    ["no parts", () => ad.split(zeros(3), 0), "argument", "0"],
    ["a negative size", () => ad.split(zeros(3), [4, -1]), "argument", "[4,-1]"],
    ["a number", () => ad.split(1, 1), "argument", "0 axes"],
  ],
  unstack: [["a number", () => ad.unstack(1), "argument", "0 axes"]],
  pad: [
    ["a negative width", () => ad.pad([1], [[0, -1]]), "argument", "[[0,-1]]", "float64[1]"],
    ["too few widths", () => ad.pad(zeros(2, 2), [[0, 1]]), "argument", "float64[2,2]"],
    ["one number of a pair", () => ad.pad([1], wrong([[1]])), "argument", "[[1]]"],
    [
      "a value that int32 does not hold",
      () => ad.pad(zeros(1).cast("int32"), 1, { value: 0.5 }),
      "dtype",
      "0.5",
    ],
    ["more than memory", () => ad.pad([1], [[1e12, 1e12]]), "argument", "bytes"],
  ],
});
