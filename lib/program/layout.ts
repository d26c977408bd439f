import type { Storage } from "../storage.js";
import type { Step, Temporary } from "./fuse.js";

const ALIGNMENT = 64;
const aligned = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;

interface Lifetime {
  readonly memory: Storage | Temporary;
  readonly bytes: number;
  readonly first: number;
  last: number;
}

export interface Places {
  /** Where each temporary begins, in bytes. */
  readonly places: ReadonlyMap<Storage | Temporary, number>;
  readonly bytes: number;
}

function lifetimes(
  steps: readonly Step[],
  bytesOf: (memory: Storage | Temporary) => number | null,
): Lifetime[] {
  const known = new Map<Storage | Temporary, Lifetime>();
  steps.forEach(({ works }, step) => {
    for (const { places } of works)
      for (const { memory } of places) {
        const bytes = bytesOf(memory);
        if (bytes === null) continue;
        const own = known.get(memory);
        if (own === undefined) known.set(memory, { memory, bytes: aligned(bytes), first: step, last: step });
        else own.last = step;
      }
  });
  return [...known.values()];
}

/**
 * Gives temporaries that are never needed at once the same memory: the largest first, each at the lowest place that
 * is free for as long as it lives.
 * @see Pisarchyk and Lee, "Efficient memory management for deep neural net inference", 2020: greedy by size
 */
export function placesFor(
  steps: readonly Step[],
  bytesOf: (memory: Storage | Temporary) => number | null,
): Places {
  const alive = lifetimes(steps, bytesOf).sort((a, b) => b.bytes - a.bytes);
  const placed: { lifetime: Lifetime; start: number }[] = [];
  const places = new Map<Storage | Temporary, number>();
  let bytes = 0;
  for (const lifetime of alive) {
    const beside = placed
      .filter(({ lifetime: other }) => other.first <= lifetime.last && lifetime.first <= other.last)
      .sort((a, b) => a.start - b.start);
    let start = 0;
    for (const { lifetime: other, start: from } of beside) {
      if (start + lifetime.bytes <= from) break;
      start = Math.max(start, from + other.bytes);
    }
    placed.push({ lifetime, start });
    places.set(lifetime.memory, start);
    bytes = Math.max(bytes, start + lifetime.bytes);
  }
  return { places, bytes };
}
