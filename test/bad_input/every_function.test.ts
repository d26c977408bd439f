import * as ad from "adjoint";
import { describe, expect, test } from "vitest";
import { exportedFunctions } from "../exported_functions.js";
import * as places from "./places.js";
import { checkBystanders, named } from "./refusals.js";

const { withoutArguments, ...tables } = places;
const exported = exportedFunctions(ad);

checkBystanders();

/** What no function takes for its first argument. */
const never: readonly [what: string, value: unknown][] = [
  ["a symbol", Symbol("x")],
  ["a promise", Promise.resolve(1)],
  ["a date", new Date()],
];

describe("every exported function refuses", () => {
  const taking = exported.filter(([name]) => !withoutArguments.includes(name));
  test("and there are many", () => expect(taking.length).toBeGreaterThan(190));

  describe.each(taking)("%s", (name, f) => {
    test.each(never)("%s", async (_what, value) => {
      let thrown: unknown;
      try {
        // Where a promise is the result, it is the promise that refuses.
        await f(value);
      } catch (error) {
        thrown = error;
      }
      const code = expect.stringMatching(/^ERR_ADJOINT_/);
      const message = expect.stringContaining(`${named(name)}: `);
      expect(thrown).toMatchObject({ code, message, operation: named(name) });
    });
  });
});

test("every place belongs to something that is exported", () => {
  const known = new Set(exported.map(([name]) => name));
  const methods = /^(random\.(Generator|RandomState)|Variable|Tensor)\./;
  const names = [...Object.values(tables).flatMap((table) => Object.keys(table)), ...withoutArguments];
  expect(names.filter((name) => !known.has(name) && !methods.test(name))).toEqual([]);
});
