// A least-squares fit in 100,000 steps of one synchronous loop; prints the peak resident memory.
import { matmul, tensor, valueAndGrad } from "adjoint";
import { uniform } from "../inputs.mjs";
import { peakResident } from "../memory.mjs";

const x = tensor(uniform(64, 1), { shape: [16, 4] });
const truth = tensor([1, -2, 3, -4]);
const y = matmul(x, truth);
const step = valueAndGrad((w) => matmul(x, w).sub(y).square().mean());
let w = tensor([0, 0, 0, 0]);
for (let i = 0; i < 100_000; i++) {
  const [, gradient] = step(w);
  w = w.sub(gradient.mul(0.1));
}
if (!w.sub(truth).abs().max().less(1e-6).item()) throw new Error(`the fit ended at ${w}`);
process.stdout.write(String(peakResident()));
