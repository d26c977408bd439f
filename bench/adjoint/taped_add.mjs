import { gradients, tensor, variable } from "adjoint";
import { magnitude, uniform } from "../inputs.mjs";
import { serve } from "../serve.mjs";

const v = variable(tensor(uniform(16, 1), { shape: [4, 4] }));
// Both operands are on the tape, so that every sum is recorded.
const x = v.mul(1);
const y = v.mul(2);
await serve(
  () => x.add(y),
  (z) => magnitude(gradients(z, [v])[0]),
);
