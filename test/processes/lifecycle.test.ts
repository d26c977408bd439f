import { createRequire } from "node:module";
import * as esm from "adjoint";
import { describe, expect, test } from "vitest";
import { cjsEntry, esmEntry, runScript } from "./run_script.js";

describe("one implementation behind both module systems", () => {
  const cjs = createRequire(import.meta.url)(cjsEntry) as typeof esm;

  test("import and require give the same names and classes", () => {
    expect(Object.keys(cjs).sort()).toEqual(Object.keys(esm).sort());
    expect(cjs.Tensor).toBe(esm.Tensor);
    expect(cjs.ShapeError).toBe(esm.ShapeError);
    expect(cjs.tensor([1])).toBeInstanceOf(esm.Tensor);
    expect(cjs.add(esm.tensor([1]), [2]).toArray()).toEqual([3]);
  });

  test("in a plain process, with and without a file", () => {
    const script = `
      import(${JSON.stringify(esmEntry)}).then((esm) => {
        const cjs = require(entry);
        console.log(esm.Tensor === cjs.Tensor, cjs.grad((x) => x.square())(esm.tensor(3)).item());
      });
    `;
    expect(runScript(script)).toMatchObject({ output: "true 6", status: 0 });
  });
});

const compute = `
  const ad = require(entry);
  function compute() {
    const a = ad.eye(60).mul(3).add(ad.ones([60, 60]));
    const value = ad.linalg.inv(a).matmul(a).trace().item();
    const gradient = ad.grad((x) => ad.linalg.eigh(x).values.sum())(a).trace().item();
    return Math.round(value) + ":" + Math.round(gradient);
  }
`;

describe("workers", () => {
  test("ten at once load, compute and exit", () => {
    const script = `
      const { Worker } = require("node:worker_threads");
      const code = ${JSON.stringify(compute)} + ' require("node:worker_threads").parentPort.postMessage(compute());';
      const start = () => new Promise((resolve, reject) => {
        const worker = new Worker("const entry = " + JSON.stringify(entry) + ";" + code, { eval: true });
        let message;
        worker.on("message", (m) => (message = m));
        worker.on("error", reject);
        worker.on("exit", (status) => resolve(message + " " + status));
      });
      Promise.all(Array.from({ length: 10 }, start)).then(async (first) => {
        ${compute}
        const second = [await start(), compute() + " 0"];
        console.log([...new Set([...first, ...second])].join());
      });
    `;
    expect(runScript(script)).toMatchObject({ output: "60:60 0", status: 0 });
  });

  test("one that is terminated in the middle leaves the others whole", () => {
    const script = `
      const { Worker } = require("node:worker_threads");
      ${compute}
      const code = "const entry = " + JSON.stringify(entry) + ";" + ${JSON.stringify(compute)} + " for (;;) compute();";
      const workers = Array.from({ length: 3 }, () => new Worker(code, { eval: true }));
      setTimeout(async () => {
        const before = compute();
        await Promise.all(workers.map((worker) => worker.terminate()));
        console.log(before, compute());
      }, 300);
    `;
    expect(runScript(script)).toMatchObject({ output: "60:60 60:60", status: 0 });
  });

  test("one that is terminated while it loads the addon takes nothing down", () => {
    const script = `
      const { Worker } = require("node:worker_threads");
      const loading = new Int32Array(new SharedArrayBuffer(4));
      const code = "Atomics.store(require('node:worker_threads').workerData, 0, 1); require(" + JSON.stringify(addonPath) + ");";
      (async () => {
        for (let i = 0; i < 30; i++) {
          Atomics.store(loading, 0, 0);
          const worker = new Worker(code, { eval: true, workerData: loading });
          worker.on("error", () => {});
          while (Atomics.load(loading, 0) === 0) await new Promise(setImmediate);
          const start = performance.now();
          while (performance.now() - start < 0.03 * i);
          await worker.terminate();
        }
        console.log("all");
      })();
    `;
    expect(runScript(script)).toMatchObject({ output: "all", status: 0 });
  });

  test("threads that share work outlive the worker that started them", () => {
    const script = `
      const { Worker } = require("node:worker_threads");
      const code = "const ad = require(" + JSON.stringify(entry) + ");" +
        "ad.setNumThreads(3); const x = ad.ones([1e6]); for (let i = 0; i < 20; i++) x.exp().add(x);";
      const run = () => new Promise((resolve) => new Worker(code, { eval: true }).on("exit", resolve));
      run().then(run).then((status) => {
        const ad = require(entry);
        console.log(status, ad.getNumThreads() > 0, ad.ones([1e6]).exp().log().sum().item());
      });
    `;
    expect(runScript(script)).toMatchObject({ output: "0 true 1000000", status: 0 });
  });

  test("many that share large work at once, on more threads than there are processors", () => {
    const script = `
      const { Worker } = require("node:worker_threads");
      const body = \`
        const ad = require(entry);
        ad.setNumThreads(8);
        const x = ad.linspace(0, 1, 300000);
        let sum = 0;
        for (let i = 0; i < 20; i++) sum += x.exp().add(x.sin()).at(-1);
        \`;
      const code = "const entry = " + JSON.stringify(entry) + ";" + body + "require('node:worker_threads').parentPort.postMessage(sum)";
      const sums = Array.from({ length: 6 }, () => new Promise((resolve) => new Worker(code, { eval: true }).on("message", resolve)));
      eval(body.replace("let sum = 0", "var sum = 0"));
      Promise.all(sums).then((found) => console.log(found.every((other) => other === sum), Math.round(sum / 20 * 1e6)));
    `;
    expect(runScript(script)).toMatchObject({
      output: `true ${Math.round((Math.E + Math.sin(1)) * 1e6)}`,
      status: 0,
    });
  });

  test("tensors travel as what toTransferable gives, and refuse to be cloned", () => {
    const script = `
      const ad = require(entry);
      const x = ad.tensor([[1, 2], [3, 4]], { dtype: "float32" }).T;
      const y = ad.tensor(structuredClone(x.toTransferable()));
      console.log(y.dtype, JSON.stringify(y), y.shape.join());
    `;
    expect(runScript(script).output).toBe("float32 [[1,3],[2,4]] 2,2");
  });
});

describe("processes", () => {
  test("children are spawned while matrices are factorised", () => {
    const script = `
      const { execFile } = require("node:child_process");
      ${compute}
      let done = 0;
      for (let i = 0; i < 20; i++) {
        execFile(process.execPath, ["-e", "0"], (error) => { if (!error) done++; if (done === 20) console.log("all", compute()); });
        compute();
      }
    `;
    expect(runScript(script)).toMatchObject({ output: "all 60:60", status: 0 });
  });

  test("exit in the middle of work, at the top, in a callback and in a worker", () => {
    for (const ending of [
      "compute(); process.exit(7);",
      "setImmediate(() => { compute(); process.exit(7); }); setInterval(compute, 0);",
      "ad.grad((x) => { process.exit(7); return x; })(1);",
      `const { Worker } = require("node:worker_threads");
       new Worker("const entry = " + JSON.stringify(entry) + ";" + ${JSON.stringify(compute)} + " for (;;) compute();", { eval: true });
       setTimeout(() => { compute(); process.exit(7); }, 200);`,
    ])
      expect(runScript(compute + ending)).toMatchObject({ status: 7, signal: null });
  });

  test("an uncaught error ends the process as usual", () => {
    const { status, errors } = runScript(`${compute} compute(); ad.zeros([2]).add(ad.zeros([3]));`);
    expect(status).toBe(1);
    expect(errors).toContain("ERR_ADJOINT_SHAPE");
    expect(errors).toContain("[2] and [3]");
  });

  test("nothing keeps the process alive after the last line", () => {
    expect(runScript(`${compute} console.log(compute());`, [], 20_000)).toMatchObject({
      output: "60:60",
      status: 0,
    });
  });

  test("loading prints nothing and installs no handler", () => {
    const script = `
      const before = process.eventNames().length;
      require(entry);
      console.log(process.eventNames().length - before);
    `;
    expect(runScript(script)).toMatchObject({ output: "0", errors: "", status: 0 });
  });
});
