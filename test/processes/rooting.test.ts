import { describe, expect, test } from "vitest";
import { runScript } from "./run_script.js";

/**
 * Collects and overwrites freed memory between the write of the addresses and the native call. The arguments go on
 * one by one: an array of them would keep alive what the library itself must keep alive.
 */
const hostileCollector = `
  const addon = require(addonPath);
  const original = addon.execute;
  let every = 1;
  let calls = 0;
  const rubbish = [];
  addon.execute = function (a, b, c, d) {
    if (++calls % every === 0) {
      gc();
      for (let i = 0; i < 3; i++) rubbish[i] = new Float64Array(size).fill(-1e300);
      rubbish.length = 0;
    }
    return original(a, b, c, d);
  };
  const ad = require(entry);
`;

/** Each check computes with large temporaries that nothing but the running call holds. */
const checks: [name: string, size: number, body: string][] = [
  ["unary chains", 2 ** 20, "const y = ones(1).mul(2).exp().log().neg(); return y.sum().item() / -2;"],
  ["binary temporaries", 8 * 2 ** 20, "return ones(1).add(ones(2)).sum().item() / 3;"],
  ["broadcast operands", 2 ** 20, "return ones(1).reshape([-1, 1024]).add(row()).sum().item() / 3;"],
  ["values read from a view", 2 ** 20, "return ones(5).reshape([1024, -1]).T.toTypedArray().length;"],
  ["reductions of temporaries", 2 ** 20, "return ones(1).mul(ones(3)).sum().item() / 3;"],
  ["copies of views", 2 ** 20, "return ones(5).reshape([1024, -1]).T.reshape([-1]).add(0).sum().item() / 5;"],
  ["joined temporaries", 2 ** 20, "return ad.concat([ones(1), ones(2)]).sum().item() / 3;"],
  [
    "matrix products",
    2 ** 20,
    "return ones(1).reshape([1024, -1]).matmul(ones(1).reshape([1024, -1]).T).sum().item() / 1024;",
  ],
  ["gradients", 2 ** 20, "return ad.grad((x) => x.mul(x).mul(ones(1)).sum())(ones(3)).sum().item() / 6;"],
  [
    "factorisations",
    2 ** 16,
    "return ad.linalg.inv(identity().mul(0.5)).add(identity()).trace().item() * 256 / 3;",
  ],
];

describe("operands live until the native call returns", () => {
  test.each(checks)("%s", (_name, size, body) => {
    const script = `
      const size = ${size};
      ${hostileCollector}
      const ones = (value) => ad.full([size], value);
      const row = () => ad.full([1024], 2);
      const identity = () => ad.eye(256);
      function check() { ${body} }
      for (let i = 0; i < 6; i++) {
        const found = check();
        if (found !== size) { console.log("pass " + i + " gives " + found); process.exit(1); }
      }
      console.log("right");
    `;
    const { output, errors, status } = runScript(script);
    expect(output + errors).toBe("right");
    expect(status).toBe(0);
  });

  test("in an optimised loop", () => {
    const script = `
      const size = 65536;
      ${hostileCollector}
      every = Infinity;
      const x = ad.full([size], 1);
      const small = ad.full([4, 4], 1);
      function hot(y) { return y.add(1).mul(2).sub(y).add(y.add(2)); }
      for (let i = 0; i < 30000; i++) hot(small);
      for (let i = 0; i < 300; i++) hot(x);
      every = 1;
      for (let i = 0; i < 60; i++) {
        const y = hot(x);
        const found = y.sum().item();
        if (found !== 6 * size) { console.log("pass " + i + " gives " + found); process.exit(1); }
      }
      console.log("right");
    `;
    const { output, errors, status } = runScript(script);
    expect(output + errors).toBe("right");
    expect(status).toBe(0);
  });
});
