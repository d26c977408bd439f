import type { Tensor } from "./tensor.js";

/** What somebody who will end them knows of the tensors that are made meanwhile. */
export interface Scope {
  readonly made: Tensor[];
  /** How many transforms are around it. */
  readonly depth: number;
  /** Only tensors with memory of their own are noted, for the sake of that memory: the rest costs more than it gives. */
  readonly largeOnly: boolean;
  readonly outer: Scope | null;
}

/** The innermost scope; null outside of all. */
export let scope: Scope | null = null;

/** Opens a scope: the one that was innermost has to be given back to `closeScope`, whatever is thrown. */
export function openScope(depth: number, largeOnly: boolean): Scope {
  scope = { made: [], depth, largeOnly, outer: scope };
  return scope;
}

export function closeScope({ outer }: Scope): void {
  scope = outer;
}

function within<T>(inner: Scope | null, body: () => T): T {
  const outer = scope;
  scope = inner;
  try {
    return body();
  } finally {
    scope = outer;
  }
}

/** Runs `body` and gives, beside its result, the tensors that were allocated meanwhile. */
export function collecting<T>(depth: number, body: () => T): readonly [T, readonly Tensor[]] {
  const own = openScope(depth, false);
  try {
    return [body(), own.made];
  } finally {
    closeScope(own);
  }
}

/**
 * Before what a trace does: what a tensor of a transform around the `tidy` stands for is not its to end, because the
 * tape may have saved the tensor. Gives what `restoreScope` needs afterwards.
 */
export function closeFor(depth: number): Scope | null {
  const outer = scope;
  if (outer !== null && depth <= outer.depth) scope = null;
  return outer;
}

/** Undoes `closeFor`. */
export function restoreScope(outer: Scope | null): void {
  scope = outer;
}

/** Runs a user's code inside a walk: what it makes it may keep. */
export const asUser = <T>(body: () => T): T =>
  scope === null || !scope.largeOnly ? body() : within(scope.outer, body);

export function note(x: Tensor): void {
  if (scope !== null && !(scope.largeOnly && x.storage!.shared)) scope.made.push(x);
}
