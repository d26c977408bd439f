import { tensor, valueAndGrad } from "adjoint";
import { serve } from "../serve.mjs";

const f = valueAndGrad((x) => x.sin().mul(x).add(x.cos().mul(x.exp())));
const x = tensor(2);
await serve(
  () => f(x),
  ([value, gradient]) => value.item() + 10 * gradient.item(),
);
