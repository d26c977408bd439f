import {
  cos,
  customVjp,
  exp,
  GradientError,
  grad,
  gradients,
  hessian,
  jacobian,
  linalg,
  sin,
  type Tensor,
  tensor,
  variable,
  vjp,
} from "adjoint";
import { describe, expect, test } from "vitest";
import { positiveMatrices, randomTensor } from "../random_values.js";

type Scalar = (x: Tensor) => Tensor;
const number = (x: Tensor): number => x.item() as number;
const derivative = (f: Scalar): Scalar => grad(f) as Scalar;

describe("derivatives of derivatives", () => {
  test("the first five derivatives of a sine", () => {
    const at = 0.7;
    const expected = [Math.sin, Math.cos, (x: number) => -Math.sin(x), (x: number) => -Math.cos(x)];
    let f: Scalar = sin;
    for (let order = 0; order < 6; order++) {
      expect(number(f(tensor(at)))).toBeCloseTo(expected[order % 4](at), 13);
      f = derivative(f);
    }
  });

  test("the third derivative of x⁴ and of a composite", () => {
    expect(number(grad(derivative(derivative((x) => x.pow(4))))(2))).toBe(48);
    const f: Scalar = (x) => x.sin().mul(x).add(x.cos().mul(x.exp()));
    const third = (x: number) =>
      -3 * Math.sin(x) - x * Math.cos(x) - 2 * Math.exp(x) * (Math.sin(x) + Math.cos(x));
    expect(number(grad(derivative(derivative(f)))(2))).toBeCloseTo(third(2), 11);
  });

  test("all third derivatives of a cubic form agree under permutation", () => {
    const c = randomTensor([3, 3, 3], 1);
    const f = (x: Tensor) => c.matmul(x).matmul(x).matmul(x);
    const t = jacobian(hessian(f) as Scalar)(randomTensor([3], 2));
    for (const axes of [
      [0, 2, 1],
      [1, 0, 2],
      [2, 1, 0],
    ])
      expect(t.sub(t.transpose(axes)).abs().max().item()).toBeLessThan(1e-13);
  });

  test("third derivatives through eigh, solve and cholesky are symmetric", () => {
    const a = positiveMatrices([], 3, 3);
    const direction = randomTensor([3, 3], 4);
    const losses: [string, Scalar][] = [
      ["eigh", (x) => linalg.eigh(a.add(direction.mul(x))).values.slice(1)],
      ["solve", (x) => linalg.solve(a.add(direction.mul(x)), randomTensor([3], 5)).sum()],
      ["cholesky", (x) => linalg.cholesky(a.add(direction.mul(x))).slice(2, 1)],
      ["inv", (x) => linalg.inv(a.add(direction.mul(x))).slice(2, 1)],
      ["svd", (x) => linalg.svd(a.add(direction.mul(x))).s.slice(0)],
      ["slogdet", (x) => linalg.slogdet(a.add(direction.mul(x))).logAbsDet],
    ];
    for (const [name, f] of losses) {
      const second = derivative(derivative(f));
      const third = number(derivative(second)(tensor(0.1)));
      const h = 1e-4;
      const difference = (number(second(tensor(0.1 + h))) - number(second(tensor(0.1 - h)))) / (2 * h);
      expect(Math.abs(third - difference), name).toBeLessThan(1e-5 * Math.max(1, Math.abs(third)));
    }
  });

  test("Hessians are symmetric and as differences of the gradient say", () => {
    const f = (x: Tensor) =>
      x
        .matmul(x)
        .exp()
        .mul(x.slice(0).sin())
        .add(x.slice(1).mul(x.slice(2)));
    const x = randomTensor([4], 6);
    const h = hessian(f)(x);
    expect(h.shape).toEqual([4, 4]);
    expect(h.sub(h.T).abs().max().item()).toBeLessThan(1e-13);
    const column = grad(f)(x.add([1e-6, 0, 0, 0]))
      .sub(grad(f)(x.sub([1e-6, 0, 0, 0])))
      .div(2e-6);
    expect(h.slice(null, 0).sub(column).abs().max().item()).toBeLessThan(1e-7);
  });

  test("Hessians of matrix arguments have both shapes", () => {
    const h = hessian((a: Tensor) => linalg.slogdet(a).logAbsDet)(positiveMatrices([], 2, 7));
    expect(h.shape).toEqual([2, 2, 2, 2]);
    expect(
      h
        .sub(h.transpose([2, 3, 0, 1]))
        .abs()
        .max()
        .item(),
    ).toBeLessThan(1e-14);
  });

  test("hessian with several arguments gives nested blocks", () => {
    const f = (x: Tensor, y: Tensor) => x.square().mul(y).sum();
    const [[xx, xy], [yx, yy]] = hessian(f, { argnums: [0, 1] })([1, 2], 3) as unknown as Tensor[][];
    expect(xx.toArray()).toEqual([
      [6, 0],
      [0, 6],
    ]);
    expect(xy.toArray()).toEqual([2, 4]);
    expect(yx.toArray()).toEqual([2, 4]);
    expect(yy.item()).toBe(0);
  });

  test("Jacobians of a Jacobian, of trees and of several arguments", () => {
    const f = (x: Tensor) => x.pow(3);
    const second = jacobian(jacobian(f) as Scalar)([1, 2]);
    expect(second.toArray()).toEqual([
      [
        [6, 0],
        [0, 0],
      ],
      [
        [0, 0],
        [0, 12],
      ],
    ]);
    const blocks = jacobian((p: { a: Tensor; b: Tensor }) => [p.a.mul(p.b), p.b])({
      a: tensor([1, 2]),
      b: tensor(3),
    });
    const [[first], [last]] = [[(blocks as never[])[0]], [(blocks as never[])[1]]] as unknown as {
      a: Tensor;
      b: Tensor;
    }[][];
    expect(first.a.toArray()).toEqual([
      [3, 0],
      [0, 3],
    ]);
    expect(first.b.toArray()).toEqual([1, 2]);
    expect([last.a.toArray(), last.b.item()]).toEqual([[0, 0], 1]);
    const [byX, byY] = jacobian((x: Tensor, y: Tensor) => x.mul(y), { argnums: [0, 1] })([1, 2], [3, 4]);
    expect([byX.toArray(), byY.toArray()]).toEqual([
      [
        [3, 0],
        [0, 4],
      ],
      [
        [1, 0],
        [0, 2],
      ],
    ]);
    expect(jacobian((x: Tensor) => x.mul(tensor([])))(2).shape).toEqual([0]);
  });
});

describe("perturbations are not confused", () => {
  test("d/dx (x · d/dy (x + y)) is 1", () => {
    expect(number(grad((x: Tensor) => x.mul(grad((y: Tensor) => x.add(y))(1)))(2))).toBe(1);
  });

  test("d/dx (x · d/dy (x · y)) is 2x", () => {
    expect(number(grad((x: Tensor) => x.mul(grad((y: Tensor) => x.mul(y))(7)))(3))).toBe(6);
  });

  test("the same with the inner derivative taken at x", () => {
    expect(number(grad((x: Tensor) => x.mul(grad((y: Tensor) => x.mul(y).mul(y))(x)))(3))).toBe(2 * 3 * 9);
    expect(number(grad((x: Tensor) => grad((y: Tensor) => y.mul(x.stopGradient()))(x).mul(x))(3))).toBe(3);
  });

  test("three levels, each capturing the ones outside", () => {
    const f = grad((x: Tensor) =>
      x.mul(grad((y: Tensor) => y.mul(x).mul(grad((z: Tensor) => x.mul(y).mul(z).mul(z))(y)))(x)),
    );
    // The innermost is 2xyz at z = y: 2xy². The middle is d/dy 2x²y³ = 6x²y² at y = x. The outer is d/dx 6x⁵.
    expect(number(f(2))).toBeCloseTo(30 * 16, 10);
  });

  test("inner functions that ignore their argument or return a captured value", () => {
    expect(number(grad((x: Tensor) => x.mul(grad((_y: Tensor) => x)(1).add(1)))(5))).toBe(1);
    expect(number(grad((x: Tensor) => grad((y: Tensor) => y)(x).mul(x))(5))).toBe(1);
  });

  test("with variables in place of arguments", () => {
    const x = variable(2);
    const y = variable(1);
    const inner = gradients(x.add(y), y);
    expect(number(gradients(x.mul(inner), x))).toBe(1);
    const product = gradients(x.mul(y), y);
    expect(number(gradients(x.mul(product), x))).toBe(4);
  });

  test("a variable outside, grad inside", () => {
    const x = variable(3);
    const inner = grad((y: Tensor) => x.mul(y))(7);
    expect(number(inner)).toBe(3);
    expect(number(gradients(x.mul(inner), x))).toBe(6);
  });

  test("grad outside, a variable inside", () => {
    const y = variable(7);
    expect(number(grad((x: Tensor) => x.mul(gradients(x.mul(y), y)))(3))).toBe(6);
    expect(number(grad((x: Tensor) => x.mul(gradients(x.add(y), y)))(3))).toBe(1);
  });

  test("grad with respect to a variable's value inside a function of the variable", () => {
    const v = variable(2);
    const g = grad((x: Tensor) => x.mul(v).mul(x))(v);
    expect(number(g)).toBe(8);
    expect(number(gradients(g, v))).toBe(8);
  });

  test("a tensor leaked from a transform that has ended is a constant to the next one", () => {
    let leaked: Tensor = tensor(0);
    grad((x: Tensor) => {
      leaked = x.square();
      return leaked;
    })(3);
    expect(number(grad((x: Tensor) => x.mul(leaked))(2))).toBe(9);
    expect(number(grad((x: Tensor) => leaked.mul(grad((y: Tensor) => y.mul(x).mul(leaked))(1)))(2))).toBe(81);
    expect(leaked.item()).toBe(9);
  });

  test("a pullback made outside and used inside", () => {
    const [, pullback] = vjp((y: Tensor) => y.square(), tensor(5));
    expect(number(grad((x: Tensor) => pullback(x)[0].mul(x))(3))).toBe(2 * 3 * 10);
  });
});

describe("after the fact, inside a function that is differentiated", () => {
  test("gradients of an intermediate value", () => {
    const f = (x: Tensor) => {
      const y = x.square();
      const z = y.mul(y);
      return gradients(z, y).mul(x);
    };
    // 2y · x = 2x³
    expect(number(grad(f)(2))).toBe(24);
  });

  test("gradients of gradients of gradients", () => {
    const x = variable(2);
    const y = x.pow(5);
    const first = gradients(y, x);
    const second = gradients(first, x);
    const third = gradients(second, x);
    expect([first, second, third].map(number)).toEqual([80, 160, 240]);
    expect(number(gradients(y, x))).toBe(80);
  });

  test("re-entrant gradients inside grad give what they give outside", () => {
    const v = variable([1, 2]);
    const f = (x: Tensor) => {
      const loss = v.mul(x).square().sum();
      const g = gradients(loss, v);
      const again = gradients(g.sum(), v);
      return loss.add(g.sum()).add(again.sum());
    };
    // loss = 5x², Σg = 6x², Σ again = 4x²
    expect(number(grad(f)(3))).toBeCloseTo(2 * 3 * 15, 12);
  });

  test("a rule that walks the graph which it is part of, and one that then throws", () => {
    const v = variable(2);
    const y = v.square();
    let fails = true;
    const f = customVjp({
      forward: (x: Tensor) => [x.mul(1), x],
      backward: (_x: Tensor, g: Tensor) => {
        const inside = gradients(y.square(), v);
        if (fails) throw new Error("left");
        return g.mul(inside);
      },
    });
    const z = f(y).add(y);
    expect(() => gradients(z, v)).toThrow("left");
    fails = false;
    // ∂z/∂y = 4v³ + 1 by that rule, ∂y/∂v = 2v
    expect(number(gradients(z, v))).toBe(33 * 4);
    expect(gradients(z, [y, v]).map(number)).toEqual([33, 132]);
  });

  test("grad of a function that runs an optimisation step on the side", () => {
    const v = variable(1);
    const f = (x: Tensor) => {
      const g = gradients(v.sub(x).square(), v);
      return v.sub(g.mul(0.25)).sub(5).square();
    };
    // v − 0.25 · 2(v − x) = (v + x)/2; d/dx ((v + x)/2 − 5)² = (v + x)/2 − 5
    expect(number(grad(f)(3))).toBe(-3);
  });
});

describe("a transform that was left by an exception leaves no trace", () => {
  const failing = (x: Tensor): Tensor => {
    grad((y: Tensor) => {
      y.mul(x).exp();
      throw new Error("left");
    })(1);
    return x;
  };
  const check = (): void => {
    expect(number(grad((x: Tensor) => x.mul(grad((y: Tensor) => x.add(y))(1)))(2))).toBe(1);
    expect(number(grad(derivative((x: Tensor) => exp(x).mul(cos(x))))(0))).toBeCloseTo(0, 14);
    const v = variable(3);
    expect(number(gradients(v.square(), v))).toBe(6);
  };

  test("thrown by the function", () => {
    for (let i = 0; i < 100; i++) expect(() => grad(failing)(1)).toThrow("left");
    check();
  });

  test("caught by an enclosing function, which goes on", () => {
    const f = (x: Tensor) => {
      expect(() => failing(x)).toThrow("left");
      return x.square();
    };
    expect(number(grad(f)(3))).toBe(6);
    expect(number(grad(derivative(f))(3))).toBe(2);
    check();
  });

  test("thrown by a rule", () => {
    const a = randomTensor([3, 2], 8);
    const g = grad((x: Tensor) => linalg.svd(x, { fullMatrices: true }).u.square().slice(0, 2).add(x.sum()));
    for (let i = 0; i < 40; i++) expect(() => g(a)).toThrow(GradientError);
    check();
    const v = variable(a);
    const y = linalg.svd(v, { fullMatrices: true }).u.sum().add(v.square().sum());
    expect(() => gradients(y, v)).toThrow(/fullMatrices/);
    expect(gradients(v.square().sum(), v).toArray()).toEqual(a.mul(2).toArray());
    check();
  });

  test("thrown by a factorisation in a rule's reach", () => {
    expect(() =>
      grad((x: Tensor) => linalg.inv(x).sum())([
        [0, 0],
        [0, 0],
      ]),
    ).toThrow(/singular/);
    check();
  });

  test("transforms nest thirty deep, then refuse, and recover", () => {
    const nested = (depth: number): Scalar =>
      depth === 0 ? (x) => x.square() : (x) => grad(nested(depth - 1))(x).mul(x);
    expect(() => nested(40)(tensor(1))).toThrow(/nested more than/);
    check();
  });
});

describe("what the function must give back", () => {
  test("a promise is refused", () => {
    expect(() => grad((async (x: Tensor) => x) as never)(1 as never)).toThrow(GradientError);
    expect(() => grad((async (x: Tensor) => x) as never)(1 as never)).toThrow(/promise/);
    expect(() => vjp((async (x: Tensor) => x) as never, tensor(1) as never)).toThrow(/promise/);
  });

  test.each([
    ["a vector", (x: Tensor) => x.mul([1, 2]), /float64\[2\].*jacobian.*gradients/],
    ["one element with an axis", (x: Tensor) => x.reshape([1]), /float64\[1\].*jacobian/],
    ["a tree", (x: Tensor) => [x, x], /tree/],
    ["a truth value", (x: Tensor) => x.greater(0), /bool\[\]/],
    ["nothing", (_x: Tensor) => undefined, /scalar/],
  ])("%s is no scalar", (_name, f, message) => {
    expect(() => grad(f as never)(1 as never)).toThrow(GradientError);
    expect(() => grad(f as never)(1 as never)).toThrow(message);
  });

  test("integers have no derivative", () => {
    const g = grad((x: Tensor) => x.sum());
    expect(() => g(tensor(Int32Array.of(1, 2)))).toThrow(/int32\[2\].*cast/);
  });
});
