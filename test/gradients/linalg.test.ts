import { linalg, type Tensor } from "adjoint";
import { describe, test } from "vitest";
import { checkDerivatives, type Sample } from "../finite_differences.js";
import { generalMatrices, positiveMatrices, randomTensor } from "../random_values.js";

const triangles = ["both", "lower", "upper"] as const;
const sizes: [name: string, batch: number[], n: number][] = [
  ["4x4", [], 4],
  ["1x1", [], 1],
  ["a batch", [2, 2], 3],
];

const square: Sample[] = sizes.flatMap(([size, batch, n]) => {
  const general = () => generalMatrices(batch, n, 91);
  const positive = () => positiveMatrices(batch, n, 92);
  const right = randomTensor([...batch, n, 2], 93);
  return [
    { name: `inv, ${size}`, f: (a: Tensor) => linalg.inv(a), at: [general()] },
    { name: `det, ${size}`, f: linalg.det, at: [general()], tolerance: 1e-6 },
    { name: `logarithm of slogdet, ${size}`, f: (a: Tensor) => linalg.slogdet(a).logAbsDet, at: [general()] },
    { name: `solve, ${size}`, f: (a: Tensor, b: Tensor) => linalg.solve(a, b), at: [general(), right] },
    {
      name: `solve with a vector, ${size}`,
      f: (a: Tensor, b: Tensor) => linalg.solve(a, b),
      at: [general(), randomTensor([n], 94)],
    },
    {
      name: `solve, assume symmetric, ${size}`,
      f: (a: Tensor, b: Tensor) => linalg.solve(a, b, { assume: "symmetric" }),
      at: [positive(), right],
    },
    { name: `svdvals, ${size}`, f: (a: Tensor) => linalg.svdvals(a), at: [general()] },
    { name: `reconstruction from svd, ${size}`, f: reconstructed, at: [general()] },
    { name: `loss on singular vectors, ${size}`, f: vectorsUpToSign, at: [general()], tolerance: 1e-6 },
    ...triangles.flatMap((triangle) => [
      {
        name: `eigvalsh, ${triangle}, ${size}`,
        f: (a: Tensor) => linalg.eigvalsh(a, { triangle }),
        at: [positive()],
      },
      {
        name: `eigenvectors up to sign, ${triangle}, ${size}`,
        f: (a: Tensor) => {
          const { values, vectors } = linalg.eigh(a, { triangle });
          return [
            values.sin(),
            vectors.square(),
            vectors.matmul(values.exp().expandDims(-1).mul(vectors.mT)),
          ];
        },
        at: [positive()],
        tolerance: 1e-6,
      },
      {
        name: `cholesky, ${triangle}, ${size}`,
        f: (a: Tensor) => linalg.cholesky(a, { triangle }),
        at: [positive()],
      },
      {
        name: `upper cholesky, ${triangle}, ${size}`,
        f: (a: Tensor) => linalg.cholesky(a, { triangle, upper: true }),
        at: [positive()],
      },
      {
        name: `solve, assume positive, ${triangle}, ${size}`,
        f: (a: Tensor, b: Tensor) => linalg.solve(a, b, { assume: "positive", triangle }),
        at: [positive(), right],
      },
      {
        name: `inv, assume positive, ${triangle}, ${size}`,
        f: (a: Tensor) => linalg.inv(a, { assume: "positive", triangle }),
        at: [positive()],
      },
      {
        name: `logarithm of slogdet, assume positive, ${triangle}, ${size}`,
        f: (a: Tensor) => linalg.slogdet(a, { assume: "positive", triangle }).logAbsDet,
        at: [positive()],
      },
      {
        name: `solve, assume symmetric, ${triangle}, ${size}`,
        f: (a: Tensor, b: Tensor) => linalg.solve(a, b, { assume: "symmetric", triangle }),
        at: [positive(), right],
      },
    ]),
    ...[true, false].flatMap((lower) =>
      [true, false].flatMap((transpose) =>
        [true, false].map((unitDiagonal) => ({
          name: `solveTriangular, lower ${lower}, transpose ${transpose}, unit diagonal ${unitDiagonal}, ${size}`,
          f: (a: Tensor, b: Tensor) => linalg.solveTriangular(a, b, { lower, transpose, unitDiagonal }),
          at: [general(), right],
        })),
      ),
    ),
    { name: `choleskySolve, ${size}`, f: linalg.choleskySolve, at: [general(), right] },
  ];
});

function reconstructed(a: Tensor): Tensor {
  const { u, s, vh } = linalg.svd(a);
  return u.mul(s.sin().expandDims(-2)).matmul(vh);
}

function vectorsUpToSign(a: Tensor): Tensor[] {
  const { u, vh } = linalg.svd(a);
  return [u.square(), vh.square(), u.matmul(vh)];
}

/** Tall and wide: the parts of the rule outside the span of the vectors. */
const rectangular: Sample[] = (
  [
    [4, 2],
    [2, 4],
    [3, 1],
  ] as const
).flatMap(([m, n]) => {
  const at = [randomTensor([m, n], 95).add(generalMatrices([], Math.max(m, n), 96).slice([0, m], [0, n]))];
  return [
    { name: `svd ${m}x${n}, reconstruction`, f: reconstructed, at },
    { name: `svd ${m}x${n}, vectors`, f: vectorsUpToSign, at, tolerance: 1e-6 },
    { name: `svdvals ${m}x${n}`, f: (a: Tensor) => linalg.svdvals(a), at },
    {
      name: `svd ${m}x${n}, values with full matrices`,
      f: (a) => linalg.svd(a, { fullMatrices: true }).s,
      at,
      second: false,
    },
  ];
});

const broadcast: Sample[] = [
  {
    name: "solve, one matrix and many right-hand sides",
    f: (a: Tensor, b: Tensor) => linalg.solve(a, b),
    at: [generalMatrices([], 3, 97), randomTensor([2, 3, 2], 98)],
  },
  {
    name: "solve, many matrices and one right-hand side",
    f: (a: Tensor, b: Tensor) => linalg.solve(a, b),
    at: [generalMatrices([2], 3, 97), randomTensor([3, 2], 98)],
  },
  {
    name: "solve, many matrices and one vector",
    f: (a: Tensor, b: Tensor) => linalg.solve(a, b),
    at: [generalMatrices([2], 3, 97), randomTensor([3], 98)],
  },
  {
    name: "positive solve that broadcasts",
    f: (a, b) => linalg.solve(a, b, { assume: "positive" }),
    at: [positiveMatrices([2, 1], 3, 97), randomTensor([2, 3, 2], 98)],
  },
  {
    name: "triangular solve that broadcasts",
    f: (a: Tensor, b: Tensor) => linalg.solveTriangular(a, b),
    at: [generalMatrices([], 3, 97), randomTensor([2, 3, 2], 98)],
  },
  {
    name: "choleskySolve that broadcasts",
    f: linalg.choleskySolve,
    at: [generalMatrices([2, 1], 3, 97), randomTensor([2, 3, 2], 98)],
  },
  {
    name: "a transposed view through inv",
    f: (a) => linalg.inv(a.mT),
    at: [generalMatrices([2], 3, 99)],
  },
  {
    name: "a chain through several factorisations",
    f: (a, b) => linalg.cholesky(a.matmul(a.mT)).matmul(linalg.inv(a)).matmul(linalg.solve(a, b)),
    at: [generalMatrices([], 3, 99), randomTensor([3], 100)],
    tolerance: 1e-6,
  },
];

describe("derivatives of linear algebra", () => {
  test.each([...square, ...rectangular, ...broadcast])("$name", checkDerivatives);
});
