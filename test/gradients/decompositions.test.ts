import { eye, grad, jacobian, jvp, linalg, sum, type Tensor, tensor, vjp, vmap, zeros } from "adjoint";
import { describe, expect, test } from "vitest";
import { checkDerivatives, type Sample } from "../finite_differences.js";
import { expectClose } from "../linalg/close.js";
import { generalMatrices, randomTensor, spreadTensor } from "../random_values.js";

/** Any shape: noise around a diagonal, so that leading blocks are regular and singular values distinct. */
function matrices(shape: readonly number[], seed: number): Tensor {
  const [m, n] = shape.slice(-2);
  const around = generalMatrices(shape.slice(0, -2), Math.max(m, n), seed);
  return around.slice("...", [0, m], [0, n]).add(randomTensor([m, n], seed + 1).mul(0.3));
}

/** A matrix of rank 2 as a function of free factors. */
const ofRankTwo = (rows: Tensor, columns: Tensor): Tensor => rows.matmul(columns);

const shapes = [[4, 4], [5, 3], [3, 5], [1, 1], [3, 1], [1, 3], [2, 1, 4, 3], [2, 3, 4]]; // biome-ignore format: shapes

const perShape: Sample[] = shapes.flatMap((shape) => {
  const a = matrices(shape, 41);
  const right = randomTensor([...shape.slice(0, -1), 2], 42);
  const orders = ["fro", "nuc", 1, -1, 2, -2, "inf", "-inf"] as const;
  return [
    { name: `qr ${shape}`, f: (x: Tensor) => linalg.qr(x), at: [a] },
    { name: `q of qr ${shape}`, f: (x: Tensor) => linalg.qr(x).q, at: [a] },
    { name: `r of qr ${shape}`, f: (x: Tensor) => linalg.qr(x, { mode: "r" }).r, at: [a] },
    { name: `lu ${shape}`, f: (x: Tensor) => [linalg.lu(x).l, linalg.lu(x).u.sin()], at: [a] },
    { name: `l of lu ${shape}`, f: (x: Tensor) => linalg.lu(x).l, at: [a] },
    { name: `u of lu ${shape}`, f: (x: Tensor) => linalg.lu(x).u, at: [a] },
    { name: `pinv ${shape}`, f: (x: Tensor) => linalg.pinv(x), at: [a] },
    {
      name: `lstsq ${shape}`,
      f: (x: Tensor, y: Tensor) => {
        const { solution, residuals, singularValues } = linalg.lstsq(x, y);
        return [solution, residuals, singularValues];
      },
      at: [a, right],
      tolerance: 1e-6,
    },
    { name: `cond ${shape}`, f: linalg.cond, at: [a], tolerance: 1e-6 },
    ...orders.map((ord) => ({
      name: `matrixNorm ${ord} ${shape}`,
      f: (x: Tensor) => linalg.matrixNorm(x, { ord }),
      at: [a],
      tolerance: 1e-6,
    })),
  ];
});

const square: Sample[] = [[], [2], [2, 1]].flatMap((batch) => {
  const a = generalMatrices(batch, 3, 43).mul(0.5);
  return [
    ...[-3, -1, 0, 1, 2, 3, 6].map((n) => ({
      name: `matrixPower ${n} [${batch}]`,
      f: (x: Tensor) => linalg.matrixPower(x, n),
      at: [a],
      tolerance: 1e-6,
    })),
    ...[0.01, 0.3, 1, 6].map((scale) => ({
      name: `expm of ${scale} [${batch}]`,
      f: (x: Tensor) => linalg.expm(x).mul(Math.exp(-2 * scale)),
      at: [a.mul(scale)],
      tolerance: 1e-6,
    })),
  ];
});

const rankTwo: Sample[] = [
  [4, 3],
  [3, 4],
  [3, 3],
].flatMap(([m, n]) => {
  const at = [matrices([m, 2], 44), matrices([2, n], 45)];
  return [
    {
      name: `pinv of rank 2, ${m}x${n}`,
      f: (x: Tensor, y: Tensor) => linalg.pinv(ofRankTwo(x, y)),
      at,
      tolerance: 1e-6,
    },
    {
      name: `lstsq of rank 2, ${m}x${n}`,
      f: (x: Tensor, y: Tensor, b: Tensor) => {
        const { solution, residuals } = linalg.lstsq(ofRankTwo(x, y), b);
        return [solution, residuals];
      },
      at: [...at, randomTensor([m, 2], 46)],
      tolerance: 1e-6,
    },
  ];
});

const vectors: Sample[] = [0, 1, 2, 3, 2.5, 0.5, -1, -2, "inf" as const, "-inf" as const].flatMap((ord) => [
  {
    name: `vectorNorm ${ord}`,
    f: (x: Tensor) => linalg.vectorNorm(x, { ord }),
    at: [spreadTensor([6], 47)],
    tolerance: 1e-6,
  },
  {
    name: `vectorNorm ${ord} over axes`,
    f: (x: Tensor) => linalg.vectorNorm(x, { ord, axis: [0, 2] }),
    at: [spreadTensor([2, 3, 2], 48)],
    tolerance: 1e-6,
  },
]);

const others: Sample[] = [
  {
    name: "r of complete qr, wide",
    f: (a: Tensor) => linalg.qr(a, { mode: "complete" }).r,
    at: [matrices([2, 3], 54)],
  },
  {
    name: "lstsq with a vector and a batch of matrices",
    f: (a: Tensor, b: Tensor) => linalg.lstsq(a, b).solution,
    at: [matrices([2, 4, 3], 49), randomTensor([4], 50)],
  },
  {
    name: "lstsq, one matrix and many right-hand sides",
    f: (a: Tensor, b: Tensor) => linalg.lstsq(a, b).solution,
    at: [matrices([4, 3], 49), randomTensor([2, 4, 1], 50)],
  },
  { name: "pinv of a transposed view", f: (a: Tensor) => linalg.pinv(a.mT), at: [matrices([2, 4, 3], 51)] },
  { name: "pinv at equal singular values", f: (a: Tensor) => linalg.pinv(a), at: [eye(3)] },
  {
    name: "lstsq at equal singular values",
    f: (a: Tensor, b: Tensor) => linalg.lstsq(a, b).solution,
    at: [eye(4, 3), randomTensor([4, 2], 52)],
  },
  { name: "expm of a nilpotent matrix", f: (a: Tensor) => linalg.expm(a), at: [eye(3, { k: 1 })] },
  { name: "expm at 0", f: (a: Tensor) => linalg.expm(a), at: [zeros([2, 2])] },
];

const samples = [...perShape, ...square, ...rankTwo, ...vectors, ...others];
const listed = (y: Tensor | Iterable<Tensor>): Tensor[] => ("shape" in y ? [y as Tensor] : [...y]);
const inner = (xs: readonly Tensor[], ys: readonly Tensor[]): number =>
  xs.reduce((total, x, i) => total + (sum(x.mul(ys[i])).item() as number), 0);

describe("derivatives of decompositions against differences", () => {
  test.each(samples)("$name", checkDerivatives);
});

describe("forward and reverse mode are adjoint, for any tangent", () => {
  test.each(samples)("$name", ({ f, at }) => {
    const g = (...xs: Tensor[]): Tensor[] => listed(f(...xs));
    const tangents = at.map((x, i) => randomTensor(x.shape, 60 + i));
    const [ys, dys] = jvp(g as (...xs: Tensor[]) => unknown, [...at], tangents) as unknown as [
      Tensor[],
      Tensor[],
    ];
    const cotangents = ys.map((y, i) => randomTensor(y.shape, 70 + i));
    const [, pullback] = vjp((...xs: Tensor[]) => inScalar(g(...xs), cotangents), ...at);
    const found = inner(pullback(tensor(1)) as Tensor[], tangents);
    const expected = inner(cotangents, dys);
    expect(Math.abs(found - expected)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(expected)));
  });
});

const inScalar = (ys: readonly Tensor[], cotangents: readonly Tensor[]): Tensor =>
  ys.map((y, i) => sum(y.mul(cotangents[i]))).reduce((total, term) => total.add(term));

describe("vmap is a loop, of values and of gradients", () => {
  test.each(samples)("$name", ({ f, at }) => {
    const value = (...xs: Tensor[]): Tensor[] => listed(f(...xs));
    const gradient = (...xs: Tensor[]): Tensor[] =>
      grad(
        (...ys: Tensor[]) =>
          listed(f(...ys))
            .map((y) => y.square().sum())
            .reduce((a, b) => a.add(b)),
        {
          argnums: at.map((_, i) => i),
        },
      )(...xs) as Tensor[];
    const stacked = at.map((x) =>
      x.expandDims(0).mul(tensor([1, 1.1]).reshape([2, ...x.shape.map(() => 1)])),
    );
    for (const g of [value, gradient]) {
      const mapped = vmap(g as (...xs: Tensor[]) => unknown)(...stacked) as unknown as Tensor[];
      for (const k of [0, 1]) {
        const alone = g(...stacked.map((x) => x.slice(k)));
        for (const [i, y] of alone.entries()) expectClose(mapped[i].slice(k), y, 1e-9);
      }
    }
  });
});

describe("known derivatives", () => {
  test("second derivatives of the nuclear norm at equal singular values, and where rank is missing", () => {
    const nuclear = (a: Tensor) => linalg.matrixNorm(a, { ord: "nuc" });
    const along = (a: Tensor, e: Tensor): Tensor =>
      jvp((x: Tensor) => grad(nuclear)(x), [a], [e])[1] as unknown as Tensor;
    const e = randomTensor([3, 3], 56);
    expectClose(along(eye(3), e), e.sub(e.mT).div(2));
    const alone = tensor([2, 0, 0]).diag();
    expectClose(grad(nuclear)(alone), tensor([1, 0, 0]).diag());
    const within = tensor([[0, 1, 2], [3, 0, 0], [4, 0, 0]]); // biome-ignore format: a matrix
    expectClose(along(alone, within), within.div(2));
    checkDerivatives({ name: "nuclear", f: nuclear, at: [eye(4, 3)] });
  });

  test("r of a complete qr, to second order", () => {
    const sample = { f: (a: Tensor) => linalg.qr(a, { mode: "complete" }).r, at: [matrices([2, 4, 3], 55)] };
    checkDerivatives({ name: "r", ...sample });
  });

  test("pinv at an identity: that of the inverse", () => {
    const exact = jacobian((a: Tensor) => linalg.inv(a))(eye(2));
    expectClose(jacobian((a: Tensor) => linalg.pinv(a))(eye(2)), exact);
  });

  test("expm of commuting matrices: d exp(tA)/dt = A exp(tA), a third time too", () => {
    const a = generalMatrices([], 3, 53).mul(0.5);
    const along = (t: Tensor): Tensor => linalg.expm(a.mul(t));
    const derivative = (f: (t: Tensor) => Tensor) => (t: Tensor) => jvp(f, [t], [tensor(1)])[1];
    const third = derivative(derivative(derivative(along)))(tensor(0.7));
    expectClose(third, linalg.matrixPower(a, 3).matmul(along(tensor(0.7))), 1e-11);
  });

  test("without elements the gradients are empty", () => {
    const functions: ((a: Tensor) => Tensor)[] = [
      (a) => linalg.qr(a).r,
      (a) => linalg.lu(a).u,
      (a) => linalg.pinv(a),
      (a) => linalg.lstsq(a, zeros([a.shape.at(-2)!, 2])).solution,
      (a) => linalg.vectorNorm(a),
      (a) => linalg.matrixNorm(a, { ord: "nuc" }),
    ];
    for (const f of functions)
      for (const shape of [[0, 3], [3, 0], [0, 0], [2, 0, 3], [0, 2, 2]]) // biome-ignore format: shapes
        expect(grad((a: Tensor) => f(a).sum())(zeros(shape)).shape).toEqual(shape);
    for (const shape of [[0, 0], [2, 0, 0], [0, 2, 2]]) // biome-ignore format: shapes
      for (const f of [linalg.expm, (a: Tensor) => linalg.matrixPower(a, -2)])
        expect(grad((a: Tensor) => f(a).sum())(zeros(shape)).shape).toEqual(shape);
  });
});
