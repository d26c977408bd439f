import * as ad from "adjoint";
import { type Tensor, tensor } from "adjoint";
import { describe, expect, test } from "vitest";
import * as places from "./places.js";
import { checkBystanders, named } from "./refusals.js";

// Every place of every function, crossed with what does not belong there.

checkBystanders();

type Code = "SHAPE" | "DTYPE" | "ARGUMENT" | "DISPOSED";
const classes = {
  SHAPE: ad.ShapeError,
  DTYPE: ad.DTypeError,
  ARGUMENT: ad.ArgumentError,
  DISPOSED: ad.DisposedError,
};

/** What must not stand in a place: how to make it, how the error is classed and what of it the message shows. */
type Junk = readonly [
  what: string,
  make: () => unknown,
  codes: Code | readonly Code[],
  shown: string | RegExp,
];

function expectRefused(name: string, call: places.Place, [what, make, codes, shown]: Junk): void {
  let thrown: unknown;
  try {
    call(make());
  } catch (error) {
    thrown = error;
  }
  if (thrown === undefined) expect.fail(`${name} takes ${what}`);
  const error = thrown as Error & { code?: string; operation?: string };
  const expected = [codes].flat().map((code) => `ERR_ADJOINT_${code}`);
  expect(expected, String(error.stack)).toContain(error.code);
  expect(error).toBeInstanceOf(classes[error.code!.slice("ERR_ADJOINT_".length) as Code]);
  expect(error.operation, error.message).toBe(named(name));
  expect(error.message.startsWith(`${named(name)}: `), error.message).toBe(true);
  expect(error.message).toMatch(shown);
}

function disposed(): Tensor {
  const x = tensor([1, 2]);
  x.dispose();
  return x;
}

function holdingItself(): unknown[] {
  const list: unknown[] = [];
  list.push(list);
  return list;
}

const notValues: readonly Junk[] = [
  ["null", () => null, "DTYPE", "null"],
  ["undefined", () => undefined, "DTYPE", "undefined"],
  ["a word", () => "1", "DTYPE", '"1"'],
  ["an object", () => ({ a: 1 }), "DTYPE", "an object"],
  ["a function", () => () => 1, "DTYPE", "a function"],
  ["a symbol", () => Symbol("x"), "DTYPE", "Symbol(x)"],
  ["a bigint", () => 1n, "DTYPE", "1n"],
  ["a date", () => new Date(), "DTYPE", "a Date"],
  ["a map", () => new Map(), "DTYPE", "a Map"],
  ["a promise", () => Promise.resolve(1), "DTYPE", "a Promise"],
  ["words", () => [1, "2"], "DTYPE", /"2" at \[1\]/],
  ["holes", () => new Array(2), "DTYPE", /undefined at \[0\]/],
  ["bigints", () => [1n], "DTYPE", /1n at \[0\]/],
  ["symbols", () => [Symbol("x")], "DTYPE", /Symbol\(x\) at \[0\]/],
  ["objects without prototype", () => [Object.create(null)], "DTYPE", /an object at \[0\]/],
  ["numbers and booleans", () => [1, true], "DTYPE", "booleans"],
  ["a list of tensors", () => [tensor(1), tensor(2)], "DTYPE", /float64\[\] .*at \[0\]/],
  ["a BigInt64Array", () => new BigInt64Array(1), "DTYPE", "BigInt64Array"],
  ["a DataView", () => new DataView(new ArrayBuffer(8)), "DTYPE", "DataView"],
  ["a ragged array", () => [[1, 2], [3]], "SHAPE", /ragged.*\[1\]/],
  ["a list that holds itself", holdingItself, "SHAPE", "33"],
  ["a tensor that was disposed of", disposed, "DISPOSED", "after dispose()"],
];

describe("in a tensor's place", () => {
  for (const [name, calls] of Object.entries(places.tensorPlaces))
    describe(name, () => {
      test.each(notValues)("%s", (...junk) => {
        for (const call of calls) expectRefused(name, call, junk);
      });
    });
});

const mayBeAbsent = new Set(["null", "undefined", "an object"]);

describe("in the place of a tensor that may be absent", () => {
  for (const [name, calls] of Object.entries(places.optionalTensorPlaces))
    describe(name, () => {
      test.each(notValues.filter(([what]) => !mayBeAbsent.has(what)))("%s", (...junk) => {
        for (const call of calls) expectRefused(name, call, junk);
      });
    });
});

const notFunctions: readonly Junk[] = [
  ["null", () => null, "ARGUMENT", /null|function/],
  ["undefined", () => undefined, "ARGUMENT", /undefined|function/],
  ["a number", () => 3, "ARGUMENT", /3|function/],
  ["a word", () => "f", "ARGUMENT", /"f"|function/],
  ["an object", () => ({}), "ARGUMENT", /an object|function/],
  ["a symbol", () => Symbol("f"), "ARGUMENT", /Symbol\(f\)|function/],
  ["a tensor", () => tensor([1, 2]), "ARGUMENT", /float64\[2\]|function/],
  ["a tensor that was disposed of", disposed, "ARGUMENT", /float64\[2\]|function/],
  ["an object without prototype", () => Object.create(null), "ARGUMENT", /an object|function/],
];

describe("in a function's place", () => {
  for (const [name, calls] of Object.entries(places.functionPlaces))
    describe(name, () => {
      test.each(notFunctions)("%s", (...junk) => {
        for (const call of calls) expectRefused(name, call, junk);
      });
    });
});

const notTrees: readonly Junk[] = [
  ["a function", () => () => 1, "ARGUMENT", "a function"],
  ["a symbol", () => Symbol("x"), "ARGUMENT", "Symbol(x)"],
  ["a bigint", () => 1n, "ARGUMENT", "1n"],
  ["a date", () => new Date(), "ARGUMENT", "a Date"],
  ["a map", () => new Map(), "ARGUMENT", "a Map"],
  ["a promise", () => Promise.resolve(1), "ARGUMENT", "a Promise"],
  ["a function within", () => [{ f: () => 1 }], "ARGUMENT", "a function"],
  ["a map within", () => ({ a: [new Map()] }), "ARGUMENT", "a Map"],
  ["a ragged array", () => [[1, 2], [3]], "SHAPE", /ragged.*\[1\]/],
  ["a list that holds itself", holdingItself, "ARGUMENT", "holds itself"],
  ["a tensor that was disposed of", disposed, "DISPOSED", "after dispose()"],
  ["one that was disposed of within", () => [{ x: disposed() }], "DISPOSED", "after dispose()"],
];

describe("in the place of a tree of tensors", () => {
  for (const [name, calls] of Object.entries(places.treePlaces))
    describe(name, () => {
      test.each(notTrees)("%s", (...junk) => {
        for (const call of calls) expectRefused(name, call, junk);
      });
    });
});

const notLists: readonly Junk[] = [
  ["null", () => null, "ARGUMENT", /null|array/],
  ["a word", () => "x", "ARGUMENT", /"x"|array/],
  ["an object", () => ({}), "ARGUMENT", /an object|array/],
  ["a function", () => () => 1, "ARGUMENT", /a function|array/],
  ["a symbol", () => Symbol("x"), "ARGUMENT", /Symbol\(x\)|array/],
  ["a map", () => new Map([[1, 2]]), "ARGUMENT", /a Map|array/],
  ["a list with a word", () => ["x"], ["ARGUMENT", "DTYPE"], /"x"|tensor|numbers|length/],
];

describe("in a list's place", () => {
  for (const [name, calls] of Object.entries(places.listPlaces))
    describe(name, () => {
      test.each(notLists)("%s", (...junk) => {
        for (const call of calls) expectRefused(name, call, junk);
      });
    });
});

const notAxes: readonly Junk[] = [
  ["the number of axes", () => 2, "ARGUMENT", /2/],
  ["one less than the least", () => -3, "ARGUMENT", /-3/],
  ["a fraction", () => 0.5, "ARGUMENT", /0\.5/],
  ["NaN", () => Number.NaN, "ARGUMENT", /NaN/],
  ["Infinity", () => Number.POSITIVE_INFINITY, "ARGUMENT", /Infinity/],
  ["a word", () => "0", "ARGUMENT", /"0"/],
  ["a function", () => () => 0, "ARGUMENT", /a function/],
  ["a symbol", () => Symbol("axis"), "ARGUMENT", /Symbol\(axis\)/],
  ["a bigint", () => 0n, "ARGUMENT", /0n/],
  ["true", () => true, "ARGUMENT", /true/],
];

describe("in an axis's place", () => {
  for (const [name, calls] of Object.entries(places.axisPlaces))
    describe(name, () => {
      test.each(notAxes)("%s", (...junk) => {
        for (const call of calls) expectRefused(name, call, junk);
      });
    });
});

const notShapes: readonly Junk[] = [
  ["a negative extent", () => [-2], ["SHAPE", "ARGUMENT"], /-2/],
  ["a fraction", () => [1.5], ["SHAPE", "ARGUMENT"], /1\.5/],
  ["NaN", () => [Number.NaN], ["SHAPE", "ARGUMENT"], /NaN/],
  ["a word", () => "ab", ["SHAPE", "ARGUMENT"], /"ab"/],
  ["words", () => ["2"], ["SHAPE", "ARGUMENT"], /"2"/],
  ["null", () => null, ["SHAPE", "ARGUMENT"], /null/],
  ["a function", () => () => [2], ["SHAPE", "ARGUMENT"], /a function/],
  ["a symbol", () => [Symbol("n")], ["SHAPE", "ARGUMENT"], /Symbol\(n\)/],
  ["a bigint", () => [2n], ["SHAPE", "ARGUMENT"], /2n/],
  ["a tensor", () => tensor([2]), ["SHAPE", "ARGUMENT"], /float64\[1\]/],
  ["a nested array", () => [[2]], ["SHAPE", "ARGUMENT"], /\[.*\]/],
  ["33 axes", () => new Array(33).fill(1), ["SHAPE", "ARGUMENT"], /33|1,1,1/],
  ["more than memory", () => [2 ** 52], ["SHAPE", "ARGUMENT"], /4503599627370496|bytes/],
  ["more than numbers hold", () => [1e200, 1e200], ["SHAPE", "ARGUMENT"], /Infinity|1e\+200|bytes/],
];

describe("in a shape's place", () => {
  for (const [name, calls] of Object.entries(places.shapePlaces))
    describe(name, () => {
      test.each(notShapes)("%s", (...junk) => {
        for (const call of calls) expectRefused(name, call, junk);
      });
    });
});

const notNumbers: readonly Junk[] = [
  ["NaN", () => Number.NaN, ["ARGUMENT", "SHAPE"], /NaN/],
  ["Infinity", () => Number.POSITIVE_INFINITY, ["ARGUMENT", "SHAPE"], /Infinity/],
  ["null", () => null, ["ARGUMENT", "SHAPE"], /null|"a"/],
  ["a word", () => "1", ["ARGUMENT", "SHAPE"], /"1"/],
  ["a function", () => () => 1, ["ARGUMENT", "SHAPE"], /a function/],
  ["a symbol", () => Symbol("n"), ["ARGUMENT", "SHAPE"], /Symbol\(n\)/],
  ["a bigint", () => 1n, ["ARGUMENT", "SHAPE"], /1n/],
  ["true", () => true, ["ARGUMENT", "SHAPE"], /true/],
  ["a tensor", () => tensor([1]), ["ARGUMENT", "SHAPE"], /float64\[1\]/],
  ["a tensor that was disposed of", disposed, ["ARGUMENT", "SHAPE"], /float64\[2\]/],
];

describe("in a number's place", () => {
  for (const [name, calls] of Object.entries(places.numberPlaces))
    describe(name, () => {
      test.each(notNumbers)("%s", (...junk) => {
        for (const call of calls) expectRefused(name, call, junk);
      });
    });
});

const notIntegers: readonly Junk[] = [
  ...notNumbers,
  ["a fraction", () => 0.5, ["ARGUMENT", "SHAPE"], /0\.5/],
  ["more than can be meant", () => 1e300, ["ARGUMENT", "SHAPE"], /1e\+300|bytes|Infinity/],
];
/** Where any whole number is one. */
const boundless = new Set(["slice", "setSlice", "addSlice", "tril", "triu", "diagonal", "eye"]);

describe("in a whole number's place", () => {
  for (const [name, calls] of Object.entries(places.integerPlaces))
    describe(name, () => {
      test.each(notIntegers)("%s", (...junk) => {
        if (junk[0] === "more than can be meant" && boundless.has(name)) return;
        for (const call of calls) expectRefused(name, call, junk);
      });
    });
});

const notOptions: readonly Junk[] = [
  ["null", () => null, "ARGUMENT", /null/],
  ["a word", () => "dtype", "ARGUMENT", /"dtype"/],
  ["a number", () => 3, "ARGUMENT", /3/],
  ["true", () => true, "ARGUMENT", /true/],
  ["an array", () => [], "ARGUMENT", /\[\]/],
  ["a function", () => () => ({}), "ARGUMENT", /a function/],
  ["a symbol", () => Symbol("o"), "ARGUMENT", /Symbol\(o\)/],
  ["a date", () => new Date(), "ARGUMENT", /a Date/],
  ["a map", () => new Map(), "ARGUMENT", /a Map/],
  ["a tensor", () => tensor([1]), "ARGUMENT", /float64\[1\]/],
];

/** What an option of a kind must not hold. */
const notHeld: Readonly<Record<string, readonly unknown[]>> = {
  boolean: [1, "yes", null, [], Symbol("b")],
  number: ["1", null, Number.NaN, true, [1], Symbol("n"), 1n],
  string: [1, null, [], Symbol("s")],
  choice: ["no such thing", Symbol("c"), () => 1, 1n],
  tensors: [3, "x", null, [null]],
};

describe("in the place of options", () => {
  for (const [name, [call, kinds]] of Object.entries(places.optionPlaces))
    describe(name, () => {
      // What comes last may also be one more vector.
      if (name !== "meshgrid") test.each(notOptions)("%s", (...junk) => expectRefused(name, call, junk));

      test("an unknown key", () => {
        const known = Object.keys(kinds)[0];
        const junk = () => ({ typo: 1 });
        expectRefused(name, call, ["an unknown key", junk, "ARGUMENT", /unknown option "typo"/]);
        expectRefused(name, call, ["an unknown key", junk, "ARGUMENT", known]);
      });

      for (const [key, kind] of Object.entries(kinds))
        test.each((notHeld[kind] ?? []).map((value) => [`${key}: ${String(value)}`, value]))(
          "%s",
          (what, value) => {
            const codes: readonly Code[] = key === "dtype" ? ["DTYPE"] : ["ARGUMENT"];
            expectRefused(name, call, [what, () => ({ [key]: value }), codes, /./]);
          },
        );
    });
});
