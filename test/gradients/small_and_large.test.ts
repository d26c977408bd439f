import { grad, jvp, linalg, sum, type Tensor } from "adjoint";
import { describe, expect, test } from "vitest";
import { generalMatrices, positiveMatrices, randomTensor } from "../random_values.js";

/** f(cA) = c^degree f(A) for c > 0: what holds at A holds, scaled, at matrices whose squares leave the range. */
interface Homogeneous {
  readonly name: string;
  readonly degree: number;
  readonly f: (a: Tensor) => readonly Tensor[];
  readonly shape?: readonly number[];
  readonly positive?: boolean;
  /** Where second derivatives are of degree − 2 and in range. */
  readonly second?: boolean;
}

const right = randomTensor([3, 2], 4);

const functions: Homogeneous[] = [
  ...[[3, 3], [5, 3], [3, 5]].flatMap((shape): Homogeneous[] => [
    { name: `vectors of svd ${shape}`, degree: 0, f: (a) => [linalg.svd(a).u, linalg.svd(a).vh], shape },
    { name: `determined vectors of full svd ${shape}`, degree: 0, f: (a) => [linalg.svd(a, { fullMatrices: true })[shape[0] > shape[1] ? "vh" : "u"]], shape },
    { name: `svdvals ${shape}`, degree: 1, f: (a) => [linalg.svdvals(a)], shape, second: true },
    { name: `q ${shape}`, degree: 0, f: (a) => [linalg.qr(a).q], shape },
    { name: `r ${shape}`, degree: 1, f: (a) => [linalg.qr(a).r], shape, second: true },
    { name: `l ${shape}`, degree: 0, f: (a) => [linalg.lu(a).l], shape },
    { name: `u of lu ${shape}`, degree: 1, f: (a) => [linalg.lu(a).u], shape, second: true },
    { name: `cond ${shape}`, degree: 0, f: (a) => [linalg.cond(a)], shape },
    ...(["fro", "nuc", 1, -1, 2, -2, "inf", "-inf"] as const).map((ord): Homogeneous => ({ name: `matrixNorm ${ord} ${shape}`, degree: 1, f: (a) => [linalg.matrixNorm(a, { ord })], shape, second: true })),
    ...([1, 2, 3, 0.5, -1, "inf"] as const).map((ord): Homogeneous => ({ name: `vectorNorm ${ord} ${shape}`, degree: 1, f: (a) => [linalg.vectorNorm(a, { ord })], shape, second: true })),
  ]),
  { name: "eigenvectors", degree: 0, f: (a) => [linalg.eigh(a).vectors] },
  { name: "eigvalsh", degree: 1, f: (a) => [linalg.eigvalsh(a)], second: true },
  { name: "cholesky", degree: 0.5, f: (a) => [linalg.cholesky(a)], positive: true },
  { name: "slogdet", degree: 0, f: (a) => [linalg.slogdet(a).logAbsDet] },
  { name: "A times solve(A, b)", degree: 0, f: (a) => [a.matmul(linalg.solve(a, right))] },
  { name: "A times positive solve(A, b)", degree: 0, f: (a) => [a.matmul(linalg.solve(a, right, { assume: "positive" }))], positive: true },
  { name: "A inv(A)", degree: 0, f: (a) => [a.matmul(linalg.inv(a))] },
]; // biome-ignore format: a table

const scales = [
  ["float64", 2 ** -565, 1e-11],
  ["float64", 2 ** 500, 1e-11],
  ["float32", 2 ** -100, 2e-4],
  ["float32", 2 ** 90, 2e-4],
] as const; // about 1e-170, 1e150, 1e-30 and 1e27

const pointOf = ({ shape = [3, 3], positive = false }: Homogeneous): Tensor => {
  const [m, n] = shape;
  const a = positive
    ? positiveMatrices([], m, 2)
    : generalMatrices([], Math.max(m, n), 2).slice([0, m], [0, n]);
  return positive ? a.add(a.mT).mul(0.5) : a.add(randomTensor([m, n], 3).mul(0.3));
};

/** Of numbers that may lie anywhere in the range: the largest difference over the largest expected one. */
function expectScaled(actual: Tensor, expected: Tensor, factor: number, tolerance: number): void {
  const found = Array.from(actual.toTypedArray(), (x) => x / factor);
  const wanted = Array.from(expected.toTypedArray());
  const size = Math.max(1e-300, ...wanted.map(Math.abs));
  found.forEach((x, i) => {
    expect(Math.abs(x - wanted[i]) / size, `element ${i}: ${x}, expected ${wanted[i]}`).toBeLessThanOrEqual(
      tolerance,
    );
  });
}

describe.each(scales)("%s around %d", (dtype, c, tolerance) => {
  test.each(functions)("$name", (sample) => {
    const { f, degree, second = false } = sample;
    const a = pointOf(sample).cast(dtype);
    const t = randomTensor(a.shape, 6).cast(dtype);
    const loss = (x: Tensor): Tensor =>
      f(x)
        .map((y, i) => sum(y.mul(randomTensor(y.shape, 7 + i).cast(dtype))))
        .reduce((total, term) => total.add(term));
    const [small, direction] = [a.mul(c), t.mul(c)];
    expectScaled(grad(loss)(small), grad(loss)(a), c ** (degree - 1), tolerance);
    f(a).forEach((_, i) => {
      const along = (x: Tensor, d: Tensor): Tensor => jvp((y: Tensor) => f(y)[i], [x], [d])[1];
      expectScaled(along(small, direction), along(a, t), c ** degree, tolerance);
    });
    if (!second) return;
    const curvature = (x: Tensor, d: Tensor): Tensor => jvp(grad(loss), [x], [d])[1];
    expectScaled(curvature(small, direction), curvature(a, t), c ** (degree - 1), 10 * tolerance);
    const reversed = (x: Tensor, d: Tensor): Tensor => grad((y: Tensor) => sum(grad(loss)(y).mul(d)))(x);
    expectScaled(reversed(small, direction), reversed(a, t), c ** (degree - 1), 10 * tolerance);
  });
});
