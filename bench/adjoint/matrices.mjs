// Products and factorisations, forward and backward.
import { linalg, matmul, tensor, valueAndGrad, vjp } from "adjoint";
import "./threads.mjs";
import { magnitude, quadraticForm } from "../checks.mjs";
import { positiveDefinite, symmetric, uniform, wellConditioned } from "../inputs.mjs";
import { serveOneOf } from "../serve.mjs";
import { tidied, untidy } from "./tidied.mjs";

const matrix = (values, n) => tensor(values, { shape: [n, n] });
const size = (x) => magnitude(x.toTypedArray());
const valueAndSize = ([value, gradient]) => value.item() + size(gradient);
const valueAndForm = ([value, gradient]) => value.item() + quadraticForm(gradient.toTypedArray());

/** Where results are large their memory is worth the note that `tidy` takes of each. */
const computing = (n) => (n >= 64 ? tidied : untidy);

/** A loss of all elements of f(a), and its gradient. */
function weighted(f, a, check) {
  const weights = matrix(uniform(a.size, 2), a.shape[0]);
  const step = valueAndGrad((x) => f(x).mul(weights).sum());
  return computing(a.shape[0])(() => step(a), check);
}

await serveOneOf({
  matmul: (n) => {
    const a = matrix(uniform(n * n, 1), n);
    const b = matrix(uniform(n * n, 2), n);
    return computing(n)(() => matmul(a, b), size);
  },
  "batched-matmul-gradient": (batch, n) => {
    const [a, b, g] = [1, 2, 3].map((seed) => tensor(uniform(batch * n * n, seed), { shape: [batch, n, n] }));
    return tidied(
      () => {
        const [product, pullback] = vjp(matmul, a, b);
        return [product, ...pullback(g)];
      },
      (results) => results.reduce((sum, x) => sum + size(x), 0),
    );
  },
  eigh: (n) => {
    const a = matrix(symmetric(n, 1), n);
    return tidied(
      () => linalg.eigh(a),
      ({ values }) => size(values),
    );
  },
  /** The loss depends on all values and all vectors, and on no vector's sign. */
  "eigh-gradient": (n) => {
    const f = (x) => {
      const { values, vectors } = linalg.eigh(x);
      return vectors.square().add(values);
    };
    return weighted(f, matrix(symmetric(n, 1), n), valueAndForm);
  },
  "first-eigenvalue-gradient": (n) => {
    const a = matrix(symmetric(n, 1), n);
    const first = valueAndGrad((x) => linalg.eigvalsh(x, { subset: [0, 1] }).sum());
    return tidied(() => first(a), valueAndForm);
  },
  "first-eigenpair-gradient": (n) => {
    const a = matrix(symmetric(n, 1), n);
    const direction = tensor(uniform(n, 2));
    const first = valueAndGrad((x) => {
      const { values, vectors } = linalg.eigh(x, { subset: [0, 1] });
      return vectors.mT.matmul(direction).square().add(values).sum();
    });
    return tidied(() => first(a), valueAndForm);
  },
  "inverse-gradient": (n) => weighted((x) => linalg.inv(x), matrix(wellConditioned(n, 1), n), valueAndSize),
  "cholesky-gradient": (n) =>
    weighted((x) => linalg.cholesky(x), matrix(positiveDefinite(n, 1), n), valueAndForm),
  solve: (n) => {
    const a = matrix(wellConditioned(n, 1), n);
    const b = tensor(uniform(n, 2));
    return tidied(() => linalg.solve(a, b), size);
  },
  "solve-gradient": (n) => {
    const a = matrix(wellConditioned(n, 1), n);
    const b = tensor(uniform(n, 2));
    const weights = tensor(uniform(n, 3));
    const step = valueAndGrad((x, y) => linalg.solve(x, y).mul(weights).sum(), { argnums: [0, 1] });
    return tidied(
      () => step(a, b),
      ([value, [ofA, ofB]]) => value.item() + size(ofA) + size(ofB),
    );
  },
  "slogdet-gradient": (n) => {
    const a = matrix(wellConditioned(n, 1), n);
    const step = valueAndGrad((x) => linalg.slogdet(x).logAbsDet);
    return tidied(() => step(a), valueAndSize);
  },
});
