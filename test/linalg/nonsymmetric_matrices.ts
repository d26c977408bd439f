import { eye, type Tensor, tensor } from "adjoint";
import { quarters } from "./close.js";

const base = quarters(5, 5, 1).add(tensor([0, 0.5, 1, 1.5, 2]).diag());

/** Four complex eigenvalues and a real one, all right of the imaginary axis. */
export const shiftedSquare = base.matmul(base).add(eye(5).mul(2));

export const jordanBlock = (n: number, value: number): Tensor =>
  eye(n)
    .mul(value)
    .add(eye(n, n, { k: 1 }));
