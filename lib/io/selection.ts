import { ArgumentError, showValue } from "../errors.js";
import { about, type Origin } from "./reading.js";

/** What a file holds, by name: any string may be one, `__proto__` as well. */
export type Named<T> = Map<string, T>;

/** The members that are asked for, or else all. */
export function chosen<T>(origin: Origin, members: Named<T>, names: readonly string[] | undefined): Named<T> {
  if (names === undefined) return members;
  return new Map(
    names.map((name) => {
      const member = members.get(name);
      if (member === undefined)
        throw new ArgumentError(
          origin.operation,
          about(origin, `there is no ${showValue(name)}, but ${showValue([...members.keys()])}`),
        );
      return [name, member];
    }),
  );
}
