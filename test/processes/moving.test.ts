import * as ad from "adjoint";
import { type MoveOptions, type Tensor, tensor } from "adjoint";
import { afterEach, describe, expect, test } from "vitest";
import { runScript } from "./run_script.js";

const move: MoveOptions = { move: true };
/** Both with memory of their own; from 2 MiB on tensors begin at a huge page. */
const sizes = [2000, 2 ** 18];

/** What another thread receives. */
const sent = (message: ad.Transferable): ad.Transferable =>
  structuredClone(message, { transfer: [message.data.buffer as ArrayBuffer] });

/** Whatever asks for memory next does not get what has been given away. */
function takeMemory(size: number): void {
  for (let i = 0; i < 4; i++) ad.full([size], -12345).dispose();
}

/** By their bytes: there are too many for `toEqual`. */
function expectSame(found: ad.TypedArray, right: ad.TypedArray): void {
  expect(found.constructor).toBe(right.constructor);
  expect(
    Buffer.from(found.buffer, found.byteOffset, found.byteLength).equals(new Uint8Array(right.buffer)),
  ).toBe(true);
}

/** How many bytes the last move has taken from buffers, or copied to others. */
function copiedBy(body: () => ad.Transferable): boolean {
  const before = process.memoryUsage().arrayBuffers;
  const { data } = body();
  return process.memoryUsage().arrayBuffers - before >= data.byteLength;
}

describe.each(sizes)("a tensor of %d elements moves", (size) => {
  const values = Float64Array.from({ length: size }, (_, i) => i);
  const make = (): Tensor => tensor(values).mul(1);

  test("with its memory, where nobody else has it", () => {
    const x = make();
    expect(copiedBy(() => x.toTransferable(move))).toBe(false);
    expect(() => x.add(1)).toThrow(ad.DisposedError);
    x.dispose();
  });

  test("there and back", () => {
    let x = make();
    for (let trip = 0; trip < 5; trip++) {
      const message = x.toTransferable(move);
      const received = sent(message);
      expect(message.data.length).toBe(0);
      takeMemory(size);
      x = tensor(received, move);
      expect(received.data.length).toBe(0);
      takeMemory(size);
      expectSame(x.toTypedArray(), values);
      x = x.add(1).sub(1);
    }
  });

  test("and what it gave can be changed, or kept", () => {
    const message = make().toTransferable(move);
    expectSame(message.data, values);
    takeMemory(size);
    expectSame(tensor(message).toTypedArray(), values);
    message.data.fill(7);
    expectSame(
      tensor(message, move).toTypedArray(),
      values.map(() => 7),
    );
  });

  test.each(["float32", "int32", "bool", "complex64", "complex128"] as const)("as %s", (dtype) => {
    const x = make().cast(dtype);
    const right = x.toTypedArray();
    const y = tensor(sent(x.toTransferable(move)), move);
    expect([y.dtype, y.shape]).toEqual([dtype, [size]]);
    expectSame(y.toTypedArray(), right);
  });

  const holders: Record<string, (x: Tensor) => () => Tensor> = {
    "a view": (x) => {
      const view = x.reshape([2, -1]);
      return () => view;
    },
    "a part of it": (x) => {
      const part = x.slice([1, 5]);
      return () => part;
    },
    "the tape": (x) => {
      const v = ad.variable(x.mul(0));
      const y = x.mul(v).sum();
      return () => ad.gradients(y, [v])[0] as Tensor;
    },
    "a variable": (x) => {
      const v = ad.variable(x);
      return () => v;
    },
    "a compiled function": (x) => {
      const f = ad.compile((y: Tensor) => y.mul(x));
      f(1);
      return () => f(1);
    },
  };
  test.each(Object.entries(holders))("by a copy, where %s has its memory too", (_name, hold) => {
    const x = make();
    const held = hold(x);
    const right = held().toTypedArray();
    const received = sent(x.toTransferable(move));
    expect(() => x.add(1)).toThrow(ad.DisposedError);
    takeMemory(size);
    expectSame(held().toTypedArray(), right);
    expectSame(tensor(received, move).toTypedArray(), values);
  });

  test("by a copy, while a run in the background reads it", async () => {
    const f = ad.compile((y: Tensor) => y.sin().square().add(y.cos().square()).sum());
    const x = make();
    const runs = Array.from({ length: 4 }, () => f.async(x));
    const message = x.toTransferable(move);
    message.data.fill(0);
    sent(message);
    takeMemory(size);
    for (const y of await Promise.all(runs)) expect(y.item()).toBeCloseTo(size, 6);
  });

  test("in other layouts, and from a variable", () => {
    const column = (x: Tensor): Tensor => x.reshape([size / 2, 2]).T;
    for (const of of [column, (x: Tensor) => column(x).slice(0), (x: Tensor) => ad.variable(x)]) {
      const x = of(make());
      const right = x.toTypedArray();
      expectSame(tensor(sent(x.toTransferable(move)), move).toTypedArray(), right);
      expect(() => x.add(1)).toThrow(ad.DisposedError);
    }
  });
});

/** In the types of browsers alone. */
const wasm = (
  globalThis as unknown as { WebAssembly: { Memory: new (size: object) => { buffer: ArrayBuffer } } }
).WebAssembly;

describe("what does not lie as a tensor does is copied", () => {
  afterEach(() => takeMemory(2000));
  const values = Float64Array.from({ length: 2000 }, (_, i) => i);

  test("a typed array of somebody else", () => {
    expectSame(tensor(values, move).toTypedArray(), values);
    expect(values.length).toBe(2000);
  });

  test("small tensors, empty ones, other dtypes and shared memory", () => {
    const small = tensor([1, 2]).toTransferable(move);
    expect(tensor(small, move).toArray()).toEqual([1, 2]);
    expect(small.data.length).toBe(2);
    expect(tensor(ad.zeros([0, 3]).toTransferable(move), move).shape).toEqual([0, 3]);
    const message = tensor(values).toTransferable(move);
    expect(tensor(message, { ...move, dtype: "float32" }).dtype).toBe("float32");
    expectSame(message.data, values);
    const shared = new Float64Array(new SharedArrayBuffer(16_064), 0, 2000);
    expect(tensor(shared, move).toTypedArray()).toEqual(new Float64Array(2000));
  });

  test("memory that cannot leave its place", () => {
    const { buffer } = new wasm.Memory({ initial: 64 });
    for (let start = 0; start < 2 ** 21; start += 2 ** 12) {
      const own = new Float64Array(buffer, start, 2 ** 18);
      expect(tensor(own, move).size).toBe(2 ** 18);
      expect(own.length).toBe(2 ** 18);
    }
  });

  test("and a shape that does not fit takes nothing", () => {
    const message = tensor(values).toTransferable(move);
    expect(() => tensor(message, { ...move, shape: [3] })).toThrow(ad.ShapeError);
    expectSame(message.data, values);
  });
});

test("tensors are moved to a worker and back in the memory they were made in", () => {
  const script = `
    const { Worker } = require("node:worker_threads");
    const ad = require(entry);
    const code = "const ad = require(" + JSON.stringify(entry) + ");" + \`
      const { parentPort } = require("node:worker_threads");
      parentPort.on("message", (message) => {
        const x = ad.tensor(message, { move: true });
        const found = { sum: x.sum().item(), back: x.toTransferable({ move: true }) };
        parentPort.postMessage(found, [found.back.data.buffer]);
      });
    \`;
    const worker = new Worker(code, { eval: true });
    const size = 2 ** 21;
    let x = ad.ones([size]);
    let peak = 0;
    let trips = 0;
    const send = () => {
      const message = x.toTransferable({ move: true });
      worker.postMessage(message, [message.data.buffer]);
    };
    worker.on("message", ({ sum, back }) => {
      if (sum !== size) throw new Error(String(sum));
      x = ad.tensor(back, { move: true });
      gc();
      peak = Math.max(peak, process.memoryUsage().arrayBuffers);
      if (++trips < 20) return send();
      console.log(x.sum().item() === size, peak < 1.5 * 8 * size + 2 ** 21);
      worker.terminate();
    });
    send();
  `;
  expect(runScript(script)).toMatchObject({ output: "true true", errors: "", status: 0 });
});
