// TensorFlow.js in float32, which is all it has: its JavaScript backend where tensors are small, WebAssembly elsewhere.
import * as tf from "@tensorflow/tfjs";
import "@tensorflow/tfjs-backend-wasm";
import { magnitude } from "../../checks.mjs";
import { uniform } from "../../inputs.mjs";
import { serveOneOf } from "../../serve.mjs";

const size = (x) => magnitude(x.dataSync());
const input = (seed, ...shape) =>
  tf.tensor(Float32Array.from(uniform(tf.util.sizeFromShape(shape), seed)), shape);

/** Results are freed at each call, as tfjs asks of its users; the last ones are kept for the check. */
async function subject(backend, make) {
  await tf.setBackend(backend);
  const { compute, check } = make();
  return {
    work: () => tf.dispose(tf.tidy(compute)),
    check: () => check(tf.tidy(compute)),
    version: `${tf.version_core} (${backend})`,
  };
}

const elementwise = (f) => (count) =>
  subject("wasm", () => {
    const x = input(1, count);
    return { compute: () => f(x), check: size };
  });

await serveOneOf({
  "scalar-gradient": () =>
    subject("cpu", () => {
      const f = tf.valueAndGrad((x) => x.sin().mul(x).add(x.cos().mul(x.exp())));
      const x = tf.scalar(2);
      return {
        compute: () => f(x),
        check: ({ value, grad }) => value.dataSync()[0] + 10 * grad.dataSync()[0],
      };
    }),
  exp: elementwise(tf.exp),
  sin: elementwise(tf.sin),
  tanh: elementwise(tf.tanh),
  "tanh-exp-gradient": (count) =>
    subject("wasm", () => {
      const f = tf.valueAndGrad((x) => x.tanh().mul(x.square().neg().exp()).sum());
      const x = input(1, count);
      return { compute: () => f(x), check: ({ value, grad }) => value.dataSync()[0] + size(grad) };
    }),
  matmul: (n) =>
    subject("wasm", () => {
      const [a, b] = [input(1, n, n), input(2, n, n)];
      return { compute: () => a.matMul(b), check: size };
    }),
  "batched-matmul-gradient": (batch, n) =>
    subject("wasm", () => {
      const [a, b, g] = [1, 2, 3].map((seed) => input(seed, batch, n, n));
      const f = tf.valueAndGrads((x, y) => x.matMul(y));
      return {
        compute: () => f([a, b], g),
        check: ({ value, grads }) => size(value) + grads.reduce((sum, x) => sum + size(x), 0),
      };
    }),
  "mlp-step": (inputs, hidden, classes, batch) =>
    subject("wasm", () => {
      const x = input(1, batch, inputs);
      const labels = tf.oneHot(tf.range(0, batch, 1, "int32").mod(tf.scalar(classes, "int32")), classes);
      const initial = [
        input(2, inputs, hidden).mul(0.1),
        input(3, hidden),
        input(4, hidden, classes),
        input(5, classes),
      ];
      const parameters = initial.map((value) => tf.variable(value));
      const [w1, b1, w2, b2] = parameters;
      const sgd = tf.train.sgd(1e-3);
      const loss = () =>
        tf.losses.softmaxCrossEntropy(labels, x.matMul(w1).add(b1).relu().matMul(w2).add(b2));
      const compute = () => sgd.minimize(loss, true, parameters);
      return {
        compute,
        check: () => {
          for (const [i, value] of initial.entries()) parameters[i].assign(value);
          return compute().dataSync()[0] + size(w1);
        },
      };
    }),
});
