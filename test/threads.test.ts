import * as ad from "adjoint";
import { afterAll, describe, expect, test } from "vitest";
import { addon } from "./addon.js";

const before = ad.getNumThreads();
afterAll(() => ad.setNumThreads(before));

describe("elementwise kernels give every element the same bits however many threads share the work", () => {
  const ELEMENTWISE = 2;
  /** The most that one of these kernels has. */
  const OPERANDS = 4;
  /** Above every size from which on work is shared, and no multiple of a vector. */
  const COUNT = 2 ** 19 + 4999;
  const WIDEST = 16;
  const frame = new Float64Array(addon.frame);
  const BYTES = COUNT * WIDEST;
  const memory = Array.from({ length: OPERANDS }, () => new ArrayBuffer(BYTES));
  const special = [0, -0, 1, -1, Number.NaN, Infinity, -Infinity, 5e-324, 1e-310, 1e308, 0.5, 22, -745, 3e5];

  const initial = Float64Array.from({ length: BYTES / 8 }, (_, i) =>
    i % 5 === 0 ? special[(i / 5) % special.length] : 4 * Math.sin(i),
  );
  const views = memory.map((buffer) => new Float64Array(buffer));
  const alone = memory.map(() => new Float64Array(BYTES / 8));
  const fill = (): void => {
    for (const [k, view] of views.entries()) {
      view.set(initial.subarray(k));
      view.fill(0.25, view.length - k);
    }
  };

  const layouts: Record<string, (id: number) => void> = {
    "without gaps": (id) => write(id, -1, [COUNT], []),
    "in rows with gaps between them": (id) => write(id, 2, [1023, 513], [515, 1]),
    "along the last axis of few rows": (id) => write(id, 2, [3, 174_771], [174_771, 1]),
    "in columns": (id) => write(id, 2, [513, 1023], [1, 513]),
  };

  function write(id: number, rank: number, dims: number[], strides: number[]): void {
    frame.fill(0);
    frame[8] = id;
    frame[9] = rank;
    let slot = 10;
    for (const extent of dims) frame[slot++] = extent;
    for (const buffer of memory) {
      frame[slot++] = addon.addressOf(buffer);
      frame[slot++] = BYTES;
      frame[slot++] = 0;
      for (const stride of strides) frame[slot++] = stride;
    }
  }

  /** The same bits, up to those of NaN: processors do not say which of two NaN a sum has. */
  function sameValues(a: Float64Array<ArrayBuffer>, b: Float64Array<ArrayBuffer>): boolean {
    if (Buffer.compare(Buffer.from(a.buffer), Buffer.from(b.buffer)) === 0) return true;
    return [Float64Array, Float32Array].some((Values) => {
      const [first, second] = [new Values(a.buffer), new Values(b.buffer)];
      return first.every((x, i) => Object.is(x, second[i]));
    });
  }

  const kernels = addon.kernels.flatMap((name, id) =>
    addon.kernelKinds[id] === ELEMENTWISE ? [{ name, id }] : [],
  );

  test.each(Object.entries(layouts))("%s", (_layout, instruct) => {
    expect(kernels.length).toBeGreaterThan(50);
    for (const { name, id } of kernels) {
      for (const threads of [1, 3]) {
        addon.setThreads(threads);
        fill();
        instruct(id);
        addon.execute(memory);
        // Polygamma wants an order behind its operands.
        if (!name.startsWith("polygamma")) expect(frame[0], name).toBe(0);
        if (threads === 1) for (const [k, view] of views.entries()) alone[k].set(view);
      }
      for (const [k, view] of views.entries())
        expect(sameValues(view, alone[k]), `${name}, operand ${k}`).toBe(true);
    }
  });
});

describe("programs give the same bits however many threads share their blocks", () => {
  const x = ad.linspace(-3, 3, 2 ** 19 + 4999);
  const rows = x.slice([0, 1023 * 512]).reshape([1023, 512]);
  const chain = (y: ad.Tensor): ad.Tensor => y.tanh().mul(y.square().neg().exp());
  const functions: [string, (y: ad.Tensor) => ad.Tensor[], ad.Tensor][] = [
    ["a chain and its sum", (y) => [chain(y), chain(y).sum()], x],
    ["a chain that begins backwards", (y) => [chain(y), chain(y).max()], x.flip(0)],
    ["rows and their sums", (y) => [chain(y.add(rows.slice(0))), chain(y).sum(1)], rows],
    ["columns and their sums", (y) => [chain(y).cast("float32"), chain(y).sum(0)], rows],
    ["a transposed matrix beside another", (y) => [chain(y.T).add(rows.reshape([512, 1023]))], rows],
    ["one function", (y) => [y.exp()], x],
    ["a gradient", (y) => [ad.grad((z: ad.Tensor) => chain(z).sum())(y)], x],
  ];
  test.each(functions)("%s", async (_name, f, y) => {
    const compiled = ad.compile(f);
    const runs: ad.Tensor[][] = [];
    for (const threads of [1, 2, 5]) {
      ad.setNumThreads(threads);
      runs.push(compiled(y), await compiled.async(y));
    }
    const [first, ...others] = runs.map((results) =>
      results.map((result) => Buffer.from(new Uint8Array(result.toTypedArray().buffer))),
    );
    for (const other of others)
      expect(other.map((bytes, i) => Buffer.compare(bytes, first[i]))).toEqual(first.map(() => 0));
  });
});

describe("the number of threads", () => {
  test("is what was asked for, and part of info", () => {
    ad.setNumThreads(3);
    expect(ad.getNumThreads()).toBe(3);
    expect(ad.info().threads).toBe(3);
  });
});
