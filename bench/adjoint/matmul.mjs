import { matmul, tensor } from "adjoint";
import { magnitude, uniform } from "../inputs.mjs";
import { serve } from "../serve.mjs";

const n = Number(process.argv[2]);
const a = tensor(uniform(n * n, 1), { shape: [n, n] });
const b = tensor(uniform(n * n, 2), { shape: [n, n] });
await serve(() => matmul(a, b), magnitude);
