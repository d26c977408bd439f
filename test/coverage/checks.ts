import * as ad from "adjoint";
import { grad, gradcheck, stack, Tensor, vmap } from "adjoint";
import { expect } from "vitest";
import { randomTensor } from "../random_values.js";
import type { Sample } from "./samples.js";

// What is checked of every operation, and of what its options make of it.

const listed = (outputs: Tensor | Iterable<Tensor>): Tensor[] =>
  outputs instanceof Tensor ? [outputs] : [...outputs];

const isFloat = (x: Tensor): boolean => x.dtype === "float32" || x.dtype === "float64";

export function expectClose(actual: Tensor, expected: Tensor, tolerance: number): void {
  expect([...actual.shape]).toEqual([...expected.shape]);
  const wanted = [...expected.toTypedArray()].map(Number);
  const scale = Math.max(1, ...wanted.map(Math.abs));
  [...actual.toTypedArray()].forEach((y, i) => {
    expect(Math.abs(Number(y) - wanted[i]), `element ${i}: ${y}, expected ${wanted[i]}`).toBeLessThanOrEqual(
      tolerance * scale,
    );
  });
}

/** Another point of the same domain. */
const beside = (x: Tensor): Tensor => x.mul(0.97).add(x.mul(0).add(0.011).mul(x.notEqual(0).cast("float64")));

/** The results that are floats, curved so that linear operations have second derivatives too. */
export const curved =
  ({ f }: Sample) =>
  (...xs: Tensor[]): Tensor[] =>
    listed(f(...xs))
      .filter(isFloat)
      .map((y) => y.sin());

/** A scalar that depends on every entry of every result. */
const loss =
  (sample: Sample, results = curved(sample)) =>
  (...xs: Tensor[]): Tensor =>
    results(...xs)
      .map((y, k) =>
        y
          .cast("float64")
          .mul(randomTensor(y.shape, 50 + k))
          .sum(),
      )
      .reduce((total, term) => total.add(term));

const gradientsOf = (f: (...xs: Tensor[]) => Tensor, at: readonly Tensor[]) =>
  grad(f, { argnums: at.map((_, i) => i) }) as (...xs: Tensor[]) => Tensor[];

export function expectNoDerivative(sample: Sample): void {
  const cast = (...xs: Tensor[]): Tensor[] => listed(sample.f(...xs)).map((y) => y.cast("float64"));
  const total = loss(sample, cast);
  for (const g of gradientsOf(total, sample.at)(...sample.at)) expectClose(g, g.mul(0), 0);
  const tangents = sample.at.map((x, i) => randomTensor(x.shape, 60 + i));
  expect(ad.jvp(total, [...sample.at], tangents)[1].item()).toBe(0);
}

type Outputs = (...xs: Tensor[]) => Iterable<Tensor>;

/** Which arguments are mapped: all of them, and each by itself beside constants. */
const choices = (count: number): boolean[][] => {
  const all = new Array<boolean>(count).fill(true);
  return count === 1 ? [all] : [all, ...all.map((_, i) => all.map((_, k) => k === i))];
};

/** vmap against a loop over two points, for each choice of what is mapped. */
function expectLikeLoop(f: Outputs, at: readonly Tensor[]): void {
  const others = at.map(beside);
  for (const mapped of choices(at.length)) {
    const points = [at, at.map((x, i) => (mapped[i] ? others[i] : x))];
    const batch = at.map((x, i) => (mapped[i] ? stack([x, others[i]]) : x));
    const inAxes = mapped.map((is) => (is ? 0 : null));
    const results = [...(vmap((...xs: Tensor[]) => [...f(...xs)], { inAxes })(...batch) as Tensor[])];
    const single = points.map((point) => [...f(...point)]);
    results.forEach((y, k) => {
      expect(y.dtype).toBe(single[0][k].dtype);
      expectClose(y, stack([single[0][k], single[1][k]]), 1e-11);
    });
  }
}

/** Maps in maps, with the inner axis last, and over nothing at all. */
function expectNestedMaps(f: Outputs, at: readonly Tensor[]): void {
  const once = (...xs: Tensor[]): Tensor[] => [...f(...xs)];
  const twice = vmap((...xs: Tensor[]) => vmap(once, { inAxes: -1 })(...xs) as Tensor[]);
  const pair = at.map((x) => stack([x, beside(x)], -1));
  const single = vmap(once, { inAxes: -1 })(...pair) as Tensor[];
  const results = twice(...pair.map((x) => stack([x, x]))) as Tensor[];
  results.forEach((y, k) => {
    expectClose(y, stack([single[k], single[k]]), 1e-11);
  });
  const none = vmap(once)(...at.map((x) => x.expandDims(0).slice([0, 0]))) as Tensor[];
  none.forEach((y, k) => {
    expect([y.dtype, ...y.shape]).toEqual([single[k].dtype, 0, ...single[k].shape.slice(1)]);
  });
}

/** Derivatives that go through a map are those of its elements. */
function expectDerivativesOfMap(sample: Sample): void {
  const { at } = sample;
  const points = [at, at.map(beside)];
  const batch = at.map((x, i) => stack([x, points[1][i]]));
  const total = (...xs: Tensor[]): Tensor => vmap(loss(sample))(...xs).sum();
  const single = points.map((point) => gradientsOf(loss(sample), at)(...point));
  gradientsOf(
    total,
    batch,
  )(...batch).forEach((g, i) => {
    expectClose(g, stack([single[0][i], single[1][i]]), 1e-11);
  });
  const tangents = batch.map((x, i) => randomTensor(x.shape, 95 + i));
  const slope = ad.jvp(total, batch, tangents)[1].item() as number;
  const along = single.map((gradients, k) =>
    inner(
      gradients,
      tangents.map((t) => t.slice(k)),
    ),
  );
  const size = Math.max(1, norm(single.flat()) * norm(tangents));
  expect(Math.abs(slope - along[0] - along[1])).toBeLessThan(1e-11 * size);
}

function expectMapped(sample: Sample): void {
  const { f, at, constant } = sample;
  const results = (...xs: Tensor[]): Tensor[] => listed(f(...xs));
  expectLikeLoop(results, at);
  expectNestedMaps(results, at);
  if (constant !== undefined) return;
  expectLikeLoop(gradientsOf(loss(sample), at), at);
  expectDerivativesOfMap(sample);
}

export function expectFloat32(sample: Sample): void {
  const { f, at, constant, float32 } = sample;
  const singles = at.map((x) => x.cast("float32"));
  const exact = listed(f(...at));
  listed(f(...singles)).forEach((y, k) => {
    const otherwise = isFloat(exact[k]) ? "float32" : exact[k].dtype;
    expect(y.dtype).toBe(float32 ?? otherwise);
    expectClose(y, exact[k], 1e-4);
  });
  if (constant !== undefined) return;
  const gradients = gradientsOf(loss(sample), at);
  const wanted = gradients(...at);
  gradients(...singles).forEach((g, i) => {
    expect(g.dtype).toBe("float32");
    expectClose(g, wanted[i], 1e-3);
  });
  const tangents = at.map((x, i) => randomTensor(x.shape, 90 + i).cast("float32"));
  const [value, slope] = ad.jvp(loss(sample), singles, tangents);
  expect(slope.dtype).toBe(value.dtype);
  const exactTangents = tangents.map((t) => t.cast("float64"));
  const exactSlope = ad.jvp(loss(sample), at, exactTangents)[1];
  // The slope is a product of gradient and tangent, in which large terms may cancel.
  const size = Math.max(1, norm(wanted) * norm(exactTangents));
  expect(Math.abs(Number(slope.item()) - Number(exactSlope.item()))).toBeLessThan(1e-3 * size);
}

export function expectFloat64({ f, at }: Sample): void {
  for (const y of listed(f(...at))) {
    expect(["float64", "int32", "bool"]).toContain(y.dtype);
    expect(ad.all(ad.isFinite(y.cast("float64"))).item()).toBe(true);
  }
}

/** ⟨c, J t⟩ = ⟨Jᵀ c, t⟩ for tangents and cotangents that have nothing to do with the operation. */
export function expectAdjoint(sample: Sample): void {
  const { f, at } = sample;
  const floats = (...xs: Tensor[]): Tensor[] => listed(f(...xs)).filter(isFloat);
  const [outputs, pullback] = ad.vjp(floats, ...at);
  for (const seed of [70, 80]) {
    const tangents = at.map((x, i) => randomTensor(x.shape, seed + i));
    const cotangents = outputs.map((y, k) => randomTensor(y.shape, seed + 5 + k));
    const pushed = ad.jvp(floats, at, tangents)[1];
    const left = inner(cotangents, pushed);
    const right = inner(pullback(cotangents), tangents);
    const scale = Math.max(1, norm(pushed) * norm(cotangents));
    expect(Math.abs(left - right) / scale).toBeLessThan(1e-12);
  }
}

const inner = (xs: readonly Tensor[], ys: readonly Tensor[]): number =>
  xs.reduce((total, x, i) => total + (x.mul(ys[i]).sum().item() as number), 0);
const norm = (xs: readonly Tensor[]): number => Math.sqrt(inner(xs, xs));

/** First derivatives, in one mode, against difference quotients. */
export const expectDerivative = (sample: Sample, mode: "reverse" | "forward"): number =>
  gradcheck(curved(sample), sample.at, { modes: [mode] });

/** The gradient, differentiated in both modes, against difference quotients. */
export const expectSecondDerivative = (sample: Sample): number =>
  gradcheck(curved(sample), sample.at, { order: 2, modes: ["reverse", "forward"] });

/** What cannot be mapped says so. */
export function expectVmap(sample: Sample): void {
  if (sample.unmapped) expect(() => expectMapped(sample)).toThrow(ad.ArgumentError);
  else expectMapped(sample);
}

/** All of it, for one way to call an operation. */
export function expectAll(sample: Sample): void {
  expectFloat64(sample);
  expectFloat32(sample);
  expectVmap(sample);
  if (sample.constant) {
    expectNoDerivative(sample);
    return;
  }
  expectDerivative(sample, "reverse");
  expectDerivative(sample, "forward");
  expectSecondDerivative(sample);
  expectAdjoint(sample);
}
