import {
  einsum,
  eye,
  grad,
  gradients,
  linalg,
  matmul,
  stack,
  sum,
  type Tensor,
  tensor,
  valueAndGrad,
  variable,
  vjp,
} from "adjoint";
import { describe, expect, test } from "vitest";
import { positiveMatrices, randomTensor } from "../random_values.js";

const number = (x: Tensor): number => x.item() as number;

describe("grad", () => {
  test("takes numbers, arrays and typed arrays where a tensor is expected", () => {
    const f = (x: Tensor) => x.square().sum();
    expect(grad(f)(3).item()).toBe(6);
    expect(grad(f)([1, 2]).toArray()).toEqual([2, 4]);
    expect(grad(f)(Float64Array.of(1, 2)).toArray()).toEqual([2, 4]);
    const single = grad(f)(Float32Array.of(1, 2));
    expect([single.dtype, single.toArray()]).toEqual(["float32", [2, 4]]);
  });

  test("valueAndGrad gives both", () => {
    const [value, gradient] = valueAndGrad((x: Tensor) => x.square().sum())([1, 2]);
    expect([value.item(), gradient.toArray()]).toEqual([5, [2, 4]]);
  });

  test("argnums choose arguments, alone or as an array, in their order", () => {
    const f = (x: Tensor, y: Tensor, z: Tensor) => x.mul(y).mul(z).sum();
    const at = [tensor(2), tensor(3), tensor(5)] as const;
    expect(grad(f)(...at).item()).toBe(15);
    expect(grad(f, { argnums: 1 })(...at).item()).toBe(10);
    expect(grad(f, { argnums: [2, 0] })(...at).map(number)).toEqual([6, 15]);
    expect(grad(f, { argnums: [1] })(...at).map(number)).toEqual([10]);
    expect(grad(f, { argnums: [] })(...at)).toEqual([]);
  });

  test("arguments that are not differentiated pass untouched", () => {
    const options = { power: 3, name: "cube" };
    const seen: unknown[] = [];
    const f = (x: Tensor, o: typeof options, list: number[]) => {
      seen.push(o, list);
      return x.pow(o.power).sum();
    };
    const list = [1, 2];
    expect(grad(f)(tensor(2), options, list).item()).toBe(12);
    expect(seen[0]).toBe(options);
    expect(seen[1]).toBe(list);
  });

  test("an ignored argument has a zero gradient of its shape and dtype", () => {
    const f = (x: Tensor, _y: Tensor) => x.sum();
    const g = grad(f, { argnums: 1 })(tensor(1), tensor(Float32Array.of(1, 2)));
    expect([g.dtype, g.toArray()]).toEqual(["float32", [0, 0]]);
    const constant = grad((_x: Tensor) => tensor(4))([1, 2]);
    expect(constant.toArray()).toEqual([0, 0]);
  });

  test("a function that returns a number has zero gradients", () => {
    expect(grad((_x: Tensor) => 7)([1, 2]).toArray()).toEqual([0, 0]);
    const [value] = valueAndGrad((_x: Tensor) => 7)(1);
    expect(value.item()).toBe(7);
  });

  test("the identity", () => {
    expect(grad((x: Tensor) => x)(5).item()).toBe(1);
    const [value, gradient] = valueAndGrad((x: Tensor) => x)(5);
    expect([value.item(), gradient.item()]).toEqual([5, 1]);
  });

  test("hasAux passes the second result through", () => {
    const f = (x: Tensor) => [x.square().sum(), { doubled: x.mul(2), note: "kept", nothing: null }] as const;
    const [gradient, aux] = grad(f, { hasAux: true })(tensor([1, 2]));
    expect(gradient.toArray()).toEqual([2, 4]);
    expect(aux.doubled.toArray()).toEqual([2, 4]);
    expect([aux.note, aux.nothing]).toEqual(["kept", null]);
    const [value, same, { doubled }] = valueAndGrad(f, { hasAux: true })(tensor([1, 2]));
    expect([value.item(), same.toArray(), doubled.toArray()]).toEqual([5, [2, 4], [2, 4]]);
  });

  test("a value used many times", () => {
    const f = (x: Tensor) => {
      let y = x;
      for (let i = 0; i < 50; i++) y = y.add(y.mul(0.01));
      return y.sum();
    };
    expect(number(grad(f)(1))).toBeCloseTo(1.01 ** 50, 12);
  });

  test("a chain of 200,000 operations does not overflow the stack", () => {
    const f = (x: Tensor) => {
      let y = x;
      for (let i = 0; i < 200_000; i++) y = y.add(1e-6);
      return y;
    };
    expect(grad(f)(1).item()).toBe(1);
  });

  test("one operand in both places", () => {
    const a = randomTensor([3, 3], 1);
    const g = grad((x: Tensor) => matmul(x, x).sum())(a);
    const ones = tensor(Array(9).fill(1), { shape: [3, 3] });
    expect(g.toArray()).toEqual(ones.matmul(a.mT).add(a.mT.matmul(ones)).toArray());
  });

  test("views, iteration and destructuring keep the derivative", () => {
    const f = (m: Tensor) => {
      const [first, second] = m;
      return sum(first.mul(second.flip()));
    };
    expect(
      grad(f)([
        [1, 2],
        [3, 4],
      ]).toArray(),
    ).toEqual([
      [4, 3],
      [2, 1],
    ]);
  });

  test("item and at leave the derivative behind", () => {
    expect(grad((x: Tensor) => x.mul(x.item() as number))(3).item()).toBe(3);
  });
});

describe("trees of arguments", () => {
  type Gradient = ReturnType<typeof parameters>;
  const parameters = () => ({
    layers: [
      {
        weight: tensor([
          [1, 2],
          [3, 4],
        ]),
        bias: [0.5, -0.5],
      },
      {
        weight: tensor([
          [2, 0],
          [0, 2],
        ]),
        bias: [1, 1],
      },
    ],
    scale: 2,
    name: "network",
    unused: tensor([1, 2, 3]),
    nothing: null,
  });

  test("gradients have the structure of the argument", () => {
    const f = (p: { layers: { weight: Tensor; bias: Tensor }[]; scale: Tensor }, x: Tensor) => {
      const hidden = p.layers.reduce((h, { weight, bias }) => h.matmul(weight).add(bias), x);
      return hidden.sum().mul(p.scale);
    };
    const g = grad(f as never)(parameters() as never, tensor([[1, 1]]) as never) as unknown as Gradient;
    expect(Object.keys(g)).toEqual(["layers", "scale", "name", "unused", "nothing"]);
    expect([g.name, g.nothing]).toEqual(["network", null]);
    expect(g.unused.toArray()).toEqual([0, 0, 0]);
    expect((g.layers[0].bias as unknown as Tensor).toArray()).toEqual([4, 4]);
    expect((g.layers[1].bias as unknown as Tensor).toArray()).toEqual([2, 2]);
    expect(g.layers[0].weight.toArray()).toEqual([
      [4, 4],
      [4, 4],
    ]);
    expect((g.scale as unknown as Tensor).item()).toBe(4.5 * 2 + 5.5 * 2 + 2);
  });

  test("an array of numbers is one tensor, an array that holds a tensor is a node", () => {
    const seen: unknown[] = [];
    const f = (xs: unknown) => {
      seen.push(xs);
      return tensor(0);
    };
    grad(f as never)([1, 2] as never);
    expect((seen[0] as Tensor).shape).toEqual([2]);
    const g = grad((xs: Tensor[]) => xs[0].mul(xs[1]))([tensor(2), 3 as unknown as Tensor]);
    expect(g.map(number)).toEqual([3, 2]);
  });

  test("named results are trees: their gradient is one too", () => {
    const decomposed = linalg.eigh([
      [2, 1],
      [1, 3],
    ]);
    const f = (e: linalg.EighResult) => e.values.square().sum().add(e.vectors.sum());
    const g = grad(f)(decomposed) as unknown as linalg.EighResult;
    expect(g).toBeInstanceOf(linalg.EighResult);
    expect(g.values.toArray()).toEqual(decomposed.values.mul(2).toArray());
    expect(g.vectors.toArray()).toEqual([
      [1, 1],
      [1, 1],
    ]);
  });

  test("variables are leaves", () => {
    const v = variable([1, 2]);
    const g = grad((p: { v: Tensor }) => p.v.square().sum())({ v });
    expect(g.v.toArray()).toEqual([2, 4]);
  });
});

describe("vjp", () => {
  test("gives the output and a pullback for one gradient per primal", () => {
    const [y, pullback] = vjp((a: Tensor, b: Tensor) => a.mul(b), tensor([1, 2]), tensor([3, 4]));
    expect(y.toArray()).toEqual([3, 8]);
    const [ga, gb] = pullback(tensor([1, 10]));
    expect([ga.toArray(), gb.toArray()]).toEqual([
      [3, 40],
      [1, 20],
    ]);
  });

  test("the pullback can be called again", () => {
    const [, pullback] = vjp((x: Tensor) => x.square(), tensor([1, 2]));
    const first = pullback(tensor([1, 1]))[0].toArray();
    expect(pullback(tensor([1, 1]))[0].toArray()).toEqual(first);
    expect(pullback(tensor([2, 0]))[0].toArray()).toEqual([4, 0]);
  });

  test("the pullback of an inner function works after the outer one has ended", () => {
    let pullback: (c: Tensor) => Tensor[] = () => [];
    const outer = grad((x: Tensor) => {
      const [y, pull] = vjp((z: Tensor) => z.mul(x).square(), tensor(3));
      pullback = pull as typeof pullback;
      return y;
    })(2);
    expect(outer.item()).toBe(2 * 2 * 9);
    expect(pullback(tensor(1))[0].item()).toBe(2 * 3 * 4);
    const later = grad((c: Tensor) => pullback(c)[0].square())(1);
    expect(later.item()).toBe(2 * 24 * 24);
  });

  test("the pullback is differentiable in its cotangent and in what the function captured", () => {
    const inCotangent = grad((c: Tensor) => vjp((x: Tensor) => x.pow(3), tensor(2))[1](c)[0].square())(5);
    expect(inCotangent.item()).toBe(2 * 5 * 12 * 12);
    const captured = grad((a: Tensor) =>
      vjp((x: Tensor) => x.square().mul(a), tensor(3))[1](tensor(1))[0].mul(a),
    )(2);
    expect(captured.item()).toBe(2 * 2 * 6);
  });

  test("outputs may be trees; cotangents must have their structure", () => {
    const f = (x: Tensor) => ({ double: x.mul(2), parts: [x.square(), x.sin()] });
    const [y, pullback] = vjp(f, tensor(0));
    expect(y.double.item()).toBe(0);
    expect(pullback({ double: tensor(1), parts: [tensor(5), tensor(7)] })[0].item()).toBe(9);
    expect(() => pullback({ double: tensor(1) } as never)).toThrow(/expected a tree like .*double.*parts/);
    expect(() => pullback({ double: tensor([1]), parts: [tensor(5), tensor(7)] })).toThrow(
      /float64\[\].*float64\[1\]/,
    );
  });

  test("a constant output has zero gradients", () => {
    const [, pullback] = vjp((_x: Tensor) => tensor([1, 2]), tensor([3]));
    expect(pullback(tensor([1, 1]))[0].toArray()).toEqual([0]);
  });
});

describe("gradients of several results of one operation", () => {
  const a = positiveMatrices([], 3, 4);
  test("only some of the results used", () => {
    const values = grad((x: Tensor) => linalg.eigh(x).values.slice(0))(a);
    const { vectors } = linalg.eigh(a);
    const v = vectors.slice(null, 0);
    expect(values.sub(linalg.outer(v, v)).abs().max().item()).toBeLessThan(1e-14);
    const s = grad((x: Tensor) => linalg.svd(x).s.sum())(a);
    const { u, vh } = linalg.svd(a);
    expect(s.sub(u.matmul(vh)).abs().max().item()).toBeLessThan(1e-14);
  });

  test("results used together equal the sum of their gradients", () => {
    const f = (x: Tensor) => linalg.eigh(x).values.slice(1).square();
    const g = (x: Tensor) => linalg.eigh(x).vectors.square().slice(0, 0);
    const both = grad((x: Tensor) => {
      const { values, vectors } = linalg.eigh(x);
      return values.slice(1).square().add(vectors.square().slice(0, 0));
    })(a);
    expect(
      both
        .sub(grad(f)(a).add(grad(g)(a)))
        .abs()
        .max()
        .item(),
    ).toBeLessThan(1e-14);
  });

  test("three gradients of one eigenvalue: what is read decides", () => {
    const m = positiveMatrices([], 4, 5);
    const symmetric = m.add(m.mT);
    const of = (triangle: "both" | "lower" | "upper") =>
      grad((x: Tensor) => linalg.eigh(x, { triangle }).values.slice(0))(symmetric);
    const both = of("both");
    expect(both.toArray()).toEqual(both.mT.toArray());
    const doubled = both.mul(2).sub(both.mul(eye(4)));
    expect(of("lower").sub(doubled.tril()).abs().max().item()).toBeLessThan(1e-14);
    expect(of("upper").sub(doubled.triu()).abs().max().item()).toBeLessThan(1e-14);
  });
});

describe("gradients inside and around grad", () => {
  test("einsum, stacking and solving in one function, against the closed form", () => {
    const a = positiveMatrices([], 3, 6);
    const b = randomTensor([3], 7);
    const g = grad((x: Tensor) => einsum("i,i->", linalg.solve(a, x), x))(b);
    const inverse = linalg.inv(a);
    expect(g.sub(inverse.add(inverse.mT).matmul(b)).abs().max().item()).toBeLessThan(1e-12);
  });

  test("stacked gradients of scalars", () => {
    const x = variable(2);
    const rows = stack([gradients(x.square(), x), gradients(x.pow(3), x)]);
    expect(rows.toArray()).toEqual([4, 12]);
  });
});
