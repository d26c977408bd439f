import {
  ArgumentError,
  compile,
  concat,
  DTypeError,
  getNumThreads,
  grad,
  hessian,
  jacobian,
  jvp,
  nn,
  ones,
  ShapeError,
  setNumThreads,
  type Tensor,
  tensor,
  testing,
  vmap,
  zeros,
} from "adjoint";
import { describe, expect, test } from "vitest";
import { addon } from "../addon.js";
import { expectError } from "../error_assertions.js";
import { checkDerivatives, differenceAlong, type Sample } from "../finite_differences.js";
import { randomTensor } from "../random_values.js";

const logits = tensor([
  [1, 2, 3],
  [0, -1, 4],
]);
const classes = tensor([2, 0], { dtype: "int32" });
const close = (found: Tensor, expected: number[]): void =>
  (found.toArray() as number[]).forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i], 13);
  });

describe("cross entropy, as PyTorch has it", () => {
  test("with classes", () => {
    const losses = [0.4076059644443804, 4.024744890138822];
    close(nn.crossEntropy(logits, classes, { reduction: "none" }), losses);
    close(nn.crossEntropy(logits, [2, 0], { reduction: "none" }), losses);
    expect(nn.crossEntropy(logits, classes).item()).toBeCloseTo((losses[0] + losses[1]) / 2, 13);
    expect(logits.crossEntropy(classes, { reduction: "sum" }).item()).toBeCloseTo(losses[0] + losses[1], 13);
    expect(nn.crossEntropy([1, 2, 3], 2).item()).toBeCloseTo(losses[0], 13);
    const batched = vmap((x: Tensor, i: Tensor) => nn.crossEntropy(x, i))(logits, classes);
    close(batched, losses);
  });

  test("with probabilities", () => {
    const p = [
      [0.2, 0.3, 0.5],
      [1, 0, 0],
    ];
    close(nn.crossEntropy(logits, p, { reduction: "none" }), [1.1076059644443805, 4.024744890138822]);
    expect(nn.crossEntropy([1, 2, 3], [0.2, 0.3, 0.5]).item()).toBeCloseTo(1.1076059644443805, 13);
  });

  test("over more axes, of large logits, of nothing, in single precision", () => {
    const labels = tensor([[0], [1]], { dtype: "int32" });
    expect(nn.crossEntropy(zeros([2, 1, 3]), labels, { reduction: "none" }).shape).toEqual([2, 1]);
    expect(nn.crossEntropy([[1e4, 0]], [1]).item()).toBe(1e4);
    expect(nn.crossEntropy(zeros([0, 3]), tensor([], { dtype: "int32" })).item()).toBe(Number.NaN);
    expect(nn.crossEntropy(logits.cast("float32"), classes).dtype).toBe("float32");
    expect(nn.crossEntropy(logits.cast("float32"), zeros([2, 3], { dtype: "float32" })).dtype).toBe(
      "float32",
    );
  });

  test("bad input", () => {
    const argument = [ArgumentError, "ERR_ADJOINT_ARGUMENT"] as const;
    expectError(() => nn.crossEntropy(logits, [0, 3]), ...argument, /^crossEntropy: /, "0 to 2");
    expectError(() => nn.crossEntropy(logits, [0, -1]), ...argument, /^crossEntropy: /, "0 to 2");
    expectError(() => nn.crossEntropy(logits, classes, { reduction: "max" as "sum" }), ...argument, "max");
    const shape = [ShapeError, "ERR_ADJOINT_SHAPE"] as const;
    expectError(() => nn.crossEntropy(logits, [0, 1, 2]), ...shape, "float64[2,3]", "float64[3]");
    expectError(() => nn.crossEntropy(logits, tensor([0.5, 1])), ...shape, "int32 classes");
    expectError(() => nn.crossEntropy(1, 0), ...shape, "float64[]");
    expectError(() => nn.crossEntropy(logits, [0.5, 1]), DTypeError, "ERR_ADJOINT_DTYPE", "0.5");
  });

  const samples: Sample[] = [
    { name: "by logits", f: (x) => nn.crossEntropy(x, classes), at: [randomTensor([2, 3], 1)] },
    {
      name: "by logits and probabilities",
      f: (x, p) => nn.crossEntropy(x, p, { reduction: "none" }),
      at: [randomTensor([2, 3], 2), randomTensor([2, 3], 3, 0, 1)],
    },
  ];
  test.each(samples)("derivatives $name", checkDerivatives);
});

describe("cross entropy of classes, row by row", () => {
  const losses = (x: Tensor, i: Tensor): Tensor => nn.crossEntropy(x, i, { reduction: "none" });
  const gradient = (x: Tensor, i: Tensor): Tensor => grad((y: Tensor) => losses(y, i).sum())(x);
  const some = (rows: number, k: number): [Tensor, Tensor] => [
    randomTensor([rows, k], 10 * rows + k, -4, 4),
    tensor(Int32Array.from({ length: rows }, (_, i) => (7 * i + 3) % k)),
  ];
  const infinity = Number.POSITIVE_INFINITY;
  const nan = Number.NaN;
  // Around the widths of vectors, of rows that lie in lanes, and of what is summed without recursion.
  const widths = [1, 2, 3, 7, 8, 9, 15, 16, 17, 20, 21, 31, 127, 128, 129, 300, 1000];

  test.each(widths)("%i classes: −log of the softmax's entry, gradients that sum to zero", (k) => {
    const [x, i] = some(5, k);
    const probabilities = nn.softmax(x).takeAlongAxis(i.expandDims(-1)).squeeze(-1);
    testing.assertAllClose(losses(x, i).neg().exp(), probabilities, { rtol: 1e-13 });
    const d = gradient(x, i);
    testing.assertAllClose(d.sum(-1), zeros([5]), { atol: 1e-15 });
    testing.assertAllClose(d.add(i.oneHot(k)), nn.softmax(x), { rtol: 1e-13, atol: 1e-16 });
    const single = x.cast("float32");
    testing.assertAllClose(losses(single, i), losses(x, i).cast("float32"), { rtol: 1e-5, atol: 1e-6 });
    testing.assertAllClose(gradient(single, i), d.cast("float32"), { rtol: 1e-4, atol: 1e-6 });
  });

  test.each(widths)("%i classes: a row's results depend on that row alone, wherever it lies", (k) => {
    const [x, i] = some(19, k);
    for (const y of [x, x.cast("float32")]) {
      const all = [losses(y, i), gradient(y, i)];
      const turned = y.mT.add(0).mT;
      const mirrored = y.flip(-1).add(0).flip(-1);
      for (const view of [turned, mirrored]) {
        expect(losses(view, i).toArray()).toEqual(all[0].toArray());
        expect(gradient(view, i).toArray()).toEqual(all[1].toArray());
      }
      for (let row = 0; row < 19; row++) {
        const part: [number, number] = [row, row + 1];
        expect(losses(y.slice(part), i.slice(part)).toArray()).toEqual(all[0].slice(part).toArray());
        expect(gradient(y.slice(part), i.slice(part)).toArray()).toEqual(all[1].slice(part).toArray());
      }
    }
  });

  test.each([
    [3000, 100],
    [14_001, 10],
  ])("%i rows of %i classes, with one thread and with two", (rows, classes) => {
    const [x, i] = some(rows, classes);
    const before = getNumThreads();
    const [one, two] = [1, 2].map((count) => {
      setNumThreads(count);
      return [losses(x, i), gradient(x, i)].map((y) => y.toTypedArray());
    });
    setNumThreads(before);
    expect(two).toEqual(one);
  });

  test.each(widths)("%i classes, on every target, with rows that are not finite", (k) => {
    const [finite, i] = some(21, k);
    const bad = tensor([[nan], [infinity], [-infinity]]).mul(ones([3, k]));
    const x = concat([finite, bad, finite.mul(100)], 0);
    const labels = concat([i, i.slice([0, 3]), i], 0);
    const results = addon.simdTargets.map((target) => {
      addon.setSimdTarget(target);
      return [losses(x, labels), gradient(x, labels)];
    });
    addon.setSimdTarget(addon.simdTargets[0]);
    for (const result of results)
      result.forEach((y, which) => {
        testing.assertAllClose(y, results[0][which], { rtol: 1e-14 });
      });
  });

  test("of probabilities near 1 no digit is lost", () => {
    const x = tensor([[0, -50, -100]]);
    const i = tensor(Int32Array.of(0));
    testing.assertAllClose(losses(x, i), [Math.exp(-50) + Math.exp(-100)], { rtol: 1e-14 });
    testing.assertAllClose(gradient(x, i), [[-Math.exp(-50), Math.exp(-50), Math.exp(-100)]], {
      rtol: 1e-14,
    });
  });

  const nowhere = [nan, nan, nan];
  test.each([
    ["large ones", [1e4, 0, -1e4], 0, 0, [0, 0, 0]],
    ["large ones, the label's small", [1e4, 0, -1e4], 2, 2e4, [1, 0, -1]],
    ["the largest there are", [1e308, 0, -1e308], 2, infinity, [1, 0, -1]],
    ["−∞ for another class", [0, -infinity, 0], 0, Math.LN2, [-0.5, 0, 0.5]],
    ["−∞ for the label", [0, -infinity, 0], 1, infinity, [0.5, -1, 0.5]],
    ["−∞ alone", [-infinity, -infinity, -infinity], 1, nan, nowhere],
    ["∞", [0, infinity, 0], 1, nan, nowhere],
    ["∞ for another class", [0, infinity, 0], 0, nan, nowhere],
    ["NaN", [0, nan, 0], 0, nan, nowhere],
  ] as const)("logits: %s", (_name, row, label, loss, expected) => {
    const x = tensor([[1, 2, 3], [...row], [3, 2, 1]]);
    const i = tensor(Int32Array.of(1, label, 1));
    // Which is ∞ in single precision.
    const singles = row[0] === 1e308 ? [] : [x.cast("float32")];
    for (const y of [x, ...singles]) {
      const tolerance = { rtol: y.dtype === "float32" ? 1e-6 : 1e-15 };
      const [f, d] = [losses(y, i), gradient(y, i)];
      testing.assertAllClose(f.slice(1), tensor(loss, { dtype: y.dtype }), tolerance);
      testing.assertAllClose(d.slice(1), tensor([...expected], { dtype: y.dtype }), tolerance);
      for (const neighbour of [0, 2])
        for (const z of [f, d]) expect(z.slice(neighbour).isFinite().all().item()).toBe(true);
    }
  });

  test("second derivatives are those of log Σ eˣ, whatever the label", () => {
    const [x, i] = some(1, 5);
    const expected = hessian((y: Tensor) => y.logsumexp())(x.slice(0));
    const loss = (y: Tensor): Tensor => nn.crossEntropy(y, i.slice(0));
    testing.assertAllClose(hessian(loss)(x.slice(0)), expected, { rtol: 1e-13, atol: 1e-15 });
    testing.assertAllClose(jacobian(grad(loss), { mode: "reverse" })(x.slice(0)), expected, {
      rtol: 1e-13,
      atol: 1e-15,
    });
  });

  test("third derivatives", () => {
    const [x, i] = some(1, 4);
    const second = (y: Tensor): Tensor => hessian((z: Tensor) => nn.crossEntropy(z, i.slice(0)))(y);
    const direction = randomTensor([4], 5);
    const [, along] = jvp(second, [x.slice(0)], [direction]);
    testing.assertAllClose(along, differenceAlong(second, x.slice(0), direction), { rtol: 1e-7, atol: 1e-9 });
  });

  test("programs give what eager calls give", () => {
    const [x, i] = some(4, 10);
    const f = (y: Tensor, j: Tensor): Tensor[] => [losses(y, j), gradient(y, j)];
    const program = compile(f);
    for (const y of [x, x.cast("float32"), x.mT.add(0).mT])
      program(y, i).forEach((found, n) => {
        const tolerance = { rtol: y.dtype === "float32" ? 1e-6 : 1e-15 };
        testing.assertAllClose(found, f(y, i)[n], tolerance);
      });
  });

  test("no rows, no classes", () => {
    const none = tensor(new Int32Array(0));
    for (const shape of [
      [0, 3],
      [0, 0],
    ]) {
      expect(losses(zeros(shape), none).shape).toEqual([0]);
      expect(gradient(zeros(shape), none).shape).toEqual(shape);
      expect(compile(gradient)(zeros(shape), none).shape).toEqual(shape);
    }
    const shape = [ArgumentError, "ERR_ADJOINT_ARGUMENT"] as const;
    expectError(() => losses(zeros([2, 0]), tensor(Int32Array.of(0, 0))), ...shape, /^crossEntropy: /);
  });

  test("integer logits", () => {
    const found = nn.crossEntropy(tensor(Int32Array.of(1, 2, 3)), 2);
    expect(found.dtype).toBe("float64");
    expect(found.item()).toBeCloseTo(0.4076059644443804, 13);
  });
});

describe("oneHot", () => {
  test("rows with a one", () => {
    expect(nn.oneHot([1, 0], 3).toArray()).toEqual([
      [0, 1, 0],
      [1, 0, 0],
    ]);
    expect(nn.oneHot(2, 3, { dtype: "int32" }).toArray()).toEqual([0, 0, 1]);
    expect(nn.oneHot([[0]], 2, { dtype: "bool" }).toArray()).toEqual([[[true, false]]]);
    expect(classes.oneHot(3).shape).toEqual([2, 3]);
    expect(nn.oneHot(tensor([], { dtype: "int32" }), 3).shape).toEqual([0, 3]);
    expect(vmap((i: Tensor) => nn.oneHot(i, 3))(classes).toArray()).toEqual(classes.oneHot(3).toArray());
  });

  test("bad input", () => {
    const argument = [ArgumentError, "ERR_ADJOINT_ARGUMENT", /^oneHot: /] as const;
    expectError(() => nn.oneHot([3], 3), ...argument, "0 to 2");
    expectError(() => nn.oneHot([-1], 3), ...argument, "0 to 2");
    expectError(() => nn.oneHot([1], -1), ...argument, "-1");
    expectError(() => nn.oneHot(tensor([1]), 3), DTypeError, "ERR_ADJOINT_DTYPE", "float64[1]");
  });
});
