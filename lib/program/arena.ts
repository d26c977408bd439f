import { allocateResident, type Storage } from "../storage.js";

/** So that small programs do not outgrow each other. */
const LEAST_BYTES = 2 ** 16;

/** The largest arena so far, for as long as a program uses it. */
let largest: WeakRef<Storage> | null = null;

/** Memory for the temporaries of synchronous runs. Only one of them runs at a time, so they share it. */
export function arenaFor(bytes: number): Storage {
  const known = largest?.deref();
  if (known !== undefined && known.byteLength >= bytes) return known;
  // Programs keep the arena they know: doubling bounds what all of them hold.
  const arena = allocateResident("compile", Math.max(bytes, LEAST_BYTES, 2 * (known?.byteLength ?? 0)));
  arena.shared = true;
  largest = new WeakRef(arena);
  return arena;
}

/** The bytes of the largest arena. */
export const arenaBytes = (): number => largest?.deref()?.byteLength ?? 0;
