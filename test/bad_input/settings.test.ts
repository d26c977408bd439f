import { AssertionError } from "node:assert";
import * as ad from "adjoint";
import { testing, tree } from "adjoint";
import { expect, test } from "vitest";
import { refuses, wrong, zeros } from "./refusals.js";

refuses({
  "tree.map": [
    [
      "trees that differ",
      () => tree.map((x) => x, { a: 1 }, wrong({ b: 1 })),
      "argument",
      "{ a: * }",
      "{ b: * }",
    ],
    ["trees of different length", () => tree.map((x) => x, [zeros(1)], wrong([])), "argument", "[*]", "[]"],
  ],
  "tree.ravel": [
    [
      "a way back from another length",
      () => tree.ravel({ a: zeros(2) })[1](zeros(3)),
      "argument",
      "2 elements",
      "float64[3]",
    ],
    [
      "a way back from a matrix",
      () => tree.ravel({ a: zeros(2) })[1](zeros(1, 2)),
      "argument",
      "float64[1,2]",
    ],
    ["a way back from a word", () => tree.ravel({ a: zeros(2) })[1](wrong("x")), "dtype", '"x"'],
  ],
  "tree.leaves": [
    [
      "a tree of itself",
      () => {
        const loop: Record<string, unknown> = {};
        loop.self = loop;
        return tree.leaves(loop);
      },
      "argument",
      "holds itself",
    ],
  ],
  "testing.assertAllClose": [
    ["a negative tolerance", () => testing.assertAllClose(1, 1, { atol: -1 }), "argument", "atol is -1"],
    ["under vmap", () => ad.vmap((x) => wrong(testing.assertAllClose(x, x)))(zeros(2)), "argument", "where"],
  ],
  tidy: [
    ["a result that is no tree", () => ad.tidy(() => new Map()), "argument", "Map"],
    [
      "a result that was disposed of",
      () =>
        ad.tidy(() => {
          const x = zeros(1);
          x.dispose();
          return x;
        }),
      "disposed",
      "after dispose()",
    ],
  ],
  setNumThreads: [
    ["none", () => ad.setNumThreads(0), "argument", "0"],
    ["too many", () => ad.setNumThreads(1e6), "argument", "1000000"],
  ],
  setPrintOptions: [
    ["a negative precision", () => ad.setPrintOptions({ precision: -1 }), "argument", "precision", "-1"],
    [
      "a threshold of NaN",
      () => ad.setPrintOptions({ threshold: Number.NaN }),
      "argument",
      "threshold",
      "NaN",
    ],
    ["nothing", () => ad.setPrintOptions(wrong(undefined)), "argument", "undefined"],
  ],
  onWarning: [["no function", () => ad.onWarning(wrong(1)), "argument", "1"]],
});

test("assertAllClose refuses what differs with Node's own error", () => {
  expect(() => testing.assertAllClose([1, 2], [1, 3])).toThrow(AssertionError);
  expect(() => testing.assertAllClose([1, 2], [1, 3])).toThrow(/1 of 2 elements.*\[1\] expected 3, got 2/);
  expect(() => testing.assertAllClose([1, 2], [1])).toThrow("expected float64[1], got float64[2]");
});
