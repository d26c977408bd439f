import { ArgumentError, showValue } from "./errors.js";

/** What options hold, by name: a name means the same wherever it occurs. What is not listed its function checks. */
const kinds: Readonly<Record<string, "boolean" | "number" | "string">> = {
  alpha: "number",
  atol: "number",
  beta1: "number",
  beta2: "number",
  compress: "boolean",
  correction: "number",
  decay: "number",
  descending: "boolean",
  endpoint: "boolean",
  eps: "number",
  epsilon: "number",
  fullMatrices: "boolean",
  hasAux: "boolean",
  high: "number",
  keepDims: "boolean",
  learningRate: "number",
  low: "number",
  lower: "boolean",
  maxBytes: "number",
  mean: "number",
  momentum: "number",
  move: "boolean",
  name: "string",
  nesterov: "boolean",
  refine: "boolean",
  replace: "boolean",
  rtol: "number",
  stable: "boolean",
  std: "number",
  tol: "number",
  tolerance: "number",
  transpose: "boolean",
  unitDiagonal: "boolean",
  upper: "boolean",
  weightDecay: "number",
};

/** An object literal, also one of another realm, or one without prototype: no array, no instance of a class. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Checks the keys of an options object, and what they hold. */
export function checkOptions(operation: string, options: object | undefined, known: readonly string[]): void {
  if (options === undefined) return;
  if (!isPlainObject(options))
    throw new ArgumentError(operation, `expected an options object, got ${showValue(options)}`);
  for (const key of Object.keys(options)) {
    if (!known.includes(key))
      throw new ArgumentError(operation, `unknown option ${showValue(key)}, expected ${known.join(", ")}`);
    const value = options[key];
    const kind = kinds[key];
    if (kind === undefined || value === undefined) continue;
    if (typeof value !== kind || Number.isNaN(value))
      throw new ArgumentError(operation, `${key} is ${showValue(value)}, expected a ${kind}`);
  }
}

export function checkFunction(operation: string, f: unknown): void {
  if (typeof f !== "function") throw new ArgumentError(operation, `expected a function, got ${showValue(f)}`);
}

/** An option that is a tolerance. */
export function checkNotNegative(operation: string, name: string, value: number): number {
  if (!(value >= 0))
    throw new ArgumentError(
      operation,
      `${name} is ${showValue(value)}, expected a number that is not negative`,
    );
  return value;
}
