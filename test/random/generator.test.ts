import {
  ArgumentError,
  arange,
  DTypeError,
  grad,
  jvp,
  linalg,
  random,
  ShapeError,
  type Tensor,
  tensor,
  vmap,
} from "adjoint";
import { describe, expect, test } from "vitest";
import { expectError } from "../error_assertions.js";

/** From NumPy's default_rng(seed), drawn in this order. */
const streams = [
  {
    seed: 0,
    normal: [0.1257302210933933, -0.1321048632913019, 0.6404226504432821, 0.10490011715303971],
    uniform: [5.132702392002724, 6.127555772777217, 3.066357757671799],
    integers: [9, 7, 6, 5, 5, 9, 2],
    wide: [1356580685, 733909168],
    masked: [942725971812, 36927730569, 802264647618],
    permutation: [3, 7, 5, 4, 2, 1, 6, 0],
    scaled: 2.812754010832803,
  },
  {
    seed: 12345,
    normal: [-1.4238250364546312, 1.2637284581291104, -0.8706617379590857, -0.2591732349343976],
    uniform: [0.9110955060190902, 0.32813927866384507, 2.9830875358718982],
    integers: [2, 1, 2, 6, 6, 9, 7],
    wide: [-1081276423, 1782036111],
    masked: [733635338169, 105440895260, 485807850561],
    permutation: [0, 1, 5, 6, 3, 4, 7, 2],
    scaled: 2.919693698417116,
  },
  {
    seed: 2 ** 53 - 1,
    normal: [0.48775691464104814, 1.405476912195515, 0.31841586354167123, 0.4159900677571479],
    uniform: [-1.9024705077507815, 1.2336996360446335, 2.973201571827767],
    integers: [2, 2, 6, 2, 9, 7, 3],
    wide: [-230527256, -765140873],
    masked: [940897703094, 941458824184, 443035913922],
    permutation: [7, 4, 1, 6, 2, 3, 0, 5],
    scaled: 2.6257030924915736,
  },
  {
    seed: 2n ** 200n + 12345n,
    normal: [-1.786410192520182, -0.6619419604659152, 0.5451876363729595, 0.29882322644411874],
    uniform: [1.7744776653624212, 4.452184636904784, -1.1027805202437853],
    integers: [3, 4, 2, 6, 6, 5, 9],
    wide: [-1089437751, -815888090],
    masked: [582915057550, 300335656787, 770714647773],
    permutation: [1, 6, 7, 0, 3, 2, 5, 4],
    scaled: 2.4024833712487754,
  },
  {
    seed: [1, 2, 3],
    normal: [-0.5986439813239683, 2.7956942860102307, -0.17596600347685296, 1.156005899397638],
    uniform: [4.046635086208395, 1.7951457203941832, 4.111954134744979],
    integers: [9, 3, 1, 0, 2, 3, 9],
    wide: [-1541289299, 1762358556],
    masked: [359774490766, 160693635535, 940674201610],
    permutation: [5, 7, 4, 2, 6, 0, 3, 1],
    scaled: 2.6063230130101114,
  },
  {
    seed: [0, 0, 7, 2 ** 40, 5, 6],
    normal: [0.19457315708586267, -2.391025102755766, 0.5818076624011196, 0.21916127803611837],
    uniform: [6.397919060298541, -0.22112334913298515, 4.187974181720334],
    integers: [9, 0, 7, 3, 5, 1, 0],
    wide: [-1062520144, -896214253],
    masked: [644641167647, 358122694827, 834395570566],
    permutation: [6, 0, 1, 3, 4, 5, 2, 7],
    scaled: 2.4836701664536625,
  },
];

describe("the stream of NumPy's default_rng", () => {
  test.each(streams)("seed $seed", (stream) => {
    const g = random.generator(stream.seed);
    expect(g.normal([4]).toArray()).toEqual(stream.normal);
    expect(g.uniform([3], { low: -3, high: 7 }).toArray()).toEqual(stream.uniform);
    expect(g.integers(0, 10, [7]).toArray()).toEqual(stream.integers);
    expect(g.integers(-(2 ** 31), 2 ** 31, 2).toArray()).toEqual(stream.wide);
    expect(g.integers(-5, 2 ** 40, [3], { dtype: "float64" }).toArray()).toEqual(stream.masked);
    expect(g.permutation(8).toArray()).toEqual(stream.permutation);
    expect(g.normal({ mean: 2.5, std: 0.3 }).item()).toBe(stream.scaled);
  });

  test("choices", () => {
    const g = random.generator(7);
    expect(g.choice(7, 6).toArray()).toEqual([6, 4, 4, 6, 4, 5]);
    const probabilities = [0.1, 0.2, 0.3, 0.2, 0.2];
    expect(g.choice(5, [6], { probabilities }).toArray()).toEqual([1, 2, 4, 0, 4, 3]);
    expect(g.choice(50, 5, { replace: false }).toArray()).toEqual([14, 17, 5, 39, 21]);
    expect(g.choice(6, 4, { replace: false, probabilities: [...probabilities, 0] }).toArray()).toEqual([
      2, 4, 3, 1,
    ]);
    expect(g.choice(20000, 500, { replace: false }).slice([0, 4]).toArray()).toEqual([
      16417, 5250, 14269, 17678,
    ]);
    expect(g.uniform().item()).toBe(0.8327943100020676);
  });

  test("normal numbers far out, by the rarest branches", () => {
    const x = random.generator(11).normal([100000]);
    expect(x.take([24516, 41661, 56484, 57258]).toArray()).toEqual([
      4.87493356129406, 4.305913414047804, -4.206814608104995, 4.054297361034381,
    ]);
    const [sum, squares] = [x.sum().item(), x.square().sum().item()];
    expect(sum).toBeCloseTo(-25.945311414851755, 8);
    expect(squares).toBeCloseTo(100130.39840369034, 6);
  });

  test("rows in another order, and samples of a multivariate normal distribution", () => {
    expect(
      random
        .generator(2)
        .permutation(arange(6).reshape([3, 2]))
        .toArray(),
    ).toEqual([
      [4, 5],
      [0, 1],
      [2, 3],
    ]);
    const covariance = [
      [2, 0.5, 0.1],
      [0.5, 1, 0.2],
      [0.1, 0.2, 0.7],
    ];
    const x = random.generator(3).multivariateNormal([1, 2, 3], covariance, 2);
    const expected = [
      [-2.6608548700327987, 2.4038576075682236, 4.280859672266885],
      [1.5879180786426017, 2.7361413803199266, 3.199959023984377],
    ];
    (x.toArray() as number[][]).flat().forEach((value, i) => {
      expect(value).toBeCloseTo(expected.flat()[i], 12);
    });
  });
});

describe("generators", () => {
  test("shapes and dtypes", () => {
    const g = random.generator(1);
    expect([g.normal().shape, g.normal(3).shape, g.normal([2, 0]).shape]).toEqual([[], [3], [2, 0]]);
    expect([g.uniform().dtype, g.integers(0, 2).dtype, g.permutation(3).dtype]).toEqual([
      "float64",
      "int32",
      "int32",
    ]);
    expect(
      g.choice(
        [
          [1, 2],
          [3, 4],
          [5, 6],
        ],
        [2, 2],
      ).shape,
    ).toEqual([2, 2, 2]);
    expect(g.choice(4).shape).toEqual([]);
    expect(g.permutation(0).shape).toEqual([0]);
    expect(
      g.multivariateNormal(
        [0, 0],
        [
          [1, 0],
          [0, 1],
        ],
      ).shape,
    ).toEqual([2]);
    expect(
      g.categorical([
        [0, 0],
        [0, 100],
      ]).shape,
    ).toEqual([2]);
    expect(
      g.categorical(
        [
          [0, 0],
          [0, 100],
        ],
        [3, 2],
      ).shape,
    ).toEqual([3, 2]);
    expect(g.categorical([0, 0], [0]).shape).toEqual([0]);
  });

  test("are independent, and equal for equal seeds", () => {
    const [first, second] = [random.generator(1), random.generator(1n)];
    first.normal(10);
    expect(first.uniform(3).toArray()).not.toEqual(second.uniform(3).toArray());
  });

  test("categorical draws in proportion to the likelihoods", () => {
    const drawn = random.generator(5).categorical([0, Math.log(3), Number.NEGATIVE_INFINITY, -800], [40000]);
    const share = (k: number): number => drawn.equal(k).cast("float64").mean().item() as number;
    expect(share(0)).toBeCloseTo(0.25, 2);
    expect(share(1)).toBeCloseTo(0.75, 2);
    expect([share(2), share(3)]).toEqual([0, 0]);
    const sure = random.generator(5).categorical(
      [
        [1000, 0],
        [0, 1000],
      ],
      [50, 2],
    );
    expect(sure.sum(0).toArray()).toEqual([0, 50]);
  });

  test("derivatives with respect to the mean and the covariance of a sample", () => {
    const covariance = tensor([
      [2, 0.5],
      [0.5, 1],
    ]);
    const sample = (mean: Tensor, c: Tensor): Tensor =>
      random.generator(4).multivariateNormal(mean, c, [3]).square().sum();
    const mean = tensor([1, -2]);
    const [byMean, byCovariance] = grad(sample, { argnums: [0, 1] })(mean, covariance) as Tensor[];
    const along = (m: Tensor, c: Tensor): number =>
      ((sample(mean.add(m.mul(1e-5)), covariance.add(c.mul(1e-5))).item() as number) -
        (sample(mean.sub(m.mul(1e-5)), covariance.sub(c.mul(1e-5))).item() as number)) /
      2e-5;
    const zero = tensor([0, 0]);
    expect(byMean.sum().item()).toBeCloseTo(along(tensor([1, 1]), covariance.mul(0)), 6);
    const direction = tensor([
      [1, 0.3],
      [0.3, -0.5],
    ]);
    expect(linalg.vecdot(byCovariance.reshape([4]), direction.reshape([4])).item()).toBeCloseTo(
      along(zero, direction),
      6,
    );
    const [, tangent] = jvp((m: Tensor) => sample(m, covariance), [mean], [tensor([1, 1])]);
    expect((tangent as Tensor).item()).toBeCloseTo(byMean.sum().item() as number, 10);
  });

  const g = random.generator(0);
  const argument = [ArgumentError, "ERR_ADJOINT_ARGUMENT"] as const;
  const shape = [ShapeError, "ERR_ADJOINT_SHAPE"] as const;
  const refused: [string, () => unknown, typeof argument | typeof shape, RegExp][] = [
    ["a negative seed", () => random.generator(-1), argument, /^generator: .* got -1$/],
    ["a fraction as seed", () => random.generator([1, 0.5]), argument, /0\.5/],
    ["a word as seed", () => random.generator("1" as unknown as number), argument, /got "1"/],
    ["a negative deviation", () => g.normal(2, { std: -1 }), argument, /^normal: std is -1/],
    ["an unknown option", () => g.normal({ scale: 1 } as object), argument, /mean, std/],
    ["a negative extent", () => g.uniform([-1]), shape, /-1/],
    ["bounds in the wrong order", () => g.uniform({ low: 2, high: 1 }), argument, /^uniform: /],
    ["an infinite bound", () => g.uniform({ low: Number.NEGATIVE_INFINITY }), argument, /finite/],
    ["no integer between", () => g.integers(3, 3), argument, /^integers: /],
    ["a fraction as bound", () => g.integers(0.5, 3), argument, /0\.5/],
    ["a negative number of entries", () => g.permutation(-1), argument, /^permutation: /],
    ["a 0-d tensor", () => g.permutation(tensor(2)), shape, /0-d/],
    ["nothing to choose from", () => g.choice(0, 1), argument, /^choice: /],
    ["too few to choose from", () => g.choice(3, 4, { replace: false }), argument, /4 .* 3/],
    [
      "too few likely ones",
      () => g.choice(3, 2, { replace: false, probabilities: [1, 0, 0] }),
      argument,
      /2 .* 1/,
    ],
    ["a wrong sum", () => g.choice(2, 1, { probabilities: [1, 1] }), argument, /sum 1/],
    ["too few probabilities", () => g.choice(3, 1, { probabilities: [0.5, 0.5] }), shape, /3 .* 2/],
    ["logits without an axis", () => g.categorical(1), shape, /float64\[\]/],
    ["logits that are NaN", () => g.categorical([Number.NaN, 0]), argument, /NaN/],
    [
      "logits for another shape",
      () =>
        g.categorical(
          [
            [0, 1],
            [0, 1],
          ],
          [3],
        ),
      shape,
      /^categorical: /,
    ],
    ["a shape less than the logits'", () => g.categorical([[0, 1]], []), shape, /broadcast/],
    ["another covariance", () => g.multivariateNormal([1, 2], [[1]]), shape, /float64\[1,1\]/],
  ];
  test.each(refused)("refuse %s", (_name, body, [type, code], message) => {
    expectError(body, type, code, message);
  });

  test("integers up to 2**53", () => {
    const drawn = random.generator(0).integers(0, 2 ** 53, [3], { dtype: "float64" });
    expect(drawn.toArray()).toEqual([5737240835340368, 2430022687152954, 369056694262205]);
  });

  test("refuse integers that the dtype does not hold, and logits without values", () => {
    expectError(() => g.integers(0, 2 ** 32), DTypeError, "ERR_ADJOINT_DTYPE", "float64");
    expect(() => vmap((x: Tensor) => g.categorical(x))(tensor([[0, 1]]))).toThrow(/categorical/);
  });
});
