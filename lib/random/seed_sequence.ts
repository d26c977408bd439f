import { ArgumentError, showValue } from "../errors.js";

/** What a generator may be seeded with: a non-negative integer of any size, or several. */
export type Seed = number | bigint | readonly (number | bigint)[];

const POOL = 4;
const INITIAL_A = 0x43b0d7e5;
const MULTIPLIER_A = 0x931e8875;
const INITIAL_B = 0x8b51f9dd;
const MULTIPLIER_B = 0x58f38ded;
const MIX_LEFT = 0xca01f9dd;
const MIX_RIGHT = 0x4973f715;

/** An integer as 32-bit words, the lowest first. */
function words(operation: string, seed: number | bigint): number[] {
  const whole = typeof seed === "bigint" || (typeof seed === "number" && Number.isSafeInteger(seed));
  if (!whole || seed < 0)
    throw new ArgumentError(
      operation,
      `the seed must be a non-negative integer (a bigint beyond 2**53), or an array of them, got ${showValue(seed)}`,
    );
  const result: number[] = [];
  let rest = BigInt(seed);
  do {
    result.push(Number(rest & 0xffffffffn));
    rest >>= 32n;
  } while (rest > 0n);
  return result;
}

/** Each call hashes with another multiplier. */
function hasher(initial: number, multiplier: number): (value: number) => number {
  let constant = initial;
  return (value) => {
    const mixed = value ^ constant;
    constant = Math.imul(constant, multiplier);
    const hashed = Math.imul(mixed, constant);
    return hashed ^ (hashed >>> 16);
  };
}

function mix(x: number, y: number): number {
  const mixed = Math.imul(MIX_LEFT, x) - Math.imul(MIX_RIGHT, y);
  return mixed ^ (mixed >>> 16);
}

/**
 * Spreads seeds, however alike, over the states of a generator: NumPy's `SeedSequence`.
 * @see O'Neill, "Developing a seed_seq alternative", 2015
 */
export function seedSequence(operation: string, seed: Seed, count: number): Uint32Array {
  const entropy = [seed].flat().flatMap((part) => words(operation, part));
  const hash = hasher(INITIAL_A, MULTIPLIER_A);
  const pool = Uint32Array.from({ length: POOL }, (_, i) => hash(entropy[i] ?? 0));
  for (let from = 0; from < POOL; from++)
    for (let to = 0; to < POOL; to++) if (from !== to) pool[to] = mix(pool[to], hash(pool[from]));
  for (const word of entropy.slice(POOL))
    for (let to = 0; to < POOL; to++) pool[to] = mix(pool[to], hash(word));
  const draw = hasher(INITIAL_B, MULTIPLIER_B);
  return Uint32Array.from({ length: count }, (_, i) => draw(pool[i % POOL]));
}
