import * as ad from "adjoint";
import { grad, linalg, type Tensor, tensor } from "adjoint";
import { expect, test } from "vitest";

test("empty matrices", () => {
  const a = ad.zeros([0, 0]);
  expect(linalg.det(a).item()).toBe(1);
  expect(linalg.inv(a).shape).toEqual([0, 0]);
  expect(linalg.cholesky(a).shape).toEqual([0, 0]);
  expect(linalg.eigh(a).values.shape).toEqual([0]);
  expect(linalg.solve(a, ad.zeros([0])).shape).toEqual([0]);
  expect(linalg.svd(ad.zeros([0, 3])).vh.shape).toEqual([0, 3]);
  expect(linalg.svd(ad.zeros([3, 0]), { fullMatrices: true }).u.shape).toEqual([3, 3]);
});
test("disposing an argument inside f", () => {
  expect(
    grad((x: Tensor) => {
      const y = x.square();
      x.dispose();
      return y;
    })(3).item(),
  ).toBe(6);
});
test("unknown options of fullLike, concat, stack", () => {
  expect(() => ad.fullLike([1], 1, { typo: 1 } as never)).toThrow(/typo/);
  expect(() => ad.concat([[1]], { typo: 1 } as never)).toThrow(/typo/);
  expect(() => ad.stack([[1]], { typo: 1 } as never)).toThrow(/typo/);
});
test("second derivative of singular values with full matrices", () => {
  const f = (x: Tensor) => linalg.svd(x, { fullMatrices: true }).s.sum();
  const g = (x: Tensor) => linalg.svd(x).s.sum();
  const a = [
    [1, 2],
    [3, 4],
    [5, 7],
  ];
  expect(ad.hessian(f)(a).sub(ad.hessian(g)(a)).abs().max().item()).toBeLessThan(1e-12);
});
test("a repeated argnum", () => {
  const f = () => grad((x: Tensor) => x.square(), { argnums: [0, 0] })(3).map((g) => g.item());
  let found: unknown;
  try {
    found = f();
  } catch (error) {
    expect((error as { code: string }).code).toBe("ERR_ADJOINT_ARGUMENT");
    return;
  }
  expect(found).toEqual([6, 6]);
});
test("arange in int32 that does not fit", () => {
  expect(() => ad.arange(3e9, 3e9 + 2, 1, { dtype: "int32" })).toThrow(ad.DTypeError);
});
test("absurd sizes of linspace and random", () => {
  expect(() => ad.linspace(0, 1, 1e12)).toThrow(ad.ArgumentError);
  expect(() => ad.random.randomState(0).randn(1e12)).toThrow(ad.ArgumentError);
});
test("a warning of a call that failed is not delivered by the next one", () => {
  const seen: string[] = [];
  const remove = ad.onWarning(({ operation }) => seen.push(operation));
  const bad = ad.stack(
    [0, 1, 2].map(() =>
      tensor([
        [1, 1],
        [1, 1 + 1e-15],
      ]),
    ),
  );
  expect(() => linalg.solve(bad, ad.zeros([2, 2, 1]))).toThrow(ad.ShapeError);
  linalg.inv(ad.eye(2));
  remove();
  expect(seen).toEqual([]);
});
test("a stack that is no string", () => {
  const before = Error.prepareStackTrace;
  const remove = ad.onWarning(() => {});
  Error.prepareStackTrace = (_error, sites) => sites;
  try {
    linalg.inv([
      [1, 1],
      [1, 1 + 1e-15],
    ]);
  } finally {
    Error.prepareStackTrace = before;
    remove();
  }
});
test("disposing a result leaves the operand alone", () => {
  for (const same of [
    (x: Tensor) => x.cast("float64"),
    (x: Tensor) => tensor(x),
    (x: Tensor) => ad.clip(x, null, null),
  ]) {
    const x = tensor([1, 2]);
    same(x).dispose();
    expect(x.toArray()).toEqual([1, 2]);
  }
});
test("a cyclic array", () => {
  const a: unknown[] = [];
  a.push(a);
  expect(() => ad.add(a as never, 1)).toThrow(ad.ShapeError);
});
test("rounding keeps integers", () => {
  expect(tensor(Int32Array.of(1)).floor().dtype).toBe("int32");
});
