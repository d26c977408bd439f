import { grad, sum, type Tensor, tensor } from "adjoint";
import { expect } from "vitest";
import { randomTensor } from "./random_values.js";

type Outputs = Tensor | Iterable<Tensor>;

/** A function under test with the point at which it is differentiated. */
export interface Sample {
  readonly name: string;
  readonly f: (...xs: Tensor[]) => Outputs;
  readonly at: readonly Tensor[];
  /** Second derivatives too; false for functions that are piecewise linear. True by default. */
  readonly second?: boolean;
  readonly tolerance?: number;
}

const listed = (outputs: Outputs): Tensor[] => {
  if ("shape" in outputs) return [outputs as Tensor];
  return [...outputs];
};

/** Σₖ ⟨cₖ, fₖ⟩ for fixed random cₖ: a scalar function with all derivatives of f in it. */
function projected(f: Sample["f"], seed: number): (...xs: Tensor[]) => Tensor {
  const weights = new Map<number, Tensor>();
  return (...xs) => {
    const terms = listed(f(...xs)).map((y, k) => {
      if (!weights.has(k)) weights.set(k, randomTensor(y.shape, seed + 31 * k));
      return sum(y.mul(weights.get(k)!));
    });
    return terms.reduce((total, term) => total.add(term));
  };
}

const moved = (xs: readonly Tensor[], directions: readonly Tensor[], step: number): Tensor[] =>
  xs.map((x, i) => {
    const values = x.toTypedArray();
    const direction = directions[i].toTypedArray();
    return tensor(
      values.map((value, k) => value + step * direction[k]),
      { shape: x.shape },
    );
  });

/** The derivative of f at x along a direction, by central differences extrapolated once: its error is O(step⁴). */
export function differenceAlong(f: (x: Tensor) => Tensor, x: Tensor, direction: Tensor, step = 1e-3): Tensor {
  const central = (s: number): Tensor => {
    const [ahead, behind] = [s, -s].map((moved) => f(x.add(direction.mul(moved))));
    return ahead.sub(behind).div(2 * s);
  };
  return central(step / 2)
    .mul(4)
    .sub(central(step))
    .div(3);
}

/** The same for a scalar function of several tensors that move together. */
function difference(
  f: (...xs: Tensor[]) => Tensor,
  at: readonly Tensor[],
  directions: readonly Tensor[],
): number {
  const alongPath = (t: Tensor): Tensor => f(...moved(at, directions, t.item() as number));
  return differenceAlong(alongPath, tensor(0), tensor(1)).item() as number;
}

const inner = (xs: readonly Tensor[], ys: readonly Tensor[]): number =>
  xs.reduce((total, x, i) => total + (sum(x.mul(ys[i])).item() as number), 0);

function expectAgree(found: number, expected: number, scale: number, tolerance: number, what: string): void {
  const error = Math.abs(found - expected) / Math.max(1, scale, Math.abs(expected));
  if (!(error <= tolerance)) expect.fail(`${what}: gradient gives ${found}, differences give ${expected}`);
}

/** The gradient along random directions against differences of f: no rule is derived a second time. */
function checkGradient(
  f: (...xs: Tensor[]) => Tensor,
  at: readonly Tensor[],
  seed: number,
  tolerance: number,
  what: string,
): void {
  const argnums = at.map((_, i) => i);
  const gradients = grad(f, { argnums })(...at) as Tensor[];
  gradients.forEach((g, i) => {
    expect(g.shape).toEqual(at[i].shape);
    expect(g.dtype).toBe(at[i].dtype);
  });
  for (const trial of [0, 1]) {
    const directions = at.map((x, i) => randomTensor(x.shape, seed + 101 * trial + i));
    const found = inner(gradients, directions);
    const scale = Math.sqrt(inner(gradients, gradients));
    expectAgree(found, difference(f, at, directions), scale, tolerance, what);
    for (const [i, x] of at.entries()) {
      const alone = at.map((y, k) => (k === i ? directions[k] : y.mul(0)));
      if (at.length > 1 && x.size > 0)
        expectAgree(
          inner(gradients, alone),
          difference(f, at, alone),
          scale,
          tolerance,
          `${what}, argument ${i}`,
        );
    }
  }
}

/** First derivatives, then derivatives of the gradient, against differences. */
export function checkDerivatives(sample: Sample): void {
  const { f, at, second = true, tolerance = 1e-7 } = sample;
  const first = projected(f, 7);
  checkGradient(first, at, 1000, tolerance, "first order");
  if (!second) return;
  const argnums = at.map((_, i) => i);
  const gradient = projected((...xs) => grad(first, { argnums })(...xs) as Tensor[], 70);
  checkGradient(gradient, at, 2000, 10 * tolerance, "second order");
}
