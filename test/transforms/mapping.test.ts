import { grad, jacobian, jvp, linalg, nn, stack, type Tensor, tensor, variable, vmap } from "adjoint";
import { describe, expect, test } from "vitest";
import { randomTensor } from "../random_values.js";

const matrices = (count: number, n: number): Tensor => randomTensor([count, n, n], 7);
const difference = (a: Tensor, b: Tensor): number => a.sub(b).abs().max().item() as number;

describe("vmap", () => {
  test("maps what a loop maps, with gradients, nested in both orders", () => {
    const a = matrices(4, 3);
    const f = (x: Tensor): Tensor => linalg.inv(x).mul(x).sum();
    const looped = stack([...a].map((x) => grad(f)(x)));
    expect(difference(vmap(grad(f))(a), looped)).toBeLessThan(1e-12);
    expect(difference(grad((x: Tensor) => vmap(f)(x).sum())(a), looped)).toBeLessThan(1e-12);
  });

  test("inAxes and outAxes, trees of them, and arguments that are not mapped", () => {
    const a = randomTensor([3, 5], 7);
    const b = randomTensor([5, 2], 7);
    const dot = (x: Tensor, y: Tensor): Tensor => x.mul(y).sum();
    const all = vmap(vmap(dot, { inAxes: [null, 1] }), { inAxes: [0, null] })(a, b);
    expect(difference(all, a.matmul(b))).toBeLessThan(1e-14);
    const swapped = vmap((x: Tensor) => x.mul(2), { inAxes: 1, outAxes: 1 })(a);
    expect(difference(swapped, a.mul(2))).toBe(0);
    const tree = vmap((p: { x: Tensor; y: Tensor }) => ({ sum: p.x.add(p.y) }), {
      inAxes: [{ x: 0, y: null }],
    })({ x: a, y: tensor([1, 2, 3, 4, 5]) });
    expect(difference(tree.sum, a.add([1, 2, 3, 4, 5]))).toBe(0);
  });

  test("keeps named results, and broadcasts what does not depend on the axis", () => {
    const a = matrices(3, 2);
    const { values, vectors } = vmap((x: Tensor) => linalg.eigh(x))(a);
    expect([values.shape, vectors.shape]).toEqual([
      [3, 2],
      [3, 2, 2],
    ]);
    expect(vmap((_x: Tensor) => tensor([1, 2]))(a).shape).toEqual([3, 2]);
  });

  test("one factorisation serves many right-hand sides that are mapped", () => {
    const a = matrices(1, 4).slice(0);
    const b = randomTensor([6, 4], 7);
    const x = vmap((right: Tensor) => linalg.solve(a, right))(b);
    expect(difference(x.matmul(a.mT), b)).toBeLessThan(1e-12);
  });

  test("variables inside stay connected", () => {
    const w = variable([1, 2]);
    const f = (x: Tensor): Tensor => w.mul(x).sum();
    expect(vmap(grad(f))([[3, 4]] as never).toArray()).toEqual([[1, 2]]);
  });

  test("a value cannot be read, axes must agree, a value must not outlive its transform", () => {
    const a = randomTensor([3, 2], 7);
    expect(() => vmap((x: Tensor) => x.mul(x.at(0) as number))(a)).toThrow(/where\(condition, x, y\)/);
    expect(() => vmap((x: Tensor, y: Tensor) => x.add(y))(a, randomTensor([2, 2], 7))).toThrow(
      /mapped axes differ: 3, and 2/,
    );
    let leaked: Tensor | undefined;
    vmap((x: Tensor) => {
      leaked = x;
      return x;
    })(a);
    expect(() => leaked!.add(1)).toThrow(/after the transform had ended/);
  });
});

describe("jacobian", () => {
  const f = (x: Tensor): Tensor =>
    nn
      .softmax(
        x.matmul(
          tensor([
            [1, 2],
            [3, 4],
            [5, 6],
          ]),
        ),
        0,
      )
      .sin();
  const x = randomTensor([2, 3], 7);

  test("is the same by rows, by columns and in chunks", () => {
    const rows = jacobian(f, { mode: "reverse" })(x);
    expect(rows.shape).toEqual([2, 2, 2, 3]);
    for (const options of [
      { mode: "forward" },
      { mode: "auto" },
      { mode: "reverse", chunkSize: 1 },
      { mode: "forward", chunkSize: 4 },
    ] as const)
      expect(difference(jacobian(f, options)(x), rows)).toBeLessThan(1e-15);
  });

  test("more outputs than inputs: columns are fewer, and the function runs once", () => {
    let calls = 0;
    const wide = (t: Tensor): Tensor => {
      calls++;
      return t
        .expandDims(0)
        .mul(randomTensor([7, 1], 7))
        .exp();
    };
    const found = jacobian(wide)(tensor([0.5, 0.2]));
    expect(calls).toBe(1);
    expect(difference(found, jacobian(wide, { mode: "reverse" })(tensor([0.5, 0.2])))).toBeLessThan(1e-15);
  });

  test("forward over a Jacobian, a Jacobian of a pushforward", () => {
    const pushed = (t: Tensor): Tensor => jvp(f, [t], [x])[1];
    const [, moved] = jvp(jacobian(f), [x], [x]);
    expect(difference(jacobian(pushed)(x), moved)).toBeLessThan(1e-13);
  });
});
