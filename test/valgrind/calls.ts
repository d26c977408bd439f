// What `npm run test:valgrind` watches: every golden case in both precisions, with its gradient, compiled too, and matrices
// for which blocks and vectors matter. Their values are compared elsewhere.
import {
  compile,
  cumsum,
  type DType,
  eye,
  grad,
  linalg,
  logsumexp,
  matmul,
  random,
  sort,
  type Tensor,
} from "adjoint";
import { callable, gradientOf, groups } from "../golden_cases.js";

let calls = 0;
function call(f: (...xs: Tensor[]) => unknown, xs: readonly Tensor[]): void {
  f(...xs);
  calls++;
}

for (const c of groups.flatMap(({ cases }) => cases))
  for (const single of [false, true]) {
    const { outputs, primals } = callable(c, single);
    call(outputs, primals);
    if (!c.vjp) continue;
    const { gradient } = gradientOf(c, single);
    call(gradient, primals);
    if (!single) call(compile(gradient), primals);
  }

const ofMatrices: readonly ((a: Tensor) => Tensor)[] = [
  (a) => matmul(a, a),
  (a) => linalg.inv(a),
  (a) => linalg.solve(a, a),
  (a) => linalg.cholesky(a),
  (a) => linalg.eigh(a).vectors,
  (a) => linalg.svdvals(a),
  (a) => linalg.qr(a).r,
  (a) => linalg.eigvals(a).abs(),
  (a) => linalg.slogdet(a).logAbsDet,
  (a) => linalg.expm(a),
  (a) => sort(a),
  (a) => cumsum(a, 0),
  (a) => logsumexp(a, 0),
];
for (const dtype of ["float64", "float32"] satisfies DType[])
  for (const n of [7, 33, 130]) {
    const x = random.generator(n).normal([n, n]).cast(dtype);
    const positive = matmul(x, x.T).div(n).add(eye(n, { dtype }));
    for (const f of ofMatrices) {
      const gradient = grad((a: Tensor) => f(a).square().sum());
      call(gradient, [positive]);
      call(compile(gradient), [positive]);
    }
  }
console.log(`${calls} calls`);
