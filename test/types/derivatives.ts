// Compiled by tsc, never run: what the compiler infers for transforms of un-annotated functions.
import {
  type DType,
  grad,
  gradients,
  hessian,
  jacobian,
  linalg,
  type Tensor,
  tensor,
  type Variable,
  valueAndGrad,
  variable,
  vjp,
} from "adjoint";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
/** Fails to compile unless the type argument is `true`. */
export const check = <T extends true>(): T | undefined => undefined;

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
check<Same<typeof ofMany, Tensor[]>>();
const ofMaybe = gradients(v.square(), v, { unconnected: "null" });
check<Same<typeof ofMaybe, Tensor | null>>();

// Named results.
const { values, vectors } = linalg.eigh(x);
check<Same<typeof values, Tensor>>();
const [u, s, vh] = linalg.svd(x);
check<Same<typeof u | typeof s | typeof vh | typeof vectors, Tensor>>();

// Typed arrays and dtypes.
const wide = x.toTypedArray("float64");
check<
  Same<typeof wide, Float64Array> extends true ? true : typeof wide extends Float64Array ? true : false
>();
const narrow = x.toTypedArray("int32");
check<typeof narrow extends Int32Array ? true : false>();
const dtype: DType = x.dtype;

export { dtype };

// @ts-expect-error no such dtype
tensor([1], { dtype: "float16" });
// @ts-expect-error tensors are immutable
x.shape[0] = 3;
// @ts-expect-error no such option
linalg.eigh(x, { uplo: "L" });
// @ts-expect-error no such triangle
linalg.eigh(x, { triangle: "left" });
