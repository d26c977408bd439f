import * as ad from "adjoint";
import {
  type Complex,
  complex,
  full,
  grad,
  gradcheck,
  jvp,
  linalg,
  type Tensor,
  tensor,
  testing,
  vjp,
  vmap,
} from "adjoint";
import { describe, expect, test } from "vitest";
import { randomTensor } from "../random_values.js";

const c = (re: number, im: number): Complex => ({ re, im });
/** No zeros, no real numbers, nothing near a branch cut. */
const at = (seed: number, ...shape: number[]): Tensor =>
  complex(randomTensor(shape, seed, 0.3, 1.4), randomTensor(shape, seed + 1, 0.2, 1.1));
const z = at(1, 2, 2);
const w = at(3, 2, 2);
const inner = (a: Tensor, b: Tensor): number => a.conj().mul(b).sum().real().item() as number;

describe("the gradient is the direction of steepest ascent", () => {
  test("|z|² has 2z, Re z has 1, Im z has i", () => {
    testing.assertAllClose(grad((x: Tensor) => x.abs().square().sum())(z), z.mul(2), { rtol: 1e-14 });
    testing.assertAllClose(grad((x: Tensor) => x.real().sum())(z), ad.ones([2, 2]));
    testing.assertAllClose(grad((x: Tensor) => x.imag().sum())(z), full([2, 2], c(0, 1)));
  });

  test("of a real argument it is real", () => {
    const g = grad((x: Tensor) => x.mul(w).square().real().sum())(randomTensor([2, 2], 9));
    expect((g as Tensor).dtype).toBe("float64");
    const single = grad((x: Tensor) => x.mul(c(0, 1)).abs().sum())(tensor([1, -2], { dtype: "float32" }));
    expect((single as Tensor).dtype).toBe("float32");
    expect((single as Tensor).toArray()).toEqual([1, -1]);
  });

  test("the pullback of a holomorphic function is the conjugate of its derivative", () => {
    const [, pullback] = vjp((x: Tensor) => x.exp(), z);
    testing.assertAllClose(pullback(w)[0], w.mul(z.exp().conj()), { rtol: 1e-14 });
    testing.assertAllClose(jvp((x: Tensor) => x.exp(), [z], [w])[1], w.mul(z.exp()), { rtol: 1e-14 });
  });

  test("at 0 magnitude and sign have the derivative 0", () => {
    const zero = tensor([c(0, 0)]);
    testing.assertAllClose(grad((x: Tensor) => x.abs().sum())(zero), zero);
    testing.assertAllClose(zero.sign(), zero);
  });
});

const functions: Record<string, (a: Tensor, b: Tensor) => Tensor> = {
  "add, sub, mul, div": (a, b) => a.add(b).div(a.mul(b).sub(b)),
  "with real operands": (a, b) => a.mul(b.real()).add(b.imag().exp()).div(a.abs()),
  "parts, conjugates, angles": (a, b) => a.conj().mul(b.angle()).add(a.real().mul(b.sign())).sub(a.imag()),
  "exp, log, roots": (a, b) => a.exp().add(b.log()).mul(a.sqrt()).add(b.rsqrt()),
  trigonometric: (a, b) => a.sin().mul(b.cos()).add(a.tan()),
  hyperbolic: (a, b) => a.sinh().mul(b.cosh()).add(a.tanh()),
  powers: (a, b) => a.pow(b).add(a.pow(3)).add(b.reciprocal()).add(a.square()),
  reductions: (a, b) => a.sum(0).mul(b.mean(1)).add(a.prod(1)).add(b.variance()),
  cumulations: (a, b) => a.cumprod(0).add(b.cumsum(1)),
  products: (a, b) => a.matmul(b).add(a.mH.matmul(b.mT)).add(linalg.outer(a, b).sum(0)),
  einsum: (a, b) => ad.einsum("ij,kj->ki", a, b.conj()),
  "vecdot and norms": (a, b) =>
    linalg
      .vecdot(a, b)
      .mul(linalg.vectorNorm(a))
      .add(linalg.matrixNorm(b, { ord: 1 })),
  selection: (a, b) => ad.where(a.real().greater(0.8), a, b).add(ad.setSlice(a, [0], b.slice(1))),
  moves: (a, b) =>
    ad
      .concat([a.roll(1, 1), b.flip(0)])
      .take([3, 0, 0])
      .add(
        ad.pad(a, [
          [1, 0],
          [0, 0],
        ]),
      )
      .add(ad.tile(b.slice(0), 1)),
  scatter: (a, b) =>
    ad
      .scatterAdd(
        a,
        ad.cast(
          [
            [0, 1],
            [1, 1],
          ],
          "int32",
        ),
        b,
        0,
      )
      .square(),
  triangles: (a, b) =>
    a
      .tril()
      .add(ad.diag(b.diagonal()))
      .add(b.triu({ k: 1 })),
  "cov and kron": (a, b) => ad.cov(a).add(linalg.kron(a, b).slice([0, 2], [2, 4])),
  checkpoint: (a, b) => ad.checkpoint((x: Tensor, y: Tensor) => x.mul(y).exp())(a, b),
  customVjp: ad.customVjp({
    forward: (a: Tensor, b: Tensor) => [a.mul(b), [a, b]],
    backward: ([a, b], g: Tensor) => [g.mul(b.conj()), g.mul(a.conj())],
  }),
  customJvp: ad.customJvp({
    forward: (a: Tensor, b: Tensor) => a.mul(b),
    tangent: ([a, b], [da, db]) => [a.mul(b), da.mul(b).add(a.mul(db))] as const,
  }),
};

describe.each(Object.entries(functions))("%s", (_name, f) => {
  test("agrees with difference quotients, to second order", () => {
    gradcheck(f, [z, w], { order: 2 });
    gradcheck((a, b) => [f(a, b)].map((y) => y.abs().sin()), [z, w], { order: 2 });
  });

  test("both modes are adjoint", () => {
    const tangents: [Tensor, Tensor] = [at(5, 2, 2), at(7, 2, 2)];
    const [y, dot] = jvp(f, [z, w], tangents);
    const cotangent = y.dtype === "complex128" ? at(9, ...y.shape) : randomTensor(y.shape, 9);
    const [ga, gb] = vjp(f, z, w)[1](cotangent);
    const forward = inner(cotangent, dot);
    expect(Math.abs(inner(ga, tangents[0]) + inner(gb, tangents[1]) - forward)).toBeLessThan(
      1e-12 * Math.max(1, Math.abs(forward)),
    );
  });

  test("vmap, of values and gradients", () => {
    const [as, bs] = [ad.stack([z, w, z]), ad.stack([w, z, z])];
    const loss = (a: Tensor, b: Tensor): Tensor => f(a, b).abs().square().sum();
    const gradient = grad(loss, { argnums: [0, 1] });
    const mapped = vmap(gradient)(as, bs);
    for (let i = 0; i < 3; i++)
      gradient(as.slice(i), bs.slice(i)).forEach((g, k) => {
        testing.assertAllClose(mapped[k].slice(i), g, { rtol: 1e-11, atol: 1e-12 });
      });
  });

  test("complex64 keeps its dtype and agrees", () => {
    const single = f(z.cast("complex64"), w.cast("complex64"));
    expect(["complex64", "float32"]).toContain(single.dtype);
    testing.assertAllClose(single, f(z, w), { rtol: 1e-4, atol: 1e-5 });
  });
});

test("the jacobian of a complex function of real arguments", () => {
  const f = (x: Tensor): Tensor => complex(x, x.square()).mul(c(1, 1));
  const wanted = tensor([
    [c(-1, 3), c(0, 0)],
    [c(0, 0), c(-3, 5)],
  ]);
  for (const mode of ["auto", "reverse", "forward"] as const)
    testing.assertAllClose(ad.jacobian(f, { mode })([1, 2]), wanted, { rtol: 1e-14 });
});

test("the least squares of a complex linear model, by steepest descent", () => {
  const a = at(11, 4, 3);
  const b = at(13, 4);
  const loss = (x: Tensor): Tensor => a.matmul(x).sub(b).abs().square().sum();
  let x = ad.zeros([3], { dtype: "complex128" });
  for (let i = 0; i < 20_000; i++) x = x.sub((grad(loss)(x) as Tensor).mul(0.02));
  const residual = a.matmul(x).sub(b);
  // The normal equations: the residual is orthogonal to the columns.
  testing.assertAllClose(a.mH.matmul(residual), ad.zeros([3]), { atol: 1e-4 });
});
