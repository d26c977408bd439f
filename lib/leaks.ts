import { ArgumentError, showValue } from "./errors.js";
import { memory } from "./info.js";
import { assert } from "./on_demand.js";
import { checkFunction, checkOptions } from "./options.js";
import { type Storage, watchStorages } from "./storage.js";

export interface NoLeakOptions {
  /** How often the function is called and looked at. 10 by default. */
  runs?: number;
  /** How often it is called before, to fill caches. 2 by default. */
  warmUp?: number;
}

function checkedCount(name: string, value: number, least: number): number {
  if (!Number.isInteger(value) || value < least)
    throw new ArgumentError(
      "assertNoLeak",
      `${name} is ${showValue(value)}, expected an integer from ${least} on`,
    );
  return value;
}

/** Node's own `gc`, also where no flag has exposed it. */
async function collector(): Promise<() => void> {
  if (typeof globalThis.gc === "function") return globalThis.gc as () => void;
  const [{ setFlagsFromString }, { runInNewContext }] = await Promise.all([
    import("node:v8"),
    import("node:vm"),
  ]);
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Memory that a run was given: what is left when the run is over and garbage collected is held by somebody. */
interface Given {
  run: number;
  readonly bytes: number;
}

/** Keeps account of storages from the first of its runs to the last. */
class Account {
  private readonly open = new Set<Given>();
  private readonly given = new WeakMap<Storage, Given>();
  // No weak references: they keep alive what they refer to until the run is over.
  private readonly registry = new FinalizationRegistry<Given>((ended) => this.open.delete(ended));

  begin(run: number): void {
    watchStorages((storage) => {
      const known = this.given.get(storage);
      if (known !== undefined) {
        known.run = run;
        return;
      }
      const given = { run, bytes: storage.byteLength };
      this.open.add(given);
      this.given.set(storage, given);
      this.registry.register(storage, given);
    });
  }

  /** The runs before the last of which something is held, and how many bytes that is. */
  held(runs: number): { runs: number; bytes: number } {
    const earlier = [...this.open].filter(({ run }) => run < runs - 1);
    return {
      runs: new Set(earlier.map(({ run }) => run)).size,
      bytes: earlier.reduce((sum, { bytes }) => sum + bytes, 0),
    };
  }
}

/**
 * Calls `body` many times, collects garbage, and rejects if most calls have left tensors, variables or compiled
 * functions that something still holds. What only the last call left is no leak, nor is what earlier calls put into a
 * cache. `body` may return a promise.
 * @throws AssertionError of `node:assert`, with how many calls left something, how many bytes, and how many programs
 * @example const g = grad((x) => x.square().sum()); testing.assertNoLeak(() => g([1, 2]))
 */
export async function assertNoLeak(body: () => unknown, options?: NoLeakOptions): Promise<void> {
  checkFunction("assertNoLeak", body);
  checkOptions("assertNoLeak", options, ["runs", "warmUp"]);
  const runs = checkedCount("runs", options?.runs ?? 10, 3);
  const warmUp = checkedCount("warmUp", options?.warmUp ?? 2, 0);
  const gc = await collector();
  const collect = async (): Promise<void> => {
    // Finalizers run in turns of their own, and what they let go of is garbage of the next collection.
    for (let i = 0; i < 3; i++) {
      gc();
      await nextTurn();
    }
  };
  const account = new Account();
  let before = 0;
  try {
    for (let i = 0; i < warmUp; i++) {
      await body();
      await nextTurn();
    }
    await collect();
    before = memory().programs;
    for (let run = 0; run < runs; run++) {
      account.begin(run);
      await body();
      await nextTurn();
    }
  } finally {
    watchStorages(null);
  }
  await collect();
  const { runs: holding, bytes } = account.held(runs);
  const programs = Math.max(0, memory().programs - before);
  if (Math.max(holding, programs) <= runs / 2) return;
  throw new (assert().AssertionError)({
    message: `of ${runs} calls ${holding} before the last left memory that is still held, ${bytes} bytes in buffers; programs became ${programs} more`,
    actual: { calls: holding, bytes, programs },
    expected: { calls: 0, bytes: 0, programs: 0 },
    operator: "assertNoLeak",
    stackStartFn: assertNoLeak,
  });
}
