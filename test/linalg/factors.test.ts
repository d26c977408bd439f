import {
  eye,
  GradientError,
  grad,
  hessian,
  jvp,
  LinAlgError,
  linalg,
  type Tensor,
  type TensorLike,
  tensor,
  vmap,
  zeros,
} from "adjoint";
import { describe, expect, test } from "vitest";
import { expectError } from "../error_assertions.js";
import { generalMatrices, randomTensor } from "../random_values.js";
import { expectClose, squareMatrix, tallMatrix } from "./close.js";

/** An identity and a matrix that holds a NaN. */
const oneBad = (): Tensor => tensor([1, 0, 0, 1, Number.NaN, 0, 0, 1], { shape: [2, 2, 2] });

describe("qr", () => {
  const r = [
    [-4.609772228646444, -0.108465228909328, -1.410047975821265],
    [0, 3.773358622516238, -0.305547733944715],
    [0, 0, -3.894663693846184],
  ];
  const q = [
    [-0.216930457818656, 0.523796115333797, 0.294207081002241],
    [-0.867721831274624, 0.107565273684619, -0.4645682030825],
    [0.433860915637312, 0.277487227766119, -0.820751302500302],
    [-0.108465228909328, -0.798165509080072, -0.15487374734569],
  ];
  const beyond = [0.769429008759062, -0.140231665864961, 0.247250568761905, 0.571997584449183];

  test("NumPy's values, every mode", () => {
    const reduced = linalg.qr(tallMatrix);
    expectClose(reduced.q, q);
    expectClose(reduced.r, r);
    const complete = linalg.qr(tallMatrix, { mode: "complete" });
    expectClose(
      complete.q,
      q.map((row, i) => [...row, beyond[i]]),
    );
    expectClose(complete.r, [...r, [0, 0, 0]]);
    const alone = linalg.qr(tallMatrix, { mode: "r" });
    expectClose(alone.r, r);
    expect([...alone]).toHaveLength(1);
    expect(alone).not.toHaveProperty("q");
  });

  test.each([[[5, 5]], [[3, 5]], [[5, 3]], [[2, 1, 3, 5]], [[2, 3, 1, 5, 3]], [[1, 1]]])(
    "orthonormal Q, triangular R, their product: %j",
    (shape) => {
      const a = randomTensor(shape, 11);
      for (const mode of ["reduced", "complete"] as const) {
        const [q, r] = linalg.qr(a, { mode });
        expectClose(q.matmul(r), a);
        expectClose(
          q.mT.matmul(q),
          eye(q.shape.at(-1)!).broadcastTo([...shape.slice(0, -2), ...q.mT.matmul(q).shape.slice(-2)]),
        );
        expect(r.equal(r.triu()).all().item()).toBe(true);
      }
      expectClose(linalg.qr(a, { mode: "r" }).r, linalg.qr(a).r);
    },
  );

  test("a transposed view and float32", () => {
    const a = tensor(tallMatrix).mT;
    const [q, r] = linalg.qr(a);
    expectClose(q.matmul(r), a);
    expect(linalg.qr(tensor(tallMatrix, { dtype: "float32" })).q.dtype).toBe("float32");
  });

  test("matrices without elements", () => {
    const shapes = (a: Tensor, mode: "reduced" | "complete") =>
      [...linalg.qr(a, { mode })].map((x) => x.shape);
    expect(shapes(zeros([3, 0]), "reduced")).toEqual([
      [3, 0],
      [0, 0],
    ]);
    expect(shapes(zeros([2, 0, 3]), "reduced")).toEqual([
      [2, 0, 0],
      [2, 0, 3],
    ]);
    expect(linalg.qr(zeros([2, 0]), { mode: "complete" }).q.toArray()).toEqual([
      [1, 0],
      [0, 1],
    ]);
    expect(linalg.qr(zeros([0, 3]), { mode: "r" }).r.shape).toEqual([0, 3]);
  });

  test("the derivative of a complete q is refused, that of its r is not", () => {
    const loss = (of: "q" | "r") => (a: Tensor) => linalg.qr(a, { mode: "complete" })[of].square().sum();
    const a = tensor(tallMatrix);
    const error = expectError(
      () => grad(loss("q"))(a),
      GradientError,
      "ERR_ADJOINT_GRADIENT",
      "arbitrary",
      "[4,3]",
    );
    expect(error.operation).toBe("qr");
    expectError(() => jvp(loss("q"), [a], [a]), GradientError, "ERR_ADJOINT_GRADIENT", "arbitrary");
    expectClose(grad(loss("r"))(a), grad((x: Tensor) => linalg.qr(x).r.square().sum())(a));
    expect(grad(loss("q"))(tensor(squareMatrix)).shape).toEqual([3, 3]);
  });

  test("a matrix of a batch that is not finite", () => {
    const a = oneBad();
    const error = expectError(() => linalg.qr(a), LinAlgError, "ERR_ADJOINT_NONFINITE", "matrix [1]");
    expect((error as unknown as LinAlgError).batchIndex).toEqual([1]);
    const { q, r } = linalg.qr(a, { onFailure: "nan" });
    expectClose(q.slice(0).matmul(r.slice(0)), eye(2));
    expect(q.slice(1).isNaN().all().item()).toBe(true);
  });
});

describe("lu", () => {
  test("SciPy's values, tall", () => {
    const { p, l, u } = linalg.lu(tallMatrix);
    expect(p.toArray()).toEqual([
      [0, 0, 0, 1],
      [1, 0, 0, 0],
      [0, 0, 1, 0],
      [0, 1, 0, 0],
    ]);
    expectClose(l, [
      [1, 0, 0],
      [0.125, 1, 0],
      [-0.5, -0.408163265306122, 1],
      [0.25, -0.612244897959184, -0.321342925659472],
    ]);
    expectClose(u, [
      [4, 0.5, 3],
      [0, -3.0625, 0.625],
      [0, 0, 4.255102040816326],
    ]);
  });

  test("SciPy's values, wide", () => {
    const { p, l, u } = linalg.lu(tensor(tallMatrix).mT);
    expect(p.argmax(-1).toArray()).toEqual([1, 0, 2]);
    expectClose(l, [
      [1, 0, 0],
      [0.5, 1, 0],
      [-0.5, 0.866666666666667, 1],
    ]);
    expectClose(u, [
      [2, 0.5, 1, -3],
      [0, 3.75, -2.5, 2],
      [0, 0, 5.166666666666667, -2.233333333333334],
    ]);
  });

  test.each([[[5, 5]], [[3, 5]], [[5, 3]], [[2, 1, 3, 5]], [[2, 3, 1, 5, 3]], [[1, 1]]])(
    "the product of the factors: %j",
    (shape) => {
      const a = randomTensor(shape, 12);
      const [p, l, u] = linalg.lu(a);
      expectClose(p.matmul(l).matmul(u), a);
      expect(l.equal(l.tril()).all().item()).toBe(true);
      expect(u.equal(u.triu()).all().item()).toBe(true);
      expect(l.diagonal().equal(1).all().item()).toBe(true);
      expect(l.abs().max().item()).toBe(1);
    },
  );

  test("singular matrices have factors; empty ones too", () => {
    const [p, l, u] = linalg.lu(zeros([2, 3]));
    expect([p, l].map((x) => x.toArray())).toEqual([eye(2).toArray(), eye(2).toArray()]);
    expect(u.toArray()).toEqual(zeros([2, 3]).toArray());
    expect([...linalg.lu(zeros([2, 3, 0]))].map((x) => x.shape)).toEqual([
      [2, 3, 3],
      [2, 3, 0],
      [2, 0, 0],
    ]);
    expect(linalg.lu(zeros([3, 0])).p.toArray()).toEqual(eye(3).toArray());
  });

  test("float32, integers, and the permutation as a constant", () => {
    const { p, l } = linalg.lu(tensor(squareMatrix, { dtype: "float32" }));
    expect([p.dtype, l.dtype]).toEqual(["float32", "float32"]);
    expect(linalg.lu(eye(2, { dtype: "int32" })).u.dtype).toBe("float64");
    expect(
      grad((a: Tensor) => linalg.lu(a).p.sum())(squareMatrix)
        .abs()
        .sum()
        .item(),
    ).toBe(0);
  });

  test("a matrix of a batch that is not finite", () => {
    const a = oneBad();
    expectError(() => linalg.lu(a), LinAlgError, "ERR_ADJOINT_NONFINITE", /^lu: /, "matrix [1]");
    const { u } = linalg.lu(a, { onFailure: "nan" });
    expect(u.slice(0).toArray()).toEqual(eye(2).toArray());
    expect(u.slice(1, 0).isNaN().all().item()).toBe(true);
  });

  test.each(["gradient", "tangent", "second derivative"] as const)(
    "the %s at a singular leading block is an error that says so",
    (which) => {
      const derivative = {
        gradient: (f: (a: Tensor) => Tensor, a: Tensor) => grad(f)(a),
        tangent: (f: (a: Tensor) => Tensor, a: Tensor) => jvp(f, [a], [a])[1],
        "second derivative": (f: (a: Tensor) => Tensor, a: Tensor) => hessian(f)(a),
      }[which];
      const expectSingular = (
        f: (a: Tensor) => Tensor,
        a: TensorLike,
        ...parts: (string | RegExp)[]
      ): void => {
        const error = expectError(
          () => derivative(f, tensor(a)),
          LinAlgError,
          "ERR_ADJOINT_SINGULAR",
          "derivative",
          ...parts,
        );
        expect(error.operation).toBe(/^\w+/.exec(error.message)![0]);
      };
      const singular = [
        [1, 2],
        [2, 4],
      ];
      const zeroColumn = [
        [0, 1],
        [0, 2],
      ];
      const ofLu = (a: Tensor): Tensor => linalg.lu(a).u.sin().sum();
      const ofQr = (a: Tensor): Tensor => linalg.qr(a).r.sin().sum();
      expectSingular(ofLu, singular, /^lu: .*leading.*block.*position 1/);
      expectSingular((a) => linalg.lu(a).l.sin().sum(), singular, /^lu: /);
      expectSingular(
        ofLu,
        [
          [0, 1, 2],
          [0, 2, 5],
        ],
        /^lu: .*position 0/,
      );
      expectSingular(ofLu, [eye(2).toArray(), singular], /^lu: /, /matrix \[(\d+,)*1\] of the batch/);
      expectSingular(ofQr, zeroColumn, /^qr: .*columns.*independent.*position 0/);
      expectSingular((a) => linalg.qr(a).q.sin().sum(), [...zeroColumn, [0, 3]], /^qr: /);
      expectSingular(
        ofQr,
        [
          [0, 1, 2],
          [0, 2, 5],
        ],
        /^qr: /,
      );
      expectSingular((a) => linalg.qr(a, { mode: "r" }).r.sin().sum(), zeroColumn, /^qr: /);
      expectSingular(
        (a) => linalg.qr(a, { mode: "complete" }).r.sin().sum(),
        [...zeroColumn, [0, 3]],
        /^qr: /,
      );
      expectSingular(ofQr, [eye(2).toArray(), zeroColumn], /^qr: /, /matrix \[(\d+,)*1\] of the batch/);
    },
  );
});

describe("matrixPower", () => {
  test("NumPy's values", () => {
    expectClose(linalg.matrixPower(squareMatrix, 5), [
      [150.25, 313.625, 176.5625],
      [246.25, 143.28125, 660.9375],
      [-408.875, -33.6875, 266.40625],
    ]);
    expectClose(linalg.matrixPower(squareMatrix, -3), [
      [-0.001360142324863, 0.012223825987714, -0.020040951965359],
      [0.040366553657145, -0.007400892887114, 0.010376288140714],
      [-0.008244100567285, 0.014071363834715, 0.012782383941459],
    ]);
  });

  test("every small power is the product it stands for", () => {
    const a = generalMatrices([2], 3, 13);
    let product = eye(3).broadcastTo([2, 3, 3]);
    for (let n = 0; n <= 9; n++, product = product.matmul(a)) {
      expectClose(linalg.matrixPower(a, n), product);
      expectClose(linalg.matrixPower(a, -n).matmul(product), eye(3).broadcastTo([2, 3, 3]), 1e-9);
    }
  });

  test("the power 0: an identity of the same dtype, with the derivative 0, mapped", () => {
    const a = tensor(squareMatrix, { dtype: "float32" });
    const power = (x: Tensor) => linalg.matrixPower(x, 0);
    expect(power(a).dtype).toBe("float32");
    expect(grad((x: Tensor) => power(x).sum())(a).toArray()).toEqual(zeros([3, 3]).toArray());
    expect(jvp(power, [a], [a])[1].toArray()).toEqual(zeros([3, 3]).toArray());
    expect(vmap(power)(zeros([2, 1, 1])).toArray()).toEqual([[[1]], [[1]]]);
    expect(linalg.matrixPower(zeros([2, 0, 0]), 0).shape).toEqual([2, 0, 0]);
  });
});
