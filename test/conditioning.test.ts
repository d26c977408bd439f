import { describe, expect, test } from "vitest";

interface Exact {
  fixed(x: number): bigint;
  float(value: bigint): number;
  solve(a: bigint[][], b: bigint[]): bigint[];
  condition(a: bigint[][]): number;
}
interface Errors {
  readonly ways: readonly string[];
  errorsOf(
    way: string,
    dtype: string,
    kappa: number,
    trials: number,
  ): { value: number; gradient: number; warned: boolean };
}

const load = async (name: string): Promise<unknown> =>
  import(new URL(`../bench/conditioning/${name}.mjs`, import.meta.url).href);
const { fixed, float, solve, condition } = (await load("exact")) as Exact;
const { ways, errorsOf } = (await load("errors")) as Errors;

describe("the truth of docs/conditioning.md", () => {
  test("numbers go there and back", () => {
    for (const x of [0, 1, -1, 1 / 3, -Math.PI, 1e-30, 123456.789, 2 ** -200, 2 ** 100 + 2 ** 60])
      expect(float(fixed(x))).toBe(x);
  });

  test("the inverse of the Hilbert matrix of order 12 has integers", () => {
    const n = 12;
    const one = fixed(1);
    const hilbert = Array.from({ length: n }, (_, i) =>
      Array.from({ length: n }, (_, j) => one / BigInt(i + j + 1)),
    );
    const first = solve(hilbert, Array.from({ length: n }, (_, i) => (i === 0 ? one : 0n))); // biome-ignore format: short
    expect(first.slice(0, 3).map(float)).toEqual([144, -10296, 240240]);
    expect(condition(hilbert) / 4.1154454e16).toBeCloseTo(1, 6);
  });
});

describe("what it says", () => {
  const [plain, , , refined] = ways;
  test.each([
    ["float64", 1e10, 1e-9, 1e-15],
    ["float32", 1e6, 1e-4, 3e-7],
  ] as const)("%s at a condition of %d: refinement brings the digits back", (dtype, kappa, lost, kept) => {
    const without = errorsOf(plain, dtype, kappa, 3);
    const refinement = errorsOf(refined, dtype, kappa, 3);
    for (const key of ["value", "gradient"] as const) {
      expect(without[key]).toBeGreaterThan(lost);
      expect(refinement[key]).toBeLessThan(kept);
    }
    expect(refinement.warned).toBe(false);
  });

  test("without digits there is a warning", () => {
    for (const way of ways) {
      const { value, warned } = errorsOf(way, "float64", 1e18, 1);
      const restored = way.includes("refine") && value < 1e-14;
      expect(warned || restored || way.includes("positive"), way).toBe(true);
    }
  });
});
