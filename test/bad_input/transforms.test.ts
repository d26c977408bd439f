import * as ad from "adjoint";
import { grad, gradients, jacobian, type Tensor, tensor, variable } from "adjoint";
import { expect, test } from "vitest";
import { int32, refuses, wrong, zeros } from "./refusals.js";

const identity = (x: Tensor): Tensor => x;
const sum = (x: Tensor): Tensor => x.sum();
const second = (_: Tensor, x: Tensor): Tensor => x;
const one = tensor([1, 2]);

refuses({
  grad: [
    ["a vector", () => grad(identity)([1, 2]), "gradient", "float64[2]", "jacobian", "gradients"],
    ["a tree", () => grad(wrong((x: Tensor) => [x]))(one), "gradient", "tree"],
    ["an integer", () => grad((x: Tensor) => x.sum().cast("int32"))([1, 2]), "gradient", "int32[]"],
    ["nothing", () => grad(wrong(() => undefined))(one), "gradient", "got undefined"],
    ["a promise", () => grad(wrong(async (x: Tensor) => x.sum()))(one), "gradient", "promise"],
    ["no value with aux", () => grad(wrong(identity), { hasAux: true })(1), "gradient", "[value, aux]"],
    ["int32", () => grad(sum)(int32(1)), "dtype", "int32[1]", "float64"],
    ["no such argument", () => grad(identity, { argnums: 1 })(one), "argument", "argnums 1", "1 arguments"],
    ["a negative argument", () => grad(identity, { argnums: -1 })(one), "argument", "argnums -1"],
    ["an argument twice", () => grad(wrong(sum), { argnums: [0, 0] })(one), "argument", "twice", "[0,0]"],
    ["a class instance", () => grad(wrong(() => 1))(wrong(new Map())), "argument", "Map"],
    ["a function within", () => grad(wrong(() => 1))(wrong({ f: () => 1 })), "argument", "function"],
    ["null", () => grad(sum)(wrong(null)), "argument", "argument 0 is null"],
    ["a word", () => grad(sum)(wrong("x")), "argument", 'argument 0 is "x"'],
    ["no argument", () => grad(sum)(...(wrong([]) as [Tensor])), "argument", "0 arguments"],
  ],
  valueAndGrad: [["a matrix", () => ad.valueAndGrad(identity)([[1, 2]]), "gradient", "float64[1,2]"]],
  vjp: [
    [
      "a cotangent of another shape",
      () => ad.vjp(identity, zeros(2))[1](zeros(3)),
      "gradient",
      "float64[2]",
      "float64[3]",
    ],
    [
      "a cotangent of another structure",
      () => ad.vjp(identity, zeros(2))[1](wrong([zeros(2)])),
      "argument",
      "*",
      "[*]",
    ],
    ["int32", () => ad.vjp(identity, int32(1)), "dtype", "int32[1]"],
  ],
  jvp: [
    [
      "a tangent of another shape",
      () => ad.jvp(identity, [zeros(2)], [zeros(3)]),
      "gradient",
      "float64[3]",
      "float64[2]",
    ],
    [
      "a tangent of another structure",
      () => ad.jvp(wrong(sum), [zeros(2)], [wrong({ a: zeros(2) })]),
      "argument",
      "{ a: * }",
    ],
    ["too few tangents", () => ad.jvp(identity, [one], wrong([])), "argument", "[float64[2]]", "[]"],
    ["int32", () => ad.jvp(identity, [int32(1)], [int32(1)]), "dtype", "int32[1]"],
    [
      "a promise",
      () =>
        ad.jvp(
          wrong(async (x: Tensor) => x),
          [one],
          [one],
        ),
      "gradient",
      "promise",
    ],
  ],
  linearize: [
    [
      "a tangent of another shape",
      () => ad.linearize(identity, one)[1](wrong(zeros(3))),
      "gradient",
      "float64[3]",
      "float64[2]",
    ],
    [
      "too many tangents",
      () => ad.linearize(identity, one)[1](...(wrong([one, one]) as [Tensor])),
      "argument",
      "1",
      "2",
    ],
  ],
  jacobian: [
    [
      "an unknown mode",
      () => jacobian(identity, { mode: wrong("backward") }),
      "argument",
      '"backward"',
      "reverse",
    ],
    ["chunks of nothing", () => jacobian(identity, { chunkSize: 0 }), "argument", "chunkSize is 0"],
    ["chunks of a fraction", () => jacobian(identity, { chunkSize: 0.5 }), "argument", "0.5"],
    ["int32", () => jacobian(identity)(int32(1)), "dtype", "int32[1]"],
  ],
  hessian: [
    ["a vector", () => ad.hessian(identity)([1, 2]), "gradient", "float64[2]"],
    ["no such argument", () => ad.hessian(wrong(sum), { argnums: [0, 2] })(one), "argument", "argnums 2"],
    ["int32", () => ad.hessian(sum)(int32(1)), "dtype", "int32[1]"],
  ],
  hvp: [
    ["a vector", () => ad.hvp(identity, [one], [one]), "gradient", "float64[2]"],
    [
      "a tangent of another shape",
      () => ad.hvp(sum, [one], [zeros(3)]),
      "gradient",
      "float64[3]",
      "float64[2]",
    ],
    ["no tangents", () => ad.hvp(sum, [one], wrong(undefined)), "argument", "undefined"],
  ],
  vmap: [
    [
      "axes of different extent",
      () => ad.vmap((x: Tensor, y: Tensor) => x.add(y))(zeros(2), zeros(3)),
      "shape",
      "2",
      "3",
      "float64[3]",
    ],
    ["no axis", () => ad.vmap(identity)(zeros()), "argument", "0 axes"],
    ["nothing mapped", () => ad.vmap(identity, { inAxes: null })(zeros(2)), "argument", "inAxes"],
    [
      "too many axes",
      () => ad.vmap(identity, { inAxes: [0, 0] })(zeros(2)),
      "argument",
      "2 entries",
      "1 arguments",
    ],
    [
      "a result that is mapped, left out",
      () => ad.vmap(identity, { outAxes: null })(zeros(2)),
      "argument",
      "outAxes",
    ],
    ["a promise", () => ad.vmap(wrong(async (x: Tensor) => x))(zeros(2)), "gradient", "promise"],
  ],
  "Tensor.item": [["under vmap", () => ad.vmap((x: Tensor) => tensor(x.item()))(one), "argument", "where"]],
  gradients: [
    ["a word as xs", () => gradients(zeros(1), wrong("x")), "argument", "xs"],
    ["an array with holes as ys", () => gradients(wrong(new Array(2)), variable(1)), "argument", "ys[0]"],
    ["a word among ys", () => gradients(wrong(["y"]), variable(1)), "argument", "ys[0]"],
    [
      "too many cotangents",
      () => gradients(variable(1), variable(1), { gradYs: [zeros(), zeros()] }),
      "argument",
      "1 ys",
      "2",
    ],
    [
      "a cotangent of another shape",
      () => gradients(variable([1]), variable([1]), { gradYs: zeros(2) }),
      "gradient",
      "[1]",
      "[2]",
    ],
    [
      "an x that nothing depends on",
      () => gradients(variable(1).square(), variable([1, 2], { name: "w" })),
      "gradient",
      "w",
      "float64[2]",
    ],
    ["ys that depend on nothing", () => gradients(zeros(2), variable(1)), "gradient", "do not depend"],
    [
      "a disposed y",
      () => {
        const x = variable(1);
        const y = x.square();
        y.dispose();
        return gradients(y, x);
      },
      "disposed",
      "after dispose()",
    ],
    [
      "an unknown way out",
      () => gradients(zeros(), variable(1), { unconnected: wrong("none") }),
      "argument",
      '"none"',
    ],
  ],
  customVjp: [
    [
      "no pair",
      () => ad.customVjp({ forward: wrong(identity), backward: wrong(identity) })(one),
      "gradient",
      "[value, saved]",
    ],
    [
      "too few gradients",
      () =>
        grad((x: Tensor) =>
          ad.customVjp({ forward: (y: Tensor, z: Tensor) => [y.mul(z), y], backward: wrong(second) })(x, x),
        )(1),
      "gradient",
      "2 tensors",
      "got 1",
    ],
    [
      "a gradient of another shape",
      () =>
        grad((x: Tensor) => ad.customVjp({ forward: (y: Tensor) => [y, y], backward: () => zeros(3) })(x))(1),
      "gradient",
      "float64[]",
      "float64[3]",
    ],
    [
      "a tensor it closes over",
      () =>
        grad((x: Tensor) =>
          ad.customVjp({ forward: (y: Tensor) => [y.mul(x), y], backward: (_, g) => g })(x),
        )(1),
      "gradient",
      "closes over",
    ],
  ],
  customJvp: [
    [
      "no pair",
      () => ad.jvp(ad.customJvp({ forward: identity, tangent: wrong(() => one) }), [one], [one]),
      "gradient",
      "[value, tangent]",
    ],
    [
      "a tangent of another shape",
      () =>
        ad.jvp(ad.customJvp({ forward: identity, tangent: ([x]) => [x, zeros(3)] as const }), [one], [one]),
      "gradient",
      "float64[2]",
      "float64[3]",
    ],
  ],
  checkpoint: [
    [
      "a tensor it closes over",
      () => grad((x: Tensor) => ad.checkpoint((y: Tensor) => y.mul(x))(x))(1),
      "gradient",
      "closes over",
    ],
    ["a promise", () => ad.checkpoint(wrong(async (x: Tensor) => x))(one), "gradient", "promise"],
  ],
  gradcheck: [
    [
      "a derivative that is wrong",
      () =>
        ad.gradcheck(
          ad.customVjp({
            forward: (x: Tensor) => [x.square(), x],
            backward: (x: Tensor, g: Tensor) => g.mul(x),
          }),
          [3],
        ),
      "gradient",
      "order 1",
      "reverse",
      "argument 0",
    ],
    ["a third order", () => ad.gradcheck(identity, [1], { order: wrong(3) }), "argument", "order is 3"],
    ["no step", () => ad.gradcheck(identity, [1], { eps: 0 }), "argument", "eps is 0"],
    [
      "a negative tolerance",
      () => ad.gradcheck(identity, [1], { tolerance: -1 }),
      "argument",
      "tolerance is -1",
    ],
    [
      "an unknown mode",
      () => ad.gradcheck(identity, [1], { modes: [wrong("mixed")] }),
      "argument",
      '"mixed"',
    ],
    ["no arguments", () => ad.gradcheck(identity, []), "argument", "[]"],
    ["an integer result", () => ad.gradcheck((x) => x.cast("int32"), [1]), "gradient", "float"],
  ],
});

test("NaN seeds and data give NaN, not errors", () => {
  const x = variable([1, 2]);
  expect(gradients(x.square(), x, { gradYs: tensor([Number.NaN, 1]) }).toArray()).toEqual([Number.NaN, 4]);
  expect(grad((y: Tensor) => y.mul(Number.NaN).sum())([1, 2]).toArray()).toEqual([Number.NaN, Number.NaN]);
  expect(tensor([Number.NaN, Number.NEGATIVE_INFINITY]).exp().toArray()).toEqual([Number.NaN, 0]);
});
