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

/** Runs `body` at the next depth. Whatever it throws, depth and listeners are restored. */
export function atNextDepth<T>(operation: string, reverse: boolean, body: (level: number) => T): T {
  if (depth === MAX_DEPTH)
    throw new GradientError(operation, `transforms are nested more than ${MAX_DEPTH} deep`);
  const outerDepth = depth;
  const outerListening = listening;
  depth = outerDepth + 1;
  if (reverse) listening = outerListening | (1 << depth);
  try {
    return body(depth);
  } finally {
    depth = outerDepth;
    listening = outerListening;
  }
}

/** Runs `body` while only the levels of `mask` that listen now go on listening. */
export function listeningOnlyTo<T>(mask: number, body: () => T): T {
  const outer = listening;
  listening = outer & mask;
  try {
    return body();
  } finally {
    listening = outer;
  }
}
