import { collecting } from "../tensor.js";
import { flatten } from "./tree.js";

/**
 * Runs `body` and ends every tensor that was made meanwhile, except those in its result (a tree): their memory is
 * reused at once. Never needed for correctness: the collector frees what nobody holds.
 * @example tidy(() => x.sub(x.mean()).square().sum())
 */
export function tidy<T>(body: () => T): T {
  const [result, made] = collecting(body);
  const kept: unknown[] = [];
  flatten("tidy", result, kept as never[]);
  const storages = new Set(made.filter((x) => kept.includes(x)).map((x) => x.storage));
  for (const x of made) if (!storages.has(x.storage)) x.dispose();
  return result;
}
