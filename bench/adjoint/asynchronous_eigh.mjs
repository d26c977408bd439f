// The event loop's delay while a decomposition runs in the background: prints the 99th percentile and the maximum, in ns.
import { monitorEventLoopDelay } from "node:perf_hooks";
import { linalg, tensor } from "adjoint";
import "./threads.mjs";
import { symmetric } from "../inputs.mjs";

const n = 1000;
const a = tensor(symmetric(n, 1), { shape: [n, n] });
await linalg.eigh.async(a);
const delays = monitorEventLoopDelay({ resolution: 1 });
delays.enable();
for (let i = 0; i < 10; i++) await linalg.eigh.async(a);
delays.disable();
process.stdout.write(JSON.stringify({ p99: delays.percentile(99), max: delays.max }));
