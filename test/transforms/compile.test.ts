import { fileURLToPath } from "node:url";
import {
  type Compiled,
  compile,
  customVjp,
  eye,
  GradientError,
  grad,
  gradients,
  hessian,
  jacobian,
  jvp,
  LinAlgError,
  linalg,
  linspace,
  matmul,
  nn,
  onWarning,
  optim,
  random,
  stack,
  type Tensor,
  tensor,
  testing,
  tidy,
  valueAndGrad,
  variable,
  vmap,
  where,
  zeros,
} from "adjoint";
import { describe, expect, test } from "vitest";
import { positiveMatrices, randomTensor } from "../random_values.js";

const here = fileURLToPath(import.meta.url);
const close = (actual: Tensor, expected: Tensor) =>
  testing.assertAllClose(actual, expected, { rtol: 1e-13, atol: 1e-13 });

/** A smooth function with shared parts, broadcasting and reductions over different axes. */
const mixed = (x: Tensor, bias: Tensor) => {
  const hidden = x.add(bias).tanh();
  return hidden.mul(hidden.exp()).sum(1).square().mean().add(hidden.max(0).sum());
};

describe("a compiled function", () => {
  test("gives what the function gives, in one native call", () => {
    const f = compile(mixed);
    const [x, bias] = [randomTensor([30, 7], 1), randomTensor([7], 2)];
    close(f(x, bias), mixed(x, bias));
    expect(f.stats.nativeCalls).toBe(1);
    expect(f.stats.compilations).toBe(1);
  });

  test("works for large arrays, whose chains run block by block", () => {
    const derivative = valueAndGrad(mixed, { argnums: [0, 1] });
    const f = compile(derivative);
    for (const shape of [
      [3000, 7],
      [7, 3000],
      [64, 4096],
    ]) {
      const [x, bias] = [randomTensor(shape, 3), randomTensor([shape[1]], 4)];
      const [value, [dx, db]] = f(x, bias);
      const [expected, [expectedX, expectedB]] = derivative(x, bias);
      testing.assertAllClose(value, expected, { rtol: 1e-12 });
      close(dx, expectedX);
      testing.assertAllClose(db, expectedB, { rtol: 1e-10, atol: 1e-12 });
    }
    expect(f.program).toContain("for blocks");
    expect(f.stats.compilations).toBe(3);
  });

  test("takes strided arguments, reversed ones and views", () => {
    const f = compile((x: Tensor) => x.mul(2).add(x.square()).sum(0));
    const x = randomTensor([40, 60], 5);
    for (const view of [x, x.T, x.flip(0), x.slice([null, null, -2]), x.slice([5, 9]).T, x.slice([3, 3])])
      close(f(view), view.mul(2).add(view.square()).sum(0));
    close(
      f(x.slice([2, 6]).T),
      x
        .slice([2, 6])
        .T.mul(2)
        .add(x.slice([2, 6]).T.square())
        .sum(0),
    );
  });

  test("takes views without elements", () => {
    const f = compile((x: Tensor) => [x.mul(2), x.sum(0), x.sum(1)]);
    expect(f(zeros([1, 1]).broadcastTo([2, 0])).map((y) => y.toArray())).toEqual([[[], []], [], [0, 0]]);
    expect(f(zeros([1, 0]).broadcastTo([2, 0])).map((y) => y.toArray())).toEqual([[[], []], [], [0, 0]]);
    expect(f(zeros([4, 0])).map((y) => y.shape)).toEqual([[4, 0], [0], [4]]);
  });

  test("makes a program for each structure, shape, dtype and layout, and keeps it", () => {
    const f = compile((x: Tensor) => x.mul(2));
    for (const x of [zeros([3]), zeros([3]), zeros([4]), zeros([3], { dtype: "float32" }), zeros([4])]) f(x);
    expect(f.stats.compilations).toBe(3);
  });

  test("keeps a bounded number of programs", () => {
    const f = compile((x: Tensor) => x.sum());
    for (let n = 0; n < 100; n++) f(zeros([n]));
    for (let n = 99; n >= 50; n--) f(zeros([n]));
    expect(f.stats.compilations).toBe(100);
    expect(f(zeros([0])).item()).toBe(0);
    expect(f.stats.compilations).toBe(101);
  });

  test("has results of its own: arguments, constants, repeated and nested ones", () => {
    const constant = tensor([1, 2]);
    const f = compile((x: Tensor) => ({ x, twice: [x.mul(2), x.mul(2)], constant, text: "same", view: x.T }));
    const x = randomTensor([2, 3], 6);
    const y = f(x);
    expect(y.text).toBe("same");
    close(y.x, x);
    close(y.view, x.T);
    close(y.twice[1], x.mul(2));
    y.x.dispose();
    y.constant.dispose();
    close(f(x).constant, constant);
    close(x.add(0), f(x).x);
  });

  test("keeps the values that a run gave when it runs again", () => {
    const f = compile((x: Tensor) => x.add(1));
    const first = f([1, 2]);
    f([5, 6]);
    expect(first.toArray()).toEqual([2, 3]);
  });

  test("keeps a result that it gives twice when one handle on it ends", () => {
    const f = compile((x: Tensor) => [x.mul(2), x.mul(2), x.mul(2).reshape([40, 50])]);
    const [first, second, third] = f(randomTensor([50, 40], 6));
    const expected = second.toArray();
    first.dispose();
    for (let i = 0; i < 4; i++)
      f(zeros([50, 40])).forEach((y) => {
        y.dispose();
      });
    expect(second.toArray()).toEqual(expected);
    expect(third.reshape([50, 40]).toArray()).toEqual(expected);
  });

  test("computes common parts once and dead ones not at all", () => {
    const f = compile((x: Tensor) => {
      x.cos();
      return x.sin().add(x.sin());
    });
    f([1, 2]);
    expect(f.program.match(/sin/g)).toHaveLength(1);
    expect(f.program).not.toContain("cos");
  });

  test("leaves out arithmetic that changes nothing, and what rounds differently never", () => {
    const lines = (f: (x: Tensor) => Tensor): string[] => {
      const g = compile(f);
      g([1, 2]);
      return g.program.split("\n").map((line) => line.replace("[2]", ""));
    };
    const exp = ["out0 = exp_f64 in0"];
    for (const f of [
      (x: Tensor) => x.mul(1).div(1).sub(0).add(-0).exp(),
      (x: Tensor) => tensor([1, 1]).slice([0, 1]).mul(x).neg().neg().exp(),
      (x: Tensor) => x.expandDims(0).broadcastTo([1, 2]).mul(1).squeeze(0).exp(),
    ])
      expect(lines(f)).toEqual(exp);
    expect(lines((x) => x.mul(-1).exp())[0]).toContain("neg");
    expect(lines((x) => x.add(x.neg()))).toEqual(["out0 = sub_f64 in0 in0"]);
    expect(lines((x) => x.sub(x.exp().neg().mul(x)))).toHaveLength(3);
    for (const f of [(x: Tensor) => x.add(0), (x: Tensor) => x.mul(0), (x: Tensor) => x.sub(-0)])
      expect(lines((x) => f(x).exp())).toHaveLength(2);
    // Its own sign is asked for as well: it has to stay.
    const both = compile((x: Tensor) => {
      const product = x.exp().neg().mul(x);
      return [x.sub(product), product.mul(1)];
    });
    const x = tensor([0.5, -0]);
    expect(both(x).map((y) => y.toArray())).toEqual([
      x.add(x.exp().mul(x)).toArray(),
      x.exp().neg().mul(x).toArray(),
    ]);
  });

  test("gives temporaries that do not meet the same memory", () => {
    const f = compile((x: Tensor) => {
      let y = x;
      for (let i = 0; i < 20; i++) y = matmul(y, x);
      return y.sum();
    });
    const x = eye(64).mul(0.5);
    expect(f(x).item()).toBeCloseTo(64 * 0.5 ** 21, 12);
    expect(f.stats.bytes).toBeLessThan(4 * 64 * 64 * 8);
  });

  test("prints its program and counts its work", () => {
    const f = compile((a: Tensor, b: Tensor) => matmul(a, b).sum());
    f(zeros([4, 5]), zeros([5, 6]));
    expect(f.program.split("\n")).toEqual(["%0 = matmul_f64[4, 6, 5] in0 in1", "out0 = sum_f64[4, 6] %0"]);
    expect(f.stats.flops).toBe(2 * 4 * 5 * 6 + 4 * 6);
  });
});

describe("derivatives", () => {
  const quartic = (x: Tensor) => x.square().mul(x.sin()).sum();

  test("of every kind compile", () => {
    const x = tensor([0.3, -0.7, 1.1]);
    close(compile(grad(quartic))(x), grad(quartic)(x));
    close(compile(hessian(quartic))(x), hessian(quartic)(x));
    close(compile(jacobian(grad(quartic)))(x), hessian(quartic)(x));
    close(compile(vmap(grad(quartic)))(stack([x, x.mul(2)])), vmap(grad(quartic))(stack([x, x.mul(2)])));
    close(compile((t: Tensor) => jvp(quartic, [x], [t])[1])(x), jvp(quartic, [x], [x])[1]);
    close(
      compile((t: Tensor) => linalg.eigh(t).values)(positiveMatrices([], 4, 1)),
      linalg.eigvalsh(positiveMatrices([], 4, 1)),
    );
  });

  test("under a transform the function itself is called", () => {
    const f = compile(quartic);
    const x = tensor([0.3, -0.7, 1.1]);
    close(grad(f)(x), grad(quartic)(x));
    close(vmap(f)(stack([x, x])), stack([quartic(x), quartic(x)]));
    close(compile(grad(compile(quartic)))(x), grad(quartic)(x));
    expect(f.stats.compilations).toBe(0);
  });

  test("a rule of one's own is part of the program", () => {
    const doubled = customVjp({
      forward: (x: Tensor) => [x.square(), x] as const,
      backward: (x: Tensor, g: Tensor) => g.mul(x).mul(4),
    });
    const f = compile(grad((x: Tensor) => doubled(x).sum()));
    expect(f([1, 2]).toArray()).toEqual([4, 8]);
    expect(f.stats.nativeCalls).toBe(1);
  });

  test("a tensor that a transform outside follows must be an argument", () => {
    const run = grad((x: Tensor) => compile((y: Tensor) => y.mul(x).sum())([1, 2]));
    expect(() => run([1, 2])).toThrow(GradientError);
    expect(() => run([1, 2])).toThrow(/pass it as an argument/);
  });
});

describe("numbers among the arguments", () => {
  test("are inputs that take the dtype of what they meet", () => {
    const f = compile((x: Tensor, rate: number) => x.mul(rate));
    const x = tensor(Float32Array.of(1, 2));
    expect([f(x, 3).dtype, f(x, 3).toArray(), f(x, 4).toArray()]).toEqual(["float32", [3, 6], [4, 8]]);
    expect(f.stats.compilations).toBe(1);
  });

  test("cannot be compared or computed with, unless staticArgnums names them", () => {
    const f = (x: Tensor, n: number) => (n > 2 ? x.mul(n) : x);
    expect(() => compile(f)([1], 3)).toThrow(/staticArgnums/);
    const g = compile(f, { staticArgnums: 1 });
    expect([g([1], 3).toArray(), g([1], 2).toArray(), g.stats.compilations]).toEqual([[3], [1], 2]);
  });

  test("beside int32 their value would decide", () => {
    const f = compile((n: number) => tensor(Int32Array.of(1, 2)).add(n));
    expect(() => f(1)).toThrow(/staticArgnums/);
  });
});

describe("variables", () => {
  test("are read at each call", () => {
    const w = variable([1, 2]);
    const f = compile((x: Tensor) => w.mul(x).sum());
    expect(f([1, 1]).item()).toBe(3);
    w.assign([10, 20]);
    expect(f([1, 1]).item()).toBe(30);
    expect(f.stats.compilations).toBe(1);
  });

  test("are assigned when the call has succeeded, and read as assigned inside", () => {
    const w = variable([
      [4, 0],
      [0, 4],
    ]);
    const f = compile((x: Tensor) => {
      w.assign(w.sub(x));
      return linalg.cholesky(w).sum();
    });
    expect(f(eye(2).mul(3)).item()).toBe(2);
    expect(w.toArray()).toEqual([
      [1, 0],
      [0, 1],
    ]);
    expect(() => f(eye(2).mul(3))).toThrow(LinAlgError);
    expect(w.toArray()).toEqual([
      [1, 0],
      [0, 1],
    ]);
  });

  test("values that somebody else holds stay as they are", () => {
    const w = variable(zeros([2000]));
    const step = compile(() => {
      w.assign(w.add(1));
    });
    const held: Tensor[] = [w.read(), w.add(0), w.slice([0, 2000, 2]), tensor(0)];
    const double = compile((x: Tensor) => [x, w.mul(2)]);
    for (let i = 0; i < 3; i++) {
      step();
      held.push(w.read(), w.slice([1, 3]), ...double(w), gradients(w.square().sum(), w));
      step();
    }
    const heads = held.map((x) => (x.ndim > 0 ? x.slice(0).item() : x.item()));
    expect(heads).toEqual([0, 0, 0, 0, 1, 1, 1, 2, 2, 3, 3, 3, 6, 6, 5, 5, 5, 10, 10]);
    expect(w.sum().item()).toBe(12_000);
  });

  test("variables that get the same value, or one that is given back as well, do not disturb each other", () => {
    const [v, w] = [variable(zeros([2000])), variable(zeros([2000]))];
    const step = compile((x: Tensor) => {
      v.assign(v.add(x));
      w.assign(v);
      return v.mul(1).add(w.mul(0)) && v;
    });
    const given = [step(1), step(1), step(1)];
    v.assign(zeros([2000]));
    step(10);
    expect(given.map((x) => x.slice(7).item())).toEqual([1, 2, 3]);
    expect([v.slice(7).item(), w.slice(7).item()]).toEqual([10, 10]);
  });

  test("a training step is one native call", () => {
    const make = () => {
      const w = variable([1, -2]);
      const optimizer = optim.adam({ learningRate: 0.1 });
      return { w, step: (x: Tensor) => optimizer.minimize(() => w.sub(x).square().sum(), [w]) };
    };
    const [eager, other] = [make(), make()];
    const step = compile(other.step);
    const x = tensor([3, 4]);
    for (let i = 0; i < 5; i++) close(step(x), eager.step(x));
    close(other.w.read(), eager.w.read());
    expect([step.stats.nativeCalls, step.stats.compilations]).toEqual([1, 1]);
  });

  test("gradients work inside", () => {
    const w = variable([1, 2]);
    const f = compile((x: Tensor) => gradients(w.square().mul(x).sum(), w));
    expect(f([1, 3]).toArray()).toEqual([2, 12]);
  });
});

describe("what a program cannot do", () => {
  const rows: [string, (x: Tensor) => unknown, RegExp][] = [
    ["read a value", (x) => (x.item() as number) + 1, /item: inside compile.*cannot be read/],
    ["read values", (x) => x.toArray(), /cannot be read/],
    ["have a shape that depends on values", (x) => x.nonzero(), /cannot be read|where/],
    ["draw at random", (x) => x.add(random.generator(1).normal([2])), /random draw/],
    ["draw from the legacy stream", (x) => x.add(random.randomState(1).randn(2)), /random draw/],
    ["compare in JavaScript", (x) => (x as unknown as number) > 1, /operators do not work/],
  ];
  test.each(rows)("%s", (_, f, message) => {
    expect(() => compile(f)([1, 2])).toThrow(message);
  });

  test("the error names the line to blame", () => {
    expect(() => compile((x: Tensor) => x.item())([1])).toThrow(here);
  });

  test("give a promise", () => {
    expect(() => compile(async (x: Tensor) => x)([1])).toThrow(GradientError);
  });

  test("give away what stands for a value", () => {
    let leaked: Tensor | undefined;
    compile((x: Tensor) => {
      leaked = x;
      return x.add(1);
    })([1]);
    expect(() => leaked!.add(1)).toThrow(/after the program had been made/);
  });
});

describe("failures", () => {
  const singular = stack([eye(2), zeros([2, 2])]);

  test("are those of eager code, with the matrix and the line that recorded them", () => {
    const f = compile((a: Tensor) => linalg.inv(a));
    f(eye(2).mul(stack([tensor([[1]]), tensor([[2]])])));
    try {
      f(singular);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(LinAlgError);
      const { code, message, batchIndex } = error as LinAlgError;
      expect([code, batchIndex]).toEqual(["ERR_ADJOINT_SINGULAR", [1]]);
      expect(message).toContain(here);
    }
    close(f(stack([eye(2), eye(2)])), stack([eye(2), eye(2)]));
  });

  test("are not dropped with what nobody uses", () => {
    const f = compile((a: Tensor) => {
      linalg.cholesky(a);
      return a.sum();
    });
    expect(() =>
      f([
        [1, 2],
        [2, 1],
      ]),
    ).toThrow(/positive definite/);
  });

  test("onFailure nan keeps the others", () => {
    const f = compile((a: Tensor) => linalg.inv(a, { onFailure: "nan" }));
    const x = f(singular);
    close(x.slice(0), eye(2));
    expect(x.slice(1).isNaN().all().item()).toBe(true);
  });

  test("warnings come at the line that recorded them", () => {
    const heard: string[] = [];
    const remove = onWarning(({ operation, code }) => heard.push(`${operation} ${code}`));
    const f = compile((a: Tensor, b: Tensor) => linalg.solve(a, b));
    f(eye(2), [1, 1]);
    expect(heard).toEqual([]);
    f(
      [
        [1, 1],
        [1, 1 + 2 ** -52],
      ],
      [1, 1],
    );
    f(
      [
        [1, 1],
        [1, 1 + 2 ** -52],
      ],
      [1, 1],
    );
    remove();
    expect(heard).toEqual(["solve ADJOINT_ILL_CONDITIONED"]);
  });

  test("what is asked of values names the line that asked", () => {
    const f = compile((x: Tensor, i: Tensor) => nn.crossEntropy(x, i));
    f(zeros([2, 3]), tensor(Int32Array.of(0, 1)));
    expect(() => f(zeros([2, 3]), tensor(Int32Array.of(0, 3)))).toThrow(
      new RegExp(`^crossEntropy: a class is 3, expected 0 to 2, recorded at .*${here}`),
    );
    const g = compile((a: Tensor) => linalg.logm(a, { assume: "symmetric" }));
    expect(() => g(eye(2).neg())).toThrow(
      new RegExp(`^logm: expected positive eigenvalues, got -1, recorded at .*${here}`),
    );
  });

  test("a warning's handler may run the same program", () => {
    const ill = tensor([
      [1, 1],
      [1, 1 + 2 ** -52],
    ]);
    const f = compile((a: Tensor, b: Tensor) => [linalg.solve(a, b), linalg.inv(b)]);
    const heard: string[] = [];
    const remove = onWarning(({ operation }) => {
      heard.push(operation);
      f(eye(2), eye(2));
    });
    const [, inverse] = f(ill, ill);
    remove();
    expect(heard).toEqual(["solve", "inv"]);
    expect(inverse.abs().max().item()).toBeGreaterThan(1e15);
  });

  test("bad arguments", () => {
    expect(() => compile(3 as never)).toThrow(/expected a function/);
    expect(() => compile((x: Tensor) => x, { staticArgnums: -1 })).toThrow(/staticArgnums is -1/);
    expect(() => compile((x: Tensor) => x, { nope: 1 } as never)).toThrow(/unknown option "nope"/);
    const x = tensor([1]);
    x.dispose();
    expect(() => compile((y: Tensor) => y.add(1))(x)).toThrow(/dispose/);
  });
});

describe("async", () => {
  const heavy = compile((a: Tensor) => linalg.eigh(a).values);

  test("gives what the call gives", async () => {
    const f: Compiled<typeof mixed> = compile(mixed);
    const [x, bias] = [randomTensor([300, 7], 1), randomTensor([7], 2)];
    close(await f.async(x, bias), mixed(x, bias));
  });

  test("many at once, each with memory of its own", async () => {
    const f = compile((x: Tensor) => matmul(x, x).sin().sum(0));
    const inputs = Array.from({ length: 40 }, (_, i) => randomTensor([20, 20], i));
    const results = await Promise.all(inputs.map((x) => f.async(x)));
    results.forEach((y, i) => {
      close(y, matmul(inputs[i], inputs[i]).sin().sum(0));
    });
  });

  test("leaves the event loop free", async () => {
    const a = positiveMatrices([], 300, 1);
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    await heavy.async(a);
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(0);
  });

  test("errors arrive by promise", async () => {
    const f = compile((a: Tensor) => linalg.inv(a));
    await expect(f.async(zeros([2, 2]))).rejects.toThrow(LinAlgError);
    await expect(compile((x: Tensor) => x.item()).async([1])).rejects.toThrow(/cannot be read/);
  });

  test("a signal stops it", async () => {
    const controller = new AbortController();
    const running = heavy.withOptions({ signal: controller.signal }).async(positiveMatrices([], 200, 1));
    controller.abort(new Error("enough"));
    await expect(running).rejects.toThrow("enough");
    await expect(
      heavy.withOptions({ signal: AbortSignal.abort(new Error("before")) }).async(eye(2)),
    ).rejects.toThrow("before");
    close(await heavy.async(eye(2)), tensor([1, 1]));
  });

  test("variables may change meanwhile", async () => {
    const w = variable([1, 2]);
    const f = compile((x: Tensor) => w.mul(x));
    const running = f.async([1, 1]);
    w.assign([5, 5]);
    expect((await running).toArray()).toEqual([1, 2]);
  });

  test("the heavy functions have it", async () => {
    const a = positiveMatrices([], 5, 1);
    const { values, vectors } = await linalg.eigh.async(a);
    close(values, linalg.eigh(a).values);
    close(vectors.abs(), linalg.eigh(a).vectors.abs());
    close(
      (await linalg.eigh.async(a, { triangle: "lower" })).values,
      linalg.eigh(a, { triangle: "lower" }).values,
    );
    const b = [1, 2, 3, 4, 5];
    close(await linalg.solve.async(a, b, { assume: "positive" }), linalg.solve(a, b, { assume: "positive" }));
    close(await matmul.async(a, a), matmul(a, a));
    expect(linalg.inv.async).toBeTypeOf("function");
    for (const f of [linalg.svd, linalg.qr, linalg.cholesky]) await (f as typeof linalg.svd).async(a);
  });
});

test("what a map makes of constants stays the program's", () => {
  const rows = linspace(1, 2, 128 * 64).reshape([128, 64]);
  const f = compile((x: Tensor) => vmap((row: Tensor) => row.neg().mul(x))(rows));
  const x = linspace(3, 4, 64);
  const expected = rows.neg().mul(x);
  const worst = (y: Tensor): number => y.sub(expected).abs().max().item() as number;
  expect(worst(f(x))).toBe(0);
  const later = Array.from({ length: 8 }, () => rows.square());
  expect(worst(f(x))).toBe(0);
  expect(later.length).toBe(8);
});

test("a program inside tidy, of softmax, where and many outputs", () => {
  const f = compile((x: Tensor) => nn.softmax(where(x.greater(0), x, x.mul(0.1))).unstack(0));
  const x = randomTensor([4, 3], 10);
  const parts = tidy(() => f(x));
  expect(parts).toHaveLength(4);
  close(stack(parts), nn.softmax(where(x.greater(0), x, x.mul(0.1))));
  close(f(linspace(-1, 1, 12).reshape([4, 3]))[0].sum(), tensor(1));
});

test("a constant among the results outlives what was given before", () => {
  const captured = linspace(1, 2, 3000);
  const f = compile((x: Tensor) => [x.add(1), linspace(1, 2, 3000), captured]);
  const x = tensor([1]);
  tidy(() => {
    f(x);
  });
  for (const y of f(x).slice(1)) y.dispose();
  captured.dispose();
  const [, own, other] = f(x);
  expect(own.at(2999)).toBe(2);
  expect(other.at(2999)).toBe(2);
});
