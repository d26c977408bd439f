import { ArgumentError, DTypeError, nn, ShapeError, type Tensor, tensor, vmap, zeros } from "adjoint";
import { describe, expect, test } from "vitest";
import { expectError } from "../error_assertions.js";
import { checkDerivatives, type Sample } from "../finite_differences.js";
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
