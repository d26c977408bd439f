// Compiled by tsc, never run: calls that must not compile, and how values are read.
import {
  add,
  type Complex,
  concat,
  type DType,
  diagonal,
  expandDims,
  eye,
  grad,
  gradcheck,
  gradients,
  jacobian,
  linalg,
  meshgrid,
  nn,
  optim,
  quantile,
  random,
  searchSorted,
  setPrintOptions,
  sort,
  sum,
  type Tensor,
  take,
  tensor,
  testing,
  tril,
  type Variable,
  variable,
  vmap,
} from "adjoint";
import { check, type Same } from "./same.js";

declare const x: Tensor;
const v = variable(1);

// Unknown options.
// @ts-expect-error
tensor([1], { type: "float32" });
// @ts-expect-error
sum(x, 0, { keepdims: true });
// @ts-expect-error
x.sum({ axis: 0 });
// @ts-expect-error
x.std({ ddof: 1 });
// @ts-expect-error
linalg.eigh(x, { uplo: "L" });
// @ts-expect-error
linalg.svd(x, { fullMatrix: true });
// @ts-expect-error
linalg.solve(x, x, { lower: true });
// @ts-expect-error
linalg.vectorNorm(x, { p: 2 });
// @ts-expect-error
eye(3, { offset: 1 });
// @ts-expect-error
grad((y: Tensor) => y, { argnum: 0 });
// @ts-expect-error
vmap((y: Tensor) => y, { axis: 0 });
// @ts-expect-error
gradcheck((y) => y, [1], { atol: 1 });
// @ts-expect-error
gradients(x, x, { grads: x });
// @ts-expect-error
optim.adam({ lr: 0.1 });
// @ts-expect-error
variable(1, { trainable: true });
// @ts-expect-error
setPrintOptions({ digits: 3 });
// @ts-expect-error
testing.assertAllClose(x, x, { tolerance: 1 });
// @ts-expect-error
testing.assertNoLeak(() => x, { times: 1 });

// Wrong values of options.
// @ts-expect-error
tensor([1], { dtype: "float16" });
// @ts-expect-error
x.cast("double");
// @ts-expect-error
linalg.eigh(x, { triangle: "left" });
// @ts-expect-error
linalg.cholesky(x, { upper: "yes" });
// @ts-expect-error
linalg.solve(x, x, { assume: "spd" });
// @ts-expect-error
linalg.qr(x, { mode: "full" });
// @ts-expect-error
linalg.matrixNorm(x, { ord: "frobenius" });
// @ts-expect-error
linalg.inv(x, { onFailure: "ignore" });
// @ts-expect-error
searchSorted(x, x, { side: "middle" });
// @ts-expect-error
meshgrid(x, { indexing: "yx" });
// @ts-expect-error
nn.crossEntropy(x, x, { reduction: "average" });
// @ts-expect-error
jacobian((y: Tensor) => y, { mode: "backward" });
// @ts-expect-error
gradients(x, x, { unconnected: "none" });
// @ts-expect-error
gradcheck((y) => y, [1], { order: 3 });
// @ts-expect-error
gradcheck((y) => y, [1], { modes: ["backward"] });

// What transforms do not lift: a boolean is structure, complex numbers are objects.
// @ts-expect-error
vmap((y: Tensor) => y)(true);
// @ts-expect-error
vmap((y: Tensor) => y)([{ re: 1, im: 2 }]);
vmap((y: Tensor) => y)(tensor([{ re: 1, im: 2 }]));
// @ts-expect-error
grad((y: Tensor) => y.sum())(true);

// A tensor where options or an axis go, and the other way round.
// @ts-expect-error
sum(x, 0, x);
// @ts-expect-error
x.sum(x);
// @ts-expect-error
diagonal(x, x);
// @ts-expect-error
tril(x, x);
// @ts-expect-error
linalg.eigvalsh(x, x, x);
// @ts-expect-error
sort(x, x);
// @ts-expect-error
expandDims(x, tensor(0));
// @ts-expect-error
grad((y: Tensor) => y, x);
// @ts-expect-error
meshgrid({ indexing: "ij" }, x);
// @ts-expect-error
add(x, { keepDims: true });
// @ts-expect-error
quantile(x, { keepDims: true });

// Wrong arguments.
// @ts-expect-error
add(x);
// @ts-expect-error
add(x, x, x);
// @ts-expect-error
add(x, "1");
// @ts-expect-error
concat(x, 0);
// @ts-expect-error
take(x);
// @ts-expect-error
x.reshape(2, 3);
// @ts-expect-error
x.slice("1:2");
// @ts-expect-error
x.at([0]);
// @ts-expect-error
random.generator("seed");
// @ts-expect-error
random.generator(0).normal([2], { sigma: 1 });

// Tensors are immutable, and what lies below them is out of sight.
// @ts-expect-error
x.shape[0] = 3;
// @ts-expect-error
x.size = 3;
// @ts-expect-error
x.assign([1]);
// @ts-expect-error
x.storage;
// @ts-expect-error
x.node;

// Reading out.
const wide = x.toTypedArray("float64");
check<Same<typeof wide, Float64Array>>();
const narrow = x.toTypedArray("int32");
check<Same<typeof narrow, Int32Array>>();
check<Same<typeof x.dtype, DType>>();
check<Same<typeof x.shape, readonly number[]>>();
const element = x.item();
check<Same<typeof element, number | boolean | Complex>>();
const copy = tensor(x.toTransferable());
check<Same<typeof copy, Tensor>>();
for (const row of x) check<Same<typeof row, Tensor>>();
check<Same<ReturnType<typeof v.assign>, Variable>>();
check<Same<ReturnType<typeof v.read>, Tensor>>();

// Named results are classes, and destructure as arrays.
const { values, vectors } = linalg.eigh(x);
const [u, s, vh] = linalg.svd(x);
check<Same<typeof values | typeof vectors | typeof u | typeof s | typeof vh, Tensor>>();
const { r } = linalg.qr(x, { mode: "r" });
const { q } = linalg.qr(x, { mode: "complete" });
check<Same<typeof q | typeof r, Tensor>>();
// @ts-expect-error
linalg.qr(x, { mode: "r" }).q;
const alone = x.qr({ mode: "r" });
check<Same<typeof alone, linalg.TriangleOfQrResult>>();
