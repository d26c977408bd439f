import type { Tensor } from "adjoint";
import { describe, expect, test } from "vitest";
import { addon } from "./addon.js";

/** Kernel names in the order they ran. The spy stands before the library takes its reference. */
let calls: string[] = [];
const frame = new Float64Array(addon.frame);
const { execute } = addon;
Object.assign(addon, {
  execute(a: unknown, b: unknown, c: unknown) {
    calls.push(addon.kernels[frame[8]].replace(/_\w\d\d$/, ""));
    execute(a, b, c);
  },
});
const {
  compile,
  eye,
  grad,
  gradients,
  hessian,
  jacobian,
  jvp,
  linalg,
  onWarning,
  stack,
  tidy,
  variable,
  vjp,
  vmap,
} = await import("adjoint");
const { positiveMatrices, randomTensor } = await import("./random_values.js");

function countOf(kernel: string, body: () => unknown): number {
  calls = [];
  body();
  return calls.filter((name) => name === kernel).length;
}

const a = positiveMatrices([], 4, 1);
const b = randomTensor([4], 2);

describe("one factorisation serves the value and all derivatives", () => {
  const solved = (x: Tensor) => linalg.solve(x, b).square().sum();

  test("the spy sees what runs", () => {
    expect(countOf("getrf", () => linalg.solve(a, b))).toBe(1);
    expect(countOf("getrs", () => linalg.solve(a, b))).toBe(1);
    expect(countOf("getrf", () => a.add(1))).toBe(0);
  });

  test.each([
    ["gradient", () => grad(solved)(a)],
    ["Hessian", () => hessian(solved)(a)],
    ["third derivative", () => grad((x: Tensor) => grad((y: Tensor) => grad(solved)(y).sum())(x).sum())(a)],
    ["Jacobian of the solution", () => jacobian((x: Tensor) => linalg.solve(x, b))(a)],
    ["gradient by b", () => jacobian((y: Tensor) => linalg.solve(a, y))(b)],
  ])("%s of a solve: getrf once", (_name, body) => {
    expect(countOf("getrf", body)).toBe(1);
  });

  test("Hessian of a positive definite solve: potrf once", () => {
    const f = (x: Tensor) => linalg.solve(x, b, { assume: "positive" }).square().sum();
    expect(countOf("potrf", () => hessian(f)(a))).toBe(1);
  });

  test("Hessians of a Sylvester equation, a square root and a logarithm: gees once for each matrix", () => {
    const c = randomTensor([4, 4], 3);
    expect(
      countOf("gees", () => hessian((x: Tensor) => linalg.sylvester(x, c.add(a), c).square().sum())(a)),
    ).toBe(2);
    expect(countOf("gees", () => hessian((x: Tensor) => linalg.lyapunov(x, c).square().sum())(a))).toBe(1);
    expect(countOf("gees", () => hessian((x: Tensor) => linalg.sqrtm(x).mul(c).sum())(a))).toBe(1);
    expect(countOf("gees", () => hessian((x: Tensor) => linalg.logm(x).mul(c).sum())(a))).toBe(1);
  });

  test("Hessian of slogdet: getrf once", () => {
    expect(countOf("getrf", () => hessian((x: Tensor) => linalg.slogdet(x).logAbsDet)(a))).toBe(1);
  });

  test("Hessian of an eigenvalue: syevd once", () => {
    expect(countOf("syevd", () => hessian((x: Tensor) => linalg.eigh(x).values.slice(0))(a))).toBe(1);
    expect(countOf("syevd", () => hessian((x: Tensor) => linalg.eigvalsh(x).slice(0))(a))).toBe(1);
  });

  test("one reduction to tridiagonal form serves a part of the spectrum, its gradient and its Hessian", () => {
    const large = positiveMatrices([], 9, 3);
    const pair = (x: Tensor) => {
      const { values, vectors } = linalg.eigh(x, { subset: [2, 4] });
      return vectors.square().slice(0).sum().add(values.exp().sum());
    };
    for (const body of [() => pair(large), () => grad(pair)(large), () => hessian(pair)(large)]) {
      expect(countOf("sytrd", body)).toBe(1);
      expect(countOf("syevd", body)).toBe(0);
    }
    const lowest = (x: Tensor) => linalg.eigvalsh(x, { subset: [0, 1] }).sum();
    expect(countOf("sytrd", () => hessian(lowest)(large))).toBe(1);
    expect(countOf("deflatedSolve", () => grad(lowest)(large))).toBe(0);
    expect(countOf("stebz", () => lowest(large))).toBe(0);
  });

  test("Hessian of an inverse: inv once", () => {
    expect(countOf("inv", () => hessian((x: Tensor) => linalg.inv(x).sum())(a))).toBe(1);
  });

  test("Hessian of singular values: gesdd once", () => {
    expect(countOf("gesdd", () => hessian((x: Tensor) => linalg.svd(x).s.sum())(a))).toBe(1);
  });

  test("gradients of gradients after the fact, and a pullback called often", () => {
    const v = variable(a);
    expect(
      countOf("getrf", () => {
        const first = gradients(solved(v), v);
        gradients(first.sum(), v);
        gradients(first.square().sum(), v);
      }),
    ).toBe(1);
    expect(
      countOf("getrf", () => {
        const [, pullback] = vjp((x: Tensor) => linalg.solve(x, b), a);
        for (let i = 0; i < 5; i++) pullback(b);
      }),
    ).toBe(1);
  });

  test("eigenvalues alone need no vectors, unless they are differentiated", () => {
    expect(countOf("syevdValues", () => linalg.eigvalsh(a))).toBe(1);
    expect(countOf("syevd", () => linalg.eigvalsh(a))).toBe(0);
    expect(countOf("syevdValues", () => linalg.eigvalsh(variable(a)))).toBe(0);
  });
});

describe("what is asked of one positive definite matrix shares its Cholesky factor", () => {
  const positive = { assume: "positive" } as const;
  const logDet = (x: Tensor, options = {}): Tensor =>
    linalg.slogdet(x, { ...positive, ...options }).logAbsDet;
  const likelihood = (x: Tensor): Tensor => {
    const k = x.add(eye(4));
    return logDet(k).add(b.matmul(linalg.solve(k, b, positive)));
  };
  const fresh = (seed: number): Tensor => positiveMatrices([], 4, seed);

  test("logarithm of the determinant, solution and inverse, in any order", () => {
    const [x, y, z] = [fresh(11), fresh(12), fresh(13)];
    const asks = (m: Tensor) => [
      () => logDet(m),
      () => linalg.solve(m, b, positive),
      () => linalg.inv(m, positive),
      () => linalg.solve(m, b, { ...positive, refine: true }),
    ];
    for (const body of [asks(x), asks(y).reverse(), [asks(z)[2], ...asks(z)]])
      expect(
        countOf("potrf", () => {
          for (const ask of body) ask();
        }),
      ).toBe(1);
    expect(countOf("pocon", () => linalg.solve(x, b, positive))).toBe(0);
  });

  test("the gradient of a likelihood takes one factor and one inverse", () => {
    const body = () => grad(likelihood)(a);
    expect(countOf("potrf", body)).toBe(1);
    expect(countOf("potri", body)).toBe(1);
    expect(countOf("potrs", body)).toBe(2);
    expect(countOf("getrf", body)).toBe(0);
    expect(countOf("potrf", () => hessian(likelihood)(a))).toBe(1);
    expect(countOf("potrf", () => jvp(likelihood, [a], [eye(4)]))).toBe(1);
    expect(countOf("potrf", () => vmap(likelihood)(stack([a, fresh(14)])))).toBe(1);
  });

  test("so does the program", () => {
    const k = (x: Tensor): Tensor => logDet(x.square()).add(linalg.solve(x.square(), b, positive).sum());
    for (const f of [grad(likelihood), grad(k)]) {
      const compiled = compile(f);
      const found = compiled(a);
      expect(compiled.program.match(/potrf/g)).toHaveLength(1);
      expect(compiled.program.match(/potri/g)).toHaveLength(1);
      expect(found.toArray()).toEqual(f(a).toArray());
    }
  });

  test("a factor of other entries, a disposed one and that of an earlier value do not serve", () => {
    const x = fresh(15);
    expect(
      countOf("potrf", () => {
        logDet(x);
        logDet(x, { triangle: "lower" });
      }),
    ).toBe(2);
    const y = fresh(16);
    const before = tidy(() => logDet(y).item());
    expect(linalg.inv(y, positive).slogdet().logAbsDet.item()).toBeCloseTo(-(before as number), 12);
    const v = variable(fresh(17));
    const [first, second] = [logDet(v), logDet(v.assign(fresh(18)))];
    expect(second.item()).toBe(logDet(fresh(18)).item());
    expect(first.item()).toBe(logDet(fresh(17)).item());
  });

  test("one that has failed is an error for whoever has not asked for NaN", () => {
    const bad = stack([a, eye(4).mul(-1)]);
    const lenient = logDet(bad, { onFailure: "nan" });
    expect(lenient.isNaN().toArray()).toEqual([false, true]);
    expect(() => linalg.solve(bad, b, positive)).toThrow(/^solve: .*not positive definite/);
    expect(
      linalg
        .inv(bad, { ...positive, onFailure: "nan" })
        .slice(1)
        .isNaN()
        .all()
        .item(),
    ).toBe(true);
  });

  test("each solve warns of an ill-conditioned matrix, and the determinant does not", () => {
    const near = stack([
      eye(2),
      eye(2).add(
        eye(2)
          .flip(0)
          .mul(1 - 4e-16),
      ),
    ]);
    const seen: string[] = [];
    const remove = onWarning(({ operation, batchIndex }) => seen.push(`${operation} ${batchIndex}`));
    logDet(near);
    expect(seen).toEqual([]);
    linalg.solve(near, [1, 2], positive);
    linalg.inv(near, positive);
    linalg.solve(near, [2, 1], positive);
    remove();
    expect(seen).toEqual(["solve 1", "inv 1", "solve 1"]);
  });
});

describe("what is not wanted is not computed", () => {
  test("the gradient of a product by one operand needs one product", () => {
    const x = randomTensor([3, 3], 3);
    expect(countOf("matmul", () => grad((y: Tensor) => y.matmul(x).sum())(x))).toBe(2);
  });

  test("operations on constants are not recorded", () => {
    const constant = a.exp();
    expect(countOf("exp", () => grad((x: Tensor) => x.mul(constant.exp()).sum())(a))).toBe(1);
  });

  test("views run no kernel", () => {
    calls = [];
    a.T.slice(1).expandDims(0).broadcastTo([3, 4]).flip(0).squeeze();
    a.diagonal();
    a.reshape([2, 8]);
    expect(calls).toEqual([]);
  });
});
