// A million elements and more: memory and SIMD.
import { compile, cos, exp, sin, tanh, tensor, valueAndGrad } from "adjoint";
import "./threads.mjs";
import { magnitude, nothingToCompare } from "../checks.mjs";
import { uniform } from "../inputs.mjs";
import { serveOneOf } from "../serve.mjs";
import { tidied, untidy } from "./tidied.mjs";

/** Into memory that is used again: the result is given back at once. */
const reusing = (f) => (count) => {
  const x = tensor(uniform(count, 1));
  return { work: () => f(x).dispose(), check: () => magnitude(f(x).toTypedArray()) };
};

const tanhExp = (x) => x.tanh().mul(x.square().neg().exp()).sum();

await serveOneOf({
  exp: reusing(exp),
  sin: reusing(sin),
  cos: reusing(cos),
  tanh: reusing(tanh),
  sum: (count) => {
    const x = tensor(uniform(count, 1));
    return { work: () => x.sum(), check: (total) => total.item() };
  },
  "tanh-and-exp": (count) => {
    const x = tensor(uniform(count, 1));
    return {
      work: () => {
        tanh(x).dispose();
        exp(x).dispose();
      },
      check: nothingToCompare,
    };
  },
  "tanh-exp": (count) => {
    const x = tensor(uniform(count, 1));
    return tidied(() => tanhExp(x), nothingToCompare);
  },
  "tanh-exp-gradient": (count, how) => {
    const eager = valueAndGrad(tanhExp);
    const f = how === "compiled" ? compile(eager) : eager;
    const x = tensor(uniform(count, 1));
    const subject = how === "untidy" ? untidy : tidied;
    return subject(
      () => f(x),
      ([value, gradient]) => value.item() + magnitude(gradient.toTypedArray()),
    );
  },
});
