import * as ad from "adjoint";
import { grad, gradients, linalg, type Tensor, tidy, variable, vjp } from "adjoint";
import { afterEach, describe, expect, test } from "vitest";
import { generalMatrices, positiveMatrices, randomTensor } from "../random_values.js";

/** Tensors of so many numbers have memory of their own, which is reused; those of a part of them do not. */
const LARGE = 4096;
const PARTS = 8;
const large = (seed: number): Tensor => randomTensor([LARGE], seed, 0.2, 2);

/** Whatever has been given back to be reused is overwritten. */
function overwriteFreeMemory(): void {
  const held = Array.from({ length: 40 }, () => ad.full([LARGE], Number.NaN));
  for (const x of held) x.dispose();
}

function sameBits(a: Tensor, b: Tensor): void {
  expect([...a.toTypedArray()]).toEqual([...b.toTypedArray()]);
}

afterEach(() => ad.setNumThreads(1));

describe("gradients of large tensors, whose memory is reused on the way, are those of small ones", () => {
  const functions: Record<string, (x: Tensor, y: Tensor) => Tensor> = {
    "a chain": (x) => x.tanh().mul(x.square().neg().exp()),
    "a value that is used many times": (x) => x.mul(x).mul(x).add(x).mul(x).sub(x.add(x)),
    "cotangents that pass through": (x, y) => x.add(y).add(x.sub(y)).neg().neg().add(x),
    "the same cotangent for two arguments": (x, y) => x.add(y),
    views: (x, y) =>
      x
        .reshape([64, -1])
        .T.mul(y.reshape([-1, 64]))
        .flip(0)
        .reshape([-1]),
    parts: (x, y) => ad.concat([x.slice([null, null, 2]), y.slice([1, null, 2])]).exp(),
    broadcasting: (x, y) => x.mul(y.sum()).add(x.mean()).div(y),
    "a choice": (x, y) => ad.where(x.greater(y), x.mul(y), y.exp()).maximum(x),
    "several results": (x, y) => {
      const [a, b] = ad.split(x.mul(y), 2);
      return a.mul(b).add(a.exp());
    },
    "a rule of one's own": (x, y) => own(x.exp(), y).mul(x),
    "values that are computed again": (x, y) =>
      ad.checkpoint((a: Tensor, b: Tensor) => a.mul(b).sin())(x.mul(2), y),
  };
  const own = ad.customVjp({
    forward: (x: Tensor, y: Tensor) => [x.mul(y), [x, y] as const],
    backward: ([x, y], g) => [g.mul(y), g.mul(x)],
  });

  test.each(Object.entries(functions))("%s", (_name, f) => {
    const scalar = (x: Tensor, y: Tensor) => f(x, y).square().sum();
    const both = grad(scalar, { argnums: [0, 1] });
    const [x, y] = [large(1), large(2)];
    const found = both(x, y);
    const again = both(x, y);
    overwriteFreeMemory();
    for (const k of [0, 1]) sameBits(found[k], again[k]);
    // The derivative along a direction, by differences: nothing that the tape does is in them.
    const [u, v] = [large(3), large(4)];
    const h = 1e-5;
    const along = (t: number): number => scalar(x.add(u.mul(t)), y.add(v.mul(t))).item() as number;
    const slope = found[0].mul(u).sum().add(found[1].mul(v).sum()).item() as number;
    const difference = (along(h) - along(-h)) / (2 * h);
    expect(Math.abs(slope - difference)).toBeLessThan(1e-5 * Math.max(1, Math.abs(slope)));
  });

  test("of elementwise functions, bit by bit", () => {
    const f = (x: Tensor) => x.tanh().mul(x.square().neg().exp()).add(x.mul(x)).sum();
    const x = large(5);
    const whole = grad(f)(x).toTypedArray();
    const size = LARGE / PARTS;
    for (let part = 0; part < PARTS; part++) {
      const own = ad.tensor(x.toTypedArray().slice(part * size, (part + 1) * size));
      expect([...whole.slice(part * size, (part + 1) * size)]).toEqual([...grad(f)(own).toTypedArray()]);
    }
  });

  test("of decompositions of batches, matrix by matrix", () => {
    const f = (a: Tensor) => {
      const { values, vectors } = linalg.eigh(a);
      const { u, s, vh } = linalg.svd(a.matmul(a));
      return values
        .exp()
        .sum()
        .add(vectors.square().mul(values.expandDims(-2)).square().sum())
        .add(u.mul(s.expandDims(-2)).matmul(vh).sin().sum())
        .add(linalg.inv(a).sum())
        .add(linalg.slogdet(a).logAbsDet.sum());
    };
    const a = positiveMatrices([6], 16, 6);
    const whole = grad(f)(a);
    for (let i = 0; i < 6; i++) {
      const own = grad(f)(ad.tensor(a.slice(i).toTypedArray()).reshape([16, 16]));
      ad.testing.assertAllClose(whole.slice(i), own, { rtol: 1e-9, atol: 1e-9 });
    }
  });

  test("of second order, from variables", () => {
    const size = LARGE / PARTS;
    const second = (values: ArrayLike<number>): number[] => {
      const v = variable(Array.from(values));
      const first = gradients(v.exp().mul(v.sin()).sum(), v);
      overwriteFreeMemory();
      return [...gradients(first.mul(first).sum(), v).toTypedArray()];
    };
    const x = large(7).toTypedArray();
    const whole = second(x);
    for (let part = 0; part < PARTS; part++)
      expect(whole.slice(part * size, (part + 1) * size)).toEqual(
        second(x.slice(part * size, (part + 1) * size)),
      );
  });
});

describe("what somebody holds stays as it is", () => {
  const x = large(8);

  test("values that f gives away, cotangents that are given, and results", () => {
    let kept: Tensor | null = null;
    const [, pullback] = vjp((y: Tensor) => {
      kept = y.exp();
      return kept.mul(y);
    }, x);
    const cotangent = large(9);
    const before = [...cotangent.toTypedArray()];
    const [first] = pullback(cotangent);
    const [second] = pullback(cotangent);
    first.dispose();
    overwriteFreeMemory();
    sameBits(kept!, x.exp());
    sameBits(second, cotangent.mul(x.exp()).add(cotangent.mul(x).mul(x.exp())));
    expect([...cotangent.toTypedArray()]).toEqual(before);
  });

  test("gradients that are one value are handles of their own", () => {
    const [a, b] = grad((p: Tensor, q: Tensor) => p.add(q).square().sum(), { argnums: [0, 1] })(x, x);
    const v = variable(x);
    const [c, d] = gradients(v.square().sum(), [v, v]);
    a.dispose();
    c.dispose();
    overwriteFreeMemory();
    sameBits(b, x.add(x).mul(2));
    sameBits(d, x.mul(2));
  });

  test("what a rule of one's own sees and makes", () => {
    const seen: Tensor[] = [];
    const f = ad.customVjp({
      forward: (y: Tensor) => [y.exp(), y],
      backward: (saved, g) => {
        const made = saved.exp();
        seen.push(saved, g, made);
        return g.mul(made);
      },
    });
    grad((y: Tensor) => f(y.mul(1)).mul(2).mul(3).sum())(x);
    overwriteFreeMemory();
    sameBits(seen[0], x);
    sameBits(seen[1], ad.full([LARGE], 6));
    sameBits(seen[2], x.exp());
  });

  test("what a function of eigenvalues sees and makes", () => {
    const a = ad.eye(1100).mul(0.5);
    const seen: Tensor[] = [];
    grad((b: Tensor) =>
      linalg
        .matrixFunction(b.slice([0, 3], [0, 3]), (w) => {
          seen.push(large(1).mul(2));
          return w.exp();
        })
        .sum(),
    )(a);
    overwriteFreeMemory();
    for (const y of seen) sameBits(y, large(1).mul(2));
  });

  test("what a handler of warnings makes", () => {
    const made: Tensor[] = [];
    const remove = ad.onWarning(() => {
      made.push(large(2).mul(3));
    });
    const singular = generalMatrices([], 3, 1).mul([1, 1, 1e-16]);
    const v = variable(singular);
    gradients(linalg.inv(v).sum().mul(large(3)).sum(), v);
    linalg.solve(singular, ad.ones([3]));
    remove();
    overwriteFreeMemory();
    expect(made.length).toBeGreaterThan(0);
    for (const y of made) sameBits(y, large(2).mul(3));
  });
});

describe("beside tidy", () => {
  test("a gradient that is returned lives, the others are ended once", () => {
    const x = large(10);
    let inside: Tensor | null = null;
    const g = tidy(() => {
      inside = grad((y: Tensor) => y.exp().mul(y).sum())(x);
      return grad((y: Tensor) => y.square().sum())(x);
    });
    overwriteFreeMemory();
    sameBits(g, x.mul(2));
    expect(() => inside!.sum()).toThrow(ad.DisposedError);
  });

  test("a gradient that is disposed gives its memory back", () => {
    const x = large(11);
    const f = grad((y: Tensor) => y.mul(y).mul(y).sum());
    const before = f(x);
    const copy = before.add(0);
    before.dispose();
    const next = f(x);
    sameBits(next, copy);
  });
});
