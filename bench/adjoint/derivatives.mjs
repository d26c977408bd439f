// Jacobians and Hessians.
import { compile, hessian, jacobian, matmul, nn, tensor } from "adjoint";
import "./threads.mjs";
import { magnitude, nothingToCompare } from "../checks.mjs";
import { uniform } from "../inputs.mjs";
import { serveOneOf } from "../serve.mjs";

const chosen = (f, how) => (how === "compiled" ? compile(f) : f);
const size = (x) => magnitude(x.toTypedArray());

/** Rosenbrock's function of many variables. */
function rosenbrock(x) {
  const head = x.slice([null, -1]);
  const tail = x.slice([1, null]);
  return tail.sub(head.square()).square().mul(100).add(head.neg().add(1).square()).sum();
}

const logSoftmax = (x, y) => nn.logSoftmax(matmul(x, y), 0);
const logSoftmaxArguments = () => [tensor(uniform(8, 1), { shape: [2, 4] }), tensor([[1], [2], [3], [4]])];

await serveOneOf({
  "log-softmax": () => {
    const [x, y] = logSoftmaxArguments();
    return { work: () => logSoftmax(x, y), check: nothingToCompare };
  },
  "log-softmax-jacobian": (how) => {
    const f = chosen(jacobian(logSoftmax), how);
    const [x, y] = logSoftmaxArguments();
    return { work: () => f(x, y), check: size };
  },
  "jacobian-of-outputs": (n, how) => {
    const weights = tensor(uniform(n * n, 1), { shape: [n, n] });
    const f = chosen(
      jacobian((x) => weights.matmul(x).tanh()),
      how,
    );
    const x = tensor(uniform(n, 2));
    return { work: () => f(x), check: size };
  },
  hessian: (n, how) => {
    const f = chosen(hessian(rosenbrock), how);
    const x = tensor(uniform(n, 1));
    return { work: () => f(x), check: size };
  },
});
