import * as ad from "adjoint";
import { linalg, type Tensor } from "adjoint";
import { type Refusals, type Row, refuses, wrong, zeros } from "./refusals.js";

const { NaN: nan } = Number;
const x22 = (): Tensor => ad.eye(2);

const squareOnly: Record<string, (a: Tensor) => unknown> = {
  "linalg.inv": (a) => linalg.inv(a),
  "linalg.det": (a) => linalg.det(a),
  "linalg.slogdet": (a) => linalg.slogdet(a),
  "linalg.cholesky": (a) => linalg.cholesky(a),
  "linalg.eigh": (a) => linalg.eigh(a),
  "linalg.eigvalsh": (a) => linalg.eigvalsh(a),
  "linalg.eig": (a) => linalg.eig(a),
  "linalg.eigvals": (a) => linalg.eigvals(a),
  "linalg.expm": (a) => linalg.expm(a),
  "linalg.logm": (a) => linalg.logm(a),
  "linalg.sqrtm": (a) => linalg.sqrtm(a),
  "linalg.sylvester": (a) => linalg.sylvester(a, a, a),
  "linalg.lyapunov": (a) => linalg.lyapunov(a, zeros(3, 3)),
  "linalg.matrixPower": (a) => linalg.matrixPower(a, 2),
  "linalg.solve": (a) => linalg.solve(a, zeros(3)),
  "linalg.choleskySolve": (a) => linalg.choleskySolve(a, zeros(3)),
  "linalg.solveTriangular": (a) => linalg.solveTriangular(a, zeros(3)),
};
const anyMatrix: Record<string, (a: Tensor) => unknown> = {
  "linalg.svd": (a) => linalg.svd(a),
  "linalg.svdvals": (a) => linalg.svdvals(a),
  "linalg.lu": (a) => linalg.lu(a),
  "linalg.qr": (a) => linalg.qr(a),
  "linalg.pinv": (a) => linalg.pinv(a),
  "linalg.cond": (a) => linalg.cond(a),
  "linalg.matrixRank": (a) => linalg.matrixRank(a),
  "linalg.matrixNorm": (a) => linalg.matrixNorm(a),
  "linalg.lstsq": (a) => linalg.lstsq(a, zeros(3)),
};

const forEach = (
  functions: Record<string, (a: Tensor) => unknown>,
  rows: (f: (a: Tensor) => unknown) => Row[],
): Refusals => Object.fromEntries(Object.entries(functions).map(([name, f]) => [name, rows(f)]));

refuses(
  forEach({ ...squareOnly, ...anyMatrix }, (f) => [
    ["a number", () => f(zeros()), "shape", /expected (square )?matrices, got float64\[\]/],
    ["a vector", () => f(zeros(3)), "shape", /expected (square )?matrices, got float64\[3\]/],
    ["truth values of a vector", () => f(zeros(3).greater(0)), "shape", /expected (square )?matrices/],
  ]),
);

refuses(
  forEach(squareOnly, (f) => [
    [
      "a matrix that is not square",
      () => f(zeros(3, 4)),
      "shape",
      "expected square matrices, got float64[3,4]",
    ],
    ["a batch of them", () => f(zeros(2, 4, 3)), "shape", "float64[2,4,3]"],
  ]),
);

const sides = (solve: (a: Tensor, b: Tensor) => unknown): Row[] => [
  [
    "a right-hand side of another length",
    () => solve(x22(), zeros(3)),
    "shape",
    "float64[2,2]",
    "float64[3]",
  ],
  ["columns of another length", () => solve(x22(), zeros(3, 2)), "shape", "float64[2,2]", "float64[3,2]"],
  ["a number on the right", () => solve(x22(), zeros()), "shape", "float64[]"],
  [
    "batches that do not broadcast",
    () => solve(x22().broadcastTo([3, 2, 2]), zeros(2, 2, 1)),
    "shape",
    "[3",
    "[2",
  ],
];

refuses({
  "linalg.solve": [
    ...sides((a, b) => linalg.solve(a, b)),
    [
      "an unknown assumption",
      () => linalg.solve(x22(), zeros(2), { assume: wrong("spd") }),
      "argument",
      '"spd"',
      "positive",
    ],
  ],
  "linalg.solveTriangular": sides((a, b) => linalg.solveTriangular(a, b)),
  "linalg.choleskySolve": sides((a, b) => linalg.choleskySolve(a, b)),
  "linalg.lstsq": [
    ...sides((a, b) => linalg.lstsq(a, b)),
    ["a negative tolerance", () => linalg.lstsq(x22(), zeros(2), { rtol: -1 }), "argument", "rtol", "-1"],
  ],
  "linalg.pinv": [["a negative tolerance", () => linalg.pinv(x22(), { rtol: -1 }), "argument", "rtol", "-1"]],
  "linalg.eigh": [
    ["another size of b", () => linalg.eigh(x22(), ad.eye(3)), "shape", "float64[2,2]", "float64[3,3]"],
    ["b that is not square", () => linalg.eigh(ad.eye(3), zeros(3, 4)), "shape", "float64[3,4]"],
    [
      "a subset beyond the end",
      () => linalg.eigh(zeros(3, 3), { subset: [1, 4] }),
      "argument",
      "subset is [1, 4]",
      "<= 3",
    ],
    ["a negative subset", () => linalg.eigh(zeros(3, 3), { subset: [-1, 2] }), "argument", "[-1, 2]"],
    [
      "a subset the wrong way round",
      () => linalg.eigh(zeros(3, 3), { subset: [2, 1] }),
      "argument",
      "[2, 1]",
    ],
    [
      "a fraction in a subset",
      () => linalg.eigh(zeros(3, 3), { subset: [0, 1.5] }),
      "argument",
      "[0, 1.5]",
      "integers",
    ],
    ["NaN in a subset", () => linalg.eigh(zeros(3, 3), { subset: [nan, 1] }), "argument", "[NaN, 1]"],
    ["a number as subset", () => linalg.eigh(zeros(3, 3), { subset: wrong(2) }), "argument", "subset is 2"],
    [
      "three numbers as subset",
      () => linalg.eigh(zeros(3, 3), { subset: wrong([0, 1, 2]) }),
      "argument",
      "[0, 1, 2]",
    ],
    [
      "an unknown triangle",
      () => linalg.eigh(x22(), { triangle: wrong("Lower") }),
      "argument",
      "triangle",
      '"Lower"',
      "both",
    ],
  ],
  "linalg.svd": [
    [
      "an unknown way out",
      () => linalg.svd(x22(), { degenerate: wrong("nan") }),
      "argument",
      "degenerate",
      '"nan"',
      "warn",
    ],
  ],
  "linalg.eigvalsh": [
    [
      "a subset beyond the end",
      () => linalg.eigvalsh(zeros(2, 3, 3), { subset: [0, 9] }),
      "argument",
      "subset",
      "float64[2,3,3]",
    ],
  ],
  "linalg.cholesky": [
    [
      "an unknown way out",
      () => linalg.cholesky(x22(), { onFailure: wrong("NaN") }),
      "argument",
      "onFailure",
      '"NaN"',
    ],
  ],
  "linalg.qr": [
    ["an unknown mode", () => linalg.qr(x22(), { mode: wrong("full") }), "argument", '"full"', "complete"],
  ],
  "linalg.matrixPower": [
    ["a fraction", () => linalg.matrixPower(x22(), 0.5), "argument", "0.5"],
    [
      "a negative power of a singular matrix",
      () => linalg.matrixPower(zeros(2, 2), -1),
      "singular",
      "position 0",
    ],
  ],
  "linalg.matrixNorm": [
    ["an unknown order", () => linalg.matrixNorm(x22(), { ord: 3 }), "argument", "ord is 3", '"fro"'],
    ["an order in a word", () => linalg.matrixNorm(x22(), { ord: wrong("max") }), "argument", '"max"'],
    ["the smallest of nothing", () => linalg.matrixNorm(zeros(0, 0), { ord: -2 }), "argument", "smallest"],
  ],
  "linalg.vectorNorm": [
    ["an unknown order", () => linalg.vectorNorm([1], { ord: wrong("two") }), "argument", '"two"'],
    ["NaN as order", () => linalg.vectorNorm([1], { ord: nan }), "argument", "NaN"],
    ["the smallest of nothing", () => linalg.vectorNorm([], { ord: "-inf" }), "argument", "float64[0]"],
    ["an axis twice", () => linalg.vectorNorm(x22(), { axis: [0, 0] }), "argument", "twice"],
  ],
  "linalg.cond": [["no elements", () => linalg.cond(zeros(0, 2)), "argument", "float64[0,2]"]],
  "linalg.matrixRank": [
    ["a negative tolerance", () => linalg.matrixRank(x22(), { tol: -1 }), "argument", "tol", "-1"],
  ],
});
