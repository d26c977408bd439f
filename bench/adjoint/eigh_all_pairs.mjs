import { linalg, tensor } from "adjoint";
import { symmetric } from "../inputs.mjs";
import { serve } from "../serve.mjs";

const n = Number(process.argv[2]);
const a = tensor(symmetric(n, 1), { shape: [n, n] });
await serve(
  () => linalg.eigh(a),
  ({ values }) => values.slice(0).item(),
);
