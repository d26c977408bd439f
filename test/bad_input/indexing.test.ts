import * as ad from "adjoint";
import { tensor } from "adjoint";
import { refuses, wrong, zeros } from "./refusals.js";

const { NaN: nan } = Number;

refuses({
  slice: [
    [
      "an index that is not there",
      () => zeros(2, 3).slice(0, 3),
      "argument",
      "index 3",
      "axis 1",
      "float64[2,3]",
    ],
    ["a negative one", () => zeros(2, 3).slice(-3), "argument", "index -3"],
    ["a fraction", () => zeros(2).slice(0.5), "argument", "0.5"],
    ["NaN", () => zeros(2).slice(nan), "argument", "NaN"],
    ["too many", () => zeros(2).slice(0, 0), "argument", "2 indices", "float64[2]"],
    ["a step of 0", () => zeros(2).slice([0, 2, 0]), "argument", "step"],
    ["a fraction as bound", () => zeros(2).slice([0.5, 1]), "argument", "[0.5,1]"],
    ["two ellipses", () => zeros(2).slice("...", "..."), "argument", "..."],
    ["a word", () => zeros(2).slice(wrong("1:2")), "argument", "1:2"],
    ["four numbers", () => zeros(2).slice(wrong([0, 1, 1, 1])), "argument", "[0,1,1,1]"],
    ["a tensor", () => zeros(2).slice(wrong(tensor(0))), "argument", "float64[]"],
  ],
  setSlice: [
    ["an index that is not there", () => ad.setSlice(zeros(2), [2], 1), "argument", "index 2", "float64[2]"],
    ["a value that does not broadcast", () => ad.setSlice(zeros(2, 3), [0], zeros(2)), "shape", "[2]", "[3]"],
    ["no list of indices", () => ad.setSlice(zeros(2), wrong("0"), 1), "argument", '"0"'],
    [
      "a value that int32 does not hold",
      () => ad.setSlice(zeros(2).cast("int32"), [0], tensor([0.5])),
      "dtype",
      "int32[2]",
      "float64[1]",
    ],
  ],
  addSlice: [
    ["a value that does not broadcast", () => ad.addSlice(zeros(2, 3), [0], zeros(2)), "shape", "[2]", "[3]"],
    ["truth values", () => ad.addSlice([true], [0], true), "dtype", "bool"],
  ],
  take: [
    ["an index that is not there", () => ad.take(zeros(2), [2]), "argument", "index 2", "float64[2]"],
    ["a negative one", () => ad.take(zeros(2), -3), "argument", "index -3"],
    ["from nothing", () => ad.take(zeros(0), 0), "argument", "float64[0]"],
    ["a fraction", () => ad.take(zeros(2), 0.5), "dtype", "0.5"],
    ["float indices", () => ad.take(zeros(2), tensor([0])), "dtype", "float64[1]", "int32"],
    ["a mask", () => ad.take(zeros(2), [true, false]), "dtype", "bool[2]", "maskedSelect"],
  ],
  takeAlongAxis: [
    [
      "an index that is not there",
      () => ad.takeAlongAxis(zeros(2), [2]),
      "argument",
      "index 2",
      "float64[2]",
    ],
    ["another rank", () => ad.takeAlongAxis(zeros(2, 2), [0]), "shape", "int32[1]", "float64[2,2]"],
    ["float indices", () => ad.takeAlongAxis(zeros(2), tensor([0])), "dtype", "float64[1]"],
  ],
  putAlongAxis: [
    [
      "an index that is not there",
      () => ad.putAlongAxis(zeros(2), [2], 1),
      "argument",
      "index 2",
      "float64[2]",
    ],
    ["values of another shape", () => ad.putAlongAxis(zeros(3), [0, 1], zeros(3)), "shape", "[3]", "[2]"],
    [
      "values of more axes",
      () => ad.putAlongAxis(zeros(3), [0], zeros(1, 1)),
      "shape",
      "float64[1,1]",
      "float64[3]",
    ],
  ],
  scatterAdd: [
    [
      "an index that is not there",
      () => ad.scatterAdd(zeros(2), [-3], 1),
      "argument",
      "index -3",
      "float64[2]",
    ],
    [
      "indices of another shape",
      () => ad.scatterAdd(zeros(2, 3), zeros(3, 1).cast("int32"), 1),
      "shape",
      "[3,1]",
      "[2,1]",
    ],
  ],
  diagonal: [
    ["a vector", () => ad.diagonal(zeros(3)), "shape", "float64[3]"],
    ["a fraction as offset", () => ad.diagonal(zeros(2, 2), { offset: 0.5 }), "argument", "0.5"],
  ],
  nonzero: [
    ["a number", () => ad.nonzero(1), "shape", "float64[]"],
    ["under vmap", () => ad.vmap((x) => ad.nonzero(x))(zeros(2, 2)), "argument", "where"],
  ],
  unique: [["under vmap", () => ad.vmap((x) => ad.unique(x))(zeros(2, 2)), "argument", "where"]],
  maskedSelect: [
    ["a mask of numbers", () => ad.maskedSelect([1, 2], wrong([1, 0])), "dtype", "float64[2]", "bool"],
    ["a mask that does not broadcast", () => ad.maskedSelect(zeros(3), [true, false]), "shape", "[3]", "[2]"],
    ["under vmap", () => ad.vmap((x) => ad.maskedSelect(x, x.greater(0)))(zeros(2, 2)), "argument", "where"],
  ],
  "Tensor.at": [
    ["too few indices", () => zeros(2, 3).at(0), "argument", "2 indices", "[2,3]", "got 1"],
    ["an index that is not there", () => zeros(2, 3).at(0, 3), "argument", "index 3", "axis 1", "[2,3]"],
    ["a fraction", () => zeros(2).at(0.5), "argument", "0.5"],
  ],
  "Tensor.item": [
    ["many elements", () => zeros(2).item(), "argument", "float64[2]"],
    ["none", () => zeros(0).item(), "argument", "float64[0]"],
  ],
  "Tensor.toTypedArray": [
    ["another dtype", () => tensor([1]).toTypedArray("float32"), "dtype", "float32", "float64"],
  ],
});
