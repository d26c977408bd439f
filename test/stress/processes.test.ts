import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { cjsEntry, runScript } from "../processes/run_script.js";
import { length, patience } from "./length.js";

const work = `
  const ad = require(entry);
  const matrix = (n) => ad.linspace(0, 1, n * n).reshape([n, n]).add(ad.eye(n).mul(n));
  const a = matrix(200);
  const f = ad.compile((x) => ad.linalg.eigh(x.add(x.T)).values.sum());
  const runs = () => Array.from({ length: 8 }, () => f.async(a));
`;

test(`${100 * length} children are spawned while all threads compute`, { timeout: patience }, () => {
  const script = `${work}
    const { execFile, spawnSync } = require("node:child_process");
    const { Worker } = require("node:worker_threads");
    const code = "const entry = " + JSON.stringify(entry) + ";" + ${JSON.stringify(work)} + "for (;;) a.matmul(a);";
    const workers = Array.from({ length: 2 }, () => new Worker(code, { eval: true }));
    let busy = true;
    const again = () => busy ? Promise.all(runs()).then(again) : null;
    const running = again();
    const child = () => new Promise((resolve) => execFile("/bin/sh", ["-c", "exit 3"], (error) => resolve(error?.code)));
    (async () => {
      const codes = [];
      for (let i = 0; i < ${10 * length}; i++) {
        codes.push(...await Promise.all(Array.from({ length: 9 }, child)));
        codes.push(spawnSync("/bin/sh", ["-c", "exit 3"]).status);
      }
      busy = false;
      await running;
      await Promise.all(workers.map((worker) => worker.terminate()));
      console.log(codes.length, codes.every((code) => code === 3));
    })();
  `;
  expect(runScript(script, [], patience)).toMatchObject({ output: `${100 * length} true`, status: 0 });
});

describe("a process that ends during asynchronous work", () => {
  const moments = Array.from({ length: 6 * length }, (_, i) => 4 * i);

  test.each(moments)("by exit, after %d ms", (delay) => {
    const script = `${work} runs(); setTimeout(() => process.exit(7), ${delay});`;
    expect(runScript(script)).toMatchObject({ status: 7, signal: null, errors: "" });
  });

  test.each(moments)("by an error that nobody catches, after %d ms", (delay) => {
    const script = `${work} runs(); setTimeout(() => a.add(ad.zeros([3])), ${delay});`;
    const { status, signal, errors } = runScript(script);
    expect({ status, signal }).toEqual({ status: 1, signal: null });
    expect(errors).toContain("ERR_ADJOINT_SHAPE");
  });

  test("by a rejection that nobody handles", () => {
    const script = `${work} runs(); ad.linalg.inv.async(ad.zeros([3, 3]));`;
    const { status, signal, errors } = runScript(script);
    expect({ status, signal }).toEqual({ status: 1, signal: null });
    expect(errors).toContain("ERR_ADJOINT_SINGULAR");
  });

  test("goes on where somebody catches what nobody else does", () => {
    const script = `${work}
      process.once("uncaughtException", ({ code }) => {
        Promise.all(runs()).then((found) => console.log(code, found.every((y) => y.item() === f(a).item())));
      });
      runs();
      setTimeout(() => a.add(ad.zeros([3])), 5);
    `;
    expect(runScript(script)).toMatchObject({ output: "ERR_ADJOINT_SHAPE true", status: 0 });
  });
});

describe.runIf(process.platform === "linux")("with less memory than is asked for", () => {
  /** Runs under a limit of address space, which stands for what a container or a small machine has. */
  function runLimited(script: string): { output: string; errors: string; status: number | null } {
    const { stdout, stderr, status } = spawnSync(
      "/bin/sh",
      ["-c", 'ulimit -v 3000000 && exec "$0" -e "$1"', process.execPath, script],
      { encoding: "utf8", timeout: 60_000, killSignal: "SIGKILL" },
    );
    return { output: stdout.trim(), errors: stderr, status };
  }

  test("every way to ask gives a RangeError, and the process goes on", () => {
    const script = `
      const ad = require(${JSON.stringify(cjsEntry)});
      const v = ad.ones([2 ** 15, 1]);
      const f = ad.compile((x) => x.add(x.T).exp().matmul(x));
      const ways = {
        zeros: () => ad.zeros([2 ** 29]),
        add: () => v.add(v.T),
        matmul: () => v.matmul(v.T),
        eye: () => ad.eye(2 ** 15),
        tile: () => ad.ones([3]).tile([2 ** 28]),
        variable: () => ad.variable(ad.ones([1]).broadcastTo([2 ** 29])),
        grad: () => ad.grad((x) => x.add(x.T).sum())(v),
        compiled: () => f(v),
        async: () => f.async(v),
        random: () => ad.random.generator(1).normal([2 ** 29]),
      };
      (async () => {
        const wrong = [];
        for (const [name, way] of Object.entries(ways)) {
          let error;
          try { await way(); } catch (thrown) { error = thrown; }
          if (!(error instanceof RangeError && /cannot allocate/.test(error.message))) wrong.push(name + ": " + error);
        }
        console.log(JSON.stringify(wrong), ad.linalg.inv(ad.eye(3).mul(2)).trace().item(), Math.round(1e9 * f([[1]]).item()));
      })();
    `;
    expect(runLimited(script)).toMatchObject({
      output: `[] 1.5 ${Math.round(1e9 * Math.E ** 2)}`,
      errors: "",
      status: 0,
    });
  });

  test("what was held can be let go, and used again", () => {
    const script = `
      const ad = require(${JSON.stringify(cjsEntry)});
      const held = [];
      let error;
      for (let round = 0; round < 3; round++) {
        try { for (;;) held.push(ad.ones([2 ** 22])); } catch (thrown) { error = thrown; }
        if (!(error instanceof RangeError) || held.length < 10) throw error;
        held.length = 0;
      }
      console.log(error.code, ad.ones([2 ** 22]).sum().item());
    `;
    expect(runLimited(script)).toMatchObject({
      output: `ERR_ADJOINT_ARGUMENT ${2 ** 22}`,
      errors: "",
      status: 0,
    });
  });
});
