import * as ad from "adjoint";
import { type Tensor, tensor } from "adjoint";
import { afterAll, expect, test } from "vitest";
import { addon } from "../addon.js";
import { uniform } from "../random_values.js";

afterAll(() => addon.setSimdTarget(addon.simdTargets[0]));

const { NaN: nan, POSITIVE_INFINITY: infinity, MIN_VALUE: smallest } = Number;

/** What f gives on every target, as exact numbers. */
function everywhere(f: () => Tensor): unknown[] {
  return addon.simdTargets.map((target) => {
    addon.setSimdTarget(target);
    const y = f();
    return [y.shape, Array.from(y.toTypedArray() as ArrayLike<unknown>)];
  });
}

function values(n: number, seed: number): Float64Array {
  const next = uniform(seed);
  const special = [
    0,
    -0,
    infinity,
    -infinity,
    nan,
    smallest,
    -smallest,
    2 ** -1022,
    0.5,
    -2.5,
    1e300,
    -1e300,
  ];
  return Float64Array.from({ length: n }, (_, i) =>
    i % 5 === 4
      ? special[Math.floor(next() * special.length)]
      : (next() - 0.5) * 2 ** Math.floor(40 * next() - 20),
  );
}

const exact: Record<string, (x: Tensor, y: Tensor) => Tensor> = {
  add: ad.add,
  sub: ad.sub,
  mul: ad.mul,
  div: ad.div,
  maximum: ad.maximum,
  minimum: ad.minimum,
  remainder: ad.remainder,
  floorDivide: ad.floorDivide,
  neg: ad.neg,
  abs: ad.abs,
  sign: ad.sign,
  reciprocal: ad.reciprocal,
  square: ad.square,
  sqrt: ad.sqrt,
  rsqrt: ad.rsqrt,
  floor: ad.floor,
  ceil: ad.ceil,
  round: ad.round,
  trunc: ad.trunc,
  equal: ad.equal,
  less: ad.less,
  greaterEqual: ad.greaterEqual,
  isFinite: ad.isFinite,
  isNaN: ad.isNaN,
  where: (x, y) => ad.where(x.less(y), x, y),
  cast: (x) => x.cast("float32").cast("float64"),
};

test.each(Object.keys(exact))("%s has the same bits on every target", (name) => {
  for (const dtype of ["float64", "float32"] as const) {
    for (const n of [0, 1, 2, 3, 5, 8, 13, 16, 17, 31, 64, 100, 1000]) {
      const x = tensor(values(n, n)).cast(dtype);
      const y = tensor(values(n, n + 7)).cast(dtype);
      const found = everywhere(() => exact[name](x, y));
      for (const other of found) expect(other).toEqual(found[0]);
      const columns = everywhere(() => exact[name](x.flip(0), n > 0 ? y.slice([0, 1]) : y));
      for (const other of columns) expect(other).toEqual(columns[0]);
    }
  }
});

const reductions: Record<string, (x: Tensor, axis?: number) => Tensor> = {
  sum: (x, axis) => ad.sum(x, axis),
  mean: (x, axis) => ad.mean(x, axis),
  prod: (x, axis) => ad.prod(x, axis),
  max: (x, axis) => ad.max(x, axis),
  min: (x, axis) => ad.min(x, axis),
};

test.each(Object.keys(reductions))("%s has the same bits on every target", (name) => {
  const f = reductions[name];
  for (const dtype of ["float64", "float32"] as const) {
    for (const n of [1, 2, 7, 16, 31, 33, 64, 127, 129, 500, 1200]) {
      const finite = values(n, n).map((v) => (Math.abs(v) < infinity ? v : 1));
      for (const x of [tensor(finite).cast(dtype), tensor(values(n, n)).cast(dtype)]) {
        const found = everywhere(() => f(x));
        for (const other of found) expect(other, `${dtype} ${n}`).toEqual(found[0]);
        const matrix = x.expandDims(0).add(tensor([[0], [1], [2], [3], [4], [5]]).cast(dtype));
        for (const y of [matrix, matrix.T])
          for (const axis of [0, 1]) {
            const rows = everywhere(() => f(y, axis));
            for (const other of rows) expect(other, `${dtype} ${n} axis ${axis}`).toEqual(rows[0]);
          }
      }
    }
  }
});

test("extremes find the extreme, and NaN, wherever it stands", () => {
  for (const target of addon.simdTargets) {
    addon.setSimdTarget(target);
    for (const dtype of ["float64", "float32"] as const)
      for (const n of [1, 15, 16, 17, 32, 63, 64, 65, 200])
        for (let at = 0; at < n; at++) {
          const next = uniform(at);
          const x = Float64Array.from({ length: n }, () => Math.fround(next()));
          for (const extreme of [2, -2, nan]) {
            x[at] = extreme;
            const t = tensor(x).cast(dtype);
            expect(t.max().item()).toBe(extreme === -2 ? Math.max(...x) : extreme);
            expect(t.min().item()).toBe(extreme === 2 ? Math.min(...x) : extreme);
          }
        }
  }
});
