import * as ad from "adjoint";
import { type Tensor, tensor } from "adjoint";
import { describe, expect, test } from "vitest";
import { checkDerivatives, type Sample } from "../finite_differences.js";
import { randomTensor, spreadTensor } from "../random_values.js";

const int = (data: ad.NestedArray<number>): Tensor => tensor(data, { dtype: "int32" });
const rows = int([
  [0, 2, 1],
  [1, 1, -1],
]);
const mask = tensor([
  [true, false, true],
  [false, true, false],
]);

/** Squared first: then second derivatives of what is linear are not all zero. */
const linear: [name: string, f: (...xs: Tensor[]) => Tensor | Tensor[], shapes: number[][]][] = [
  ["take", (x) => x.take([2, 0, 2, -1], 1), [[2, 3]]],
  ["take by a matrix", (x) => x.take([[1, 0]], -1), [[2, 3, 2]]],
  ["take one", (x) => x.take(-1), [[2, 3]]],
  ["takeAlongAxis", (x) => x.takeAlongAxis(rows, 0), [[3, 3]]],
  ["takeAlongAxis of a broadcast row", (x) => x.takeAlongAxis(rows), [[1, 3]]],
  ["takeAlongAxis by broadcast indices", (x) => x.takeAlongAxis([[2, 2]], 1), [[2, 3]]],
  [
    "scatterAdd",
    (x, v) => x.scatterAdd(rows, v, 0),
    [
      [3, 3],
      [2, 3],
    ],
  ],
  ["scatterAdd of one value", (x, v) => x.scatterAdd(rows, v, 1), [[2, 3], []]],
  [
    "putAlongAxis where values meet",
    (x, v) => x.putAlongAxis(rows, v, 1),
    [
      [2, 3],
      [2, 3],
    ],
  ],
  ["putAlongAxis of one value", (x, v) => x.putAlongAxis([[1]], v, 1), [[2, 3], [1]]],
  ["setSlice", (x, v) => x.setSlice([null, [null, null, -2]], v), [[2, 3], [2]]],
  [
    "setSlice of a row",
    (x, v) => x.setSlice([-1, [1, null]], v),
    [
      [2, 3],
      [1, 1],
    ]
      .slice(0, 1)
      .concat([[1]]),
  ],
  ["setSlice of nothing", (x, v) => x.setSlice([[2, 2]], v), [[2, 3], []]],
  ["addSlice", (x, v) => x.addSlice(["...", 1], v), [[2, 3], [2]]],
  ["roll", (x) => x.roll([1, 2], [0, -1]), [[2, 3, 4]]],
  ["roll over everything", (x) => x.roll(5), [[2, 3]]],
  ["tile", (x) => x.tile([2, 1, 3]), [[2, 3]]],
  ["repeat", (x) => x.repeat(3, 1), [[2, 3]]],
  ["repeat by counts", (x) => x.repeat([0, 2, 1], 1), [[2, 3]]],
  [
    "pad",
    (x) =>
      x.pad(
        [
          [1, 0],
          [0, 2],
        ],
        { value: 3 },
      ),
    [[2, 3]],
  ],
  ["split", (x) => x.split([1, 2], 1), [[2, 3]]],
  ["unstack", (x) => x.unstack(1), [[2, 3]]],
  ["meshgrid", (x, y) => ad.meshgrid(x, y), [[2], [3]]],
  ["cumsum", (x) => x.cumsum(0), [[2, 3, 2]]],
  ["maskedSelect", (x) => x.maskedSelect(mask), [[2, 3]]],
];

const samples: Sample[] = [
  ...linear.map(([name, f, shapes]) => ({
    name,
    f: (...xs: Tensor[]) => f(...xs.map((x) => x.square())),
    at: shapes.map((shape, i) => randomTensor(shape, 90 + i)),
  })),
  { name: "sort", f: (x) => x.sort(0).square(), at: [spreadTensor([3, 4], 1)] },
  {
    name: "sort, descending",
    f: (x) => x.sort(-1, { descending: true }).square(),
    at: [spreadTensor([2, 4], 2)],
  },
  { name: "unique", f: (x) => x.unique().square(), at: [spreadTensor([2, 3], 3)] },
  { name: "prod", f: (x) => x.prod(), at: [randomTensor([2, 3], 4)] },
  { name: "prod over axes", f: (x) => x.prod([0, -1]), at: [randomTensor([2, 3, 2], 5)] },
  { name: "prod with kept axes", f: (x) => x.prod(1, { keepDims: true }), at: [randomTensor([2, 3, 2], 6)] },
  {
    name: "prod with zeros",
    f: (x) => x.prod(1),
    at: [
      tensor([
        [0, 2, 3],
        [0, 0, 4],
        [1, 2, 3],
        [0, 0, 0],
      ]),
    ],
  },
  { name: "cumprod", f: (x) => x.cumprod(1), at: [randomTensor([2, 4, 2], 7)] },
  {
    name: "cumprod with zeros",
    f: (x) => x.cumprod(),
    at: [
      tensor([
        [0, 2, 3, 4],
        [2, 0, 0, 4],
        [1, 2, 0, 3],
      ]),
    ],
  },
];

const listed = (outputs: Tensor | Iterable<Tensor>): Tensor[] =>
  outputs instanceof ad.Tensor ? [outputs] : [...outputs];

describe("derivatives of indexing, order and products", () => {
  test.each(samples)("$name", checkDerivatives);

  test.each(samples)("$name: forward mode is adjoint to reverse mode", ({ f, at }) => {
    const tangents = at.map((x, i) => randomTensor(x.shape, 300 + i));
    const flat = (...xs: Tensor[]): Tensor => ad.concat(listed(f(...xs)).map((y) => y.reshape([-1])));
    const [y, pushed] = ad.jvp(flat, [...at], tangents);
    const c = randomTensor(y.shape, 17);
    const [, pullback] = ad.vjp(flat, ...at);
    const right = pullback(c).map((g, i) => g.mul(tangents[i]).sum());
    const total = right.reduce((a, b) => a.add(b)).item() as number;
    expect(Math.abs((c.mul(pushed).sum().item() as number) - total)).toBeLessThan(
      1e-12 * Math.max(1, Math.abs(total)),
    );
  });

  const mappable = samples.filter(({ name }) => name !== "unique");
  test.each(mappable)("$name: vmap of value and gradient is the loop", ({ f, at }) => {
    const loss = (...xs: Tensor[]): Tensor =>
      listed(f(...xs))
        .map((y) => y.mul(y.add(0.5)).sum())
        .reduce((a, b) => a.add(b));
    const gradient = ad.grad(loss, { argnums: at.map((_, i) => i) }) as unknown as (
      ...xs: Tensor[]
    ) => Tensor[];
    const others = at.map((x, i) => (x.size > 1 ? x.reshape([-1]).roll(1).reshape(x.shape) : x.add(i)));
    const all = (...xs: Tensor[]): Tensor[] => [...listed(f(...xs)), ...gradient(...xs)];
    const mapped = ad.vmap(all)(...at.map((x, i) => ad.stack([x, others[i]])));
    [at, others].forEach((xs, place) => {
      all(...xs).forEach((y, k) => {
        ad.testing.assertAllClose(mapped[k].slice(place), y, { atol: 1e-13 });
      });
    });
    for (const only of at.keys()) {
      const inAxes = at.map((_, i) => (i === only ? 0 : null));
      const mixed = at.map((x, i) => (i === only ? ad.stack([x, others[i]]) : x));
      const second = ad
        .vmap(all, { inAxes })(...mixed)
        .map((y) => y.slice(1));
      all(...at.map((x, i) => (i === only ? others[i] : x))).forEach((y, k) => {
        ad.testing.assertAllClose(second[k], y, { atol: 1e-13 });
      });
    }
  });

  test("mapped indices", () => {
    const x = randomTensor([4, 3], 8);
    const i = int([
      [0, 1],
      [3, -1],
    ]);
    const f = (v: Tensor, k: Tensor) => ad.grad((u: Tensor) => u.take(k).square().sum())(v);
    const mapped = ad.vmap(f, { inAxes: [null, 0] })(x, i);
    for (const place of [0, 1]) ad.testing.assertAllClose(mapped.slice(place), f(x, i.slice(place)));
    const put = (k: Tensor) => ad.zeros([4]).putAlongAxis(k, [1, 2]);
    expect(ad.vmap(put)(i).toArray()).toEqual([
      [1, 2, 0, 0],
      [0, 0, 0, 2],
    ]);
  });
});
