import * as ad from "adjoint";
import { linalg, nn, type Tensor } from "adjoint";
import { describe, expect, test } from "vitest";
import { checkDerivatives, type Sample } from "../finite_differences.js";
import { randomTensor, spreadTensor } from "../random_values.js";

/** The same again, squared where the function itself is linear: then second derivatives are not all zero. */
const squared =
  (f: (...xs: Tensor[]) => Tensor) =>
  (...xs: Tensor[]): Tensor =>
    f(...xs.map((x) => x.square()));

const x234 = () => randomTensor([2, 3, 4], 31);

const linear: [name: string, f: (...xs: Tensor[]) => Tensor, shapes: number[][]][] = [
  ["reshape", (x) => x.reshape([4, -1]), [[2, 3, 4]]],
  ["reshape of a transposed tensor", (x) => x.T.reshape([6, 4]), [[2, 3, 4]]],
  ["transpose", (x) => x.transpose([1, 2, 0]), [[2, 3, 4]]],
  ["matrixTranspose", (x) => x.mT, [[2, 3, 4]]],
  ["moveAxis", (x) => x.moveAxis([0, 1], [-1, 0]), [[2, 3, 4]]],
  ["expandDims and squeeze", (x) => x.expandDims([0, -1]).squeeze(0), [[2, 3]]],
  ["broadcastTo", (x) => x.broadcastTo([4, 2, 3]), [[2, 1]]],
  ["broadcastTo from 0-d", (x) => x.broadcastTo([2, 2]), [[]]],
  ["flip", (x) => x.flip([0, -1]), [[2, 3, 4]]],
  ["slice with an index", (x) => x.slice(1, null, -1), [[2, 3, 4]]],
  ["slice with steps", (x) => x.slice("...", [null, null, -2]), [[2, 3, 4]]],
  ["slice of a slice", (x) => x.slice([1, null], [0, 2]).slice(0, [null, null, -1]), [[2, 3, 4]]],
  ["empty slice", (x) => x.slice([2, 2]).sum().add(x.sum()), [[2, 3]]],
  [
    "concat",
    (x, y) => ad.concat([x, y, x], 1),
    [
      [2, 3],
      [2, 1],
    ],
  ],
  [
    "stack",
    (x, y) => ad.stack([x, y], -1),
    [
      [2, 3],
      [2, 3],
    ],
  ],
  ["tril", (x) => x.tril({ k: -1 }), [[2, 3, 4]]],
  ["triu", (x) => x.triu({ k: 1 }), [[2, 4, 3]]],
  ["diag", (x) => ad.diag(x), [[2, 3]]],
  ["diagonal", (x) => x.diagonal({ offset: 1 }), [[2, 3, 4]]],
  ["diagonal below", (x) => x.diagonal({ offset: -1 }), [[3, 3]]],
  ["trace", (x) => linalg.trace(x), [[2, 3, 3]]],
  ["sum over everything", (x) => x.sum(), [[2, 3, 4]]],
  ["sum over axes", (x) => x.sum([0, -1]), [[2, 3, 4]]],
  ["sum with kept axes", (x) => x.sum(1, { keepDims: true }), [[2, 3, 4]]],
  ["mean", (x) => x.mean([1, 2]), [[2, 3, 4]]],
  ["iteration", (x) => [...x].reduce((total, row) => total.mul(0.5).add(row)), [[3, 4]]],
  ["stopGradient beside", (x) => x.add(x.stopGradient().mul(0)), [[3]]],
];

const samples: Sample[] = [
  ...linear.map(([name, f, shapes]) => ({
    name,
    f: squared(f),
    at: shapes.map((shape, i) => randomTensor(shape, 40 + i)),
  })),
  { name: "max over everything", f: (x) => x.max().square(), at: [spreadTensor([2, 3], 51)] },
  { name: "max over an axis", f: (x) => x.max(1).square(), at: [spreadTensor([2, 3, 2], 52)] },
  {
    name: "min with kept axes",
    f: (x) => x.min([0, 2], { keepDims: true }).square(),
    at: [spreadTensor([2, 3, 2], 53)],
  },
  { name: "variance", f: (x) => x.variance(0), at: [x234()] },
  { name: "variance, unbiased", f: (x) => x.variance(null, { correction: 1 }), at: [x234()] },
  { name: "std", f: (x) => x.std([0, 2], { correction: 1, keepDims: true }), at: [x234()] },
  { name: "logsumexp", f: (x) => x.logsumexp(), at: [x234()] },
  { name: "logsumexp over an axis", f: (x) => x.logsumexp(1, { keepDims: true }), at: [x234()] },
  { name: "softmax", f: (x) => nn.softmax(x), at: [x234()] },
  { name: "softmax over the first axis", f: (x) => nn.softmax(x, 0), at: [x234()] },
  { name: "logSoftmax", f: (x) => nn.logSoftmax(x, 1), at: [x234()] },
];

const products: Sample[] = [
  [[3], [3]],
  [[2, 3], [3]],
  [[3], [3, 2]],
  [
    [2, 3],
    [3, 4],
  ],
  [
    [1, 1],
    [1, 1],
  ],
  [[2, 2, 3], [3]],
  [
    [2, 2, 3],
    [3, 2],
  ],
  [
    [3, 2],
    [4, 2, 3],
  ],
  [
    [2, 1, 2, 3],
    [3, 3, 2],
  ],
].map(([a, b]) => ({
  name: `matmul [${a}] and [${b}]`,
  f: (x: Tensor, y: Tensor) => ad.matmul(x, y),
  at: [randomTensor(a, 61), randomTensor(b, 62)],
}));

const contractions: Sample[] = (
  [
    [
      "ij,jk->ik",
      [
        [2, 3],
        [3, 4],
      ],
    ],
    [
      "ij,ij->",
      [
        [2, 3],
        [2, 3],
      ],
    ],
    ["ii->i", [[3, 3]]],
    ["ii", [[3, 3]]],
    ["ij->j", [[2, 3]]],
    ["ij->ji", [[2, 3]]],
    ["i,j->ij", [[2], [3]]],
    ["bij,bjk,k->bi", [[2, 2, 3], [2, 3, 2], [2]]],
    ["...ij,...j->...i", [[2, 2, 3], [3]]],
    ["ijj->i", [[2, 3, 3]]],
    [
      "ik,jk,kl",
      [
        [2, 3],
        [2, 3],
        [3, 2],
      ],
    ],
  ] as [string, number[][]][]
).map(([equation, shapes]) => ({
  name: `einsum ${equation}`,
  f: (...xs: Tensor[]) => ad.einsum(equation, ...xs).square(),
  at: shapes.map((shape, i) => randomTensor(shape, 70 + i)),
}));

const outer: Sample = {
  name: "outer",
  f: (x, y) => linalg.outer(x, y),
  at: [randomTensor([2, 3], 81), randomTensor([2], 82).broadcastTo([2, 2])],
};

describe("derivatives of reductions, shapes and products", () => {
  test.each([...samples, ...products, ...contractions, outer])("$name", checkDerivatives);

  test("operands of extent 0 have gradients of extent 0", () => {
    const g = ad.grad((x: Tensor) => ad.matmul(x, ad.ones([0, 3])).sum())(ad.zeros([2, 0]));
    expect(g.shape).toEqual([2, 0]);
    expect(ad.grad((x: Tensor) => x.exp().sum())(ad.zeros([0])).shape).toEqual([0]);
  });
});
