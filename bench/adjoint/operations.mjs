// Five million operations in one synchronous loop, on the tape and off it; prints the peak resident memory.
import { matmul, tensor, variable } from "adjoint";
import { uniform } from "../inputs.mjs";
import { sink } from "../measure.mjs";
import { peakResident } from "../memory.mjs";

const v = variable(tensor(uniform(16, 1), { shape: [4, 4] }));
const x = tensor(uniform(16, 2), { shape: [4, 4] });
for (let i = 0; i < 1_000_000; i++) sink.value = matmul(v.add(x).mul(v).exp(), x).sum();
process.stdout.write(String(peakResident()));
