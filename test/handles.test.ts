import * as ad from "adjoint";
import { linalg, type Tensor, tensor, tidy, variable } from "adjoint";
import { describe, expect, test } from "vitest";
import { samples } from "./coverage/samples.js";
import { randomTensor } from "./random_values.js";

// `dispose()` ends one handle. Whatever an operation or a transform gives is therefore a handle of its own, also where
// there was nothing to do: disposing of results leaves arguments alone, and disposing of arguments leaves results.

type Call = (...xs: Tensor[]) => unknown;

const copyOf = (x: Tensor): Tensor => tensor(x.toTransferable());

/** The tensors in arrays, objects and named results. */
function tensorsIn(value: unknown): Tensor[] {
  if (value instanceof ad.Tensor) return [value];
  if (typeof value !== "object" || value === null) return [];
  const entries = Symbol.iterator in value ? [...(value as Iterable<unknown>)] : Object.values(value);
  return entries.flatMap(tensorsIn);
}

const valuesOf = (xs: readonly Tensor[]) => xs.map((x) => x.toTypedArray());

/** A recycled buffer would be handed out again, and overwritten. */
function overwriteRecycled(xs: readonly Tensor[]): void {
  for (const x of xs) ad.full(x.shape, -12345, { dtype: x.dtype === "bool" ? "bool" : "float64" });
  for (const x of xs) if (x.dtype !== "bool") ad.full(x.shape, -12345, { dtype: x.dtype });
}

function expectOwnHandles(call: Call, at: readonly Tensor[]): void {
  for (const make of [copyOf, (x: Tensor) => (x.dtype === "bool" ? copyOf(x) : variable(x))]) {
    const before = valuesOf(at);
    const args = at.map(make);
    const results = tensorsIn(call(...args));
    expect(results.length).toBeGreaterThan(0);
    const wanted = valuesOf(results);
    results.forEach((y, i) => {
      y.dispose();
      expect(valuesOf(results.slice(i + 1))).toEqual(wanted.slice(i + 1));
    });
    overwriteRecycled(results);
    expect(valuesOf(args)).toEqual(before);
    const again = tensorsIn(call(...args));
    expect(valuesOf(again)).toEqual(wanted);
    for (const x of args) x.dispose();
    overwriteRecycled(at);
    expect(valuesOf(again)).toEqual(wanted);
  }
}

for (const [space, operations] of Object.entries(samples))
  describe(`operations of ${space}`, () => {
    test.each(Object.entries(operations))("%s", (_name, { f, at }) => expectOwnHandles(f, at));
  });

// Larger than what is carved from shared chunks: such buffers are recycled.
const large = () => randomTensor([40, 40], 1);
const vector = () => randomTensor([2000], 2);
const int32 = () => large().mul(10).cast("int32");

/** Calls in which there is nothing to do. */
const idle: Record<string, [Call, () => Tensor]> = {
  "reshape to the same shape": [(x) => x.reshape([40, 40]), large],
  "flatten a vector": [(x) => x.reshape([-1]), vector],
  "cast to the same dtype": [(x) => x.cast("float64"), large],
  "tensor of a tensor": [(x) => tensor(x), large],
  "tensor of a tensor, with its shape": [(x) => tensor(x, { shape: [40, 40] }), large],
  "broadcastTo the same shape": [(x) => x.broadcastTo([40, 40]), large],
  "tile once": [(x) => x.tile(1), large],
  "tile no axis": [(x) => x.tile([]), large],
  "repeat once": [(x) => x.repeat(1, 0), large],
  "slice nothing away": [(x) => x.slice(null), large],
  "slice without an index": [(x) => x.slice(), large],
  "slice from end to end": [(x) => x.slice([0, 40, 1], "..."), large],
  "flip no axis": [(x) => x.flip([]), large],
  "concat of one": [(x) => ad.concat([x]), large],
  "stack and take": [(x) => ad.stack([x]).slice(0), large],
  "squeeze nothing": [(x) => x.squeeze(), large],
  "squeeze no axis": [(x) => x.squeeze([]), large],
  "expand no axis": [(x) => x.expandDims([]), large],
  "moveAxis to its place": [(x) => x.moveAxis(1, -1), large],
  "transpose a vector": [(x) => x.transpose(), vector],
  "T of a vector": [(x) => x.T, vector],
  "transpose in order": [(x) => x.transpose([0, 1]), large],
  "pad by 0": [(x) => x.pad(0), large],
  "roll by 0": [(x) => x.roll(0), large],
  "roll by 0 along an axis": [(x) => x.roll(0, 1), large],
  "roll no axis": [(x) => x.roll([], []), large],
  "split into 1": [(x) => x.split(1), large],
  "sum over no axis": [(x) => x.sum([]), large],
  "max over no axis": [(x) => x.max([]), large],
  "mean over no axis": [(x) => x.mean([]), large],
  "floor of integers": [(x) => x.floor(), int32],
  "round of integers": [(x) => x.round(), int32],
  "all of truth values over no axis": [(x) => x.all([]), () => large().greater(0)],
  "clip without bounds": [(x) => x.clip(null, null), large],
  "multiDot of one": [(x) => linalg.multiDot([x]), large],
  "matrixPower 1": [(x) => linalg.matrixPower(x, 1), large],
  "einsum of one operand": [(x) => ad.einsum("ij->ij", x), large],
  "einsum without arrow": [(x) => ad.einsum("i", x), vector],
  "setSlice of all": [(x) => x.setSlice([], x), large],
  stopGradient: [(x) => x.stopGradient(), large],
  "meshgrid of one": [(x) => ad.meshgrid(x), vector],
  "take every row": [(x) => x.take([...Array(40).keys()], 0), large],
  "permutation of one": [(x) => ad.random.generator(0).permutation(x), () => large().reshape([1, 40, 40])],
};

describe("nothing to do", () => {
  test.each(Object.entries(idle))("%s", (_name, [call, make]) => expectOwnHandles(call, [make()]));
});

const identity = (x: Tensor): Tensor => x;
const scalar = () => tensor(3);
const two = [large, large] as const;

const transforms: Record<string, [Call, ...(() => Tensor)[]]> = {
  grad: [(x) => ad.grad((y: Tensor) => y.square().sum())(x), large],
  "grad of an identity": [(x) => ad.grad(identity)(x), scalar],
  "grad of a sum": [
    (x, y) => ad.grad((a: Tensor, b: Tensor) => a.add(b).sum(), { argnums: [0, 1] })(x, y),
    ...two,
  ],
  valueAndGrad: [(x) => ad.valueAndGrad(identity)(x), scalar],
  hasAux: [(x) => ad.grad((y: Tensor) => [y.sum(), { y, x }] as const, { hasAux: true })(x), large],
  "vjp of an identity": [
    (x, g) => {
      const [y, pullback] = ad.vjp(identity, x);
      return [y, pullback(g)];
    },
    ...two,
  ],
  "jvp of an identity": [(x, t) => ad.jvp(identity, [x], [t]), ...two],
  "jvp of a constant": [(x, t) => ad.jvp((_: Tensor) => x, [t], [t]), ...two],
  "jvp with one result twice": [(x, t) => ad.jvp((y: Tensor) => [y, y, x], [x], [t]), ...two],
  "linearize of an identity": [
    (x, t) => {
      const [y, pushforward] = ad.linearize(identity, x);
      return [y, pushforward(t)];
    },
    ...two,
  ],
  "hvp of a square": [(x, t) => ad.hvp((y: Tensor) => y.square().sum(), [x], [t]), vector, vector],
  "jacobian of an identity": [(x) => ad.jacobian(identity)(x), () => randomTensor([3], 3)],
  "hessian of a square": [(x) => ad.hessian((y: Tensor) => y.square().sum())(x), () => randomTensor([3], 3)],
  "vmap of an identity": [(x) => ad.vmap(identity)(x), large],
  "vmap along other axes": [(x) => ad.vmap(identity, { inAxes: 1, outAxes: 1 })(x), large],
  "vmap of what it does not map": [
    (x, y) =>
      ad.vmap((a: Tensor, b: Tensor) => [a, b, b], { inAxes: [0, null], outAxes: [0, null, null] as never })(
        x,
        y,
      ),
    ...two,
  ],
  "vmap twice": [(x) => ad.vmap(ad.vmap(identity))(x), large],
  "grad of vmap": [(x) => ad.grad((y: Tensor) => ad.vmap(identity)(y).sum())(x), large],
  "gradients with cotangents": [
    (x, g) => {
      const p = variable(x);
      return ad.gradients(p, p, { gradYs: g });
    },
    ...two,
  ],
  "gradients of a sum, connected": [
    (x, g) => {
      const [p, q, c] = [variable(x), variable(x), variable(g)];
      return ad.gradients(p.add(q), [p, q, p], { gradYs: c.mul(1) });
    },
    ...two,
  ],
  "gradients, connected cotangents themselves": [
    (x, g) => {
      const p = variable(x);
      return ad.gradients(p, [p, p], { gradYs: g });
    },
    ...two,
  ],
  checkpoint: [(x) => ad.checkpoint(identity)(x), large],
  "grad of checkpoint": [(x) => ad.grad((y: Tensor) => ad.checkpoint(identity)(y).sum())(x), large],
  customVjp: [(x) => ad.customVjp({ forward: (y: Tensor) => [y, y], backward: (_, g) => g })(x), large],
  customJvp: [(x) => ad.customJvp({ forward: identity, tangent: ([y], [t]) => [y, t] })(x), large],
  "tree.map": [(x, y) => ad.tree.map((z) => z, { x, y: [y, y] }), ...two],
  "tree.ravel": [
    (x) => {
      const [v, unravel] = ad.tree.ravel(x);
      return [v, unravel(v)];
    },
    vector,
  ],
  "optimiser state": [
    (x, g) => {
      const adam = ad.optim.adam();
      return adam.update([g], adam.init([x]), [x]);
    },
    ...two,
  ],
  "computeGradients of two variables": [
    (x) => {
      const [p, q] = [variable(x), variable(x)];
      return ad.optim
        .sgd()
        .computeGradients(p.add(q).sum(), [p, q])
        .map(({ gradient }) => gradient);
    },
    large,
  ],
  minimize: [
    (x) => {
      const loss = x.sum();
      const p = variable(1);
      const y = p.mul(loss.stopGradient());
      const before = ad.optim.sgd({ learningRate: 1 }).minimize(y, [p]);
      return [before, y];
    },
    large,
  ],
};

describe("transforms", () => {
  test.each(Object.entries(transforms))("%s", (_name, [call, ...make]) =>
    expectOwnHandles(
      call,
      make.map((f) => f()),
    ),
  );
});

describe("functions that end what they are given", () => {
  test("their arguments", () => {
    const f = (x: Tensor): Tensor => {
      const y = x.square();
      x.dispose();
      return y;
    };
    const x = large();
    const wanted = x.toTypedArray();
    ad.grad((y: Tensor) => f(y).sum())(x);
    ad.jvp(f, [x], [x]);
    ad.vmap(f)(x);
    ad.vmap((y: Tensor, z: Tensor) => f(y).add(f(z).sum()), { inAxes: [0, null] })(x, x);
    ad.checkpoint(f)(x);
    ad.jacobian(f)(x.slice(0));
    expect(x.toTypedArray()).toEqual(wanted);
  });

  test("what they close over", () => {
    for (const transformed of [
      (f: (x: Tensor) => Tensor, x: Tensor) => ad.grad((y: Tensor) => f(y).sum())(x),
      (f: (x: Tensor) => Tensor, x: Tensor) => ad.jvp(f, [x], [ad.ones([40, 40])])[1],
      (f: (x: Tensor) => Tensor, x: Tensor) => ad.vmap(f)(x),
      (f: (x: Tensor) => Tensor, x: Tensor) => ad.checkpoint(f)(x),
    ]) {
      const wanted = transformed((y) => y.square(), large()).toTypedArray();
      const x = large();
      const f = (y: Tensor): Tensor => {
        x.dispose();
        overwriteRecycled([y]);
        return y.square();
      };
      expect(transformed(f, x).toTypedArray()).toEqual(wanted);
    }
  });

  test("cotangents and saved values in rules of their own", () => {
    const f = ad.customVjp({
      forward: (x: Tensor) => [x.square(), x],
      backward: (x: Tensor, g: Tensor) => {
        const gradient = g.mul(x).mul(2);
        g.dispose();
        x.dispose();
        return gradient;
      },
    });
    const [, pullback] = ad.vjp((x: Tensor) => f(x).add(x), tensor(3));
    expect([1, 2, 1].map((g) => pullback(tensor(g))[0].item())).toEqual([7, 14, 7]);
    expect(
      ad
        .grad((x: Tensor) => x.add(f(x)))(3)
        .item(),
    ).toBe(7);
    expect(
      ad
        .grad((x: Tensor) => x.mul(x))(3)
        .item(),
    ).toBe(6);
  });

  test("tangents in rules of their own", () => {
    const f = ad.customJvp({
      forward: (x: Tensor) => x.square(),
      tangent: ([x]: [Tensor], [t]: [Tensor]) => {
        const result = [x.square(), t.mul(x).mul(2)] as const;
        x.dispose();
        t.dispose();
        return result;
      },
    });
    const [x, t] = [tensor(3), tensor(1)];
    expect(ad.jvp((y: Tensor) => f(y).add(y), [x], [t]).map((y) => y.item())).toEqual([12, 7]);
    expect(
      ad
        .grad((y: Tensor) => f(y).add(y))(x)
        .item(),
    ).toBe(7);
    expect([x.item(), t.item()]).toEqual([3, 1]);
  });

  test("the leaves of a tree are the tensors themselves, variables too", () => {
    const [x, v] = [tensor(1), variable(2)];
    const found = ad.tree.leaves({ x, v: [v, 3] });
    expect(found[0]).toBe(x);
    expect(found[1]).toBe(v);
    expect(found[2].item()).toBe(3);
  });
});

describe("a result that has been disposed of is an error", () => {
  const f = (x: Tensor): Tensor => {
    const y = x.square();
    y.dispose();
    return y;
  };
  test.each<[string, () => unknown]>([
    ["grad", () => ad.grad(f)(3)],
    ["vjp", () => ad.vjp(f, 3 as never)],
    ["jvp", () => ad.jvp(f, [3], [1])],
    ["vmap", () => ad.vmap(f)(tensor([1, 2]))],
    ["checkpoint", () => ad.checkpoint(f)(tensor(3))],
    ["tree.leaves", () => ad.tree.leaves([f(tensor(3))])],
  ])("%s", (name, body) => {
    expect(body).toThrow(ad.DisposedError);
    expect(body).toThrow(`${name}: the tensor was used after dispose()`);
  });
});

describe("tidy", () => {
  const g = (x: Tensor): Tensor =>
    tidy(() => x.exp().square())
      .mul(2)
      .sum();
  test("inside transforms ends what is in between, not what the result stands for", () => {
    const plain = (x: Tensor): Tensor => x.exp().square().mul(2).sum();
    const x = large();
    const calls: ((f: (x: Tensor) => Tensor) => Tensor)[] = [
      (f) => ad.grad(f)(x),
      (f) => ad.jvp(f, [x], [x])[1],
      (f) => ad.vmap(f)(x),
      (f) => ad.vmap(ad.grad(f))(x),
      (f) => ad.grad((y: Tensor) => ad.vmap(f)(y).sum())(x),
      (f) => ad.hessian(f)(x.slice(0, [0, 3])),
      (f) => ad.checkpoint(f)(x),
    ];
    for (const call of calls) expect(call(g).toTypedArray()).toEqual(call(plain).toTypedArray());
  });

  test("around transforms keeps their results", () => {
    const x = large();
    expect(tidy(() => ad.jvp(g, [x], [x])[1]).item()).toBe(ad.jvp(g, [x], [x])[1].item());
    expect(tidy(() => ad.vmap(g)(x)).toTypedArray()).toEqual(ad.vmap(g)(x).toTypedArray());
  });

  test("leaves variables and what optimisers know of them alone", () => {
    const losses = (step: <T>(body: () => T) => T): unknown[] => {
      const v = variable(large());
      const adam = ad.optim.adam();
      return Array.from({ length: 3 }, () => step(() => adam.minimize(() => v.square().sum(), [v])).item());
    };
    expect(losses(tidy)).toEqual(losses((body) => body()));
  });
});
