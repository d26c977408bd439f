import { describe, expect, test } from "vitest";
import { runScript } from "../processes/run_script.js";
import { length, patience } from "./length.js";

const MEBIBYTE = 2 ** 20;
const WORKERS = 30;
const ROUNDS = 20 * length;
/** By how much resident memory after a round of the second half may exceed that of the first half's. */
const MOST_GROWTH = 32;

const compute = `
  const ad = require(entry);
  const a = ad.eye(40).mul(3).add(ad.ones([40, 40]));
  const compute = () => Math.round(ad.grad((x) => ad.linalg.eigh(x).values.sum())(a).trace().item());
`;
/** What a worker does once it has loaded and computed. */
const endings: readonly string[] = [
  "",
  "setImmediate(() => { for (;;) compute(); });",
  "const f = ad.compile((x) => ad.linalg.eigh(x).vectors.sum()); const again = () => f.async(a).then(again); again(); again();",
];

test(`${WORKERS} workers at once, ${ROUNDS} times, that exit or are terminated during work`, {
  timeout: patience,
}, () => {
  const script = `
    const { Worker } = require("node:worker_threads");
    ${compute}
    const codes = ${JSON.stringify(endings)}.map((ending) =>
      "const entry = " + JSON.stringify(entry) + ";" + ${JSON.stringify(compute)} +
      "require('node:worker_threads').parentPort.postMessage(compute());" + ending);
    const one = (i) => new Promise((resolve, reject) => {
      const worker = new Worker(codes[i % codes.length], { eval: true });
      let message = null;
      worker.on("error", reject);
      worker.on("exit", () => resolve(message));
      worker.once("message", (found) => {
        message = found;
        if (i % codes.length !== 0) setTimeout(() => worker.terminate(), i % 7);
      });
    });
    (async () => {
      const right = compute();
      const resident = [0, 0];
      let wrong = 0;
      for (let round = 0; round < ${ROUNDS}; round++) {
        const found = await Promise.all(Array.from({ length: ${WORKERS} }, (_, i) => one(i)));
        wrong += found.filter((message) => message !== right).length;
        gc();
        const half = round < ${ROUNDS / 2} ? 0 : 1;
        resident[half] = Math.max(resident[half], process.memoryUsage.rss());
      }
      console.log(wrong, compute() === right, (resident[1] - resident[0]) / ${MEBIBYTE});
    })();
  `;
  const { output, errors, status } = runScript(script, [], patience);
  expect(status, errors).toBe(0);
  const [wrong, whole, growth] = output.split(" ");
  expect([wrong, whole]).toEqual(["0", "true"]);
  expect(Number(growth)).toBeLessThan(MOST_GROWTH);
});

describe("tensors on their way to another thread and back", () => {
  const round = `
    const { Worker } = require("node:worker_threads");
    const ad = require(entry);
    const code = "const ad = require(" + JSON.stringify(entry) + ");" + \`
      const { parentPort } = require("node:worker_threads");
      parentPort.on("message", (sent) => {
        const found = ad.tensor(sent).mul(2).toTransferable();
        parentPort.postMessage(found, [found.data.buffer]);
      });
    \`;
    const worker = new Worker(code, { eval: true });
    const sent = (x, moved) => new Promise((resolve) => {
      const message = x.toTransferable();
      worker.once("message", (found) => resolve([ad.tensor(found), message.data.byteLength]));
      worker.postMessage(message, moved ? [message.data.buffer] : []);
    });
  `;

  test("are copied, or their copy is moved, and stay whole here", () => {
    const script = `${round}
      (async () => {
        const x = ad.linspace(0, 1, 12).reshape([3, 4]);
        const before = JSON.stringify(x);
        const double = JSON.stringify(x.T.mul(2));
        const wrong = [];
        for (const moved of [false, true])
          for (const view of [x.T, x.T.add(0)]) {
            const [found, left] = await sent(view, moved);
            if (JSON.stringify(found) !== double || JSON.stringify(x) !== before) wrong.push(moved);
            if ((left === 0) !== moved) wrong.push(left);
          }
        for (const dtype of ["float32", "int32", "bool", "complex64", "complex128"]) {
          const y = ad.tensor([1, 0]).cast(dtype);
          const [found] = await sent(y, true);
          if (JSON.stringify(found) !== JSON.stringify(y.mul(2))) wrong.push(dtype);
        }
        console.log(JSON.stringify(wrong));
        await worker.terminate();
      })();
    `;
    expect(runScript(script)).toMatchObject({ output: "[]", errors: "", status: 0 });
  });

  test(`leave nothing behind in ${200 * length} trips of 2 MB`, { timeout: patience }, () => {
    const script = `${round}
      (async () => {
        const x = ad.ones([512, 512]);
        const resident = [0, 0];
        for (let i = 0; i < ${200 * length}; i++) {
          const [found] = await sent(x, i % 2 === 0);
          if (found.at(-1, -1) !== 2) throw new Error(String(found));
          const half = i < ${100 * length} ? 0 : 1;
          resident[half] = Math.max(resident[half], process.memoryUsage.rss());
        }
        console.log((resident[1] - resident[0]) / ${MEBIBYTE});
        await worker.terminate();
      })();
    `;
    const { output, errors, status } = runScript(script, [], patience);
    expect(status, errors).toBe(0);
    expect(Number(output)).toBeLessThan(64);
  });
});
