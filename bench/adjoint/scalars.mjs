// What an operation costs beside its arithmetic.
import { compile, gradients, matmul, tensor, valueAndGrad, variable } from "adjoint";
import "./threads.mjs";
import { magnitude, nothingToCompare } from "../checks.mjs";
import { uniform } from "../inputs.mjs";
import { serveOneOf } from "../serve.mjs";

/** Both operands are on the tape, so that every result is recorded. */
function taped(operation) {
  const v = variable(tensor(uniform(16, 1), { shape: [4, 4] }));
  const x = v.mul(1);
  const y = v.mul(2);
  return {
    work: () => operation(x, y),
    check: (z) => magnitude(gradients(z, [v])[0].toTypedArray()),
  };
}

function untaped(operation) {
  const [x, y] = [1, 2].map((seed) => tensor(uniform(16, seed), { shape: [4, 4] }));
  return { work: () => operation(x, y), check: nothingToCompare };
}

const scalarFunction = (x) => x.sin().mul(x).add(x.cos().mul(x.exp()));

/** A function of 2. */
function atTwo(f) {
  const x = tensor(2);
  return { work: () => f(x), check: nothingToCompare };
}

await serveOneOf({
  "taped-add": () => taped((x, y) => x.add(y)),
  "taped-matmul": () => taped((x, y) => matmul(x, y)),
  "untaped-add": () => untaped((x, y) => x.add(y)),
  "untaped-matmul": () => untaped(matmul),
  "scalar-function": () => atTwo(scalarFunction),
  "scalar-functions": () => atTwo(compile((x) => [x.sin(), x.cos(), x.exp()])),
  "scalar-gradient": (how) => {
    const eager = valueAndGrad(scalarFunction);
    const f = how === "compiled" ? compile(eager) : eager;
    const x = tensor(2);
    return { work: () => f(x), check: ([value, gradient]) => value.item() + 10 * gradient.item() };
  },
});
