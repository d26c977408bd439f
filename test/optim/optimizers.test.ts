import {
  ArgumentError,
  DisposedError,
  DTypeError,
  grad,
  linalg,
  ones,
  optim,
  ShapeError,
  type Tensor,
  tensor,
  tidy,
  variable,
  vmap,
} from "adjoint";
import { describe, expect, test } from "vitest";
import { expectError } from "../error_assertions.js";

const rosenbrock = (x: Tensor): Tensor => {
  const [a, b] = x;
  return a.sub(1).square().add(b.sub(a.square()).square().mul(100));
};

type Name = "sgd" | "adam" | "adamw" | "rmsprop";
type Row = [name: Name, options: object, steps: number, expected: [number, number]];
/** Where PyTorch's optimisers stand after some steps from (-1.2, 1). */
const rows: Row[] = [
  ["sgd", { learningRate: 0.001 }, 20, [-1.0135612207526075, 1.0352940530350656]],
  ["sgd", { learningRate: 0.0005, momentum: 0.9 }, 30, [-0.7590503036173337, 0.6230312292419633]],
  [
    "sgd",
    { learningRate: 0.0005, momentum: 0.9, nesterov: true },
    30,
    [-0.8989801709483124, 0.816150615832172],
  ],
  ["adam", { learningRate: 0.05 }, 40, [-1.0157403915028207, 1.0270953459457983]],
  ["adamw", {}, 20, [-1.1799792882780609, 1.019597491525382]],
  [
    "adamw",
    { learningRate: 0.05, weightDecay: 0.2, beta1: 0.8, beta2: 0.9, epsilon: 1e-3 },
    40,
    [-0.7127466764488767, 0.5185771343537896],
  ],
  ["rmsprop", {}, 20, [-1.0515832653202304, 1.1121082197464731]],
  [
    "rmsprop",
    { learningRate: 0.02, decay: 0.9, momentum: 0.5, epsilon: 1e-4 },
    40,
    [-0.9719205610017816, 0.9509231686975622],
  ],
];

describe("optimisers", () => {
  test.each(rows)("%s(%j) for %d steps", (name, options, count, expected) => {
    const x = variable([-1.2, 1]);
    const optimiser = optim[name](options);
    for (let i = 0; i < count; i++) optimiser.minimize(() => rosenbrock(x), [x]);
    (x.toArray() as number[]).forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i], 10);
    });
  });

  test.each(["sgd", "adam", "adamw", "rmsprop"] as const)(
    "%s moves variables of one shape each by its own gradients and steps",
    (name) => {
      const options = name === "sgd" || name === "rmsprop" ? { momentum: 0.5 } : {};
      const count = 3000;
      const start = Float64Array.from({ length: count }, (_, i) => Math.sin(i));
      const alone = (scale: number, steps: number) => {
        const x = variable(start);
        const optimiser = optim[name](options);
        for (let i = 0; i < steps; i++) optimiser.minimize(() => x.square().sum().mul(scale), [x]);
        return x.toArray();
      };
      const [a, b] = [variable(start), variable(start)];
      const optimiser = optim[name](options);
      for (let i = 0; i < 3; i++) optimiser.minimize(() => a.square().sum(), [a]);
      for (let i = 0; i < 2; i++)
        optimiser.minimize(() => a.square().sum().add(b.square().sum().mul(3)), [a, b]);
      expect(a.toArray()).toEqual(alone(1, 5));
      expect(b.toArray()).toEqual(alone(3, 2));
    },
  );

  test("what was read before a step keeps its value, and so does a variable that ends a tidy", () => {
    const count = 5000;
    const x = variable(new Float64Array(count).fill(1));
    const sgd = optim.sgd({ learningRate: 0.25, momentum: 0.5 });
    const values: Tensor[] = [];
    for (let i = 0; i < 4; i++) {
      values.push(x.read());
      tidy(() => sgd.minimize(() => x.square().sum(), [x]).mul(2));
      // Memory that somebody wrongly took for free would be written over.
      new Array(4).fill(0).map(() => ones([count]).mul(7));
    }
    expect(values.map((value) => value.toTypedArray()[count - 1])).toEqual([1, 0.5, 0, -0.25]);
    expect(values.map((value) => value.toTypedArray()[0])).toEqual([1, 0.5, 0, -0.25]);
    expect(x.toTypedArray()[0]).toBe(-0.25);
  });

  test("variables that are each other's gradients change places at once", () => {
    const [a, b] = [variable([1, 2]), variable([10, 20])];
    optim.sgd({ learningRate: 1 }).applyGradients([
      { gradient: b, variable: a },
      { gradient: a, variable: b },
    ]);
    expect(a.toArray()).toEqual([-9, -18]);
    expect(b.toArray()).toEqual([9, 18]);
  });

  test.each(rows)("%s(%j) for %d steps, as a function of trees", (name, options, count, expected) => {
    const optimiser = optim[name](options);
    const loss = (p: { a: Tensor; rest: Tensor[] }): Tensor =>
      p.a.sub(1).square().add(p.rest[0].sub(p.a.square()).square().mul(100));
    let params = { a: tensor(-1.2), rest: [tensor(1)] };
    let state = optimiser.init(params);
    for (let i = 0; i < count; i++) [params, state] = optimiser.update(grad(loss)(params), state, params);
    expect(params.a.item()).toBeCloseTo(expected[0], 10);
    expect(params.rest[0].item()).toBeCloseTo(expected[1], 10);
    expect(state.steps.item()).toBe(count);
  });

  test.each(rows)("%s(%j) differentiates and maps: the loss after two steps", (name, options) => {
    const optimiser = optim[name](options);
    const lossAfterTwo = (start: Tensor): Tensor => {
      let [x, state] = [start, optimiser.init(start)];
      for (let i = 0; i < 2; i++)
        [x, state] = optimiser.update(grad(rosenbrock)(x) as Tensor, state, x) as [Tensor, typeof state];
      return rosenbrock(x);
    };
    const at = tensor([-0.7, 0.6]);
    const direction = tensor([0.3, 1]);
    const [ahead, behind] = [1e-6, -1e-6].map((h) => lossAfterTwo(at.add(direction.mul(h))).item() as number);
    const slope = linalg.vecdot(grad(lossAfterTwo)(at) as Tensor, direction).item() as number;
    expect(Math.abs(slope - (ahead - behind) / 2e-6)).toBeLessThan(1e-5 * Math.max(1, Math.abs(slope)));
    const starts = tensor([
      [-0.7, 0.6],
      [1.5, 2],
    ]);
    const mapped = vmap(lossAfterTwo)(starts);
    expect(mapped.at(1)).toBeCloseTo(lossAfterTwo(starts.slice(1)).item() as number, 10);
  });

  test("single precision stays", () => {
    const params = { x: tensor([1, 2], { dtype: "float32" }) };
    for (const name of ["sgd", "adam", "adamw", "rmsprop"] as const) {
      const optimiser = optim[name]({ learningRate: 0.1 });
      const [next, state] = optimiser.update(params, optimiser.init(params), params);
      expect(next.x.dtype).toBe("float32");
      for (const moment of Object.values(state.moments)) expect(moment.x.dtype).toBe("float32");
    }
  });

  test("bad input", () => {
    const argument = [ArgumentError, "ERR_ADJOINT_ARGUMENT"] as const;
    expectError(() => optim.sgd({ learningRate: -1 }), ...argument, /^sgd: learningRate is -1/);
    expectError(() => optim.sgd({ momentum: 1 }), ...argument, /^sgd: momentum is 1/);
    expectError(() => optim.sgd({ nesterov: true }), ...argument, "momentum");
    expectError(() => optim.sgd({ weightDecay: 1 } as object), ...argument, "momentum");
    expectError(() => optim.adamw({ weightDecay: -1 }), ...argument, /^adamw: weightDecay is -1/);
    expectError(() => optim.adam({ weightDecay: 1 } as object), ...argument, "beta1");
    expectError(() => optim.rmsprop({ decay: 1 }), ...argument, /^rmsprop: decay is 1/);
    const sgd = optim.sgd({ momentum: 0.5 });
    const params = { x: tensor([1, 2]) };
    const state = sgd.init(params);
    expectError(
      () => sgd.update({ x: tensor(1) }, state, params),
      ShapeError,
      "ERR_ADJOINT_SHAPE",
      "float64[2]",
      "float64[]",
    );
    expectError(() => sgd.update({ y: tensor(1) } as never, state, params), ...argument, /^sgd: /);
    expectError(() => sgd.update(params, undefined as never, params), ...argument, "init");
    const whole = { n: tensor(1, { dtype: "int32" }) };
    expectError(() => sgd.init(whole), DTypeError, "ERR_ADJOINT_DTYPE", "int32[]");
  });
});

describe("a step is made for all variables or for none", () => {
  const sizes = [[3], [5000]];

  test.each(sizes)("a gradient of a higher dtype, %i elements", (size) => {
    const first = variable(ones([size]), { name: "first" });
    const second = variable(ones([size], { dtype: "float32" }), { name: "second" });
    const sgd = optim.sgd({ learningRate: 0.5, momentum: 0.9 });
    const pairs = [first, second].map((v) => ({ gradient: ones([size]), variable: v }));
    const refused = [DTypeError, "ERR_ADJOINT_DTYPE", /^sgd: second is float32/, "float64"] as const;
    expectError(() => sgd.applyGradients(pairs), ...refused);
    expect(first.at(0)).toBe(1);
    expect(second.read().dtype).toBe("float32");
    // Nor has the velocity moved.
    sgd.applyGradients(pairs.slice(0, 1));
    expect(first.at(0)).toBe(0.5);
  });

  test.each(sizes)("a variable that is disposed of, %i elements", (size) => {
    const [first, second] = [ones([size]), ones([size])].map((x) => variable(x));
    second.dispose();
    const pairs = [first, second].map((v) => ({ gradient: ones([size]), variable: v }));
    expectError(
      () => optim.sgd({ learningRate: 0.5 }).applyGradients(pairs),
      DisposedError,
      "ERR_ADJOINT_DISPOSED",
      /^sgd: /,
    );
    expect(first.at(0)).toBe(1);
  });

  test.each(sizes)("a variable twice makes two steps, %i elements", (size) => {
    const x = variable(ones([size]));
    const pair = { gradient: ones([size]), variable: x };
    const twice = variable(ones([size]));
    const [once, again] = [optim.adam({ learningRate: 0.1 }), optim.adam({ learningRate: 0.1 })];
    once.applyGradients([pair, pair]);
    for (let i = 0; i < 2; i++) again.applyGradients([{ ...pair, variable: twice }]);
    expect(x.at(0)).toBe(twice.at(0));
    expect(x.at(0)).not.toBe(1);
  });

  test("options do not change", () => {
    const sgd = optim.sgd({ learningRate: 0.5 });
    expect(() => {
      (sgd as { learningRate: number }).learningRate = 1;
    }).toThrow(TypeError);
    expect(sgd.learningRate).toBe(0.5);
  });
});
