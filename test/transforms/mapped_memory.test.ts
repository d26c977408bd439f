import { grad, hessian, jacobian, type Tensor, tidy, variable, vjp, vmap } from "adjoint";
import { expect, test } from "vitest";
import { expectClose } from "../linalg/close.js";
import { randomTensor } from "../random_values.js";

// What a mapped call computes on the way gives its memory back when the call ends, if it is large. Everything here
// is large, and other calls overwrite what may have been given back.

const rows = 40;
const columns = 120;
const x = randomTensor([rows, columns], 1);
const y = randomTensor([rows, columns], 2);
const disturb = (): unknown => {
  const f = (v: Tensor): Tensor => v.add(7).mul(v).sub(3).exp().neg();
  return [vmap(f)(x), vmap(f)(y), vmap(f)(x.mul(2))];
};

test("results stay what they are, also those that are results twice or views of each other", () => {
  const results = vmap((v: Tensor) => {
    const s = v.sin();
    return [s, s, s.mul(2), s.slice([0, 10]), v, s.stopGradient(), s.reshape([2, columns / 2])];
  })(x) as Tensor[];
  disturb();
  const s = x.sin();
  const expected = [s, s, s.mul(2), s.slice(null, [0, 10]), x, s, s.reshape([rows, 2, columns / 2])];
  expect(results).toHaveLength(expected.length);
  for (const [i, result] of results.entries()) expectClose(result, expected[i], 0);
});

test("arguments and captured tensors stay, and so does what is made of them", () => {
  const before = x.toTypedArray();
  const w = y.mul(1);
  const sums = vmap((v: Tensor) => v.mul(w).add(w).sum())(x);
  disturb();
  expect(x.toTypedArray()).toEqual(before);
  expectClose(w, y, 0);
  expectClose(sums, x.matmul(y.sum(0)).add(y.sum()));
});

test("what windows were written into stays", () => {
  const gradients = vmap(grad((v: Tensor) => v.slice([1, null]).square().sum()))(x) as Tensor;
  const set = vmap((v: Tensor) => v.setSlice([[0, 2]], 7))(x);
  disturb();
  expectClose(gradients.slice(null, 0), x.slice(null, 0).mul(0), 0);
  expectClose(gradients.slice(null, [1, null]), x.slice(null, [1, null]).mul(2), 0);
  expectClose(set.slice(null, 1), x.slice(null, 1).mul(0).add(7), 0);
  expectClose(set.slice(null, [2, null]), x.slice(null, [2, null]), 0);
});

test("what the tape has saved outlives the call", () => {
  const f = (a: Tensor): Tensor =>
    vmap((v: Tensor) => v.sin().mul(v.cos()).exp())(a)
      .square()
      .sum();
  const direct = (a: Tensor): Tensor => a.sin().mul(a.cos()).exp().square().sum();
  expectClose(grad(f)(x), grad(direct)(x));
  const [, pullback] = vjp((a: Tensor) => vmap((v: Tensor) => v.sin().exp())(a), x);
  disturb();
  const [first] = pullback(y);
  disturb();
  const [second] = pullback(y);
  expectClose(first, x.sin().exp().mul(x.cos()).mul(y));
  expectClose(second, first, 0);
  const v = variable(x);
  const g = grad((a: Tensor) => vmap((r: Tensor) => r.mul(r.tanh()))(a.mul(v)).sum())(y);
  disturb();
  expectClose(g, grad((a: Tensor) => a.mul(x).mul(a.mul(x).tanh()).sum())(y));
});

test("Hessians and Jacobians do not share memory, inside of tidy neither", () => {
  const f = (a: Tensor): Tensor => a.square().sum().sin().add(a.tanh().mul(a).sum());
  const a = x.slice(0);
  const b = x.slice(1);
  const first = hessian(f)(a);
  const copy = first.toTypedArray();
  const second = tidy(() => hessian(f)(b));
  const rowsOfFirst = jacobian(grad(f))(a);
  hessian(f)(b);
  disturb();
  expect(first.toTypedArray()).toEqual(copy);
  expectClose(rowsOfFirst, first);
  expectClose(second, jacobian(grad(f), { mode: "forward" })(b));
});

test("a value that left the call is refused, whether or not its memory is used again", () => {
  let leaked: Tensor | null = null;
  vmap((v: Tensor) => {
    leaked = v.sin();
    return leaked.mul(2);
  })(x);
  disturb();
  expect(() => leaked!.add(1)).toThrow("after the transform had ended");
});
