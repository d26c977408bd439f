// The server of examples/portfolio_server beside four decompositions that never cease. Tells its parent the port, and
// when it is told to stop, how long its event loop was kept waiting.
import { monitorEventLoopDelay } from "node:perf_hooks";
import { eye, linalg, linspace } from "adjoint";
import { portfolioServer } from "../../examples/portfolio_server/server.mjs";

const n = 500;
const column = linspace(0, 1, n).expandDims(1);
const a = column.add(column.T).sin().add(eye(n).mul(2));
const trace = a.trace().item();

const delays = monitorEventLoopDelay({ resolution: 1 });
let stopped = false;
let decompositions = 0;
let wrong = 0;
async function decompose() {
  while (!stopped) {
    const { values } = await linalg.eigh.async(a);
    decompositions++;
    if (Math.abs(values.sum().item() - trace) > 1e-9 * trace) wrong++;
  }
}

await linalg.eigh.async(a);
const decomposing = Array.from({ length: 4 }, decompose);
const server = portfolioServer().listen(0, "127.0.0.1", () => {
  delays.enable();
  process.send({ port: server.address().port });
});
process.once("message", async () => {
  delays.disable();
  const atStop = decompositions;
  stopped = true;
  await Promise.all(decomposing);
  process.send({ decompositions: atStop, wrong, p99: delays.percentile(99) / 1e6, max: delays.max / 1e6 });
  server.close();
  server.closeIdleConnections();
  process.disconnect();
});
