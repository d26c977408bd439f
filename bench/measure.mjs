// Timing inside one process. A sample is a batch long enough for the clock; what is reported are times per call.

const BATCH_NS = 5e6;
const WARM_UP_NS = 3e8;
const WARM_UP_LIMIT_NS = 1.5e9;
const STABLE = 0.05;

const AsyncFunction = (async () => {}).constructor;

/** Results end here, so that no compiler can drop the work that made them. */
export const sink = { value: undefined };

function synchronous(work, iterations) {
  let result;
  const start = process.hrtime.bigint();
  for (let i = 0; i < iterations; i++) result = work();
  const elapsed = Number(process.hrtime.bigint() - start);
  sink.value = result;
  return elapsed;
}

async function asynchronous(work, iterations) {
  let result;
  const start = process.hrtime.bigint();
  for (let i = 0; i < iterations; i++) result = await work();
  const elapsed = Number(process.hrtime.bigint() - start);
  sink.value = result;
  return elapsed;
}

/** An asynchronous function is awaited at each call, which would cost others more than a small operation takes. */
const batch = (work, iterations) =>
  (work instanceof AsyncFunction ? asynchronous : synchronous)(work, iterations);

/** How often to call `work` for a batch of at least 5 ms, by calling it that often. */
async function calibrate(work, iterations) {
  for (let n = iterations; ; ) {
    const elapsed = await batch(work, n);
    if (elapsed >= BATCH_NS) return { iterations: n, elapsed };
    n = Math.max(n + 1, Math.ceil(n * Math.min(10, (1.2 * BATCH_NS) / Math.max(elapsed, 1))));
  }
}

/** Runs `work` until three batches in a row agree within 5 % (0.3 s at least, 1.5 s at most): calls per batch and ns per call. */
export async function warmUp(work) {
  let iterations = 1;
  let agreeing = 0;
  let time = 0;
  for (let total = 0; total < WARM_UP_LIMIT_NS && (agreeing < 3 || total < WARM_UP_NS); ) {
    const batched = await calibrate(work, iterations);
    iterations = batched.iterations;
    total += batched.elapsed;
    const last = time;
    time = batched.elapsed / iterations;
    agreeing = Math.abs(time - last) <= STABLE * last ? agreeing + 1 : 0;
  }
  return { iterations, time };
}

/** Nanoseconds per call, `count` times. */
export async function sample(work, iterations, count) {
  const samples = [];
  for (let i = 0; i < count; i++) samples.push((await batch(work, iterations)) / iterations);
  return samples;
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Best and median of all samples, and the samples by round. */
export function summary(rounds) {
  const all = rounds.flat();
  return { best: Math.min(...all), median: median(all), rounds };
}
