import { describe, expect, test } from "vitest";
import { runScript } from "./run_script.js";

const heavy = `
  const ad = require(entry);
  const matrix = (n) => ad.eye(n).mul(n).add(ad.linspace(0, 1, n).expandDims(1).mul(ad.linspace(1, 2, n)));
  const symmetric = (n) => { const a = matrix(n); return a.add(a.T); };
  const spectrum = ad.compile((a) => ad.linalg.eigh(a).values.sum());
  const close = (x, y) => Math.abs(x - y) <= 1e-9 * Math.abs(y);
`;

describe("programs in the background", () => {
  test("leave the event loop to timers while a large matrix is decomposed", () => {
    const script = `${heavy}
      const { monitorEventLoopDelay } = require("node:perf_hooks");
      const a = symmetric(1000);
      const trace = a.trace().item();
      const delay = monitorEventLoopDelay({ resolution: 1 });
      let ticks = 0;
      const timer = setInterval(() => ticks++, 2);
      delay.enable();
      ad.linalg.eigh.async(a).then(({ values }) => {
        delay.disable();
        clearInterval(timer);
        console.log(close(values.sum().item(), trace), ticks > 10, delay.count > 10);
      });
    `;
    expect(runScript(script)).toMatchObject({ output: "true true true", status: 0 });
  });

  test("leave Node's own pool to files, however small it is, and in workers too", () => {
    const script = `
      process.env.UV_THREADPOOL_SIZE = "1";
      const { Worker } = require("node:worker_threads");
      ${heavy}
      const work = "const a = symmetric(700); const run = () => spectrum.async(a);";
      const code = "const entry = " + JSON.stringify(entry) + ";" + ${JSON.stringify(heavy)} + work +
        "const { parentPort } = require('node:worker_threads');" +
        "run(); run().then(() => parentPort.postMessage('run')); parentPort.postMessage('begun');";
      const worker = new Worker(code, { eval: true });
      worker.once("message", () => {
        const run = new Promise((resolve) => worker.once("message", resolve));
        const file = require("node:fs/promises").readFile("/dev/null").then(() => "file");
        Promise.race([run, file]).then((first) => { console.log(first); process.exit(); });
      });
    `;
    expect(runScript(script)).toMatchObject({ output: "file", status: 0 });
  });

  test("many at once beside work in the foreground, all of it shared among threads", () => {
    const script = `${heavy}
      ad.setNumThreads(4);
      const f = ad.compile((x) => x.exp().mul(x.sin()).add(x).sum());
      const x = ad.linspace(0, 1, 300000);
      const right = f(x).item();
      const runs = Array.from({ length: 40 }, () => f.async(x));
      let same = true;
      for (let i = 0; i < 20; i++) same = same && f(x).item() === right && close(x.exp().mul(x.sin()).add(x).sum().item(), right);
      Promise.all(runs).then((found) => console.log(same, found.every((y) => y.item() === right)));
    `;
    expect(runScript(script)).toMatchObject({ output: "true true", status: 0 });
  });

  test("inputs that are disposed meanwhile, and memory that is asked for, change nothing", () => {
    const script = `${heavy}
      const a = symmetric(120);
      const right = spectrum(a).item();
      (async () => {
        let wrong = 0;
        for (let i = 0; i < 10; i++) {
          const x = a.add(0);
          const runs = Array.from({ length: 6 }, () => spectrum.async(x));
          x.dispose();
          const others = Array.from({ length: 6 }, () => ad.full([120, 120], NaN));
          for (const y of await Promise.all(runs)) if (y.item() !== right) wrong++;
          for (const y of others) y.dispose();
        }
        console.log(wrong);
      })();
    `;
    expect(runScript(script)).toMatchObject({ output: "0", status: 0 });
  });

  test("a signal in the middle of a run ends it", () => {
    const script = `${heavy}
      const steps = ad.compile((a) => {
        let b = a;
        for (let i = 0; i < 40; i++) b = ad.linalg.eigh(b.add(i)).vectors.matmul(a).matmul(a.T).div(1e4);
        return b.add(b.T);
      });
      const a = symmetric(150);
      steps.async(ad.eye(3)).then(async () => {
        const controller = new AbortController();
        const running = steps.withOptions({ signal: controller.signal }).async(a);
        setTimeout(() => controller.abort(new Error("enough")), 30);
        const first = await running.then(() => "finished", (error) => error.message);
        console.log(first, close((await spectrum.async(a)).item(), a.trace().item()));
      });
    `;
    expect(runScript(script)).toMatchObject({ output: "enough true", status: 0 });
  });

  test("workers that are terminated during runs take nothing down", () => {
    const script = `
      const { Worker } = require("node:worker_threads");
      ${heavy}
      const code = "const entry = " + JSON.stringify(entry) + ";" + ${JSON.stringify(heavy)} +
        "const a = symmetric(200); spectrum(symmetric(3)); require('node:worker_threads').parentPort.postMessage(0);" +
        "const again = () => Promise.all([spectrum.async(a), spectrum.async(a)]).then(again); again();";
      const one = (delay) => new Promise((resolve, reject) => {
        const worker = new Worker(code, { eval: true });
        worker.on("error", reject);
        worker.once("message", () => setTimeout(() => worker.terminate().then(resolve), delay));
      });
      (async () => {
        for (let i = 0; i < 4; i++) await Promise.all([one(3 * i), one(5 * i + 1), one(20)]);
        const a = symmetric(60);
        console.log(close((await spectrum.async(a)).item(), a.trace().item()));
      })();
    `;
    expect(runScript(script)).toMatchObject({ output: "true", status: 0 });
  });

  test("children are spawned during runs, and the process may end during one", () => {
    const script = `${heavy}
      const { execFile, execFileSync } = require("node:child_process");
      const a = symmetric(150);
      const runs = Array.from({ length: 30 }, () => spectrum.async(a));
      let done = 0;
      for (let i = 0; i < 5; i++) execFile(process.execPath, ["-e", "0"], (error) => { if (!error) done++; });
      for (let i = 0; i < 3; i++) execFileSync("/bin/true");
      Promise.all(runs).then(function wait() {
        if (done < 5) { setTimeout(wait, 5); return; }
        console.log("all");
        spectrum.async(symmetric(700));
        setTimeout(() => process.exit(7), 5);
      });
    `;
    expect(runScript(script)).toMatchObject({ output: "all", status: 7, signal: null });
  });
});
