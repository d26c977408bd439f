import * as ad from "adjoint";
import {
  type Complex,
  complex,
  DTypeError,
  full,
  GradientError,
  grad,
  gradients,
  jacobian,
  linalg,
  ShapeError,
  type Tensor,
  tensor,
  testing,
  variable,
} from "adjoint";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { expectError } from "../error_assertions.js";

const c = (re: number, im: number): Complex => ({ re, im });
const z = tensor([
  [c(1, 2), c(3, -4)],
  [c(0.5, 0), c(-1, 1)],
]);

describe("making and reading", () => {
  test("{ re, im } gives complex128, mixed with numbers too", () => {
    expect(z.dtype).toBe("complex128");
    expect(z.toArray()).toEqual([
      [c(1, 2), c(3, -4)],
      [c(0.5, 0), c(-1, 1)],
    ]);
    expect(tensor([1, c(0, 1)]).toArray()).toEqual([c(1, 0), c(0, 1)]);
    expect(tensor(c(2, 3)).item()).toEqual(c(2, 3));
    expect(z.at(-1, 1)).toEqual(c(-1, 1));
    expect(z.slice(null, 1).toArray()).toEqual([c(3, -4), c(-1, 1)]);
    expect(JSON.stringify(z.slice(0, 0))).toBe('{"re":1,"im":2}');
  });

  test("typed arrays hold the parts in turn", () => {
    expect([...z.toTypedArray("complex128")]).toEqual([1, 2, 3, -4, 0.5, 0, -1, 1]);
    const parts = new Float32Array([1, 2, 3, 4]);
    expect(tensor(parts, { dtype: "complex64", shape: [2] }).toArray()).toEqual([c(1, 2), c(3, 4)]);
    expect(tensor(parts, { dtype: "complex64" }).toArray()).toEqual([1, 2, 3, 4].map((x) => c(x, 0)));
    expect(tensor(parts, { dtype: "complex64", shape: [2, 2] }).at(1, 0)).toEqual(c(3, 0));
    expectError(
      () => tensor(parts, { dtype: "complex64", shape: [3] }),
      ShapeError,
      "ERR_ADJOINT_SHAPE",
      "[3] needs 3",
    );
  });

  test("what is transferable comes back", () => {
    for (const dtype of ["complex64", "complex128"] as const) {
      const x = z.cast(dtype).mT;
      const back = tensor(structuredClone(x.toTransferable()));
      expect(back.dtype).toBe(dtype);
      expect(back.toArray()).toEqual(x.toArray());
    }
  });

  test("creation", () => {
    expect(full([2], c(1, -1)).toArray()).toEqual([c(1, -1), c(1, -1)]);
    expect(full([1], c(1, -1), { dtype: "complex64" }).dtype).toBe("complex64");
    expect(full([1], 3, { dtype: "complex64" }).toArray()).toEqual([c(3, 0)]);
    expect(ad.eye(2, { dtype: "complex128" }).toArray()).toEqual([
      [c(1, 0), c(0, 0)],
      [c(0, 0), c(1, 0)],
    ]);
    expect(ad.zerosLike(z).dtype).toBe("complex128");
    expect(ad.ones([1], { dtype: "complex64" }).toArray()).toEqual([c(1, 0)]);
    expect(ad.arange(2, { dtype: "complex64" }).toArray()).toEqual([c(0, 0), c(1, 0)]);
    expect(variable(z).read().toArray()).toEqual(z.toArray());
  });

  test("complex(re, im) broadcasts; its dtype is that of the parts", () => {
    expect(complex([1, 2], 3).toArray()).toEqual([c(1, 3), c(2, 3)]);
    expect(complex(tensor([1], { dtype: "float32" }), 0).dtype).toBe("complex64");
    expect(complex(tensor([1], { dtype: "int32" }), 0).dtype).toBe("complex128");
    expectError(() => complex(z, 1), DTypeError, "ERR_ADJOINT_DTYPE", "complex128[2,2]");
    expectError(() => complex([1, 2], [1, 2, 3]), ShapeError, "ERR_ADJOINT_SHAPE", /^complex: /);
  });

  test("parts are views, of transposes and slices too", () => {
    const x = z.mT.slice(null, [null, null, -1]);
    expect(x.real().toArray()).toEqual([
      [0.5, 1],
      [-1, 3],
    ]);
    expect(x.imag().toArray()).toEqual([
      [0, 2],
      [1, -4],
    ]);
    expect(tensor([1, 2]).imag().toArray()).toEqual([0, 0]);
    expect(tensor([1, 2]).real().toArray()).toEqual([1, 2]);
  });
});

/** What NumPy 1.24 prints. */
const printed: [Complex[], string][] = [
  [[c(1, 2)], "[1.+2.j]"],
  [[c(0.5, 0), c(-1, 1.25)], "[ 0.5+0.j   -1. +1.25j]"],
  [[c(Number.NaN, -0), c(1, Number.NEGATIVE_INFINITY)], "[nan -0.j  1.-infj]"],
  [[c(1e-7, 1e10), c(2, -3)], "[1.e-07+1.e+10j 2.e+00-3.e+00j]"],
];
test.each(printed)("prints %o", (values, text) => {
  expect(tensor(values).toString()).toBe(text);
});
test("console.log shows shape and dtype", () => {
  expect(
    Reflect.get(tensor([c(1, -2)]), Symbol.for("nodejs.util.inspect.custom")).call(tensor([c(1, -2)])),
  ).toBe("tensor([1.-2.j], shape=[1], complex128)");
});

describe("promotion", () => {
  const types = ["bool", "int32", "float32", "float64", "complex64", "complex128"] as const;
  const wanted: Record<string, string> = { "float64 complex64": "complex128" };
  for (const [i, a] of types.entries())
    for (const b of types.slice(Math.max(i, 4)))
      test(`${a} with ${b}`, () => {
        const x = ad.ones([2], { dtype: a });
        const y = ad.ones([2], { dtype: b });
        for (const sum of [x.add(y), y.add(x), ad.concat([x, y])])
          expect(sum.dtype).toBe(wanted[`${a} ${b}`] ?? b);
      });

  test("numbers and { re, im } are weak", () => {
    const single = tensor([1], { dtype: "float32" });
    expect(single.mul(c(0, 1)).dtype).toBe("complex64");
    expect(single.cast("complex64").mul(2).dtype).toBe("complex64");
    expect(single.cast("complex64").mul(c(0, 1)).dtype).toBe("complex64");
    expect(tensor([1], { dtype: "int32" }).add(c(0, 1)).dtype).toBe("complex128");
    expect(z.add(1).at(0, 0)).toEqual(c(2, 2));
  });
});

describe("what has no meaning for complex numbers is refused", () => {
  const refused: Record<string, () => unknown> = {
    floor: () => z.floor(),
    less: () => z.less(1),
    maximum: () => z.maximum(1),
    max: () => z.max(),
    argmax: () => z.argmax(),
    sort: () => z.sort(),
    argsort: () => z.argsort(),
    median: () => z.median(),
    remainder: () => z.remainder(2),
    erf: () => z.erf(),
    atan2: () => z.atan2(1),
    clip: () => z.clip(0, 1),
    softmax: () => z.softmax(),
    relu: () => z.relu(),
    eigh: () => linalg.eigh(z),
    inv: () => linalg.inv(z),
    "cast to float64": () => z.cast("float64"),
    "cast to bool": () => z.cast("bool"),
    "full of float64": () => full([2], c(1, 1), { dtype: "float64" }),
    "tensor of float64": () => tensor([c(1, 1)], { dtype: "float64" }),
    setSlice: () => ad.setSlice([1, 2], [0], c(1, 1)),
    jacobian: () => jacobian((x: Tensor) => x.square())(z),
    where: () => ad.where(z, 1, 0),
    take: () => tensor([1, 2]).take(z),
    adam: () => ad.optim.adam().init(z),
  };
  test.each(Object.entries(refused))("%s", (_name, body) => {
    expectError(body, DTypeError, "ERR_ADJOINT_DTYPE", /complex/);
  });

  test("the gradient of a complex value", () => {
    expectError(
      () => grad((x: Tensor) => x.sum())(z),
      GradientError,
      "ERR_ADJOINT_GRADIENT",
      "real scalar, got complex128[]",
    );
    const x = variable(z);
    expectError(() => gradients(x.square(), x), GradientError, "ERR_ADJOINT_GRADIENT", "complex128[2,2]");
    testing.assertAllClose(gradients(x.square(), x, { gradYs: ad.onesLike(z) }), z.conj().mul(2));
  });
});

describe("values", () => {
  test("conjugates and their transposes; of real tensors nothing happens", () => {
    expect(z.mH.toArray()).toEqual([
      [c(1, -2), c(0.5, -0)],
      [c(3, 4), c(-1, -1)],
    ]);
    const x = tensor([[1, 2]]);
    expect(x.mH.toArray()).toEqual([[1], [2]]);
    expect(x.conj().toArray()).toEqual([[1, 2]]);
  });

  test("magnitudes neither overflow nor vanish", () => {
    const extreme = tensor([c(3e200, 4e200), c(3e-200, -4e-200), c(0, 0)]);
    testing.assertAllClose(extreme.abs(), [5e200, 5e-200, 0], { rtol: 1e-15 });
    testing.assertAllClose(linalg.vectorNorm(tensor([c(3e200, 0), c(0, 4e200)])), 5e200, { rtol: 1e-15 });
  });

  test("quotients of extremes", () => {
    testing.assertAllClose(tensor([c(1e300, 1e300)]).div(c(1e300, 1e300)), [1], { rtol: 1e-15 });
    testing.assertAllClose(tensor([c(1e-300, 1e-300)]).div(c(0, 1e-300)), [c(1, -1)], { rtol: 1e-15 });
  });

  test("branches of root and logarithm", () => {
    testing.assertAllClose(
      tensor([c(-1, 0), c(-1, -0), c(-4, 1e-300)]).sqrt(),
      [c(0, 1), c(0, -1), c(0, 2)],
      {
        rtol: 1e-15,
      },
    );
    testing.assertAllClose(tensor([c(-1, 0), c(-1, -0)]).log(), [c(0, Math.PI), c(0, -Math.PI)], {
      rtol: 1e-15,
    });
  });

  test("whole powers are products", () => {
    expect(
      tensor([c(1, 2)])
        .pow(3)
        .toArray(),
    ).toEqual([c(-11, -2)]);
    expect(
      tensor([c(0, 0)])
        .pow(0)
        .toArray(),
    ).toEqual([c(1, 0)]);
    expect(
      tensor([c(0, 0)])
        .pow(2)
        .toArray(),
    ).toEqual([c(0, 0)]);
    expect(
      tensor([c(0, 1)])
        .pow(-2)
        .toArray(),
    ).toEqual([c(-1, -0)]);
  });

  test("truth", () => {
    const x = tensor([c(1, 0), c(Number.NaN, 0), c(0, Number.POSITIVE_INFINITY)]);
    expect(x.isFinite().toArray()).toEqual([true, false, false]);
    expect(x.isNaN().toArray()).toEqual([false, true, false]);
    expect(x.isInf().toArray()).toEqual([false, false, true]);
    expect(x.equal(1).toArray()).toEqual([true, false, false]);
    expect(
      tensor([c(0, 1), c(0, 0)])
        .notEqual(0)
        .toArray(),
    ).toEqual([true, false]);
    expect(ad.nonzero(tensor([c(0, 1), c(0, 0), c(1, 0)]))[0].toArray()).toEqual([0, 2]);
    expect(ad.allClose(z, z.add(c(0, 1e-12)))).toBe(true);
    expect(ad.allClose(z, z.add(c(0, 1e-3)))).toBe(false);
    expect(() => testing.assertAllClose(z, z.conj())).toThrow(/expected 3 \+ 4j, got 3 - 4j/);
  });

  test("long sums lose no digits, in either dtype", () => {
    const n = 100_000;
    const x = full([n], c(0.1, -0.2));
    testing.assertAllClose(x.sum(), c(n * 0.1, -n * 0.2), { rtol: 1e-14 });
    testing.assertAllClose(x.reshape([n / 10, 10]).sum(0), full([10], c(n * 0.01, -n * 0.02)), {
      rtol: 1e-14,
    });
    testing.assertAllClose(x.cast("complex64").sum(), c(n * 0.1, -n * 0.2), { rtol: 1e-6 });
  });

  test("products of all sizes are those of the parts", () => {
    const part = fc.double({ min: -4, max: 4, noNaN: true });
    const extent = fc.integer({ min: 0, max: 12 });
    fc.assert(
      fc.property(extent, extent, extent, fc.infiniteStream(part), (m, k, n, stream) => {
        const numbers = [...stream.take(2 * (m * k + k * n))];
        const [a, b, c2, d] = [0, m * k, 2 * m * k, 2 * m * k + k * n].map((start, i) => {
          const shape = i < 2 ? [m, k] : [k, n];
          return tensor(numbers.slice(start, start + shape[0] * shape[1]), { shape });
        });
        const product = complex(a, b).matmul(complex(c2, d));
        testing.assertAllClose(product.real(), a.matmul(c2).sub(b.matmul(d)), { rtol: 1e-12, atol: 1e-12 });
        testing.assertAllClose(product.imag(), a.matmul(d).add(b.matmul(c2)), { rtol: 1e-12, atol: 1e-12 });
      }),
      { numRuns: 60 },
    );
  });

  test("the first vector of vecdot is conjugated", () => {
    expect(linalg.vecdot([c(0, 1)], [c(0, 1)]).item()).toEqual(c(1, 0));
  });
});
