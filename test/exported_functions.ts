export type AnyFunction = (...args: unknown[]) => unknown;

/** The exported functions, classes left out, each under the first name it has. */
export function exportedFunctions(
  exported: object,
  prefix = "",
  seen = new Set<unknown>(),
): [string, AnyFunction][] {
  const entries = Object.entries(exported);
  const own = entries.filter(([, value]) => typeof value === "function" && !seen.has(value));
  for (const [, value] of own) seen.add(value);
  const found = own.filter(([, value]) => !String(value).startsWith("class"));
  const nested = entries.filter(([, value]) => typeof value === "object" && value !== null);
  return [
    ...found.map(([name, value]): [string, AnyFunction] => [prefix + name, value]),
    ...nested.flatMap(([name, value]) => exportedFunctions(value, `${prefix}${name}.`, seen)),
  ];
}
