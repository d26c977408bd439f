import * as adjoint from "adjoint";

/** Code, and what the comment at its end says that its last statement gives. */
export interface RunnableExample {
  readonly code: string;
  /** As JavaScript. */
  readonly value: string | undefined;
}

export function runnableExample(text: string): RunnableExample {
  const [, code, value] = /^([\s\S]*?)(?:\s\/\/ (.*))?$/.exec(text.trim())!;
  return { code: code!, value };
}

/** The value of the last statement, with all exports in scope. */
export function run(code: string): unknown {
  const program = new Function(...Object.keys(adjoint), `return eval(${JSON.stringify(code)})`);
  return program(...Object.values(adjoint));
}

/** Tensors as nested arrays, wherever they are in arrays and objects. */
export function plain(x: unknown): unknown {
  if (x instanceof adjoint.Tensor) return x.toJSON();
  if (Array.isArray(x)) return x.map(plain);
  if (typeof x === "object" && x !== null)
    return Object.fromEntries(Object.entries(x).map(([key, value]) => [key, plain(value)]));
  return x;
}

/** Whether numbers differ by no more than `tolerance` times the expected one; the rest must be equal. */
export function agree(a: unknown, b: unknown, tolerance: number): boolean {
  if (typeof a === "number" && typeof b === "number")
    return (
      a === b || Object.is(a, b) || Math.abs(a - b) <= tolerance * Math.min(Math.abs(b), Number.MAX_VALUE)
    );
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return a === b;
  const [entries, others] = [Object.entries(a), new Map(Object.entries(b))];
  return (
    Array.isArray(a) === Array.isArray(b) &&
    entries.length === others.size &&
    entries.every(([key, value]) => others.has(key) && agree(value, others.get(key), tolerance))
  );
}
