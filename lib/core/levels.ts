import { GradientError } from "../errors.js";

/**
 * Which reverse-mode transforms listen, one bit each by nesting depth. Bit 0 stands for variables: it always
 * listens and records at every depth, so that `gradients` works anywhere.
 */
export const VARIABLES = 1;
const MAX_DEPTH = 30;

/** Deeper than any transform: what has this depth interprets before all of them. */
export const DEEPEST = MAX_DEPTH + 1;

let depth = 0;
/** How many transforms run now, one inside another. */
export const currentDepth = (): number => depth;
/** The bits of all levels that record now. Read by `bind` on every operation. */
export let listening = VARIABLES;

/** Everything below a depth, variables included. */
export const below = (level: number): number => (1 << level) - 1;

/** From here on transforms run one deeper. Gives what `leaveDepth` needs afterwards. */
export function enterDepth(operation: string, reverse: boolean): number {
  if (depth === MAX_DEPTH)
    throw new GradientError(operation, `transforms are nested more than ${MAX_DEPTH} deep`);
  const outer = listening;
  depth++;
  if (reverse) listening = outer | (1 << depth);
  return outer;
}

/** Undoes `enterDepth`. */
export function leaveDepth(outer: number): void {
  depth--;
  listening = outer;
}

/** Runs `body` at the next depth. */
export function atNextDepth<T>(operation: string, reverse: boolean, body: (level: number) => T): T {
  const outer = enterDepth(operation, reverse);
  try {
    return body(depth);
  } finally {
    leaveDepth(outer);
  }
}

/** From here on only the levels of `mask` that listen now go on listening. Gives what `restoreListeners` needs afterwards. */
export function listenOnlyTo(mask: number): number {
  const outer = listening;
  listening = outer & mask;
  return outer;
}

/** Undoes `listenOnlyTo`. */
export function restoreListeners(outer: number): void {
  listening = outer;
}

/** Runs `body` while only the levels of `mask` that listen now go on listening. */
export function listeningOnlyTo<T>(mask: number, body: () => T): T {
  const outer = listenOnlyTo(mask);
  try {
    return body();
  } finally {
    restoreListeners(outer);
  }
}
