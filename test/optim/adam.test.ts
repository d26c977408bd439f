import { gradients, optim, type Tensor, variable } from "adjoint";
import { describe, expect, test } from "vitest";

/** Algorithm 1 of Kingma and Ba, in plain numbers. */
function handWritten(
  start: number[],
  gradient: (x: number[]) => number[],
  steps: number,
  { learningRate = 0.001, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = {},
): number[] {
  let x = [...start];
  let m = x.map(() => 0);
  let v = x.map(() => 0);
  for (let t = 1; t <= steps; t++) {
    const g = gradient(x);
    m = m.map((value, i) => beta1 * value + (1 - beta1) * g[i]);
    v = v.map((value, i) => beta2 * value + (1 - beta2) * g[i] * g[i]);
    x = x.map(
      (value, i) =>
        value - (learningRate * (m[i] / (1 - beta1 ** t))) / (Math.sqrt(v[i] / (1 - beta2 ** t)) + epsilon),
    );
  }
  return x;
}

const rosenbrock = (x: Tensor): Tensor => {
  const [a, b] = x;
  return a.sub(1).square().add(b.sub(a.square()).square().mul(100));
};
const rosenbrockGradient = ([a, b]: number[]): number[] => [
  2 * (a - 1) - 400 * a * (b - a * a),
  200 * (b - a * a),
];

describe("adam", () => {
  test.each([
    [{}, 50],
    [{ learningRate: 0.05 }, 200],
    [{ learningRate: 0.02, beta1: 0.5, beta2: 0.9, epsilon: 1e-3 }, 100],
    [{ learningRate: 0.1, beta1: 0 }, 10],
  ])("follows a loop written by hand: %j", (options, steps) => {
    const x = variable([-1.2, 1]);
    const optimiser = optim.adam(options);
    for (let i = 0; i < steps; i++) optimiser.minimize(() => rosenbrock(x), [x]);
    const expected = handWritten([-1.2, 1], rosenbrockGradient, steps, options);
    (x.toArray() as number[]).forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i], 10);
    });
  });

  test("minimize gives the loss before the step", () => {
    const x = variable(3);
    const optimiser = optim.adam({ learningRate: 0.1 });
    const losses = [0, 1, 2].map(() => optimiser.minimize(() => x.square(), [x]).item() as number);
    expect(losses[0]).toBe(9);
    expect(losses[1]).toBeCloseTo(2.9 ** 2, 6);
    expect(losses[2]).toBeLessThan(losses[1]);
  });

  test("computeGradients gives pairs, and the numbers that gradients gives", () => {
    const x = variable(2);
    const loss = () => x.sin().mul(x).add(x.cos().mul(x.exp()));
    const [pair] = optim.adam().computeGradients(loss, [x]);
    expect(pair.variable).toBe(x);
    expect(pair.gradient.item()).toBe(gradients(loss(), x).item());
    const exact = 2 * Math.cos(2) + Math.sin(2) + Math.exp(2) * (Math.cos(2) - Math.sin(2));
    expect(pair.gradient.item()).toBeCloseTo(exact, 12);
  });

  test("gradients may be changed on the way to applyGradients", () => {
    const x = variable([1, 1]);
    const optimiser = optim.adam({ learningRate: 0.5 });
    const pairs = optimiser.computeGradients(x.square().sum(), [x]);
    optimiser.applyGradients(
      pairs.map(({ gradient, variable }) => ({ gradient: gradient.mul([1, 0]), variable })),
    );
    expect((x.toArray() as number[])[0]).toBeCloseTo(0.5, 7);
    expect((x.toArray() as number[])[1]).toBe(1);
  });

  test("each variable has moments of its own; dtypes stay", () => {
    const x = variable(1, { dtype: "float32" });
    const y = variable([[1, 2]]);
    const optimiser = optim.adam({ learningRate: 0.1 });
    const loss = () => x.square().cast("float64").add(y.square().sum());
    for (let i = 0; i < 3; i++) optimiser.minimize(loss, [x, y]);
    optimiser.minimize(() => y.square().sum(), [y]);
    const [expected] = handWritten([1], ([v]) => [2 * v], 3, { learningRate: 0.1 });
    expect([x.dtype, y.dtype]).toEqual(["float32", "float64"]);
    expect(x.item()).toBeCloseTo(expected, 6);
    const [alone] = handWritten([1], ([v]) => [2 * v], 4, { learningRate: 0.1 });
    expect(y.at(0, 0) as number).toBeCloseTo(alone, 12);
  });

  test("two optimisers do not share state", () => {
    const [x, y] = [variable(1), variable(1)];
    const [first, second] = [optim.adam({ learningRate: 0.1 }), optim.adam({ learningRate: 0.1 })];
    first.minimize(() => x.square(), [x]);
    first.minimize(() => x.square(), [x]);
    second.minimize(() => y.square(), [y]);
    second.minimize(() => y.square(), [y]);
    expect(x.item()).toBe(y.item());
  });

  test("converges", () => {
    const x = variable([-1.2, 1]);
    const optimiser = optim.adam({ learningRate: 0.05 });
    for (let i = 0; i < 3000; i++) optimiser.minimize(() => rosenbrock(x), [x]);
    expect(x.sub([1, 1]).abs().max().item()).toBeLessThan(1e-3);
  });
});
