import * as ad from "adjoint";
import { tensor } from "adjoint";
import { int32, refuses, wrong, zeros } from "./refusals.js";

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;

/** A typed array whose buffer belongs to another thread. */
function transferred(): Float64Array {
  const values = new Float64Array(4);
  structuredClone(values.buffer, { transfer: [values.buffer] });
  return values;
}

refuses({
  tensor: [
    ["a shape that does not fit", () => tensor([1, 2, 3], { shape: [2, 2] }), "shape", "[2,2]", "4", "3"],
    ["a shape for a tensor", () => tensor(zeros(3), { shape: [2, 2] }), "shape", "float64[3]", "[2,2]"],
    ["memory that was transferred", () => tensor(transferred()), "argument", "Float64Array", "transferred"],
    ["ragged rows", () => tensor(wrong([[1, 2], [3]])), "shape", /ragged/, "2", "[1]", "1"],
    [
      "ragged below",
      () =>
        tensor(
          wrong([
            [[1], [2]],
            [[3], [4, 5]],
          ]),
        ),
      "shape",
      /ragged/,
      "[1][1]",
    ],
    ["a number beside an array", () => tensor(wrong([[1], 2])), "shape", /ragged/],
    ["an array beside a number", () => tensor(wrong([1, [2]])), "shape", /ragged/],
    ["an unknown dtype", () => tensor([1], { dtype: wrong("float16") }), "dtype", "float16", "float64"],
    ["an object", () => tensor(wrong({ a: 1 })), "dtype", "an object"],
    [
      "an object like a transferable",
      () => tensor(wrong({ dtype: "float64", shape: [2], data: [1] })),
      "shape",
      "[2]",
    ],
    ["a Uint16Array", () => tensor(wrong(new Uint16Array(1))), "dtype", "Uint16Array"],
    ["a list of tensors", () => tensor(wrong([zeros(2), zeros(2)])), "dtype", "stack"],
    ["int32 that does not fit", () => tensor([2 ** 31], { dtype: "int32" }), "dtype", "2147483648"],
    ["int32 of NaN", () => tensor([nan], { dtype: "int32" }), "dtype", "NaN"],
  ],
  zeros: [
    ["a negative extent", () => ad.zeros([2, -1]), "shape", "-1"],
    ["a fraction", () => ad.zeros([1.5]), "shape", "1.5"],
    ["a word", () => ad.zeros(wrong("ab")), "shape", "ab"],
    ["33 axes", () => ad.zeros(Array(33).fill(1)), "shape", "33"],
    ["an unknown dtype", () => ad.zeros([1], { dtype: wrong("int") }), "dtype", '"int"'],
    ["more than memory", () => ad.zeros([1e9, 1e9]), "argument", "8000000000000000000 bytes"],
  ],
  ones: [["more than numbers hold", () => ad.ones([1e200, 1e200]), "argument", "Infinity"]],
  full: [
    ["one axis beyond memory", () => ad.full([2 ** 52], 1), "argument", "bytes"],
    ["a fraction of int32", () => ad.full([2], 1.5, { dtype: "int32" }), "dtype", "1.5"],
    ["a word to fill with", () => ad.full([2], wrong("1")), "argument", '"1"'],
    ["a list to fill with", () => ad.full([2], wrong([])), "argument", "[]"],
    ["a tensor to fill with", () => ad.full([2], wrong(tensor(1))), "argument", "float64[]"],
  ],
  fullLike: [
    ["a fraction of int32", () => ad.fullLike(int32(1), 0.5), "dtype", "0.5"],
    ["null to fill with", () => ad.fullLike([1], wrong(null)), "argument", "null"],
  ],
  eye: [
    ["a negative size", () => ad.eye(-1), "shape", "-1"],
    ["another size that is negative", () => ad.eye(2, -1), "shape", "-1"],
    ["a fraction as diagonal", () => ad.eye(2, { k: 0.5 }), "argument", "0.5"],
    ["more than memory", () => ad.eye(1e9), "argument", "bytes"],
  ],
  arange: [
    ["a step of 0", () => ad.arange(0, 1, 0), "argument", "0, 1, 0"],
    ["no end", () => ad.arange(infinity), "argument", "Infinity"],
    ["more than memory", () => ad.arange(0, 1, 1e-15), "argument", "bytes"],
    [
      "what int32 does not hold",
      () => ad.arange(2 ** 31, 2 ** 31 + 2, { dtype: "int32" }),
      "dtype",
      "2147483648",
    ],
    ["options that are not the last", () => ad.arange(0, wrong({}), wrong("x")), "argument", '"x"'],
  ],
  linspace: [
    ["no end", () => ad.linspace(0, infinity, 3), "argument", "0 and Infinity"],
    ["a negative number of values", () => ad.linspace(0, 1, -1), "shape", "-1"],
    ["what int32 does not hold", () => ad.linspace(0, 1e10, 3, { dtype: "int32" }), "dtype", "10000000000"],
    ["more than memory", () => ad.linspace(0, 1, 1e16), "argument", "bytes"],
  ],
  meshgrid: [
    ["a matrix", () => ad.meshgrid(zeros(2, 2), [1]), "shape", "float64[2,2]"],
    [
      "an unknown order",
      () => ad.meshgrid([1], [2], { indexing: wrong("yx") }),
      "argument",
      '"yx"',
      '"xy"',
      '"ij"',
    ],
  ],
  diag: [["a number", () => ad.diag(3), "shape", "float64[]"]],
  tril: [
    ["a vector", () => ad.tril(zeros(3)), "shape", "float64[3]"],
    ["NaN as diagonal", () => ad.tril(zeros(2, 2), { k: nan }), "argument", "NaN"],
  ],
  triu: [["a number", () => ad.triu(1), "shape", "float64[]"]],
  variable: [
    ["ragged rows", () => ad.variable(wrong([[1], [2, 3]])), "shape", /ragged/],
    ["an unknown dtype", () => ad.variable(1, { dtype: wrong("double") }), "dtype", '"double"'],
  ],
  "Variable.assign": [
    [
      "another shape",
      () => ad.variable([1, 2], { name: "w" }).assign([1]),
      "shape",
      "w",
      "float64[2]",
      "float64[1]",
    ],
    [
      "another dtype",
      () => ad.variable([1]).assign(tensor(Float32Array.of(1))),
      "dtype",
      "float64",
      "float32",
    ],
  ],
});
