// The event loop's delay while four decompositions run at once: prints the 99th percentile and the maximum, in ns.
import { monitorEventLoopDelay } from "node:perf_hooks";
import { linalg, tensor } from "adjoint";
import "./threads.mjs";
import { symmetric } from "../inputs.mjs";

const n = 500;
const a = tensor(symmetric(n, 1), { shape: [n, n] });
const four = () => Promise.all(Array.from({ length: 4 }, () => linalg.eigh.async(a)));
await four();
const delays = monitorEventLoopDelay({ resolution: 1 });
delays.enable();
for (let i = 0; i < 10; i++) await four();
delays.disable();
process.stdout.write(JSON.stringify({ p99: delays.percentile(99), max: delays.max }));
