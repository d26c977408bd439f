import { checkFunction } from "../options.js";
import { collecting } from "../scope.js";
import type { Tensor } from "../tensor.js";
import { currentDepth } from "./levels.js";
import { flatten } from "./tree.js";

/**
 * Runs `body` and ends every tensor that was made meanwhile, except those in its result (a tree): their memory is
 * reused at once. Never needed for correctness: the collector frees what nobody holds.
 * @example tidy(() => linspace(0, 1, 3).square().sum()) // 1.25
 */
export function tidy<T>(body: () => T): T {
  checkFunction("tidy", body);
  const [result, made] = collecting(currentDepth(), body);
  const kept: Tensor[] = [];
  flatten("tidy", result, kept);
  const keep = new Set(kept);
  for (const x of made) if (!keep.has(x)) x.dispose();
  return result;
}
