import { native } from "./native.js";

/** Below this a fresh buffer costs no more than a used one that has left the cache. */
const LEAST_BYTES = 2 ** 17;
/** Of live and dead storages together. With more of them memory is only colder. */
const MOST_BYTES = 64 * 2 ** 20;
/** After so many collections a storage is taken for one that stays, and a dead one's buffer for one nobody wants. */
const PATIENCE = 10;

/** A buffer that is kept here, and the storage on it, which only its users keep. */
export interface Kept {
  readonly buffer: ArrayBuffer;
  readonly bytes: number;
  /** A weak one to the storage; NONE when it is no longer asked about. */
  reference: number;
  /** How many collections it has seen in its present state. */
  age: number;
}

const NONE = -1;

let living: Kept[] = [];
/** By size. */
const dead = new Map<number, Kept[]>();
let keptBytes = 0;
/** To an object that nobody has: when it is gone there has been a collection. */
let collection = native.refer({});

export const isKept = (kept: Kept | null): boolean => kept !== null && kept.reference !== NONE;

/**
 * Keeps `buffer` for another storage of that size, for when the collector has found that nobody has this one any more,
 * through which alone the buffer can be reached. Else every large value of a program lies on fresh pages, and fresh
 * memory is what makes the collector run.
 */
export function keep(storage: object, buffer: ArrayBuffer, bytes: number): Kept | null {
  if (bytes < LEAST_BYTES || keptBytes + bytes > MOST_BYTES) return null;
  const kept = { buffer, bytes, reference: native.refer(storage), age: 0 };
  living.push(kept);
  keptBytes += bytes;
  return kept;
}

/** Keeps it no longer: its storage has given the buffer away. */
export function forget(kept: Kept): void {
  if (!isKept(kept)) return;
  native.endReference(kept.reference);
  kept.reference = NONE;
  living = living.filter((other) => other !== kept);
  keptBytes -= kept.bytes;
}

/** The buffer of a dead storage of that size. */
export function reclaim(bytes: number): ArrayBuffer | undefined {
  if (bytes < LEAST_BYTES || bytes > MOST_BYTES) return undefined;
  if (native.isCollected(collection)) {
    native.endReference(collection);
    collection = native.refer({});
    sort();
  }
  const kept = dead.get(bytes)?.pop();
  if (kept === undefined) return undefined;
  keptBytes -= bytes;
  return kept.buffer;
}

/** Buffers of storages that are known to be dead. */
export function reclaimed(): { buffers: number; bytes: number } {
  let buffers = 0;
  let bytes = 0;
  for (const [size, list] of dead) {
    buffers += list.length;
    bytes += list.length * size;
  }
  return { buffers, bytes };
}

/** After a collection: finds the dead among the living, and lets go of what is of no use here. */
function sort(): void {
  for (const [bytes, list] of dead) {
    const wanted = list.filter((kept) => ++kept.age < PATIENCE);
    keptBytes -= (list.length - wanted.length) * bytes;
    if (wanted.length > 0) dead.set(bytes, wanted);
    else dead.delete(bytes);
  }
  living = living.filter((kept) => {
    const collected = native.isCollected(kept.reference);
    if (!collected && ++kept.age < PATIENCE) return true;
    native.endReference(kept.reference);
    kept.reference = NONE;
    if (!collected) keptBytes -= kept.bytes;
    else {
      kept.age = 0;
      const list = dead.get(kept.bytes);
      if (list === undefined) dead.set(kept.bytes, [kept]);
      else list.push(kept);
    }
    return false;
  });
}
