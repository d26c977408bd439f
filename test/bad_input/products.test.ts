import * as ad from "adjoint";
import { linalg } from "adjoint";
import { int32, refuses, wrong, zeros } from "./refusals.js";

const large = int32(2 ** 31 - 1, 2 ** 31 - 1, 1);

refuses({
  matmul: [
    ["inner extents", () => ad.matmul(zeros(2, 3), zeros(4, 2)), "shape", "float64[2,3]", "float64[4,2]"],
    ["a number", () => ad.matmul(zeros(2, 2), 3), "shape", "float64[]", "mul"],
    ["vectors", () => ad.matmul(zeros(2), zeros(3)), "shape", "2 and 3"],
    ["batches", () => ad.matmul(zeros(2, 3, 3), zeros(3, 3, 3)), "shape", "[2", "[3"],
    ["overflow", () => ad.matmul(int32(2 ** 20, 1), int32(2 ** 20, 1)), "dtype", "int32"],
    ["truth values", () => ad.matmul(wrong([[true]]), wrong([[true]])), "dtype", "bool"],
    [
      "more than memory",
      () => ad.matmul(zeros(1, 1).broadcastTo([1e9, 1]), zeros(1, 1).broadcastTo([1, 1e9])),
      "argument",
      "bytes",
    ],
  ],
  einsum: [
    ["large integers", () => ad.einsum("i,i", large, large), "dtype", "int32"],
    ["extents", () => ad.einsum("ij,jk->ik", zeros(2, 3), zeros(4, 2)), "shape", '"j"', "3", "4"],
    ["a rank", () => ad.einsum("ijk->i", zeros(2, 3)), "shape", "float64[2,3]", '"ijk"'],
    ["an ellipsis that does not fit", () => ad.einsum("ijk...->i", zeros(2, 3)), "shape", "float64[2,3]"],
    ["a digit", () => ad.einsum("i1->i", zeros(2, 2)), "argument", '"1"'],
    ["fewer operands", () => ad.einsum("ij,jk", zeros(2, 2)), "argument", "2 operands", "got 1"],
    ["more operands", () => ad.einsum("ij", zeros(2, 2), zeros(2, 2)), "argument", "1 operands", "got 2"],
    ["no operand", () => ad.einsum("ij"), "argument", "operand"],
    ["an unknown label", () => ad.einsum("ij->k", zeros(2, 2)), "argument", '"k"'],
    ["a label twice in the output", () => ad.einsum("ij->ii", zeros(2, 2)), "argument", "twice"],
    ["two arrows", () => ad.einsum("ij->i->j", zeros(2, 2)), "argument", "->"],
    ["half an arrow", () => ad.einsum("ij-i", zeros(2, 2)), "shape", "ij-i"],
    ["two ellipses", () => ad.einsum("...i...->i", zeros(2, 2)), "argument", "ellipses"],
    ["two dots", () => ad.einsum("..i->i", zeros(2, 2)), "shape", "..i"],
    ["truth values", () => ad.einsum("i,i->", wrong([true]), wrong([true])), "dtype", "bool"],
    ["no equation", () => ad.einsum(wrong(zeros(2))), "argument", "float64[2]"],
    ["null for an equation", () => ad.einsum(wrong(null), zeros(2)), "argument", "null"],
  ],
  "linalg.outer": [
    ["large integers", () => linalg.outer(large, large), "dtype", "int32"],
    ["a number", () => linalg.outer(1, [1, 2]), "shape", "float64[]", "float64[2]"],
    ["batches", () => linalg.outer(zeros(2, 3), zeros(3, 3)), "shape", "[2", "[3"],
    [
      "more than memory",
      () => linalg.outer(zeros(1).broadcastTo([1e9]), zeros(1).broadcastTo([1e9])),
      "argument",
      "bytes",
    ],
  ],
  "linalg.vecdot": [
    ["large integers", () => linalg.vecdot(large, large), "dtype", "int32"],
    ["extents", () => linalg.vecdot(zeros(2), zeros(3)), "shape", "float64[2]", "float64[3]"],
    ["a number", () => linalg.vecdot(1, zeros(3)), "shape", "float64[]"],
    ["batches", () => linalg.vecdot(zeros(2, 3), zeros(4, 3)), "shape", "[2", "[4"],
  ],
  "linalg.tensordot": [
    ["large integers", () => linalg.tensordot(large, large, 1), "dtype", "int32"],
    ["extents", () => linalg.tensordot(zeros(2, 3), zeros(2, 3), 1), "shape", "float64[2,3]"],
    ["too many axes", () => linalg.tensordot(zeros(2), zeros(2), 2), "argument", "2 axes", "float64[2]"],
    ["a negative number", () => linalg.tensordot(zeros(2), zeros(2), -1), "argument", "-1"],
    ["three lists", () => linalg.tensordot(zeros(2), zeros(2), wrong([0, 0, 0])), "argument", "[0,0,0]"],
    [
      "lists of different length",
      () => linalg.tensordot(zeros(2, 2), zeros(2, 2), [[0, 1], 0]),
      "argument",
      "2",
      "1",
    ],
    [
      "an axis twice",
      () =>
        linalg.tensordot(zeros(2, 2), zeros(2, 2), [
          [0, 0],
          [0, 1],
        ]),
      "argument",
      "twice",
    ],
  ],
  "linalg.kron": [
    ["large integers", () => linalg.kron(large, large), "dtype", "int32"],
    ["batches", () => linalg.kron(zeros(2, 1, 1), zeros(3, 1, 1)), "shape", "[2", "[3"],
  ],
  "linalg.cross": [
    ["large integers", () => linalg.cross(large, large.flip()), "dtype", "int32"],
    ["two components", () => linalg.cross([1, 2], [3, 4]), "shape", "float64[2]", "3"],
    ["a number", () => linalg.cross(1, 2), "argument", "0 axes"],
    ["batches", () => linalg.cross(zeros(2, 3), zeros(4, 3)), "shape", "[2", "[4"],
  ],
  "linalg.multiDot": [
    ["nothing", () => linalg.multiDot([]), "argument", "[]"],
    ["an array with a gap", () => linalg.multiDot(new Array(2)), "dtype", "undefined"],
    ["extents", () => linalg.multiDot([zeros(2, 3), zeros(4, 2)]), "shape", "float64[2,3]", "float64[4,2]"],
    [
      "extents further on",
      () => linalg.multiDot([zeros(2, 3), zeros(3, 2), zeros(3, 3)]),
      "shape",
      "2 and 3",
    ],
    [
      "a vector in between",
      () => linalg.multiDot([zeros(2, 2), zeros(2), zeros(2, 2)]),
      "shape",
      "float64[2]",
    ],
    ["a batch", () => linalg.multiDot([zeros(2, 2, 2), zeros(2, 2)]), "shape", "float64[2,2,2]"],
  ],
  "linalg.trace": [["a vector", () => linalg.trace(zeros(3)), "shape", "float64[3]"]],
});
