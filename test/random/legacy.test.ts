import { expect, test } from "vitest";
import { RandomStream } from "../../lib/random/legacy.js";

/** From NumPy's RandomState(seed): rand(4), then randn(3), randn(2), rand(2), randn(2) in this order. */
const streams: { seed: number; draws: [kind: "uniform" | "normal", values: number[]][] }[] = [
  {
    seed: 0,
    draws: [
      ["uniform", [0.5488135039273248, 0.7151893663724195, 0.6027633760716439, 0.5448831829968969]],
      ["normal", [1.8675579901499675, -0.977277879876411, 0.9500884175255894]],
      ["normal", [-0.1513572082976979, -0.10321885179355784]],
      ["uniform", [0.7917250380826646, 0.5288949197529045]],
      ["normal", [0.41059850193837233, 0.7610377251469934]],
    ],
  },
  {
    seed: 100,
    draws: [
      ["uniform", [0.5434049417909654, 0.27836938509379616, 0.4245175907491331, 0.8447761323199037]],
      ["normal", [0.9813207869512316, 0.5142188413943821, 0.22117966922140045]],
      ["normal", [-1.0700433305682933, -0.18949583082317534]],
      ["uniform", [0.18532821955007506, 0.10837689046425514]],
      ["normal", [0.25500144427338167, -0.4580269855026243]],
    ],
  },
  {
    seed: 123,
    draws: [
      ["uniform", [0.6964691855978616, 0.28613933495037946, 0.2268514535642031, 0.5513147690828912]],
      ["normal", [-0.5786002519685364, 1.651436537097151, -2.426679243393074]],
      ["normal", [-0.42891262885617726, 1.265936258705534]],
      ["uniform", [0.4385722446796244, 0.05967789660956835]],
      ["normal", [-0.8667404022651017, 1.4913896261242878]],
    ],
  },
  {
    seed: 4294967295,
    draws: [
      ["uniform", [0.0976320289940138, 0.9123828453026218, 0.78903530185164, 0.7800035981134678]],
      ["normal", [-1.0805437227474493, 0.2845010447986309, 0.11388773652167104]],
      ["normal", [0.8676218937929382, -0.044026015448043285]],
      ["uniform", [0.32420043998445336, 0.1817673614885038]],
      ["normal", [0.24877161740907913, -0.026158136126360088]],
    ],
  },
];

test.each(streams)("the stream of seed $seed is NumPy's", ({ seed, draws }) => {
  const stream = new RandomStream(seed);
  for (const [kind, expected] of draws) {
    const values = stream[kind](expected.length);
    expect(values).toBeInstanceOf(Float64Array);
    if (kind === "uniform") expect([...values]).toEqual(expected);
    else expectClose(values, expected);
  }
});

test("far into the stream", () => {
  const uniform = new RandomStream(123).uniform(100000);
  expect([...uniform.subarray(-3)]).toEqual([0.867750622260245, 0.5662243991736952, 0.6128940452084457]);
  const normal = new RandomStream(123).normal(100000);
  expectClose(normal.subarray(-3), [1.1588331073725484, 2.283745624961323, -1.3182715144975592]);
});

test("normal numbers come alike in one call and in many", () => {
  const whole = new RandomStream(7).normal(11);
  const parts = new RandomStream(7);
  expect([1, 2, 0, 3, 5].flatMap((n) => [...parts.normal(n)])).toEqual([...whole]);
});

test.each([-1, 2 ** 32, 1.5, Number.NaN, "1", undefined, null, 1n])("the seed %s is refused", (seed) => {
  expect(() => new RandomStream(seed as number)).toThrow(
    expect.objectContaining({ code: "ERR_ADJOINT_ARGUMENT", operation: "randomState" }),
  );
});

/** Equal but for the last bits, where logarithms of different libraries differ. */
function expectClose(values: Float64Array, expected: number[]) {
  for (const [i, value] of values.entries()) {
    expect(Math.abs(value - expected[i]!)).toBeLessThanOrEqual(1e-15 * Math.abs(expected[i]!));
  }
}
