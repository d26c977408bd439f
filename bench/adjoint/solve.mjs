import { linalg, tensor } from "adjoint";
import { magnitude, uniform } from "../inputs.mjs";
import { serve } from "../serve.mjs";

const n = Number(process.argv[2]);
const a = tensor(uniform(n * n, 1), { shape: [n, n] });
const b = tensor(uniform(n, 2));
await serve(() => linalg.solve(a, b), magnitude);
