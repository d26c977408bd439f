import { compile, grad, type Tensor, tensor, variable, where } from "adjoint";
import fc from "fast-check";
import { expect, test } from "vitest";
import { integer, sizeOf, uniform } from "../random_values.js";

type Random = () => number;

const EDGES = [
  0,
  -0,
  1,
  -1,
  2,
  0.5,
  -0.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  5e-324,
  1e308,
];

const edgeOrUniform = (next: Random): number =>
  next() < 0.4 ? EDGES[integer(next, 0, EDGES.length - 1)] : 4 * next() - 2;
/** Sums of these are exact in any order. */
const smallInteger = (next: Random): number => integer(next, -3, 3);

function filled(shape: readonly number[], next: Random, value: (next: Random) => number): Tensor {
  return tensor(
    Float64Array.from({ length: sizeOf(shape) }, () => value(next)),
    { shape },
  );
}

/** A tensor of `shape` in one of the layouts that views have. */
function laidOut(
  shape: readonly number[],
  layout: number,
  next: Random,
  value: (next: Random) => number,
): Tensor {
  const reversed = [...shape].reverse();
  if (layout === 1) return filled(reversed, next, value).T;
  if (layout === 2 && shape.length > 0) return filled(shape, next, value).flip(0);
  if (layout === 3 && shape.length > 0)
    return filled([2 * shape[0] + 1, ...shape.slice(1)], next, value).slice([1, null, 2]);
  if (layout === 4)
    return filled(
      shape.map(() => 1),
      next,
      value,
    ).broadcastTo(shape);
  return filled(shape, next, value);
}

type Step = (next: Random, pick: () => Tensor) => Tensor;

const axisOf = (next: Random, { ndim }: Tensor): number => integer(next, 0, Math.max(0, ndim - 1));

/** What is exact for small integers; what comes later is rounded. */
const exact: Step[] = [
  (_, pick) => pick().add(pick()),
  (_, pick) => pick().sub(pick()),
  (_, pick) => pick().mul(pick()),
  (_, pick) => pick().neg(),
  (_, pick) => pick().neg().neg(),
  (_, pick) => pick().neg().add(pick().neg()),
  (_, pick) => pick().neg().mul(pick()).add(pick()),
  (_, pick) => pick().sub(pick().neg().mul(pick())),
  (_, pick) => pick().mul(1),
  (_, pick) => tensor(1).mul(pick()),
  (_, pick) => pick().mul(-1),
  (_, pick) => pick().add(0),
  (_, pick) => pick().sub(0),
  (_, pick) => pick().add(-0),
  (_, pick) => pick().mul(0),
  (_, pick) => pick().div(1),
  (_, pick) => pick().square(),
  (_, pick) => pick().maximum(pick()),
  (_, pick) => where(pick().greater(0), pick(), pick()),
  (next, pick) => {
    const x = pick();
    return x.sum(axisOf(next, x), { keepDims: next() < 0.5 });
  },
  (_, pick) => pick().sum(),
  (next, pick) => {
    const x = pick();
    return x.max(axisOf(next, x));
  },
  (_, pick) => pick().T,
  (_, pick) => pick().T.add(0),
  (_, pick) => pick().T.mul(1),
  (_, pick) => pick().reshape([-1]),
  (_, pick) => pick().expandDims(0),
  (_, pick) => pick().squeeze(),
  (next, pick) => {
    const x = pick();
    return x.flip(axisOf(next, x));
  },
  (next, pick) => pick().slice([null, null, integer(next, 1, 2)]),
  (next, pick) => pick().slice(integer(next, 0, 1)),
  (_, pick) => {
    const x = pick();
    return x.broadcastTo([2, ...x.shape]);
  },
  (_, pick) => pick().matmul(pick()),
  (_, pick) => pick().stopGradient(),
];
const rounded: Step[] = [
  ...exact,
  (_, pick) => pick().div(pick()),
  (_, pick) => pick().exp(),
  (_, pick) => pick().tanh(),
  (_, pick) => pick().sin(),
  (_, pick) => pick().softmax(),
  (_, pick) => pick().mean(),
  (_, pick) => pick().cumsum(0),
  (_, pick) => pick().cast("float32").mul(1.5),
];

interface Graph {
  readonly seed: number;
  readonly length: number;
  readonly steps: readonly Step[];
}

/** The results of random operations on `xs`, of what was computed before and of constants; operands that do not fit are left out. */
function computed({ seed, length, steps }: Graph, xs: readonly Tensor[], constant: Tensor): Tensor[] {
  const next = uniform(seed);
  const known = [...xs, constant];
  const pick = (): Tensor => known[integer(next, 0, known.length - 1)];
  for (let i = 0; i < length; i++) {
    const state = known.length;
    try {
      const y = steps[integer(next, 0, steps.length - 1)](next, pick);
      if (y.size <= 20_000 && y.ndim < 5) known.push(y);
    } catch (error) {
      if (!["ShapeError", "ArgumentError", "DTypeError"].includes((error as Error).name)) throw error;
      known.length = state;
    }
  }
  const count = integer(next, 1, 4);
  return Array.from({ length: count }, () =>
    next() < 0.7 ? known[known.length - 1 - integer(next, 0, Math.min(3, known.length - 1))] : pick(),
  );
}

function expectSame(actual: readonly Tensor[], expected: readonly Tensor[]): void {
  expect(actual.map(({ shape, dtype }) => [shape, dtype])).toEqual(
    expected.map(({ shape, dtype }) => [shape, dtype]),
  );
  actual.forEach((y, i) => {
    const [values, others] = [y.toTypedArray(), expected[i].toTypedArray()];
    const wrong = values.findIndex((value, k) => !Object.is(value, others[k]));
    expect(wrong < 0 ? [] : [i, wrong, values[wrong], others[wrong]]).toEqual([]);
  });
}

const shapes: fc.Arbitrary<readonly number[]> = fc.constantFrom(
  [],
  [1],
  [3],
  [2, 3],
  [3, 3],
  [1, 3],
  [3, 1],
  [2, 1, 3],
  [0],
  [2, 0],
);
const graph = (steps: readonly Step[]): fc.Arbitrary<Graph> =>
  fc.record({ seed: fc.integer(), length: fc.integer({ min: 1, max: 14 }), steps: fc.constant(steps) });
const operand = (of: fc.Arbitrary<readonly number[]>) => fc.record({ shape: of, layout: fc.nat(4) });

test("programs of random operations give what the operations give, to the last bit", () => {
  fc.assert(
    fc.property(
      graph(rounded),
      fc.array(operand(shapes), { minLength: 1, maxLength: 3 }),
      (own, operands) => {
        const next = uniform(own.seed + 1);
        const make = (): Tensor[] =>
          operands.map(({ shape, layout }) => laidOut(shape, layout, next, edgeOrUniform));
        const constant = filled([3], next, edgeOrUniform);
        const f = (...xs: Tensor[]): Tensor[] => computed(own, xs, constant);
        const compiled = compile(f);
        for (const xs of [make(), make()]) {
          const expected = f(...xs);
          const first = compiled(...xs);
          expectSame(first, expected);
          expectSame(compiled(...xs), expected);
          expectSame(first, expected);
        }
        expect(compiled.stats.nativeCalls).toBeLessThanOrEqual(1);
      },
    ),
    { numRuns: 1500 },
  );
});

test("so do their gradients, and variables that they assign", () => {
  fc.assert(
    fc.property(graph(rounded), operand(shapes), operand(shapes), (own, first, second) => {
      const next = uniform(own.seed + 1);
      const constant = filled([3], next, edgeOrUniform);
      const [x, y] = [first, second].map(({ shape, layout }) => laidOut(shape, layout, next, edgeOrUniform));
      const make = () => {
        const state = variable(y);
        const step = (t: Tensor): Tensor => {
          const loss = (u: Tensor): Tensor =>
            computed(own, [u, state], constant)
              .map((z) => z.cast("float64").sum())
              .reduce((total, term) => total.add(term));
          const g = grad(loss)(t);
          const last = computed(own, [t, state], constant)[0];
          if (last.dtype === "float64") state.assign(state.add(last.sum()));
          return g;
        };
        return { state, step };
      };
      const [eager, other] = [make(), make()];
      const step = compile(other.step);
      for (let i = 0; i < 3; i++) {
        expectSame([step(x)], [eager.step(x)]);
        expectSame([other.state.read()], [eager.state.read()]);
      }
    }),
    { numRuns: 700 },
  );
});

test("so do programs of large tensors, which run block by block", () => {
  const large = fc.constantFrom([2048], [3, 1100], [1100, 3], [70, 50], [40, 1, 60], [50], [1, 60], [1]);
  fc.assert(
    fc.property(graph(exact), fc.array(operand(large), { minLength: 2, maxLength: 3 }), (own, operands) => {
      const next = uniform(own.seed + 1);
      const xs = operands.map(({ shape, layout }) => laidOut(shape, layout, next, smallInteger));
      const constant = filled([1], next, smallInteger);
      const f = (...given: Tensor[]): Tensor[] => computed(own, given, constant);
      expectSame(compile(f)(...xs), f(...xs));
    }),
    { numRuns: 300 },
  );
});
