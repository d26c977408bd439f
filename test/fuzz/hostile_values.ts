import type { Tensor } from "adjoint";
import * as ad from "adjoint";
import fc from "fast-check";

/** What hostile callbacks, getters and iterators throw. */
export class Sabotage extends Error {}
const sabotage = (): never => {
  throw new Sabotage("on purpose");
};

const extreme = [
  0.5,
  -0,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  5e-324,
  1e308,
  2 ** 40,
  2 ** 53,
  -(2 ** 40),
];
export const numbers = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: -3, max: 5 }) },
  { weight: 1, arbitrary: fc.constantFrom(...extreme) },
);

interface TensorRecipe {
  readonly shape: readonly number[];
  readonly dtype: ad.DType;
  readonly layout: number;
  readonly seed: number;
  readonly spoilt: boolean;
}

function tensorOf({ shape, dtype, layout, seed, spoilt }: TensorRecipe): Tensor {
  const x = ad.random.generator(seed).normal(shape).mul(3);
  const values = spoilt && dtype.startsWith("float") ? x.less(2).where(x, Number.NaN) : x;
  return layouts[layout](values.cast(dtype));
}

function positiveOf(n: number, seed: number): Tensor {
  const x = ad.random.generator(seed).normal([n, n]);
  return x.matmul(x.mT).add(ad.eye(n));
}

const shapes = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 });
const dtypes = fc.constantFrom<ad.DType>("float64", "float32", "int32", "bool", "complex64", "complex128");
const layouts: readonly ((x: Tensor) => Tensor)[] = [
  (x) => x,
  (x) => x.transpose(),
  (x) => x.flip(),
  (x) => x.broadcastTo([2, ...x.shape]),
  (x) => (x.ndim > 0 ? x.slice([null, null, 2]) : x),
  (x) => ad.variable(x),
  (x) => {
    x.dispose();
    return x;
  },
];

/** A value that is made when it is used, and printed as how it is made. */
export class Made {
  constructor(
    readonly make: () => unknown,
    readonly description: string,
  ) {}
  [fc.toStringMethod](): string {
    return this.description;
  }
}

/** The value itself, wherever it stands in arrays and options. */
export function made(x: unknown): unknown {
  if (x instanceof Made) return x.make();
  if (Array.isArray(x)) return x.map(made);
  if (typeof x !== "object" || x === null) return x;
  return Object.fromEntries(Object.entries(x).map(([key, value]) => [key, made(value)]));
}

/** Tensors of every dtype and layout, some of them disposed, some symmetric and positive definite. */
export const tensors: fc.Arbitrary<Made> = fc.oneof(
  fc
    .record({
      shape: shapes,
      dtype: dtypes,
      layout: fc.nat(layouts.length - 1),
      seed: fc.nat(1000),
      spoilt: fc.boolean(),
    })
    .map((recipe) => new Made(() => tensorOf(recipe), JSON.stringify(recipe))),
  fc
    .tuple(fc.integer({ min: 0, max: 4 }), fc.nat(1000))
    .map(([n, seed]) => new Made(() => positiveOf(n, seed), `positive ${n} x ${n}, seed ${seed}`)),
);

/** What a callback itself stumbles over is its own affair. */
const stumbling =
  (f: (...xs: Tensor[]) => unknown) =>
  (...xs: Tensor[]): unknown => {
    if (!(xs[0] instanceof ad.Tensor)) throw new Sabotage("no tensor");
    return f(...xs);
  };

type Callback = (...xs: Tensor[]) => unknown;
const callbacks = (
  [
    (x) => x,
    (x) => x.sin().sum(),
    (x) => [x, x.square()],
    (x) => ({ x, twice: x.mul(2) }),
    (x) => x.shape,
    (x) => ad.grad((y: Tensor) => y.exp().sum())(x),
    (...xs) => xs.reduce((a, b) => a.add(b)),
    (x) => ad.linalg.eigh(x).values.sum(),
    (x) => x.item(),
    () => undefined,
    () => 1,
    async (x) => x,
    sabotage,
  ] as Callback[]
).map(stumbling);

const optionNames =
  "axis axes dtype shape keepDims k n full mode triangle assume argnums inAxes outAxes order rtol atol degenerate subset onFailure staticArgnums refine start stop step seed mean std low high size learningRate momentum correction value type side signal eps tolerance descending fill".split(
    " ",
  );
const words =
  "float64 float32 complex128 lower upper both symmetric general positive reverse forward zero warn error throw nan fro nuc left right reduced complete reflect edge constant ij,jk->ik ...i->... constructor __proto__ toString".split(
    " ",
  );

const strange: readonly (() => unknown)[] = [
  () => undefined,
  () => null,
  () => Symbol("x"),
  () => 10n,
  () => new Date(),
  () => new Map([[1, 2]]),
  () => Promise.resolve(1),
  () => new Proxy({}, { get: sabotage }),
  () => new Proxy([], { get: sabotage }),
  () => ({ valueOf: sabotage, toString: sabotage, [Symbol.toPrimitive]: sabotage }),
  () => ({ length: 2 ** 40 }),
  () => ({ length: -1, 0: 1 }),
  () => ({ [Symbol.iterator]: sabotage }),
  () => Object.create(null),
  () => {
    const cyclic: unknown[] = [1];
    cyclic.push(cyclic);
    return cyclic;
  },
  () => new Array(3),
  () => new Float64Array([1, Number.NaN]),
  () => new Float32Array(0),
  () => new BigInt64Array(2),
  () => new Uint8Array(new SharedArrayBuffer(4)),
  () => {
    const view = new Float64Array(4);
    structuredClone(view.buffer, { transfer: [view.buffer] });
    return view;
  },
  () => new DataView(new ArrayBuffer(8)),
  () => Buffer.from("abc"),
  () => AbortSignal.abort(),
  () => ad.optim.adam({ learningRate: 0.1 }),
  () => ad.random.generator(1),
];

/** Anything a program written in JavaScript may hand over. */
export const hostile: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 8, arbitrary: tensors },
  { weight: 5, arbitrary: numbers },
  { weight: 2, arbitrary: fc.array(numbers, { maxLength: 4 }) },
  { weight: 1, arbitrary: fc.array(fc.array(numbers, { maxLength: 3 }), { maxLength: 3 }) },
  { weight: 1, arbitrary: fc.array(tensors, { maxLength: 3 }) },
  { weight: 3, arbitrary: fc.constantFrom(...callbacks) },
  { weight: 2, arbitrary: fc.constantFrom(...strange).map((make) => new Made(make, String(make))) },
  { weight: 1, arbitrary: fc.constantFrom(...words) },
  { weight: 1, arbitrary: fc.boolean() },
  {
    weight: 4,
    arbitrary: fc.dictionary(
      fc.constantFrom(...optionNames),
      fc.oneof(
        numbers,
        fc.constantFrom(...words),
        fc.boolean(),
        fc.array(numbers, { maxLength: 3 }),
        tensors,
      ),
      { maxKeys: 3 },
    ),
  },
);
