// One eigenpair and the gradient of a loss on both its parts.
import { linalg, tensor, valueAndGrad } from "adjoint";
import { symmetric, uniform } from "../inputs.mjs";
import { serve } from "../serve.mjs";

const n = Number(process.argv[2]);
const a = tensor(symmetric(n, 1), { shape: [n, n] });
const direction = tensor(uniform(n, 2));
const lowestPair = valueAndGrad(
  (x) => {
    const { values, vectors } = linalg.eigh(x, { subset: [0, 1] });
    return [vectors.mT.matmul(direction).square().add(values).sum(), values];
  },
  { hasAux: true },
);
await serve(
  () => lowestPair(a),
  ([, , values]) => values.slice(0).item(),
);
