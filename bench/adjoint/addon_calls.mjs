// A kernel through the addon alone: no tensor is made, and the operands stay where they are.
import { createRequire } from "node:module";
import { nothingToCompare } from "../checks.mjs";
import { uniform } from "../inputs.mjs";
import { serveOneOf } from "../serve.mjs";

const addon = createRequire(import.meta.url)("../../build/Release/adjoint.node");
const frame = new Float64Array(addon.frame);
addon.setThreads(1);

/** Where the frame has an instruction: see binding.d.ts. */
const [KERNEL, RANK, DIMS] = [8, 9, 10];

await serveOneOf({
  matmul: () => {
    const n = 4;
    const a = Float64Array.from(uniform(n * n, 1));
    const b = Float64Array.from(uniform(n * n, 2));
    const c = new Float64Array(n * n);
    const operand = ({ buffer }, ...strides) => [addon.addressOf(buffer), buffer.byteLength, 0, ...strides];
    const slots = [n, n, n, ...operand(a, n, 0, 1), ...operand(b, 0, 1, n), ...operand(c, n, 1, 0)];
    const id = addon.kernels.indexOf("matmul_f64");
    const work = () => {
      frame[KERNEL] = id;
      frame[RANK] = 3;
      for (let i = 0; i < slots.length; i++) frame[DIMS + i] = slots[i];
      addon.execute(a, b, c);
    };
    return { work, check: nothingToCompare };
  },
});
