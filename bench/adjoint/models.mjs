// Small programs of statistics and learning.
import { compile, eye, linalg, nn, optim, tensor, valueAndGrad, variable } from "adjoint";
import "./threads.mjs";
import { magnitude } from "../checks.mjs";
import { squaredDistances, uniform } from "../inputs.mjs";
import { serveOneOf } from "../serve.mjs";
import { tidied, untidy } from "./tidied.mjs";

const float32 = (count, seed, shape) => tensor(Float32Array.from(uniform(count, seed)), { shape });

const subject = (how) => (how === "untidy" ? untidy : tidied);

await serveOneOf({
  /** A step of gradient descent of a perceptron with one hidden layer. */
  "mlp-step": (inputs, hidden, classes, batch, how) => {
    const x = float32(batch * inputs, 1, [batch, inputs]);
    const labels = tensor(
      Int32Array.from({ length: batch }, (_, i) => i % classes),
      { dtype: "int32" },
    );
    const initial = [
      float32(inputs * hidden, 2, [inputs, hidden]).mul(0.1),
      float32(hidden, 3, [hidden]),
      float32(hidden * classes, 4, [hidden, classes]),
      float32(classes, 5, [classes]),
    ];
    const parameters = initial.map((value) => variable(value));
    const [w1, b1, w2, b2] = parameters;
    const sgd = optim.sgd({ learningRate: 1e-3 });
    const loss = () => nn.crossEntropy(x.matmul(w1).add(b1).relu().matmul(w2).add(b2), labels);
    const eager = () => sgd.minimize(loss, parameters);
    const step = how === "compiled" ? compile(eager) : eager;
    return subject(how)(step, () => {
      for (const [i, value] of initial.entries()) parameters[i].assign(value);
      return step().item() + magnitude(w1.read().toTypedArray());
    });
  },
  /** The negative log likelihood of a Gaussian process, less its constant, and its gradient by three parameters. */
  "gp-likelihood": (n, how) => {
    const distances = tensor(squaredDistances(n, 1), { shape: [n, n] });
    const y = tensor(uniform(n, 2));
    const identity = eye(n);
    const eager = valueAndGrad(
      (logScale, logAmplitude, logNoise) => {
        const signal = distances.mul(logScale.mul(-2).exp().mul(-0.5)).exp().mul(logAmplitude.mul(2).exp());
        const factor = linalg.cholesky(signal.add(identity.mul(logNoise.mul(2).exp())));
        const weights = linalg.choleskySolve(factor, y);
        return y.matmul(weights).mul(0.5).add(linalg.diagonal(factor).log().sum());
      },
      { argnums: [0, 1, 2] },
    );
    const f = how === "compiled" ? compile(eager) : eager;
    const parameters = [Math.log(0.5), 0, Math.log(0.1)].map((value) => tensor(value));
    return subject(how)(
      () => f(...parameters),
      ([value, gradients]) => value.item() + gradients.reduce((sum, g) => sum + Math.abs(g.item()), 0),
    );
  },
});
