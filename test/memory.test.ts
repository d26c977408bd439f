import { AssertionError } from "node:assert";
import * as ad from "adjoint";
import { memory, type Tensor, testing } from "adjoint";
import { describe, expect, test } from "vitest";

describe("memory", () => {
  test("tells of buffers of ended tensors until the next of their size", () => {
    const x = ad.ones([300, 300]);
    const y = x.add(1);
    const before = memory().recycled;
    y.dispose();
    const after = memory().recycled;
    expect(after.buffers).toBe(before.buffers + 1);
    expect(after.bytes - before.bytes).toBeGreaterThanOrEqual(300 * 300 * 8);
    const again = x.add(2);
    expect(memory().recycled).toEqual(before);
    again.dispose();
  });

  test("counts programs, and the bytes that they run in", () => {
    const before = memory();
    const f = ad.compile((x: Tensor) => x.matmul(x).add(x.T.matmul(x).exp()).sum());
    f(ad.ones([100, 100]));
    f(ad.ones([120, 120]));
    expect(memory().programs).toBe(before.programs + 2);
    expect(f.stats.bytes).toBeGreaterThan(0);
    expect(memory().arena).toBeGreaterThanOrEqual(f.stats.bytes);
  });

  test("buffers of tensors are what V8 knows of", () => {
    const before = memory().arrayBuffers;
    const x = ad.zeros([1024, 1024]);
    expect(memory().arrayBuffers - before).toBeGreaterThanOrEqual(x.size * 8);
  });

  test("is a snapshot", () => {
    const then = memory();
    const copy = structuredClone(then);
    ad.compile((x: Tensor) => x.exp())(ad.ones([200, 200]));
    expect(then).toEqual(copy);
  });
});

describe("assertNoLeak", () => {
  const variable = ad.variable(ad.ones([60, 60]));
  const adam = ad.optim.adam();
  const step = ad.compile((x: Tensor) => x.matmul(x).tanh().sum());
  let last: unknown;

  test.each<[string, () => unknown]>([
    ["gradients", () => ad.grad((x: Tensor) => x.exp().matmul(x).sum())(ad.ones([50, 50]))],
    ["an optimiser's variables", () => adam.minimize(() => variable.square().mean(), [variable])],
    ["a program that is made once", () => step(ad.ones([40, 40]))],
    ["programs that nobody keeps", () => ad.compile((x: Tensor) => x.exp().sum())([1, 2])],
    ["work in the background", () => ad.linalg.eigh.async(ad.eye(20))],
    ["the last result", () => (last = [ad.ones([100, 100]), ad.tensor(1).add(2), ad.variable(1)])],
    [
      "functions that throw",
      () => {
        try {
          ad.grad((x: Tensor) => {
            x.exp();
            throw new Error();
          })(ad.ones([100, 100]));
        } catch {}
      },
    ],
  ])("%s", async (_what, body) => {
    await testing.assertNoLeak(body);
    expect(last === undefined || Array.isArray(last)).toBe(true);
  });

  test.each<[string, (kept: unknown[]) => unknown]>([
    ["a tensor", (kept) => kept.push(ad.tensor([1, 2]).add(1))],
    [
      "one of many small tensors",
      (kept) => kept.push(Array.from({ length: 2000 }, () => ad.ones([4])).at(-1)),
    ],
    ["a large tensor", (kept) => kept.push(ad.ones([200, 200]))],
    ["a view of one", (kept) => kept.push(ad.ones([200, 200]).slice(0))],
    [
      "a tensor in memory that had another before",
      (kept) => kept.push(ad.tidy(() => ad.ones([200, 200]).add(1).mul(2))),
    ],
    ["a variable", (kept) => kept.push(ad.variable(1))],
    [
      "what the tape has saved",
      (kept) =>
        kept.push(
          ad
            .variable(ad.ones([4]))
            .exp()
            .sum(),
        ),
    ],
    [
      "a compiled function",
      (kept) => {
        const f = ad.compile((x: Tensor) => x.exp());
        f(1);
        kept.push(f);
      },
    ],
    ["what a promise gave", async (kept) => kept.push((await ad.linalg.eigh.async(ad.eye(3))).values)],
  ])("is refused where each call leaves %s", async (_what, body) => {
    const kept: unknown[] = [];
    await expect(testing.assertNoLeak(() => body(kept))).rejects.toThrow(AssertionError);
    await expect(testing.assertNoLeak(() => body(kept), { runs: 4, warmUp: 0 })).rejects.toThrow(
      /of 4 calls/,
    );
    expect(kept).toHaveLength(16);
  });

  test("passes on what the function throws", async () => {
    await expect(
      testing.assertNoLeak(() => {
        throw new Error("mine");
      }),
    ).rejects.toThrow("mine");
    await testing.assertNoLeak(() => ad.ones([3]).add(1));
  });

  test.each([{ runs: 2 }, { runs: 3.5 }, { warmUp: -1 }, { runs: Number.POSITIVE_INFINITY }])(
    "%o is refused",
    async (options) => {
      await expect(testing.assertNoLeak(() => 0, options)).rejects.toMatchObject({
        code: "ERR_ADJOINT_ARGUMENT",
        operation: "assertNoLeak",
      });
    },
  );
});
