import { leadingAxes } from "../../core/batching.js";
import { bindOne } from "../../core/bind.js";
import { define } from "../../core/define.js";
import { inspect } from "../../core/inspect.js";
import type { MaybeTensor, Primitive } from "../../core/primitive.js";
import { GradientError, LinAlgError } from "../../errors.js";
import { broadcastShapes, shapeOf, showShape, unravelIndex, withoutLast } from "../../shape.js";
import { type Tensor, withNode } from "../../tensor.js";
import { zeros } from "../creation.js";
import { type OnFailure, symmetrise } from "./conventions.js";
import { dividedDifferences, type ScalarFunction } from "./divided_differences.js";
import { type Gauge, guarded } from "./gauge.js";

/** A symmetric matrix that carries the derivative, and its eigenvalues and eigenvectors, which are constants. */
export interface SpectralSystem {
  readonly a: Tensor;
  readonly w: Tensor;
  readonly v: Tensor;
}

export interface Spectral extends Gauge {
  readonly f: ScalarFunction;
  /** What happens outside f's domain; an error unless said. */
  readonly onFailure?: OnFailure;
}

/** x [..., n, n] along the axes `axis` and `axis` + 1 of `rank` behind the batch. */
const placed = (x: Tensor, axis: number, rank: number): Tensor =>
  x.reshape([
    ...withoutLast(x.shape, 2),
    ...Array.from({ length: rank }, (_, k) => (k === axis || k === axis + 1 ? x.shape[x.ndim - 1] : 1)),
  ]);

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item, i) =>
    permutations([...items.slice(0, i), ...items.slice(i + 1)]).map((rest) => [item, ...rest]),
  );
}

/** Σ over orders of the directions of Σ f[w_i, …, w_l] H_ij … H_kl, in the basis of eigenvectors. */
function contracted(f: ScalarFunction, w: Tensor, directions: readonly Tensor[]): Tensor {
  const order = directions.length;
  const rank = order + 1;
  const products = permutations(directions)
    .map((hs) => hs.map((h, k) => placed(h, k, rank)).reduce((product, h) => product.mul(h)))
    .reduce((sum, product) => sum.add(product));
  const differences = dividedDifferences(f, w.cast("float64"), order).cast(w.dtype);
  const inner = Array.from({ length: order - 1 }, (_, k) => -2 - k);
  const terms = differences.mul(products);
  return inner.length === 0 ? terms : terms.sum(inner);
}

const whereIn = (batchIndex: readonly number[]): string =>
  batchIndex.length > 0 ? ` (matrix ${showShape(batchIndex)} of the batch)` : "";

/** Eigenvalues in f's domain: those below 0 by no more than rounding count as 0. NaN for matrices that have others. */
function inDomain(w: Tensor, { operation, f: { domain }, onFailure }: Spectral): Tensor {
  if (domain === undefined || w.size === 0) return w;
  const n = w.shape[w.ndim - 1];
  const tolerance = w
    .abs()
    .max(-1, { keepDims: true })
    .mul(Math.max(n, 10) * w.element.epsilon);
  const outside = domain === "positive" ? w.lessEqual(0) : w.less(tolerance.neg());
  const inside = domain === "positive" ? w : w.less(0).where(0, w);
  if (onFailure === "nan") return outside.any(-1, { keepDims: true }).where(Number.NaN, inside);
  inspect([outside, w], ([found, values]) => {
    const place = found.toTypedArray().indexOf(1);
    if (place < 0) return;
    const index = unravelIndex(place, w.shape);
    const batchIndex = index.slice(0, -1);
    throw new LinAlgError(
      operation,
      "NOT_POSITIVE_DEFINITE",
      `expected ${domain} eigenvalues, got ${values.at(...index)}${whereIn(batchIndex)}`,
      { routine: "syevd", info: index[index.length - 1] + 1, batchIndex },
    );
  });
  return inside;
}

/** Eigenvalues where f has `order` derivatives. NaN for matrices that have others. */
function whereSmooth(w: Tensor, order: number, { operation, f, onFailure }: Spectral): Tensor {
  if (f.smoothness === undefined || order <= f.smoothness || w.size === 0) return w;
  const flat = w.equal(0);
  if (onFailure === "nan") return flat.any(-1, { keepDims: true }).where(Number.NaN, w);
  inspect([flat], ([found]) => {
    const place = found.toTypedArray().indexOf(1);
    if (place < 0) return;
    const batchIndex = unravelIndex(place, w.shape).slice(0, -1);
    throw new GradientError(
      operation,
      `the matrix is singular${whereIn(batchIndex)}: at its eigenvalue 0 there is no derivative of order ${order}`,
    );
  });
  return w;
}

const unpadded = (x: Tensor): [number, number][] => x.shape.slice(0, -3).map(() => [0, 0]);

/** Directions [..., n, n] as one tensor [..., k, n, n]. */
function stacked(directions: readonly Tensor[], v: Tensor): Tensor {
  const count = directions.length;
  if (count === 0) return zeros([0, ...v.shape.slice(-2)], { dtype: v.dtype });
  return directions
    .map((h, k) => {
      const one = h.expandDims(-3);
      return one.pad([...unpadded(one), [k, count - 1 - k], [0, 0], [0, 0]]);
    })
    .reduce((sum, h) => sum.add(h));
}

const separate = (h: Tensor): Tensor[] =>
  Array.from({ length: h.shape[h.ndim - 3] }, (_, k) => h.slice("...", k, null, null));
const instead = (hs: readonly Tensor[], place: number, x: Tensor): Tensor[] =>
  hs.map((h, k) => (k === place ? x : h));

/** The derivative of f(A) along as many symmetric directions as h has; f(A) itself for none. */
const spectralPrimitive: Primitive<Spectral> = define<"a" | "w" | "v" | "h", "y", Spectral>({
  name: "spectralFunction",
  inputs: ["a", "w", "v", "h"],
  outputs: ["y"],
  shape: ([, , v, h]) => [
    {
      shape: shapeOf([
        ...broadcastShapes("matrixFunction", withoutLast(v.shape, 2), h.shape.slice(0, -3)),
        ...v.shape.slice(-2),
      ]),
      element: v.element,
    },
  ],
  composite: true,
  run(inputs, _outputs, spectral) {
    const { f } = spectral;
    const [, w, v, h] = inputs.map((x) => withNode(x, null));
    const points = inDomain(w, spectral);
    if (h.shape[h.ndim - 3] === 0) return [v.mul(f.values(points).expandDims(-2)).matmul(v.mH)];
    const rotated = separate(h).map((one) => v.mH.matmul(one).matmul(v));
    return [v.matmul(contracted(f, whereSmooth(points, rotated.length, spectral), rotated)).matmul(v.mH)];
  },
  derivative: {
    // Daletskii and Krein 1965; Higham 2008, "Functions of Matrices", theorem 3.11: along H, f(A) changes by
    // V (f[w_i, w_j] ∘ Vᴴ H V) Vᴴ, which is self-adjoint in H; with one more point per direction, to any order.
    saves: { a: ["a", "w", "v", "h"], h: ["a", "w", "v", "h"] },
    vjp([g], [a, w, v, h], [wantsA, , , wantsH], spectral) {
      const system = { a, w, v };
      const hs = separate(h);
      const c = symmetrise(g!, "both");
      const along = (directions: readonly Tensor[]): Tensor =>
        spectralDerivative(system, directions, spectral);
      return [
        wantsA && along([...hs, checked(system, c, spectral)]),
        null,
        null,
        wantsH &&
          stacked(
            hs.map((_, k) => along(instead(hs, k, c))),
            v,
          ),
      ];
    },
    jvp([da, , , dh], [a, w, v, h], spectral) {
      const system = { a, w, v };
      const hs = separate(h);
      const moved = dh === null ? [] : separate(dh).map((x, k) => instead(hs, k, x));
      if (da !== null) moved.push([...hs, checked(system, da, spectral)]);
      return [
        moved
          .map((directions) => spectralDerivative(system, directions, spectral))
          .reduce<MaybeTensor>((sum, term) => (sum === null ? term : sum.add(term)), null),
      ];
    },
  },
  batch: leadingAxes(2, 1, 2, 3),
});

/** A direction, after a function that is smooth on groups only has been asked whether it mixes groups that touch. */
function checked({ w, v }: SpectralSystem, h: Tensor, { f, ...gauge }: Spectral): Tensor {
  if (f.groups === undefined) return h;
  return guarded(
    h,
    { question: "weights", ...gauge },
    w,
    v.mH.matmul(h).matmul(v),
    f.groups(w.stopGradient()),
  );
}

function spectralDerivative(
  { a, w, v }: SpectralSystem,
  directions: readonly Tensor[],
  spectral: Spectral,
): Tensor {
  return bindOne(spectralPrimitive, [a, w, v, stacked(directions, v)], spectral);
}

/** V f(w) Vᴴ, differentiable in A to any order, through equal eigenvalues as well. */
export const spectralFunction = (system: SpectralSystem, spectral: Spectral): Tensor =>
  spectralDerivative(system, [], spectral);

const potentialPrimitive: Primitive<Spectral> = define<"a" | "w" | "v" | "value", "y", Spectral>({
  name: "spectralPotential",
  inputs: ["a", "w", "v", "value"],
  outputs: ["y"],
  shape: (inputs) => [inputs[3]],
  run: (inputs) => [withNode(inputs[3], null)],
  derivative: {
    saves: { a: ["a", "w", "v"] },
    vjp: ([g], [a, w, v], _wanted, spectral) => [
      g!.expandDims([-2, -1]).mul(spectralFunction({ a, w, v }, spectral)),
    ],
    jvp: ([da], [a, w, v], spectral) => [da && spectralFunction({ a, w, v }, spectral).mul(da).sum([-2, -1])],
  },
  batch: leadingAxes(2, 1, 2, 0),
});

/** A sum over eigenvalues, which is `value`, with the gradient f(A). */
export const spectralPotential = ({ a, w, v }: SpectralSystem, value: Tensor, spectral: Spectral): Tensor =>
  bindOne(potentialPrimitive, [a, w, v, value], spectral);
