import { ArgumentError, grad, nn, type Tensor, tensor } from "adjoint";
import { describe, expect, test } from "vitest";
import { expectError } from "../error_assertions.js";
import { checkDerivatives, type Sample } from "../finite_differences.js";
import { randomTensor, spreadTensor } from "../random_values.js";

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
const x = [-30, -2.5, -1e-3, 0, 0.7, 3, 40];
/** From PyTorch, but gelu, which is there less exact in the tail: from SciPy. */
const values = {
  softplus: [
    9.357622968839737e-14,
    0.07888973429254963,
    0.6926473055599401,
    Math.LN2,
    1.103186048885458,
    3.048587351573742,
    40,
  ],
  logSigmoid: [
    -30.000000000000092,
    -2.5788897342925496,
    -0.6936473055599401,
    -Math.LN2,
    -0.4031860488854579,
    -0.04858735157374206,
    -4.248354255291589e-18,
  ],
  relu: [0, 0, 0, 0, 0.7, 3, 40],
  elu: [-0.9999999999999064, -0.9179150013761012, -0.000999500166624978, 0, 0.7, 3, 40],
  silu: [
    -2.8072868906517896e-12, -0.18964545005310887, -0.0004997500000208334, 0, 0.46773144051771626,
    2.8577223804672998, 40,
  ],
  gelu: [
    -1.4720141781443724e-196, -0.01552416331444033, -0.000499601057786089, 0, 0.5306254434438489,
    2.99595030590511, 40,
  ],
};
const names = Object.keys(values) as (keyof typeof values)[];

describe("activations", () => {
  test.each(names)("%s at ordinary points and in its tails", (name) => {
    const found = nn[name](x).toTypedArray();
    values[name].forEach((expected, i) => {
      expect(Math.abs(found[i] - expected)).toBeLessThanOrEqual(1e-13 * Math.abs(expected));
    });
    expect(nn[name](tensor(x, { dtype: "float32" })).dtype).toBe("float32");
    expect(nn[name]([]).shape).toEqual([0]);
  });

  const limits: Record<keyof typeof values, [lowest: number, slope: number]> = {
    softplus: [0, 0],
    logSigmoid: [-infinity, 1],
    relu: [0, 0],
    elu: [-1, 0],
    silu: [0, 0],
    gelu: [0, 0],
  };
  test.each(names)("%s far out: no NaN from infinity times zero", (name) => {
    const [lowest, slope] = limits[name];
    const far = tensor([-infinity, -1e300, -1000, 1000, 1e300, infinity]);
    const f = (t: Tensor): Tensor => nn[name](t).sum();
    const [atInfinity, , , above, highest, last] = nn[name](far).toArray() as number[];
    expect(atInfinity === lowest).toBe(true);
    expect(name === "logSigmoid" ? above === 0 : highest === 1e300).toBe(true);
    expect(name === "logSigmoid" ? last === 0 : last === infinity).toBe(true);
    const gradient = grad(f)(far).toArray() as number[];
    const end = name === "logSigmoid" ? 0 : 1;
    expect(gradient.map((g) => g + 0)).toEqual([slope, slope, slope, end, end, end]);
    const second = grad((t: Tensor) => grad(f)(t).sum())(far).toArray() as number[];
    expect(second.every((g) => g === 0)).toBe(true);
    expect(nn[name](nan).item()).toBe(nan);
  });

  test("where a derivative is a convention", () => {
    const slope = (f: (t: Tensor) => Tensor): unknown => grad(f)(tensor(0)).item();
    expect(slope((t) => nn.relu(t))).toBe(0);
    expect(slope((t) => nn.elu(t))).toBe(1);
    expect(slope((t) => nn.elu(t, { alpha: 0.5 }))).toBe(0.5);
  });

  test("integers", () => {
    const whole = tensor([-2, 3], { dtype: "int32" });
    expect(nn.relu(whole).dtype).toBe("int32");
    expect(nn.relu(whole).toArray()).toEqual([0, 3]);
    expect(nn.silu(whole).dtype).toBe("float64");
  });

  test("bad input", () => {
    expectError(() => nn.elu(1, { alpha: nan }), ArgumentError, "ERR_ADJOINT_ARGUMENT", /^elu: alpha/);
    expectError(() => nn.elu(1, { beta: 1 } as object), ArgumentError, "ERR_ADJOINT_ARGUMENT", "alpha");
  });
});

const samples: Sample[] = [
  ...(["softplus", "logSigmoid", "silu", "gelu"] as const).map((name) => ({
    name,
    f: (t: Tensor) => nn[name](t),
    at: [randomTensor([2, 3], 1, -3, 3)],
  })),
  { name: "relu squared", f: (t) => nn.relu(t).square(), at: [spreadTensor([2, 3], 2)] },
  { name: "elu", f: (t) => nn.elu(t, { alpha: 0.7 }), at: [spreadTensor([2, 3], 3)] },
];
describe("derivatives", () => {
  test.each(samples)("$name", checkDerivatives);
});
