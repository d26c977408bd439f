import { readFileSync } from "node:fs";
import * as ad from "adjoint";
import { type Tensor, tensor } from "adjoint";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addon } from "../addon.js";
import { integer, uniform } from "../random_values.js";

const { NaN: nan, POSITIVE_INFINITY: infinity, MAX_VALUE: largest, MIN_VALUE: smallest } = Number;
type Precision = "float64" | "float32";
type Unary = (x: Tensor) => Tensor;
type Binary = (x: Tensor, y: Tensor) => Tensor;

/** Errors in ulp that are promised: in float64, in float32. */
const unaries = {
  exp: { f: ad.exp, bounds: [1, 1], math: Math.exp },
  expm1: { f: ad.expm1, bounds: [1, 1], math: Math.expm1 },
  log: { f: ad.log, bounds: [1, 1], math: Math.log },
  log1p: { f: ad.log1p, bounds: [1, 1], math: Math.log1p },
  log2: { f: ad.log2, bounds: [1, 1], math: Math.log2 },
  log10: { f: ad.log10, bounds: [1, 1], math: Math.log10 },
  sin: { f: ad.sin, bounds: [1, 1], math: Math.sin },
  cos: { f: ad.cos, bounds: [1, 1], math: Math.cos },
  tan: { f: ad.tan, bounds: [1, 1], math: Math.tan },
  asin: { f: ad.asin, bounds: [1, 1], math: Math.asin },
  acos: { f: ad.acos, bounds: [1, 1], math: Math.acos },
  atan: { f: ad.atan, bounds: [1, 1], math: Math.atan },
  sinh: { f: ad.sinh, bounds: [1, 1], math: Math.sinh },
  cosh: { f: ad.cosh, bounds: [1, 1], math: Math.cosh },
  tanh: { f: ad.tanh, bounds: [1, 1], math: Math.tanh },
  asinh: { f: ad.asinh, bounds: [1, 1], math: Math.asinh },
  acosh: { f: ad.acosh, bounds: [1, 1], math: Math.acosh },
  atanh: { f: ad.atanh, bounds: [1, 1], math: Math.atanh },
  erf: { f: ad.erf, bounds: [1, 1], math: undefined },
  erfc: { f: ad.erfc, bounds: [1.5, 2], math: undefined },
  sigmoid: { f: ad.nn.sigmoid, bounds: [2.5, 2.5], math: undefined },
} satisfies Record<string, { f: Unary; bounds: [number, number]; math: ((x: number) => number) | undefined }>;
const binaries = {
  pow: { f: ad.pow, bounds: [1, 1] },
  hypot: { f: ad.hypot, bounds: [1, 1] },
  atan2: { f: ad.atan2, bounds: [1, 1] },
  logaddexp: { f: ad.logaddexp, bounds: [2, 2] },
} satisfies Record<string, { f: Binary; bounds: [number, number] }>;
const unaryNames = Object.keys(unaries) as (keyof typeof unaries)[];
const binaryNames = Object.keys(binaries) as (keyof typeof binaries)[];

const bits = new DataView(new ArrayBuffer(8));
/** The distance of x to its neighbours: of float64's normal and subnormal numbers, or of float32's. */
function ulp(x: number, precision: Precision = "float64"): number {
  const [digits, lowest] = precision === "float64" ? [52, -1074] : [23, -149];
  bits.setFloat64(0, x);
  const exponent = ((bits.getUint16(0) >> 4) & 0x7ff) - 1023;
  return 2 ** Math.max(exponent - digits, lowest);
}

/** The error of a result in ulp; 0 also if both are the same infinity or NaN. */
function errorIn(precision: Precision, got: number, exact: number, fraction = 0, scale = 0): number {
  const rounded = precision === "float64" ? exact : Math.fround(exact);
  if (Object.is(got, rounded) && !(Math.abs(got) < infinity)) return 0;
  const unit = ulp(Math.max(Math.abs(rounded), scale), precision);
  return Math.abs((got - exact) / unit - fraction);
}

const anyFloat64 = (next: () => number): number => {
  for (;;) {
    bits.setUint32(0, Math.floor(next() * 2 ** 32));
    bits.setUint32(4, Math.floor(next() * 2 ** 32));
    const x = bits.getFloat64(0);
    if (Math.abs(x) < infinity) return x;
  }
};

/** Arguments of every size and sign, most of them where functions change. */
function manyArguments(seed: number, count: number): Float64Array {
  const next = uniform(seed);
  return Float64Array.from({ length: count }, (_, i) => {
    const sign = next() < 0.5 ? -1 : 1;
    if (i % 8 === 0) return anyFloat64(next);
    if (i % 8 === 1) return sign * 10 ** (next() * 24 - 20);
    if (i % 8 === 2) return 1 + sign * 10 ** (-16 * next());
    if (i % 8 === 3) return sign * (i % 16 < 8 ? 760 : 11) * next();
    return sign * (i % 8 < 6 ? 4 : 30) * next();
  });
}

const special = [0, -0, 1, -1, infinity, -infinity, nan, smallest, -smallest, 2 ** -1022, largest, -largest];
const edges = [
  ...special,
  ...[709, 709.78, 709.782712893384, 710, 710.475, 711, -708.4, -745.2, 88.72, 89.4, -103.9, 38999, 39001],
  ...[
    1e14, 1e15, 1e22, 1e38, -1e38, 1e154, 1.4e154, 1e300, 1e307, 2e307, 0.5, -0.5, 1e-30, 1e-300, 14.9, 15.1,
  ],
];

function parse(value: number | string): number {
  return value === "inf" ? infinity : value === "-inf" ? -infinity : value === "nan" ? nan : Number(value);
}
/** Rows of arguments, the float64 nearest to the value, and how many ulp the value lies above that. */
const exact = Object.fromEntries(
  Object.entries(
    JSON.parse(readFileSync(new URL("../golden/exact/elementary.json", import.meta.url), "utf8")) as Record<
      string,
      (number | string)[][]
    >,
  ).map(([name, rows]) => [name, rows.map((row) => row.map(parse))]),
);
const column = (rows: number[][], index: number) => Float64Array.from(rows, (row) => row[index]);
const single = (x: ArrayLike<number>) => tensor(Float32Array.from(x));

/** The largest error over many results, with the arguments it belongs to. */
function worst(
  precision: Precision,
  results: Tensor,
  reference: (i: number) => [exact: number, fraction: number, scale?: number],
  argument: (i: number) => unknown,
): { error: number; at: unknown } {
  const found = { error: 0, at: undefined as unknown };
  results.toTypedArray().forEach((got, i) => {
    const error = errorIn(precision, got as number, ...reference(i));
    if (error > found.error || Number.isNaN(error)) Object.assign(found, { error, at: argument(i) });
  });
  return found;
}

/** What an error is measured at if the result is smaller: the sum of a number and a logarithm may cancel. */
const scale = (name: keyof typeof binaries, x: number, y: number) =>
  name === "logaddexp" ? Math.max(Math.abs(x), Math.abs(y)) : 0;

describe.each([...addon.simdTargets])("on %s", (target) => {
  beforeAll(() => addon.setSimdTarget(target));
  afterAll(() => addon.setSimdTarget(addon.simdTargets[0]));

  test("the library says so", () => expect(ad.info().simd).toBe(target));

  test.each(unaryNames)("%s in float64 is within its bound of exact values", (name) => {
    const rows = exact[name];
    const found = worst(
      "float64",
      unaries[name].f(tensor(column(rows, 0))),
      (i) => [rows[i][1], rows[i][2]],
      (i) => rows[i],
    );
    expect(found.error, `at ${found.at}`).toBeLessThanOrEqual(unaries[name].bounds[0] + 1e-3);
  });

  test.each(binaryNames)("%s in float64 is within its bound of exact values", (name) => {
    const rows = exact[name];
    const results = binaries[name].f(tensor(column(rows, 0)), tensor(column(rows, 1)));
    const found = worst(
      "float64",
      results,
      (i) => [rows[i][2], rows[i][3], scale(name, rows[i][0], rows[i][1])],
      (i) => rows[i],
    );
    expect(found.error, `at ${found.at}`).toBeLessThanOrEqual(binaries[name].bounds[0] + 1e-3);
  });

  // Two libraries within 1 ulp of the value are within 2 of each other, V8's hyperbolic ones within 3.
  test.each(unaryNames.filter((name) => unaries[name].math))(
    "%s agrees with Math on many arguments",
    (name) => {
      const x = manyArguments(11, 20_000);
      const { f, math } = unaries[name];
      const found = worst(
        "float64",
        f(tensor(x)),
        (i) => [math!(x[i]), 0],
        (i) => x[i],
      );
      expect(found.error, `at ${found.at}`).toBeLessThanOrEqual(3);
    },
  );

  test.each(unaryNames)("%s in float32 is within its bound of float64", (name) => {
    const x = Float32Array.from(
      [...manyArguments(12, 20_000), ...edges].filter((v) => Math.fround(v) === 0 || v),
    );
    const { f, bounds } = unaries[name];
    const wide = f(tensor(Float64Array.from(x))).toTypedArray() as Float64Array;
    const found = worst(
      "float32",
      f(tensor(x)),
      (i) => [wide[i], 0],
      (i) => x[i],
    );
    expect(found.error, `at ${found.at}`).toBeLessThanOrEqual(bounds[1] + 1e-3);
  });

  test.each(binaryNames)("%s in float32 is within its bound of float64", (name) => {
    const next = uniform(13);
    const make = () => Float32Array.from(manyArguments(integer(next, 0, 1000), 10_000));
    const [x, y] = [make(), make()];
    const { f, bounds } = binaries[name];
    const wide = f(tensor(Float64Array.from(x)), tensor(Float64Array.from(y))).toTypedArray() as Float64Array;
    const found = worst(
      "float32",
      f(tensor(x), tensor(y)),
      (i) => [wide[i], 0, scale(name, x[i], y[i])],
      (i) => [x[i], y[i]],
    );
    expect(found.error, `at ${found.at}`).toBeLessThanOrEqual(bounds[1] + 1e-3);
  });

  test.each(unaryNames.filter((name) => unaries[name].math))("%s at the special arguments", (name) => {
    const { f, math } = unaries[name];
    const kept = special.filter((x) => !(Math.abs(math!(x)) > 0 && Math.abs(math!(x)) < infinity));
    expect(Array.from(f(tensor(Float64Array.from(kept))).toTypedArray())).toEqual(kept.map((x) => math!(x)));
    const narrow = kept.filter((x) => Object.is(Math.fround(x), x));
    expect(Array.from(f(single(narrow)).toTypedArray())).toEqual(narrow.map((x) => math!(x)));
  });

  test("erf, erfc and sigmoid at the special arguments", () => {
    const x = [0, -0, infinity, -infinity, nan];
    for (const make of [(v: number[]) => tensor(Float64Array.from(v)), single]) {
      expect(Array.from(ad.erf(make(x)).toTypedArray())).toEqual([0, -0, 1, -1, nan]);
      expect(Array.from(ad.erfc(make(x)).toTypedArray())).toEqual([1, 1, 0, 2, nan]);
      expect(Array.from(ad.nn.sigmoid(make(x)).toTypedArray())).toEqual([0.5, 0.5, 1, 0, nan]);
    }
  });

  // IEEE 754-2019, 9.2.1; JavaScript's own pow differs where the base is 1 or -1.
  test("pow, atan2, hypot and logaddexp at the special arguments", () => {
    const x = [...special, 0.5, -0.5, 3, -3];
    const pow = (a: number, b: number) => (a === 1 || (a === -1 && Math.abs(b) === infinity) ? 1 : a ** b);
    const logaddexp = (a: number, b: number) =>
      Math.abs(a - b) > 800 || Number.isNaN(a + b)
        ? Number.isNaN(a + b) && a !== -b
          ? a + b
          : Math.max(a, b) + 0
        : undefined;
    const cases: [Binary, (a: number, b: number) => number | undefined][] = [
      [ad.pow, pow],
      [ad.atan2, Math.atan2],
      [
        ad.hypot,
        (a, b) =>
          Number.isNaN(a + b) && Math.abs(a) !== infinity && Math.abs(b) !== infinity
            ? nan
            : Math.hypot(a, b),
      ],
      [ad.logaddexp, logaddexp],
    ];
    for (const [f, scalar] of cases) {
      for (const values of [x, x.map(Math.fround)]) {
        const narrow = values !== x;
        const v = narrow ? single(values) : tensor(Float64Array.from(values));
        const got = f(v.reshape([-1, 1]), v.reshape([1, -1])).toTypedArray() as Float64Array;
        values.forEach((a, i) => {
          values.forEach((b, j) => {
            const want = scalar(a, b);
            if (want === undefined || (Number.isFinite(want) && want !== 0)) return;
            if (narrow && Math.fround(want) !== want) return;
            expect(got[i * values.length + j], `${f.name}(${a}, ${b})`).toBe(want);
          });
        });
      }
    }
  });

  test("exact values stay exact", () => {
    const powers = Float64Array.from({ length: 2000 }, (_, i) => i - 1022);
    const twos = powers.map((n) => 2 ** n);
    expect(ad.log2(tensor(twos)).toTypedArray()).toEqual(
      powers.map((n) => (2 ** n === infinity ? infinity : n)),
    );
    const tens = Float64Array.from({ length: 23 }, (_, i) => i);
    expect(ad.log10(tensor(tens.map((n) => Number(`1e${n}`)))).toTypedArray()).toEqual(tens);
    expect(ad.pow(tensor([3, -3, 10, 0.5, 7]), tensor([3, 3, 2, -2, 2])).toArray()).toEqual([
      27, -27, 100, 4, 49,
    ]);
    expect(ad.hypot(tensor([3, 5, 8]), tensor([4, 12, 15])).toArray()).toEqual([5, 13, 17]);
  });

  test.each(["float64", "float32"] as const)(
    "results do not depend on place, length or layout: %s",
    (dtype) => {
      const next = uniform(21);
      const values = [...manyArguments(22, 150), ...edges, ...Array.from({ length: 37 }, () => next())];
      for (let i = values.length - 1; i > 0; i--) {
        const j = integer(next, 0, i);
        [values[i], values[j]] = [values[j], values[i]];
      }
      const make = (v: number[]) => tensor(dtype === "float64" ? Float64Array.from(v) : Float32Array.from(v));
      const n = values.length;
      const x = make(values);
      const y = make([...values.slice(n / 3), ...values.slice(0, n / 3)]);
      const functions: [string, (x: Tensor, y: Tensor) => Tensor][] = [
        ...unaryNames.map((name): [string, Binary] => [name, (a) => unaries[name].f(a)]),
        ...binaryNames.map((name): [string, Binary] => [name, binaries[name].f]),
      ];
      for (const [name, f] of functions) {
        const whole = Array.from(f(x, y).toTypedArray() as Float64Array);
        for (let length = 1; length < 40; length++) {
          const range: [number, number] = [length, 2 * length];
          expect(f(x.slice(range), y.slice(range)).toArray(), `${name}, length ${length}`).toEqual(
            whole.slice(...range),
          );
        }
        for (let i = 0; i < n; i += 7)
          expect(f(x.slice(i), y.slice(i)).item(), `${name}(${values[i]})`).toBe(whole[i]);
        const thirds: [number, number, number] = [0, n, 3];
        const everyThird = whole.filter((_, i) => i % 3 === 0);
        expect(f(x.slice(thirds), y.slice(thirds)).toArray(), `${name}, every third`).toEqual(everyThird);
        expect(f(x.flip(0), y.flip(0)).toArray(), `${name}, backwards`).toEqual([...whole].reverse());
      }
    },
  );
});
