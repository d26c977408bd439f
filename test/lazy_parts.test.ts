import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const entry = fileURLToPath(new URL("../dist/index.cjs", import.meta.url));

/** What a fresh process finds that has the package as `adjoint`, and `loaded()` for the parts that it has loaded. */
function inFreshProcess(script: string): unknown {
  const program = `
    const { basename } = require("node:path");
    const adjoint = require(${JSON.stringify(entry)});
    const loaded = () => Object.keys(require.cache).map((path) => basename(path, ".cjs")).filter((name) => name in adjoint);
    const print = (value) => console.log(JSON.stringify(value));
    ${script}`;
  return JSON.parse(execFileSync(process.execPath, ["-e", program], { encoding: "utf8" }));
}

/** For each part an expression that needs it, and an error that it throws. */
const parts = {
  io: [`io.parse(io.serialize([1, 2], { format: "npy" }))`, "io.parse(new Uint8Array(3))", "FormatError"],
  linalg: ["linalg.inv([[2]])", "linalg.inv([1])", "ShapeError"],
  optim: ["optim.sgd({ learningRate: 1 })", "optim.sgd({ learningRate: -1 })", "ArgumentError"],
  random: ["random.generator(1).normal([2])", "random.generator(-1)", "ArgumentError"],
} as const;

describe("what not every program needs is loaded when it is first needed", () => {
  test("nothing of it at the import, nor by what does without", () => {
    const found = inFreshProcess(`
      adjoint.valueAndGrad((x) => x.matmul(x).exp().sum())([[1, 2], [3, 4]]);
      print(loaded());`);
    expect(found).toEqual([]);
  });

  test.each(Object.entries(parts))(
    "%s, and it shares the classes of the rest",
    (name, [use, mistake, error]) => {
      const found = inFreshProcess(`
      const { ${name} } = adjoint;
      ${use};
      let caught;
      try { ${mistake}; } catch (error) { caught = error; }
      print([loaded(), caught instanceof adjoint.${error}]);`);
      expect(found).toEqual([[name], true]);
    },
  );

  test.each(Object.keys(parts))(
    "%s has its names before and after, and is one for both module systems",
    (name) => {
      const found = inFreshProcess(`
      const part = adjoint.${name};
      const before = Object.keys(part);
      const first = part[before[0]];
      const after = Object.keys(part);
      const same = before.every((key) => adjoint.${name}[key] === part[key]) && first === part[before[0]];
      import(${JSON.stringify(entry.replace(".cjs", ".js"))}).then((other) =>
        print([before.length > 0, before.join() === after.join(), same, other.${name} === part]));`);
      expect(found).toEqual([true, true, true, true]);
    },
  );

  test("linalg by a method too, which then is the function itself", () => {
    const found = inFreshProcess(`
      const early = adjoint.Tensor.prototype.det;
      const x = adjoint.tensor([[2, 1], [0, 3]]);
      const values = [x.det().item(), early.call(x).item(), x.det().item()];
      print([values, early !== adjoint.Tensor.prototype.det, early.name, x.det.name, loaded()]);`);
    expect(found).toEqual([[6, 6, 6], true, "det", "det", ["linalg"]]);
  });

  test("methods take their arguments, in derivatives, vmap and programs that need the part first", () => {
    const found = inFreshProcess(`
      const a = [[2, 1], [0, 4]];
      const trace = (x) => x.qr({ mode: "r" }).r.square().sum();
      const [own] = [adjoint.grad(trace)(a).toArray()];
      print([own, adjoint.vmap((x) => x.solve([2, 4]))([a]).toArray(), adjoint.compile((x) => x.inv())(a).toArray()]);`);
    expect(found).toEqual([
      [
        [expect.closeTo(4), expect.closeTo(2)],
        [expect.closeTo(0), expect.closeTo(8)],
      ],
      [[0.5, 1]],
      [
        [0.5, -0.125],
        [0, 0.25],
      ],
    ]);
  });

  test("by another part: random draws from a covariance by its decomposition", () => {
    const found = inFreshProcess(`
      adjoint.random.generator(1).multivariateNormal([0, 0], [[2, 1], [1, 2]], [2]);
      print(loaded().sort());`);
    expect(found).toEqual(["linalg", "random"]);
  });
});
