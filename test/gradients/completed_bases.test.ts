import {
  GradientError,
  grad,
  gradients,
  hvp,
  jacobian,
  jvp,
  linalg,
  sum,
  type Tensor,
  tensor,
  variable,
  vmap,
  zeros,
} from "adjoint";
import { describe, expect, test } from "vitest";
import { expectError } from "../error_assertions.js";
import { checkDerivatives } from "../finite_differences.js";
import { expectClose } from "../linalg/close.js";
import { generalMatrices, randomTensor } from "../random_values.js";

/** Noise around a diagonal: independent columns, distinct singular values. */
function matrices(shape: readonly number[], seed: number): Tensor {
  const [m, n] = shape.slice(-2);
  const around = generalMatrices(shape.slice(0, -2), Math.max(m, n), seed);
  return around.slice("...", [0, m], [0, n]).add(randomTensor([m, n], seed + 1).mul(0.3));
}

/** A factor with more vectors than the matrix determines: which of them it does, and the same from the thin form. */
interface Completed {
  readonly name: string;
  readonly shape: readonly [number, number];
  readonly whole: (a: Tensor) => Tensor;
  readonly determined: (a: Tensor) => Tensor;
  readonly thin: (a: Tensor) => Tensor;
  /** Another result of the same decomposition. */
  readonly other: (a: Tensor) => readonly [unasked: Tensor, asked: Tensor];
  readonly otherThin: (a: Tensor) => Tensor;
}

const qrOf = (a: Tensor) => linalg.qr(a, { mode: "complete" });
const svdOf = (a: Tensor) => linalg.svd(a, { fullMatrices: true });

const completed: Completed[] = [
  ...([[4, 3], [5, 2], [3, 1]] as const).map((shape) => ({
    name: `q of qr ${shape}`,
    shape,
    whole: (a: Tensor) => qrOf(a).q,
    determined: (a: Tensor) => qrOf(a).q.slice("...", [0, shape[1]]),
    thin: (a: Tensor) => linalg.qr(a).q,
    other: (a: Tensor) => [qrOf(a).q, qrOf(a).r] as const,
    otherThin: (a: Tensor) => linalg.qr(a).r.pad([...a.shape.slice(0, -2).map(() => [0, 0] as const), [0, shape[0] - shape[1]], [0, 0]]),
  })),
  ...([[4, 3], [5, 2], [3, 1]] as const).map((shape) => ({
    name: `u of svd ${shape}`,
    shape,
    whole: (a: Tensor) => svdOf(a).u,
    determined: (a: Tensor) => svdOf(a).u.mT.slice("...", [0, shape[1]], null).mT,
    thin: (a: Tensor) => linalg.svd(a).u,
    other: (a: Tensor) => { const { u, vh } = svdOf(a); return [u, vh] as const; },
    otherThin: (a: Tensor) => linalg.svd(a).vh,
  })),
  ...([[3, 4], [2, 5], [1, 3]] as const).map((shape) => ({
    name: `vh of svd ${shape}`,
    shape,
    whole: (a: Tensor) => svdOf(a).vh,
    determined: (a: Tensor) => svdOf(a).vh.slice("...", [0, shape[0]], null),
    thin: (a: Tensor) => linalg.svd(a).vh,
    other: (a: Tensor) => { const { u, vh } = svdOf(a); return [vh, u] as const; },
    otherThin: (a: Tensor) => linalg.svd(a).u,
  })),
]; // biome-ignore format: a table

const weighted = (x: Tensor): Tensor => sum(x.mul(randomTensor(x.shape, 5)));
const refused = (body: () => unknown, ...parts: string[]): void => {
  expectError(body, GradientError, "ERR_ADJOINT_GRADIENT", "arbitrary", ...parts);
};

describe.each(completed)("$name", ({ shape, whole, determined, thin, other, otherThin }) => {
  const a = matrices(shape, 31);
  const t = randomTensor(shape, 32);

  test("what is determined has the derivatives of the thin form, in both modes and to second order", () => {
    expectClose(determined(a), thin(a));
    expectClose(grad((x: Tensor) => weighted(determined(x)))(a), grad((x: Tensor) => weighted(thin(x)))(a));
    expectClose(jvp(determined, [a], [t])[1], jvp(thin, [a], [t])[1]);
    expectClose(jacobian(determined, { mode: "forward" })(a), jacobian(thin)(a));
    checkDerivatives({ name: "determined", f: determined, at: [a] });
    const products = (f: (x: Tensor) => Tensor): Tensor =>
      hvp((x: Tensor) => weighted(f(x)), [a], [t])[1][0] as unknown as Tensor;
    expectClose(products(determined), products(thin), 1e-11);
  });

  test("other results are differentiated as if nothing were missing", () => {
    expectClose(
      grad((x: Tensor) => weighted(other(x)[1]))(a),
      grad((x: Tensor) => weighted(otherThin(x)))(a),
    );
    const forward = (x: Tensor): Tensor => {
      const [unasked, asked] = other(x);
      unasked.abs().matmul(unasked).sum(0);
      return asked;
    };
    expectClose(jvp(forward, [a], [t])[1], jvp(otherThin, [a], [t])[1]);
    checkDerivatives({ name: "other", f: forward, at: [a] });
  });

  test("mapped", () => {
    const batch = matrices([3, ...shape], 33);
    const tangents = randomTensor([3, ...shape], 34);
    const pushed = (f: (x: Tensor) => Tensor) => (x: Tensor, d: Tensor) => jvp(f, [x], [d])[1];
    expectClose(vmap(pushed(determined))(batch, tangents), vmap(pushed(thin))(batch, tangents));
    expectClose(jvp(vmap(determined), [batch], [tangents])[1], jvp(vmap(thin), [batch], [tangents])[1]);
    const pulled = (f: (x: Tensor) => Tensor) => grad((x: Tensor) => weighted(f(x)));
    expectClose(vmap(pulled(determined))(batch), vmap(pulled(thin))(batch));
    refused(() => vmap(pulled(whole))(batch));
  });

  test("the rest is refused where it is asked for", () => {
    const loss = (x: Tensor): Tensor => weighted(whole(x));
    refused(() => grad(loss)(a), `[${shape}]`);
    refused(() => jvp(whole, [a], [t]), `[${shape}]`);
    refused(() => jvp(loss, [a], [t]));
    const [tangent, other] = jvp((x: Tensor) => [whole(x), x.square()], [a], [t])[1];
    expect(tangent.shape).toEqual(whole(a).shape);
    refused(() => tangent.toArray(), `[${shape}]`);
    refused(() => tangent.sin());
    expectClose(other, a.mul(t).mul(2));
    refused(() => jacobian(whole, { mode: "forward" })(a).toArray());
    refused(() => jacobian(whole, { mode: "reverse" })(a));
    const v = variable(a);
    refused(() => gradients(loss(v), v));
  });

  test("derivatives of what is refused are refused, not zero", () => {
    const pushed = (x: Tensor): Tensor => jvp((y: Tensor) => weighted(whole(y)), [x], [t])[1];
    refused(() => grad(pushed)(a));
    refused(() => jvp(pushed, [a], [t]));
    const v = variable(a);
    refused(() => gradients(pushed(v), v));
  });
});

test("square matrices leave nothing arbitrary", () => {
  const a = matrices([3, 3], 35);
  checkDerivatives({ name: "qr", f: (x: Tensor) => qrOf(x), at: [a] });
  checkDerivatives({ name: "svd", f: (x: Tensor) => svdOf(x), at: [a] });
});

test("without elements", () => {
  for (const shape of [
    [3, 0],
    [0, 3, 2],
    [2, 3, 0],
  ]) {
    // biome-ignore format: shapes
    const a = zeros(shape);
    expect(jvp((x: Tensor) => qrOf(x).r, [a], [a])[1].shape).toEqual([
      ...shape.slice(0, -2),
      3,
      shape.at(-1),
    ]);
    expect(grad((x: Tensor) => svdOf(x).s.sum())(a).shape).toEqual(shape);
    expect(grad((x: Tensor) => svdOf(x).vh.sum())(a).shape).toEqual(shape);
  }
});

test("zeros in the cotangent of what is not determined are not asked for", () => {
  const weights = tensor([[1, 2, 0], [3, 4, 0], [5, 6, 0]]); // biome-ignore format: a matrix
  const a = matrices([3, 2], 36);
  const loss = (q: Tensor): Tensor => sum(q.mul(weights));
  const thin = (q: Tensor): Tensor => sum(q.mul(weights.slice(null, [0, 2])));
  expectClose(grad((x: Tensor) => loss(qrOf(x).q))(a), grad((x: Tensor) => thin(linalg.qr(x).q))(a));
});
