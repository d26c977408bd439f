// Compiled by tsc, never run: what the compiler infers for transforms of un-annotated functions.
import {
  type Cotangent,
  checkpoint,
  customJvp,
  customVjp,
  grad,
  gradcheck,
  gradients,
  hessian,
  hvp,
  jacobian,
  jvp,
  linalg,
  linearize,
  optim,
  type stopGradient,
  sum,
  type Tensor,
  tensor,
  tidy,
  tree,
  type Variable,
  valueAndGrad,
  variable,
  vjp,
  vmap,
} from "adjoint";
import { check, type Same } from "./same.js";

const x: Tensor = tensor([1, 2]);
const v: Variable = variable(1);

// An un-annotated parameter is a tensor.
const square = grad((y) => y.square().sum());
check<Same<ReturnType<typeof square>, Tensor>>();
square(x);
square(2);
square([1, 2]);
square([[1], [2]]);
square(Float64Array.of(1));
square(v);
// @ts-expect-error a string is no tensor
square("2");
// @ts-expect-error the argument is missing
square();

// Nested transforms.
const third = grad((y) => grad((z) => grad((w) => w.pow(4))(z))(y));
check<Same<ReturnType<typeof third>, Tensor>>();

// argnums: a number gives one gradient, a list gives a tuple.
const two = (a: Tensor, b: Tensor) => a.mul(b).sum();
const first = grad(two)(x, x);
check<Same<typeof first, Tensor>>();
const second = grad(two, { argnums: 1 })(x, x);
check<Same<typeof second, Tensor>>();
const both = grad(two, { argnums: [0, 1] })(x, x);
check<Same<typeof both, [Tensor, Tensor]>>();
const [value, pair] = valueAndGrad(two, { argnums: [1, 0] })(x, x);
check<Same<typeof value, Tensor>>();
check<Same<typeof pair, [Tensor, Tensor]>>();

// Trees, interfaces included: the gradient has the argument's type, with tensors for numbers.
interface Layer {
  weight: Tensor;
  bias: Tensor;
}
interface Network {
  layers: Layer[];
  scale: number;
  name: string;
}
declare const network: Network;
const byNetwork = grad((n: Network, input: Tensor) => n.layers[0].weight.mul(input).sum())(network, x);
check<Same<typeof byNetwork.layers, { weight: Tensor; bias: Tensor }[]>>();
check<Same<typeof byNetwork.scale, Tensor>>();
check<Same<typeof byNetwork.name, string>>();
const byBoth = grad((n: Network, input: Tensor) => n.layers[0].weight.mul(input).sum(), { argnums: [1, 0] })(
  network,
  x,
);
check<Same<(typeof byBoth)[0], Tensor>>();
check<Same<(typeof byBoth)[1]["layers"][number]["bias"], Tensor>>();

// hasAux.
const [gradient, aux] = grad((y: Tensor) => [y.sum(), { name: "aux", steps: 3 }] as const, { hasAux: true })(
  x,
);
check<Same<typeof gradient, Tensor>>();
check<Same<(typeof aux)["steps"], 3>>();
const [loss, slope, more] = valueAndGrad((y: Tensor) => [y.sum(), 7] as [Tensor, number], { hasAux: true })(
  x,
);
check<Same<typeof loss, Tensor>>();
check<Same<typeof slope, Tensor>>();
check<Same<typeof more, number>>();

// A function that returns a string has no gradient.
// @ts-expect-error the result is no tensor
grad((_y: Tensor) => "3");

// vjp: one gradient per primal, cotangents like the output.
const [output, pullback] = vjp((a: Tensor, b: Tensor) => ({ sum: a.add(b) }), x, x);
check<Same<typeof output, { sum: Tensor }>>();
const cotangents = pullback({ sum: x });
check<Same<(typeof cotangents)[0], Tensor>>();
check<Same<(typeof cotangents)["length"], 2>>();

// jacobian and hessian.
check<Same<ReturnType<typeof rows>, Tensor>>();
const rows = jacobian((y) => y.square());
const curvature = hessian((y) => y.square().sum())([1, 2]);
check<Same<typeof curvature, Tensor>>();

// gradients.
check<Same<typeof ofOne, Tensor>>();
const ofOne = gradients(v.square(), v);
const ofMany = gradients(v.square(), [v, v]);
check<Same<typeof ofMany, [Tensor, Tensor]>>();
const ofMaybe = gradients(v.square(), v, { unconnected: "null" });
check<Same<typeof ofMaybe, Tensor | null>>();

// Named results.
const { values, vectors } = linalg.eigh(x);
check<Same<typeof values, Tensor>>();
const [u, s, vh] = linalg.svd(x);
check<Same<typeof u | typeof s | typeof vh | typeof vectors, Tensor>>();

// Arguments beside those that are differentiated pass untouched: a number stays one, and must be declared.
const scaled = grad((y, k: number, mode: string) => y.mul(k + 1).mul(mode.length));
check<Same<ReturnType<typeof scaled>, Tensor>>();
scaled([1, 2], 3, "sum");
// @ts-expect-error a number where the function expects a tensor that nobody lifts
grad((y, z) => y.mul(z.exp()).sum())([1, 2], 3);
grad((y, z) => y.mul(z.exp()).sum())([1, 2], tensor(3));
grad((y, z) => y.mul(z.exp()).sum(), { argnums: 1 })(x, 3);
// @ts-expect-error the first argument is not differentiated
grad((y, z) => y.mul(z.exp()).sum(), { argnums: 1 })(1, 3);
grad((y, z) => y.mul(z.exp()).sum(), { argnums: [0, 1] })([1], 3);
// @ts-expect-error the same for values
valueAndGrad((y, z) => y.mul(z).sum())([1, 2], 3);
// @ts-expect-error and Jacobians
jacobian((y, z) => y.mul(z))([1, 2], 3);
// @ts-expect-error and Hessians
hessian((y, z) => y.mul(z).sum())([1, 2], 3);
hessian((y, k: number) => y.square().sum().mul(k))([1, 2], 3);

// Functions that take whatever makes a tensor, and rest parameters.
const ofDeterminant = grad(linalg.det)([
  [1, 2],
  [3, 4],
]);
check<Same<typeof ofDeterminant, Tensor>>();
const ofSum = grad(sum)([[1]]);
check<Same<typeof ofSum, Tensor>>();
declare const many: Tensor[];
const ofRest = grad((...ys: Tensor[]) => ys[0].sum(), { argnums: [0, 1] })(...many);
check<Same<typeof ofRest, [Tensor, Tensor]>>();
const ofPositions = grad((...ys: Tensor[]) => ys[0].sum(), { argnums: many.map((_, i) => i) })(...many);
check<Same<typeof ofPositions, Tensor[]>>();

// Trees: numbers and arrays may stand for tensors; optional, read-only and literal properties stay what they are.
interface Options {
  readonly w: Tensor;
  b?: Tensor;
  kind: "dense" | "sparse";
  pair: [Tensor, Tensor];
}
const ofOptions = grad((o: Options) => o.w.add(o.pair[0]).sum())({ w: [[1]], kind: "dense", pair: [x, v] });
// @ts-expect-error an array of numbers would be one tensor
grad((o: Options) => o.w.sum())({ w: 1, kind: "dense", pair: [1, 2] });
check<
  Same<typeof ofOptions, { readonly w: Tensor; b?: Tensor; kind: "dense" | "sparse"; pair: [Tensor, Tensor] }>
>();
const ofList = grad((ys: readonly Tensor[]) => ys[0].sum())(many);
check<Same<typeof ofList, readonly Tensor[]>>();
const ofVariable = grad((y) => y.sum())(v);
check<Same<typeof ofVariable, Tensor>>();
const ofMatrix = grad((y: number[][]) => sum(y))([[1]]);
check<Same<typeof ofMatrix, Tensor>>();

// Functions that are generic themselves.
function slopeOf<P>(loss: (params: P) => Tensor, params: P): Cotangent<P> {
  return grad(loss)(params);
}
const ofGeneric = slopeOf((p: { w: Tensor }) => p.w.sum(), { w: x });
check<Same<typeof ofGeneric, { w: Tensor }>>();
function trained<P>(loss: (params: P, batch: Tensor) => Tensor, params: P, batch: Tensor): Cotangent<P> {
  const [, gradient] = valueAndGrad(loss)(params, batch);
  const [, pull] = vjp(loss, params, batch);
  jvp(loss, [params, batch], [params, batch]);
  vmap(loss, { inAxes: [null, 0] })(params, batch);
  checkpoint(loss)(params, batch);
  const optimizer = optim.adam();
  const [next] = optimizer.update(gradient, optimizer.init(params), params);
  pull(batch);
  return next;
}
check<Same<ReturnType<typeof trained<{ w: Tensor }>>, { w: Tensor }>>();
const twice = (f: (y: Tensor) => Tensor) => grad((y) => grad(f)(y).sum());
check<Same<ReturnType<ReturnType<typeof twice>>, Tensor>>();
const mixed = grad((y: Tensor | number) => sum(y))(3);
check<Same<typeof mixed, Tensor>>();

// hasAux with what is inferred: [gradient, aux], [value, gradient, aux].
const [byAux, steps] = grad((y, k: number) => [y.sum(), { k }], { hasAux: true })([1], 3);
check<Same<typeof byAux, Tensor>>();
check<Same<typeof steps, { k: number }>>();
const auxOfBoth = valueAndGrad((y, z) => [y.mul(z).sum(), "aux"], { argnums: [0, 1], hasAux: true })(1, 2);
check<Same<typeof auxOfBoth, [Tensor, [Tensor, Tensor], string]>>();

// vjp: primals and cotangents may be numbers and arrays.
const [square1, pullSquare] = vjp((y) => y.square(), [1, 2]);
check<Same<typeof square1, Tensor>>();
const [backOfSquare] = pullSquare([1, 10]);
check<Same<typeof backOfSquare, Tensor>>();
const [, pullTree] = vjp((y: Tensor, p: { w: Tensor }) => ({ z: y.mul(p.w), s: "name" }), x, { w: 2 });
const backOfTree = pullTree({ z: 1, s: "name" });
check<Same<(typeof backOfTree)[1], { w: Tensor }>>();
// @ts-expect-error a cotangent like the output
pullTree({ y: 1 });
// @ts-expect-error a primal is missing
vjp((a: Tensor, b: Tensor) => a.add(b), x);
const [eigen, pullEigen] = vjp((a) => linalg.eigh(a), x);
check<Same<typeof eigen, linalg.EighResult>>();
pullEigen(eigen);

// jvp, linearize.
const [primal, tangent] = jvp((y) => [y, y.square()] as const, [3], [1]);
check<Same<typeof primal, readonly [Tensor, Tensor]>>();
check<Same<typeof tangent, readonly [Tensor, Tensor]>>();
jvp((y: Tensor, p: { w: Tensor }) => y.mul(p.w), [x, { w: x }], [x, { w: [1, 2] }]);
// @ts-expect-error a tangent for every primal
jvp((y: Tensor, z: Tensor) => y.mul(z), [x, x], [x]);
// @ts-expect-error a tangent like its primal
jvp((p: { w: Tensor }) => p.w, [{ w: x }], [x]);
const [output1, push] = linearize((y) => y.square(), 3);
check<Same<typeof output1, Tensor>>();
const pushed = push(1);
check<Same<typeof pushed, Tensor>>();
// @ts-expect-error a tangent is missing
push();

// jacobian and hessian: in the output's structure, then the arguments'.
const ofTwo = jacobian((y, z) => y.mul(z), { argnums: [0, 1], mode: "forward" })([1], [2]);
check<Same<typeof ofTwo, [Tensor, Tensor]>>();
const ofTrees = jacobian((p: { w: Tensor }) => ({ a: p.w, b: [p.w] }))({ w: [1] });
check<Same<typeof ofTrees, { a: { w: Tensor }; b: { w: Tensor }[] }>>();
const blocks = hessian((y, z) => y.mul(z).sum(), { argnums: [0, 1] })([1], [2]);
check<Same<typeof blocks, [[Tensor, Tensor], [Tensor, Tensor]]>>();
const nestedBlocks = hessian((p: { w: Tensor; b: Tensor }) => p.w.mul(p.b).sum())({ w: [1], b: [2] });
check<Same<typeof nestedBlocks, { w: { w: Tensor; b: Tensor }; b: { w: Tensor; b: Tensor } }>>();
const [slopes, products] = hvp((y, z) => y.mul(z).sum(), [[1], [2]], [[1], [0]]);
check<Same<typeof slopes, typeof products>>();
check<Same<(typeof slopes)[1], Tensor>>();
const [treeSlopes] = hvp((p: { w: Tensor }) => p.w.square().sum(), [{ w: [1] }], [{ w: [1] }]);
check<Same<(typeof treeSlopes)[0], { w: Tensor }>>();

// vmap: every argument is lifted, and so is what comes back.
const product = vmap((a, b) => a.matmul(b), { inAxes: [0, null] });
check<Same<ReturnType<typeof product>, Tensor>>();
product(
  [
    [
      [1, 0],
      [0, 1],
    ],
  ],
  [5, 6],
);
const flags = vmap((b) => b.logicalNot())([true, false]);
check<Same<typeof flags, Tensor>>();
const rowsOf = vmap((p: { w: Tensor }) => ({ total: p.w.sum(), count: 3 }), {
  outAxes: { total: 0, count: null },
})({
  w: [[1, 2]],
});
check<Same<typeof rowsOf, { total: Tensor; count: Tensor }>>();
const eigenOfMany = vmap(linalg.eigh)([[[1]]]);
check<Same<typeof eigenOfMany, linalg.EighResult>>();
// @ts-expect-error no axis
vmap((a) => a, { inAxes: "0" });

// Transforms in transforms.
const perExample = vmap(
  grad((w, y) => w.mul(y).sum()),
  { inAxes: [null, 0] },
)(x, [x, x].length > 0 ? x : x);
check<Same<typeof perExample, Tensor>>();
const deep = jacobian(grad((y) => jvp((z) => z.pow(3).sum(), [y], [y])[1]))([1, 2]);
check<Same<typeof deep, Tensor>>();
const curvatures = vmap(hessian((y) => y.square().sum()))([[1, 2]]);
check<Same<typeof curvatures, Tensor>>();
const throughBoth = grad((y) => vjp((z) => z.sin(), y)[1](y)[0].sum())(2);
check<Same<typeof throughBoth, Tensor>>();

// checkpoint, customVjp, customJvp: functions of the same arguments.
const recomputed = checkpoint((y, p: { w: Tensor }) => y.mul(p.w));
check<Same<ReturnType<typeof recomputed>, Tensor>>();
recomputed(2, { w: [1] });
const withBackward = customVjp({ forward: (y) => [y.square(), y], backward: (y, g) => g.mul(y).mul(2) });
check<Same<ReturnType<typeof withBackward>, Tensor>>();
const ofCustom = grad(withBackward)(3);
check<Same<typeof ofCustom, Tensor>>();
const ofTwoArguments = customVjp({
  forward: (a: Tensor, p: { w: Tensor }) => [a.mul(p.w), { a, w: p.w }],
  backward: (saved, g) => [g.mul(saved.w), { w: g.mul(saved.a) }],
});
ofTwoArguments(1, { w: x });
customVjp({
  forward: (a: Tensor, p: { w: Tensor }) => [a.mul(p.w), a],
  // @ts-expect-error a gradient for every argument
  backward: (a, g) => [g.mul(a)],
});
const withTangent = customJvp({
  forward: (y) => y.square(),
  tangent: ([y], [t]) => [y.square(), t.mul(y).mul(2)],
});
check<Same<ReturnType<typeof withTangent>, Tensor>>();
const ofMixed = customVjp({
  forward: (y, p: { w: Tensor }) => [y.mul(p.w), [y, p.w] as const],
  backward: ([y, w], g) => [g.mul(w), { w: g.mul(y) }],
});
ofMixed([1], { w: 2 });
const pushedMixed = customJvp({
  forward: (y: Tensor, p: { w: Tensor }) => ({ z: y.mul(p.w) }),
  tangent: ([y, p], [t, q]) => [{ z: y.mul(p.w) }, { z: t.mul(p.w).add(y.mul(q.w)) }],
});
check<Same<ReturnType<typeof pushedMixed>, { z: Tensor }>>();
// @ts-expect-error the rule has no tangent
customJvp({ forward: (y: Tensor) => y });

// What keeps types: stopGradient, tidy, trees, optimisers, gradcheck.
check<Same<ReturnType<typeof stopGradient>, Tensor>>();
const tidied = tidy(() => ({ y: x.exp(), n: 1 }));
check<Same<typeof tidied, { y: Tensor; n: number }>>();
const shapes = tree.map((y) => y.shape.length, { a: x, b: [2, x], name: "net" });
check<Same<typeof shapes.a, number>>();
check<Same<typeof shapes.name, string>>();
const [flat, unravel] = tree.ravel({ a: 1, b: x });
check<Same<typeof flat, Tensor>>();
const unraveled = unravel(flat);
check<Same<typeof unraveled, { a: Tensor; b: Tensor }>>();
const sgd = optim.sgd({ learningRate: 0.1, momentum: 0.9 });
const params = { w: x, b: tensor(0) };
const [next, state] = sgd.update(
  grad((p: typeof params) => p.w.sum().add(p.b))(params),
  sgd.init(params),
  params,
);
check<Same<typeof next, { w: Tensor; b: Tensor }>>();
sgd.update(next, state, next);
const worst: number = gradcheck((y) => y.sin(), [[1]], { order: 2, modes: ["reverse"] });

export { worst };
