import { describe, expect, test } from "vitest";
import { runScript } from "../processes/run_script.js";
import { length, patience } from "./length.js";

const MEBIBYTE = 2 ** 20;
/** By how much the largest resident memory of a run's second half may exceed that of its first. */
const MOST_GROWTH = 32;
const SAMPLES = 400;

interface Run {
  /** In MiB. */
  readonly first: number;
  readonly second: number;
  readonly found: unknown;
}

/**
 * Does `body` again and again, `between` after each sample, in a process of its own, and `last` at the end: what that
 * gives is `found`.
 */
function run(setUp: string, body: string, count: number, between = "", last = "null"): Run {
  const script = `
    const ad = require(entry);
    const nextTurn = () => new Promise((resolve) => setImmediate(resolve));
    ${setUp}
    function some(from, to) { for (let i = from; i < to; i++) { ${body} } }
    (async () => {
      const resident = [0, 0];
      for (let sample = 0; sample < ${SAMPLES}; sample++) {
        some(Math.round(${count / SAMPLES} * sample), Math.round(${count / SAMPLES} * (sample + 1)));
        const half = sample < ${SAMPLES / 2} ? 0 : 1;
        resident[half] = Math.max(resident[half], process.memoryUsage.rss());
        ${between}
      }
      const found = await (async () => ${last})();
      console.log(JSON.stringify({ first: resident[0] / ${MEBIBYTE}, second: resident[1] / ${MEBIBYTE}, found }));
    })();
  `;
  const { output, errors, status } = runScript(script, [], patience);
  expect(status, errors).toBe(0);
  return JSON.parse(output) as Run;
}

function expectFlat({ first, second }: Run): void {
  expect(first).toBeLessThan(200);
  expect(second - first).toBeLessThan(MOST_GROWTH);
}

const network = `
  const x = ad.linspace(-2, 2, 64).expandDims(1);
  const y = x.sin();
  const parameters = [
    ad.variable(ad.linspace(-1, 1, 16).reshape([1, 16])), ad.variable(ad.linspace(1, -1, 16)),
    ad.variable(ad.linspace(-0.5, 0.5, 16).reshape([16, 1])), ad.variable([0]),
  ];
  const loss = () => {
    const [w1, b1, w2, b2] = parameters;
    return x.matmul(w1).add(b1).tanh().matmul(w2).add(b2).sub(y).square().mean();
  };
  const adam = ad.optim.adam({ learningRate: 0.01 });
  const before = loss().item();
`;

describe("resident memory stays flat", () => {
  test(`in ${10 * length} million operations, taped and not`, { timeout: patience }, () => {
    const setUp = `
      const v = ad.variable(ad.ones([4, 4]));
      const y = ad.linspace(0, 1, 16).reshape([4, 4]);
    `;
    const body = "v.add(y); y.mul(v); y.exp(); y.sum(); y.T.sub(i);";
    expectFlat(run(setUp, body, 2e6 * length));
  });

  test(`in ${10_000 * length} training steps, eager`, { timeout: patience }, () => {
    const trained = run(
      network,
      "adam.minimize(loss, parameters);",
      10_000 * length,
      "",
      "loss().item() / before",
    );
    expectFlat(trained);
    expect(trained.found).toBeLessThan(0.01);
  });

  test(`in ${10_000 * length} training steps, compiled and in the background`, { timeout: patience }, () => {
    const setUp = `${network}
      const step = ad.compile((rate) => adam.minimize(loss, parameters).mul(rate));
    `;
    const between = "await Promise.all([step.async(1), ad.linalg.eigh.async(ad.eye(40))]);";
    const trained = run(setUp, "step(1);", 10_000 * length, between, "loss().item() / before");
    expectFlat(trained);
    expect(trained.found).toBeLessThan(0.01);
  });

  test(`while ${1000 * length} functions are compiled and dropped`, { timeout: patience }, () => {
    const setUp = "const x = ad.linspace(0, 1, 100);";
    const body = `
      const f = ad.compile((a) => ad.grad((b) => b.mul(i).sin().mul(b.exp()).sum())(a));
      f(x);
      f(x.reshape([10, 10]));
    `;
    const last = "{ for (let i = 0; i < 3; i++) { gc(); await nextTurn(); } return ad.memory().programs; }";
    const compiled = run(setUp, body, 1000 * length, "await nextTurn();", last);
    expectFlat(compiled);
    // The last may still be on the stack.
    expect(compiled.found).toBeLessThanOrEqual(2);
  });

  test(`while one function is compiled for ${1000 * length} shapes, of which it keeps the last`, {
    timeout: patience,
  }, () => {
    const setUp = "const f = ad.compile((a) => a.exp().mul(a).sum());";
    const last = `{
      for (let i = 0; i < 3; i++) { gc(); await nextTurn(); }
      return [f.stats.compilations, ad.memory().programs];
    }`;
    const compiled = run(setUp, "f(ad.ones([i + 1]));", 1000 * length, "await nextTurn();", last);
    expectFlat(compiled);
    const [compilations, programs] = compiled.found as [number, number];
    expect(compilations).toBe(1000 * length);
    expect(programs).toBeLessThanOrEqual(64);
  });
});
