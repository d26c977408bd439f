// jax-js on WebAssembly in float64, under jit but for solves, which its jit refuses. Its eigh has no derivative.

import { readFileSync } from "node:fs";
import {
  blockUntilReady,
  defaultDevice,
  hessian,
  init,
  jacfwd,
  jacrev,
  jit,
  lax,
  nn,
  numpy as np,
  valueAndGrad,
  vjp,
} from "@jax-js/jax";
import { magnitude, quadraticForm } from "../../checks.mjs";
import { positiveDefinite, squaredDistances, uniform, wellConditioned } from "../../inputs.mjs";
import { serveOneOf } from "../../serve.mjs";

// jax-js compares each typed array with this class, which Node has from version 24.
globalThis.Float16Array ??= class {};
await init("wasm");
defaultDevice("wasm");
const { version } = JSON.parse(
  readFileSync(new URL("node_modules/@jax-js/jax/package.json", import.meta.url), "utf8"),
);

const size = (x) => magnitude(x.dataSync());
const array = (values, ...shape) =>
  np.array(values, { shape, dtype: values instanceof Float32Array ? np.float32 : np.float64 });
const matrix = (values, n) => array(values, n, n);
const leaves = (result) => (Array.isArray(result) ? result.flatMap(leaves) : [result]);

/** f consumes what it is given, as all of jax-js does; its results are waited for and freed. */
const subject = (f, inputs, check) => {
  const call = () => f(...inputs.map((x) => x.ref));
  return {
    work: async () => {
      for (const result of leaves(await blockUntilReady(call()))) result.dispose();
    },
    check: () => check(call()),
    version,
  };
};

const valueAndSize = ([value, gradient]) =>
  value.dataSync()[0] + leaves(gradient).reduce((sum, x) => sum + size(x), 0);
const valueAndForm = ([value, gradient]) => value.dataSync()[0] + quadraticForm(gradient.dataSync());

const weighted = (f, make, check) => (n) => {
  const weights = matrix(uniform(n * n, 2), n);
  return subject(
    valueAndGrad((x) => f(x).mul(weights.ref).sum()),
    [matrix(make(n, 1), n)],
    check,
  );
};

const elementwise = (f) => (count) =>
  subject(
    jit((x) => f(x)),
    [array(uniform(count, 1), count)],
    size,
  );

function rosenbrock(x) {
  const n = x.shape[0];
  const head = x.ref.slice([0, n - 1]);
  const tail = x.slice([1, n]);
  const bend = tail.sub(np.square(head.ref));
  return np
    .square(bend)
    .mul(100)
    .add(np.square(head.neg().add(1)))
    .sum();
}

await serveOneOf({
  "scalar-gradient": () =>
    subject(
      jit(
        valueAndGrad((x) =>
          np
            .sin(x.ref)
            .mul(x.ref)
            .add(np.cos(x.ref).mul(np.exp(x))),
        ),
      ),
      [np.array(2, { dtype: np.float64 })],
      ([value, gradient]) => value.dataSync()[0] + 10 * gradient.dataSync()[0],
    ),
  exp: elementwise(np.exp),
  sin: elementwise(np.sin),
  tanh: elementwise(np.tanh),
  "tanh-exp-gradient": (count) =>
    subject(
      jit(
        valueAndGrad((x) =>
          np
            .tanh(x.ref)
            .mul(np.exp(np.square(x).neg()))
            .sum(),
        ),
      ),
      [array(uniform(count, 1), count)],
      valueAndSize,
    ),
  matmul: (n) =>
    subject(
      jit((a, b) => np.matmul(a, b)),
      [matrix(uniform(n * n, 1), n), matrix(uniform(n * n, 2), n)],
      size,
    ),
  "batched-matmul-gradient": (batch, n) =>
    subject(
      jit((a, b, g) => {
        const [product, pullback] = vjp((x, y) => np.matmul(x, y), [a, b]);
        return [product, ...pullback(g)];
      }),
      [1, 2, 3].map((seed) => array(uniform(batch * n * n, seed), batch, n, n)),
      (results) => results.reduce((sum, x) => sum + size(x), 0),
    ),
  "inverse-gradient": weighted(np.linalg.inv, wellConditioned, valueAndSize),
  "cholesky-gradient": weighted(np.linalg.cholesky, positiveDefinite, valueAndForm),
  "solve-gradient": (n) => {
    const weights = array(uniform(n, 3), n);
    return subject(
      valueAndGrad((a, b) => np.linalg.solve(a, b).mul(weights.ref).sum(), { argnums: [0, 1] }),
      [matrix(wellConditioned(n, 1), n), array(uniform(n, 2), n)],
      valueAndSize,
    );
  },
  "slogdet-gradient": (n) =>
    subject(
      valueAndGrad((x) => np.linalg.slogdet(x)[1]),
      [matrix(wellConditioned(n, 1), n)],
      valueAndSize,
    ),
  "mlp-step": (inputs, hidden, classes, batch) => {
    const float32 = (seed, ...shape) =>
      array(
        Float32Array.from(
          uniform(
            shape.reduce((a, b) => a * b),
            seed,
          ),
        ),
        ...shape,
      );
    const x = float32(1, batch, inputs);
    const labels = array(
      Float32Array.from({ length: batch * classes }, (_, k) =>
        k % classes === Math.floor(k / classes) % classes ? 1 : 0,
      ),
      batch,
      classes,
    );
    const initial = [
      float32(2, inputs, hidden).mul(0.1),
      float32(3, hidden),
      float32(4, hidden, classes),
      float32(5, classes),
    ];
    const loss = (parameters) => {
      const [w1, b1, w2, b2] = parameters;
      const logits = np.matmul(nn.relu(np.matmul(x.ref, w1).add(b1)), w2).add(b2);
      return nn.logSoftmax(logits, 1).mul(labels.ref).sum().div(-batch);
    };
    const step = jit((parameters) => {
      const [value, gradients] = valueAndGrad(loss)(parameters.map((p) => p.ref));
      return [value, parameters.map((p, i) => p.sub(gradients[i].mul(1e-3)))];
    });
    let parameters = initial.map((p) => p.ref);
    return {
      work: async () => {
        const [value, next] = step(parameters);
        await blockUntilReady([value, next]);
        value.dispose();
        parameters = next;
      },
      check: () => {
        const [value, [w1]] = step(initial.map((p) => p.ref));
        return value.dataSync()[0] + size(w1);
      },
      version,
    };
  },
  "gp-likelihood": (n) => {
    const distances = matrix(squaredDistances(n, 1), n);
    const y = array(uniform(n, 2), n, 1);
    const identity = np.eye(n, n, { dtype: np.float64 });
    const likelihood = (logScale, logAmplitude, logNoise) => {
      const signal = np
        .exp(distances.ref.mul(np.exp(logScale.mul(-2)).mul(-0.5)))
        .mul(np.exp(logAmplitude.mul(2)));
      const factor = np.linalg.cholesky(signal.add(identity.ref.mul(np.exp(logNoise.mul(2)))));
      const weights = lax.linalg.triangularSolve(factor.ref, y.ref, { leftSide: true, lower: true });
      return np
        .square(weights)
        .sum()
        .mul(0.5)
        .add(np.log(np.diagonal(factor)).sum());
    };
    return subject(
      valueAndGrad(likelihood, { argnums: [0, 1, 2] }),
      [Math.log(0.5), 0, Math.log(0.1)].map((value) => np.array(value, { dtype: np.float64 })),
      valueAndSize,
    );
  },
  /** Forward: its reverse mode refuses this one. */
  "log-softmax-jacobian": () => {
    const y = array(Float64Array.of(1, 2, 3, 4), 4);
    return subject(
      jit(jacfwd((x) => nn.logSoftmax(np.matmul(x.reshape([2, 4]), y.ref), 0))),
      [array(uniform(8, 1), 8)],
      size,
    );
  },
  "jacobian-of-outputs": (n) => {
    const weights = matrix(uniform(n * n, 1), n);
    return subject(jit(jacrev((x) => np.tanh(np.matmul(weights.ref, x)))), [array(uniform(n, 2), n)], size);
  },
  hessian: (n) => subject(jit(hessian(rosenbrock)), [array(uniform(n, 1), n)], size),
});
