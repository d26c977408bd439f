import { inspect } from "node:util";
import * as ad from "adjoint";
import { type DType, Tensor, tensor } from "adjoint";
import { describe, expect, test } from "vitest";

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
const read = (x: Tensor) => [x.dtype, x.shape, x.toArray()];

describe("tensor", () => {
  test.each([
    [3, ["float64", [], 3]],
    [true, ["bool", [], true]],
    [
      [1, 2],
      ["float64", [2], [1, 2]],
    ],
    [
      [true, false],
      ["bool", [2], [true, false]],
    ],
    [
      [[1], [2]],
      ["float64", [2, 1], [[1], [2]]],
    ],
    [[], ["float64", [0], []]],
    [
      [[], []],
      ["float64", [2, 0], [[], []]],
    ],
    [Float64Array.of(1, 2), ["float64", [2], [1, 2]]],
    [Float32Array.of(0.5), ["float32", [1], [0.5]]],
    [Int32Array.of(-1), ["int32", [1], [-1]]],
    [Uint8Array.of(1, 0), ["bool", [2], [true, false]]],
  ] as [never, unknown][])("of %j", (data, expected) => {
    expect(read(tensor(data))).toEqual(expected);
  });

  test("options", () => {
    expect(read(tensor([1, 2, 3, 4], { shape: [2, 2], dtype: "int32" }))).toEqual([
      "int32",
      [2, 2],
      [
        [1, 2],
        [3, 4],
      ],
    ]);
    expect(read(tensor([1.7, -1.7], { dtype: "int32" }))).toEqual(["int32", [2], [1, -1]]);
    expect(read(tensor([0, -0, 2, nan], { dtype: "bool" }))).toEqual([
      "bool",
      [4],
      [false, false, true, true],
    ]);
    expect(read(tensor(tensor([1, 2]), { dtype: "float32", shape: [2, 1] }))).toEqual([
      "float32",
      [2, 1],
      [[1], [2]],
    ]);
  });

  test("typed arrays are copied, in and out", () => {
    const values = Float64Array.of(1, 2);
    const x = tensor(values);
    values[0] = 9;
    (x.toTypedArray() as Float64Array)[1] = 9;
    expect(x.toArray()).toEqual([1, 2]);
    expect(() => {
      (x.shape as number[])[0] = 5;
    }).toThrow(TypeError);
  });

  test("what toTransferable gives", () => {
    const x = tensor([[true], [false]]);
    expect(x.toTransferable()).toEqual({ dtype: "bool", shape: [2, 1], data: Uint8Array.of(1, 0) });
  });

  const layouts: [name: string, of: (x: Tensor) => Tensor][] = [
    ["row-major", (x) => x],
    ["0-d", (x) => x.slice(0, 0)],
    ["empty", (x) => x.slice([0, 0])],
    ["transposed", (x) => x.T],
    ["reversed, with steps", (x) => x.slice([null, null, -1], [0, null, 2])],
    ["broadcast", (x) => x.slice(1).broadcastTo([2, 2, 3])],
    ["a variable", (x) => ad.variable(x)],
  ];
  describe.each(["float64", "float32", "int32", "bool"] as const)("%s crosses to another thread", (dtype) => {
    test.each(layouts)("%s", (_name, of) => {
      const x = of(
        tensor([
          [0, 1, 2],
          [3, 0, 5],
        ]).cast(dtype),
      );
      const sent = structuredClone(x.toTransferable());
      const received = tensor(sent);
      expect(read(received)).toEqual(read(x));
      // Its memory is its own: what crossed may be changed.
      sent.data.fill(7);
      expect(read(received)).toEqual(read(x));
      expect(JSON.parse(JSON.stringify(x))).toEqual(x.toArray());
    });
  });

  test("a view of a typed array's middle", () => {
    expect(tensor(Float64Array.of(1, 2, 3, 4).subarray(1, 3)).toArray()).toEqual([2, 3]);
  });
});

describe("filled tensors", () => {
  test("values and dtypes", () => {
    expect(read(ad.zeros([2]))).toEqual(["float64", [2], [0, 0]]);
    expect(read(ad.ones([2, 1], { dtype: "int32" }))).toEqual(["int32", [2, 1], [[1], [1]]]);
    expect(read(ad.full([2], true))).toEqual(["bool", [2], [true, true]]);
    expect(read(ad.full([], 7))).toEqual(["float64", [], 7]);
    expect(read(ad.zerosLike(Int32Array.of(1)))).toEqual(["int32", [1], [0]]);
    expect(read(ad.onesLike([[1]], { dtype: "float32" }))).toEqual(["float32", [1, 1], [[1]]]);
    expect(read(ad.fullLike([1, 2], 5))).toEqual(["float64", [2], [5, 5]]);
    expect(ad.zeros([0, 5]).toArray()).toEqual([]);
    expect(ad.zeros([2, 0]).toArray()).toEqual([[], []]);
  });

  test("eye", () => {
    expect(ad.eye(2, 3).toArray()).toEqual([
      [1, 0, 0],
      [0, 1, 0],
    ]);
    expect(ad.eye(3, { k: 1 }).toArray()).toEqual([
      [0, 1, 0],
      [0, 0, 1],
      [0, 0, 0],
    ]);
    expect(ad.eye(2, 3, { k: -1, dtype: "bool" }).toArray()).toEqual([
      [false, false, false],
      [true, false, false],
    ]);
    expect(ad.eye(0).shape).toEqual([0, 0]);
    expect(ad.eye(2, { k: 9 }).sum().item()).toBe(0);
  });

  test("ranges", () => {
    expect(ad.arange(3).toArray()).toEqual([0, 1, 2]);
    expect(ad.arange(1, 4).toArray()).toEqual([1, 2, 3]);
    expect(ad.arange(0, 1, 0.25).toArray()).toEqual([0, 0.25, 0.5, 0.75]);
    expect(ad.arange(3, 0, -1).toArray()).toEqual([3, 2, 1]);
    expect(ad.arange(3, 0).shape).toEqual([0]);
    expect(read(ad.arange(2, { dtype: "int32" }))).toEqual(["int32", [2], [0, 1]]);
    expect(ad.linspace(0, 1, 5).toArray()).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect(ad.linspace(0, 1, 4, { endpoint: false }).toArray()).toEqual([0, 0.25, 0.5, 0.75]);
    expect(ad.linspace(2, 3, 1).toArray()).toEqual([2]);
    expect(ad.linspace(0, 1, 0).shape).toEqual([0]);
    const thirds = ad.linspace(-5, 5, 300);
    expect([thirds.at(0), thirds.at(-1)]).toEqual([-5, 5]);
  });
});

describe("promotion", () => {
  const dtypes: DType[] = ["bool", "int32", "float32", "float64"];
  test.each(dtypes.flatMap((a, i) => dtypes.map((b, j) => [a, b, dtypes[Math.max(i, j)]] as const)))(
    "%s and %s",
    (a, b, expected) => {
      const [x, y] = [tensor([1], { dtype: a }), tensor([1], { dtype: b })];
      const arithmetic = expected === "bool" ? "int32" : expected;
      expect(x.add(y).dtype).toBe(arithmetic);
      expect(x.mul(y).dtype).toBe(arithmetic);
      expect(x.div(y).dtype).toBe(expected === "float32" ? "float32" : "float64");
      expect(x.less(y).dtype).toBe("bool");
      expect(ad.where([true], x, y).dtype).toBe(expected);
      expect(ad.concat([x, y]).dtype).toBe(expected);
      if (expected !== "bool") expect(ad.matmul(x.expandDims(0), y.expandDims(1)).dtype).toBe(expected);
    },
  );

  test("plain numbers are weak", () => {
    expect(tensor(Float32Array.of(1)).add(0.1).dtype).toBe("float32");
    expect(ad.sub(0.1, tensor(Float32Array.of(1))).dtype).toBe("float32");
    expect(tensor(Int32Array.of(1)).mul(3).dtype).toBe("int32");
    expect(tensor(Int32Array.of(1)).div(2).toArray()).toEqual([0.5]);
    expect(read(tensor([true]).add(1))).toEqual(["float64", [1], [2]]);
    expect(ad.add(1, 2).dtype).toBe("float64");
    expect(tensor(Float32Array.of(1)).add([0.1]).dtype).toBe("float64");
    expect(tensor(Float32Array.of(1)).pow(2).dtype).toBe("float32");
  });

  test("integers where floats are computed", () => {
    const x = tensor(Int32Array.of(1, 4));
    for (const name of [
      "sqrt",
      "exp",
      "log",
      "sin",
      "mean",
      "variance",
      "std",
      "logsumexp",
      "reciprocal",
    ] as const)
      expect(x[name]().dtype, name).toBe("float64");
    expect(x.sqrt().toArray()).toEqual([1, 2]);
    for (const name of ["neg", "abs", "square", "sum", "max"] as const)
      expect(x[name]().dtype, name).toBe("int32");
    expect([tensor([true, true]).sum().item(), tensor([true, true]).sum().dtype]).toEqual([2, "int32"]);
    expect(x.countNonzero().dtype).toBe("int32");
  });

  test("casts", () => {
    expect(tensor([1.9, -1.9, -0.5]).cast("int32").toArray()).toEqual([1, -1, 0]);
    expect(tensor([0, 0.1, nan]).cast("bool").toArray()).toEqual([false, true, true]);
    expect(tensor([true, false]).cast("float64").toArray()).toEqual([1, 0]);
    expect(tensor([0.1]).cast("float32").cast("float64").item()).toBe(Math.fround(0.1));
    expect(tensor([1e300]).cast("float32").item()).toBe(infinity);
  });
});

describe("JavaScript's own protocols", () => {
  test("printing", () => {
    const x = tensor([
      [1, 2.5],
      [-3, 4],
    ]);
    expect(inspect(x)).toBe("tensor([[ 1. ,  2.5],\n        [-3. ,  4. ]], shape=[2, 2], float64)");
    expect(`${tensor([1, 2])}`).toBe("[1. 2.]");
    expect(inspect({ x: tensor(3) })).toContain("tensor(3.");
    expect(String(tensor([true]))).toContain("True");
    expect(inspect(x.T.flip(0))).toBe(
      inspect(
        tensor([
          [2.5, 4],
          [1, -3],
        ]),
      ),
    );
    expect(inspect(ad.variable(2))).toContain("2.");
  });

  test("JSON, item, at and iteration", () => {
    expect(JSON.stringify({ x: tensor([[1], [2]]) })).toBe('{"x":[[1],[2]]}');
    expect(tensor([[5]]).item()).toBe(5);
    expect(tensor([true]).item()).toBe(true);
    expect(
      tensor([
        [1, 2],
        [3, 4],
      ]).at(-1, 0),
    ).toBe(3);
    expect(
      [
        ...tensor([
          [1, 2],
          [3, 4],
        ]),
      ].map((row) => row.toArray()),
    ).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect([...ad.zeros([0, 2])]).toEqual([]);
    expect([...ad.variable([1, 2])].map((row) => row.item())).toEqual([1, 2]);
    const [first, ...rest] = tensor([1, 2, 3]);
    expect([first, ...rest].map((row) => row.item())).toEqual([1, 2, 3]);
    expect(() => [...tensor(1)]).toThrow(/0-d.*item/);
    expect(tensor([1, 2]).toTypedArray("float64")).toEqual(Float64Array.of(1, 2));
  });

  test("tensors of different values are never deeply equal to nothing at all", () => {
    expect(tensor([1])).toBeInstanceOf(Tensor);
    for (const value of [tensor([1]), ad.variable(1), { x: tensor([1]) }, ad.linalg.eigh([[1]])])
      expect(() => structuredClone(value)).toThrow(/toTransferable/);
  });

  test("functions and methods have their names", () => {
    for (const functions of [ad, ad.linalg, ad.nn])
      for (const [name, f] of Object.entries(functions))
        if (typeof f === "function") expect(f.name).toBe(name);
    expect(tensor([1]).add.name).toBe("add");
  });
});

describe("truth values", () => {
  test("are 0 or 1 in memory, whatever stood for true", () => {
    expect([...tensor(Uint8Array.of(7, 0, 1)).toTypedArray()]).toEqual([1, 0, 1]);
    expect(tensor(Uint8Array.of(7)).equal(true).item()).toBe(true);
    expect([...ad.arange(4, { dtype: "bool" }).toTypedArray()]).toEqual([0, 1, 1, 1]);
    expect([...ad.linspace(0, 0.5, 3, { dtype: "bool" }).toTypedArray()]).toEqual([0, 1, 1]);
    expect([...ad.full([2], 7, { dtype: "bool" }).toTypedArray()]).toEqual([1, 1]);
  });
});

test("a shape that was read out cannot be changed, and looks like any array", () => {
  const x = ad.zeros([2, 3]);
  const shape = x.shape as number[];
  expect(() => shape.push(4)).toThrow(TypeError);
  expect(() => shape.reverse()).toThrow(TypeError);
  expect(() => {
    shape[0] = 5;
  }).toThrow(TypeError);
  expect(Object.keys(shape)).toEqual(["0", "1"]);
  expect(structuredClone(x.shape)).toStrictEqual([2, 3]);
  expect(ad.zeros([2, 3]).shape).toStrictEqual([2, 3]);
  expect(x.add(x.sum(0)).shape).toStrictEqual([2, 3]);
});
