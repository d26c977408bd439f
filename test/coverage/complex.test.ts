import { complex, DTypeError, gradcheck, Tensor, testing } from "adjoint";
import { describe, expect, test } from "vitest";
import { randomTensor } from "../random_values.js";
import { samples } from "./samples.js";

// Complex arguments: whatever takes them gives for real numbers what it gives for real tensors, and differentiates;
// whatever does not refuses them.

const listed = (outputs: Tensor | Iterable<Tensor>): Tensor[] =>
  outputs instanceof Tensor ? [outputs] : [...outputs];

/** Where each operation that takes complex arguments stands; all others must refuse them. */
const taking = new Set(
  [
    "abs neg sign square sqrt rsqrt reciprocal exp log sin cos tan sinh cosh tanh add sub mul div pow stopGradient",
    "sum mean prod variance std cumsum cumprod cov countNonzero nonzero isFinite isInf isNaN equal notEqual allClose",
    "tril triu diag diagonal trace matrixTranspose transpose squeeze flip reshape moveAxis expandDims broadcastTo",
    "roll tile repeat concat stack unstack split meshgrid pad slice setSlice addSlice take takeAlongAxis putAlongAxis",
    "scatterAdd tensor zerosLike onesLike fullLike matmul einsum outer kron vecdot tensordot cross multiDot",
    "matrixPower matrixNorm vectorNorm eig eigvals vech unvech",
  ].flatMap((names) => names.split(" ")),
);
/** Their samples make complex numbers of real arguments. */
const making = new Set("complex real imag conj angle".split(" "));

const asComplex = (x: Tensor): Tensor => (x.dtype === "float64" ? x.cast("complex128") : x);
const turned = (x: Tensor, i: number): Tensor =>
  x.dtype === "float64" ? complex(x, randomTensor(x.shape, 70 + i, 0.1, 0.4)) : x;

const all = Object.values(samples).flatMap((operations) => Object.entries(operations));

describe.each(all.filter(([name]) => !making.has(name)))("%s", (name, { f, at, constant }) => {
  if (!taking.has(name)) {
    test("refuses complex arguments", () => {
      expect(() => f(...at.map(asComplex))).toThrow(DTypeError);
      expect(() => f(...at.map(asComplex))).toThrow(/complex128/);
    });
    return;
  }

  test("gives for real numbers what it gives for real tensors", () => {
    const wanted = listed(f(...at));
    listed(f(...at.map(asComplex))).forEach((y, i) => {
      testing.assertAllClose(y, wanted[i], { rtol: 1e-12, atol: 1e-12 });
    });
  });

  if (constant === undefined)
    test("differentiates, twice", () => {
      const curved = (...xs: Tensor[]): Tensor[] =>
        listed(f(...xs)).map((y) => (y.dtype === "complex128" ? y.mul({ re: 0.2, im: 0.1 }).sin() : y.sin()));
      gradcheck(curved, at.map(turned), { order: 2, tolerance: 1e-5 });
    });
});
