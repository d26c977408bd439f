import { describe, expect, test } from "vitest";
import { runScript } from "./run_script.js";

/** What a script prints as JSON, after a synchronous run in which the collector comes often. */
function run(body: string): unknown {
  const script = `
    const ad = require(entry);
    const N = 512;
    const x = ad.ones([N, N]); // 2 MiB: from here on buffers are used again
    /** Makes and drops values of the same size with other numbers, in memory of which the collector is asked. */
    const churn = (count = 30) => {
      for (let i = 0; i < count; i++) {
        x.mul(-1000 - i);
        if (i % 5 === 0) gc();
      }
    };
    /** Whether all of t's elements are v. */
    const all = (t, v) => t.toTypedArray().every((element) => Math.abs(element - v) < 1e-9);
    ${body}
  `;
  const { output, errors, status } = runScript(script);
  expect(status, errors).toBe(0);
  return JSON.parse(output.split("\n").at(-1)!);
}

describe("memory of large values is used again, and never that of one which somebody can see", () => {
  test.each([
    [
      "those that are kept in turn",
      `
      const kept = [];
      for (let i = 0; i < 60; i++) {
        const y = x.mul(i);
        if (i % 3 === 0) kept.push([y, i]);
        churn(6);
      }
      const seen = kept.map(([y, i]) => all(y, i));
      `,
    ],
    [
      "forward values that f leaks",
      `
      const leaked = [];
      const g = ad.grad((z) => {
        const s = z.mul(3);
        const e = s.square();
        leaked.push([s, 3], [e, 9]);
        return e.sum();
      });
      const seen = [];
      for (let i = 0; i < 10; i++) {
        seen.push(all(g(x), 18));
        churn(10);
      }
      seen.push(...leaked.map(([y, v]) => all(y, v)));
      `,
    ],
    [
      "gradients and auxiliary results",
      `
      const g = ad.grad((z) => { const s = z.mul(2); return [s.square().sum(), s]; }, { hasAux: true });
      const results = [];
      for (let i = 0; i < 10; i++) { results.push(g(x)); churn(10); }
      const seen = results.flatMap(([d, s]) => [all(s, 2), all(d, 8)]);
      `,
    ],
    [
      "views whose base has gone",
      `
      const views = [];
      for (let i = 0; i < 10; i++) {
        const y = x.mul(i);
        views.push([y.slice([3, 4]), i], [y.transpose(), i], [y.reshape([-1]), i]);
        churn(6);
      }
      const seen = views.map(([v, i]) => all(v, i));
      `,
    ],
    [
      "what a pullback has saved",
      `
      const [, pullback] = ad.vjp((z) => z.mul(2).square().square(), x);
      const seen = [];
      for (let i = 0; i < 6; i++) { churn(20); seen.push(all(pullback(x)[0], 64)); }
      `,
    ],
    [
      "what a disposed handle leaves to the tape",
      `
      const v = ad.variable(x.mul(2));
      const s = v.square();
      const y = s.square();
      s.dispose();
      churn(60);
      const seen = [all(ad.gradients(y, v), 32)];
      `,
    ],
    [
      "variables and the constants of programs",
      `
      const v = ad.variable(x.mul(5));
      const f = (() => { const c = x.mul(7); return ad.compile((z) => z.mul(c).add(v)); })();
      const seen = [];
      for (let i = 0; i < 6; i++) { churn(20); seen.push(all(f(x), 12), all(v.read(), 5)); v.assign(x.mul(5)); }
      `,
    ],
    [
      "values that are disposed after a time",
      `
      const ring = [];
      const seen = [];
      for (let i = 0; i < 100; i++) {
        ring.push([x.mul(i), i]);
        if (i % 10 === 0) gc();
        if (ring.length > 7) { const [y, k] = ring.shift(); seen.push(all(y, k)); if (k % 2 === 0) y.dispose(); }
      }
      `,
    ],
    [
      "targets of WeakRefs",
      `
      const refs = [];
      for (let i = 0; i < 10; i++) { refs.push([new WeakRef(x.mul(i)), i]); churn(6); }
      // This run keeps all of them.
      const seen = refs.map(([r, i]) => all(r.deref(), i));
      `,
    ],
  ])("%s", (_what, body) => {
    const seen = run(`${body} console.log(JSON.stringify(seen))`) as boolean[];
    expect(seen.length).toBeGreaterThan(0);
    expect(new Set(seen)).toEqual(new Set([true]));
  });

  test("inputs and results of work in the background", () => {
    const seen = run(`
      const f = ad.compile((z) => z.matmul(z).mul(1 / N));
      (async () => {
        const seen = [];
        for (let round = 0; round < 4; round++) {
          const pending = Array.from({ length: 4 }, (_, i) => f.async(x.mul(i + 1)));
          churn(40);
          for (const [i, y] of (await Promise.all(pending)).entries()) { churn(5); seen.push(all(y, (i + 1) ** 2)); }
        }
        console.log(JSON.stringify(seen));
      })();
    `) as boolean[];
    expect(seen).toHaveLength(16);
    expect(new Set(seen)).toEqual(new Set([true]));
  });
});

test("a buffer whose storage nobody has serves the next of its size, in the same synchronous run", () => {
  const counts = run(`
    const make = (count) => { for (let i = 0; i < count; i++) x.add(i); };
    make(8);
    gc();
    // What the first has found may be counted as held until the next.
    gc();
    const before = ad.memory().arrayBuffers;
    x.add(1);
    const waiting = ad.memory().recycled.buffers;
    make(waiting);
    console.log(JSON.stringify([waiting, ad.memory().arrayBuffers - before, ad.memory().recycled.buffers]));
  `) as number[];
  expect(counts[0]).toBeGreaterThanOrEqual(7);
  expect(counts[1]).toBe(0);
  expect(counts[2]).toBe(0);
});

test("buffers of a size that is not asked for any more are let go", () => {
  const [waiting, later] = run(`
    for (let i = 0; i < 8; i++) x.add(i);
    gc();
    x.add(1);
    const waiting = ad.memory().recycled.buffers;
    const other = ad.ones([600, 600]);
    for (let i = 0; i < 40; i++) { other.add(i); gc(); }
    x.add(1);
    console.log(JSON.stringify([waiting, ad.memory().recycled.bytes / 2 ** 20]));
  `) as number[];
  expect(waiting).toBeGreaterThanOrEqual(7);
  expect(later).toBeLessThan(8);
});
