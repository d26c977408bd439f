import {
  checkpoint,
  customJvp,
  customVjp,
  grad,
  gradcheck,
  hessian,
  hvp,
  jvp,
  linalg,
  linearize,
  type Tensor,
  tensor,
  tree,
  variable,
  vmap,
} from "adjoint";
import { describe, expect, test } from "vitest";
import { randomTensor } from "../random_values.js";

/** x² with a slope of 3x on purpose, so that it shows whose rule ran. */
const byPullback = customVjp({
  forward: (x: Tensor) => [x.square(), x] as const,
  backward: (x: Tensor, g: Tensor) => g.mul(x).mul(3),
});
const byPushforward = customJvp({
  forward: (x: Tensor) => x.square(),
  tangent: ([x]: [Tensor], [t]: [Tensor]) => [x.square(), t.mul(x).mul(3)] as const,
});

describe.each([
  ["customVjp", byPullback],
  ["customJvp", byPushforward],
])("%s serves every mode", (_name, f) => {
  const at = tensor([1, 2, 5]);
  const slope = [3, 6, 15];
  const total = (x: Tensor): Tensor => f(x).sum();

  test("value, reverse, forward", () => {
    expect(f(at).toArray()).toEqual([1, 4, 25]);
    expect(grad(total)(at).toArray()).toEqual(slope);
    expect(jvp(f, [at], [[1, 1, 1]])[1].toArray()).toEqual(slope);
  });

  test("second order, reverse over reverse and forward over reverse", () => {
    const second = grad((x: Tensor) => grad(total)(x).sum())(at);
    expect(second.toArray()).toEqual([3, 3, 3]);
    expect(jvp(grad(total), [at], [[1, 1, 1]])[1].toArray()).toEqual([3, 3, 3]);
    expect(hessian(total)(at).toArray()).toEqual([
      [3, 0, 0],
      [0, 3, 0],
      [0, 0, 3],
    ]);
  });

  test("mapped: vmap of grad, grad of vmap", () => {
    expect(vmap(grad((x: Tensor) => f(x)))(at).toArray()).toEqual(slope);
    expect(grad((x: Tensor) => vmap(f)(x).sum())(at).toArray()).toEqual(slope);
  });
});

describe("custom rules", () => {
  test("trees, several arguments, and saved values computed from the arguments", () => {
    const f = customVjp({
      forward: (p: { a: Tensor; b: Tensor }) => [{ y: p.a.mul(p.b) }, p.a.exp()] as const,
      backward: (saved: Tensor, g: { y: Tensor }) => ({ a: g.y.mul(saved), b: g.y.mul(saved).mul(2) }),
    });
    const at = { a: tensor(1), b: tensor(3) };
    const first = grad((p: { a: Tensor; b: Tensor }) => f(p).y)(at);
    expect(first.a.item()).toBeCloseTo(Math.E, 14);
    expect(first.b.item()).toBeCloseTo(2 * Math.E, 14);
    const second = grad((p: { a: Tensor; b: Tensor }) => grad((q: typeof p) => f(q).y)(p).b)(at);
    expect(second.a.item()).toBeCloseTo(2 * Math.E, 14);
  });

  test("closing over a tensor that is being differentiated is refused", () => {
    const closing = (y: Tensor) =>
      customVjp({
        forward: (x: Tensor) => [x.mul(y), x] as const,
        backward: (_x: Tensor, g: Tensor) => g,
      })(tensor(2));
    expect(() => grad(closing)(tensor(3))).toThrow(/closes over a tensor/);
    expect(() => closing(variable(3))).toThrow(/closes over a tensor/);
  });

  test("gradients that do not fit are refused", () => {
    const f = customVjp({
      forward: (x: Tensor) => [x.sum(), x] as const,
      backward: (_x: Tensor, g: Tensor) => g,
    });
    expect(() => grad((x: Tensor) => f(x))(tensor([1, 2]))).toThrow(
      /backward: expected one like float64\[2\]/,
    );
  });

  test("checkpoint computes the same derivatives and runs again in the backward pass", () => {
    let calls = 0;
    const f = (x: Tensor, y: Tensor): Tensor => {
      calls++;
      return x.sin().mul(y).tanh();
    };
    const loss = (g: typeof f) => (x: Tensor) => g(x, x.add(1)).sum();
    const x = randomTensor([4], 7);
    const expected = grad(loss(f))(x);
    calls = 0;
    const found = grad(loss(checkpoint(f)))(x);
    expect(calls).toBe(2);
    expect(found.sub(expected).abs().max().item()).toBeLessThan(1e-15);
    const second = hessian(loss(checkpoint(f)))(x).sub(hessian(loss(f))(x));
    expect(second.abs().max().item()).toBeLessThan(1e-14);
  });
});

describe("linearize, hvp, gradcheck, tree", () => {
  test("linearize runs the function once", () => {
    let calls = 0;
    const f = (x: Tensor): Tensor => {
      calls++;
      return linalg.inv(x);
    };
    const a = randomTensor([3, 3], 7).add([
      [3, 0, 0],
      [0, 3, 0],
      [0, 0, 3],
    ]);
    const [y, pushforward] = linearize(f, a);
    const t = randomTensor([3, 3], 7);
    const [expected, dot] = jvp((x: Tensor) => linalg.inv(x), [a], [t]);
    expect(y.sub(expected).abs().max().item()).toBe(0);
    expect(pushforward(t).sub(dot).abs().max().item()).toBeLessThan(1e-14);
    expect(pushforward(t.mul(2)).sub(dot.mul(2)).abs().max().item()).toBeLessThan(1e-14);
    expect(calls).toBe(1);
  });

  test("hvp is the Hessian times the direction", () => {
    const f = (x: Tensor, y: Tensor): Tensor => x.mul(y).sum().exp();
    const [gradients, products] = hvp(
      f,
      [
        [0.1, 0.2],
        [0.3, 0.4],
      ],
      [
        [1, 0],
        [0, 1],
      ],
    );
    expect(gradients).toHaveLength(2);
    const block = hessian(f, { argnums: [0, 1] })(
      tensor([0.1, 0.2]),
      tensor([0.3, 0.4]),
    ) as unknown as Tensor[][];
    const expected = block[0][0].slice(null, 0).add(block[0][1].slice(null, 1));
    expect(products[0].sub(expected).abs().max().item()).toBeLessThan(1e-14);
  });

  test("gradcheck passes what is right and names the worst entry of what is wrong", () => {
    expect(
      gradcheck(
        (a) => linalg.det(a),
        [
          [
            [2, 1],
            [1, 3],
          ],
        ],
        { order: 2 },
      ),
    ).toBeLessThan(1e-6);
    expect(() => gradcheck(byPullback, [[1, 2]])).toThrow(/reverse mode.*worst entry: argument 0 at \[\d\]/);
    expect(() => gradcheck(byPushforward, [[1, 2]], { modes: ["forward"] })).toThrow(/forward mode/);
  });

  test("tree.map, leaves and ravel", () => {
    const p = { a: tensor([1, 2]), b: [tensor(3)] };
    expect(tree.map((x, y) => x.add(y), p, p).a.toArray()).toEqual([2, 4]);
    expect(tree.leaves(p)).toHaveLength(2);
    const [vector, unravel] = tree.ravel(p);
    expect(vector.toArray()).toEqual([1, 2, 3]);
    const slope = grad((v: Tensor) => {
      const q = unravel(v);
      return q.a.sum().mul(q.b[0]);
    })(vector);
    expect(slope.toArray()).toEqual([3, 3, 3]);
  });
});
