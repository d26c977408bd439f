import { grad, linalg, random } from "adjoint";
import { isMain, present, show } from "./program.mjs";

export const title = "1. Three gradients of one eigenvalue";

export const question = `I differentiate the smallest eigenvalue of a symmetric matrix with respect to the matrix.
The formula, TensorFlow and PyTorch give three different gradients. Which one is right?`;

export function compute() {
  const a = random.randomState(123).randn(4, 4);
  const matrix = a.add(a.T);
  const gradient = (triangle) => grad((x) => linalg.eigh(x, { triangle }).values.slice(0))(matrix);
  const v = linalg.eigh(matrix).vectors.slice(null, 0);
  return {
    matrix,
    both: gradient("both"),
    lower: gradient("lower"),
    upper: gradient("upper"),
    formula: linalg.outer(v, v),
  };
}

export function print({ matrix, both, lower, upper, formula }) {
  show("The matrix (NumPy's seed 123, A + Aᵀ):", matrix);
  show('triangle: "both", the default:', both);
  show("v vᵀ, the formula of Magnus (1985), to compare with it:", formula);
  show('triangle: "lower", as TensorFlow has it:', lower);
  show('triangle: "upper", as PyTorch\'s symeig had it:', upper);
  console.log(`Each is the exact gradient of what was computed: "both" reads all of A, as (A + Aᵀ)/2; "lower" and "upper"
read one triangle, so that an entry off the diagonal counts for two and the other triangle for nothing.`);
}

if (isMain(import.meta.url)) present({ title, question, compute, print });
