// A kernel through the addon alone: no tensor is made, and the operands stay where they are.
import { createRequire } from "node:module";
import { nothingToCompare } from "../checks.mjs";
import { uniform } from "../inputs.mjs";
import { serveOneOf } from "../serve.mjs";

const addon = createRequire(import.meta.url)("../../build/Release/adjoint.node");
const frame = new Float64Array(addon.frame);
addon.setThreads(1);

/** Where the frame has an instruction: see binding.d.ts. */
const [KERNEL, RANK, DIMS, FLAT] = [8, 9, 10, -1];

await serveOneOf({
  add: () => {
    const x = Float64Array.from(uniform(16, 1));
    const y = Float64Array.from(uniform(16, 2));
    const sum = new Float64Array(16);
    const operands = [x, y, sum].flatMap(({ buffer }) => [addon.addressOf(buffer), buffer.byteLength, 0]);
    const id = addon.kernels.indexOf("add_f64");
    const work = () => {
      frame[KERNEL] = id;
      frame[RANK] = FLAT;
      frame[DIMS] = 16;
      for (let i = 0; i < 9; i++) frame[DIMS + 1 + i] = operands[i];
      addon.execute(x, y, sum);
    };
    return { work, check: nothingToCompare };
  },
});
