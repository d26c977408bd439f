import * as ad from "adjoint";
import { cast, grad, jvp, nn, stack, type Tensor, tensor, vmap } from "adjoint";
import { describe, expect, test } from "vitest";
import { expectClose } from "../linalg/close.js";
import { randomTensor } from "../random_values.js";

// Index arguments under vmap: each mapped or not, on any axis, like a loop.

const int = (values: readonly unknown[]): Tensor => cast(values as number[], "int32");
const x = randomTensor([3, 4], 1);
const xs = randomTensor([2, 3, 4], 2);
const values = randomTensor([3, 2], 3);
const several = randomTensor([2, 3, 2], 4);
const vector = (places: number[][]) => int(places);
const pairs = vector([
  [2, 0],
  [-1, 1],
]);
const triples = int([
  [
    [0, 3],
    [1, 1],
    [-2, 0],
  ],
  [
    [2, 2],
    [3, 0],
    [0, -1],
  ],
]);
const sorted = [0.1, 0.4, 0.9];
const manySorted = [sorted, [-1, 0, 0.5]];
const sought = randomTensor([2, 4], 5);
const logits = randomTensor([2, 3, 4], 6);
const labels = int([
  [0, 3, 1],
  [2, 2, 0],
]);

type Case = [
  name: string,
  f: (...xs: Tensor[]) => Tensor,
  mapped: (Tensor | null)[],
  fixed: (Tensor | null)[],
];

const none = null;
const cases: Case[] = [
  ["take, indices", (a, i) => ad.take(a, i, 1), [none, pairs], [x, none]],
  ["take, one index each", (a, i) => ad.take(a, i), [none, int([2, -1])], [x, none]],
  ["take, tensor", (a, i) => ad.take(a, i), [xs, none], [none, int([2, 0])]],
  ["take, both", (a, i) => ad.take(a, i, -1), [xs, pairs], [none, none]],
  ["takeAlongAxis, indices", (a, i) => ad.takeAlongAxis(a, i), [none, triples], [x, none]],
  ["takeAlongAxis, both", (a, i) => ad.takeAlongAxis(a, i, 1), [xs, triples], [none, none]],
  ["scatterAdd, indices", (a, i, v) => ad.scatterAdd(a, i, v), [none, triples, none], [x, none, values]],
  ["scatterAdd, all", (a, i, v) => ad.scatterAdd(a, i, v), [xs, triples, several], [none, none, none]],
  ["putAlongAxis, indices", (a, i, v) => ad.putAlongAxis(a, i, v), [none, triples, none], [x, none, values]],
  [
    "putAlongAxis, values",
    (a, i, v) => ad.putAlongAxis(a, i, v),
    [none, none, several],
    [x, triples.slice(0), none],
  ],
  ["searchSorted, values", (s, v) => ad.searchSorted(s, v), [none, sought], [tensor(sorted), none]],
  ["searchSorted, sorted", (s, v) => ad.searchSorted(s, v), [tensor(manySorted), none], [none, sought]],
  [
    "searchSorted, both",
    (s, v) => ad.searchSorted(s, v, { side: "right" }),
    [tensor(manySorted), sought],
    [none, none],
  ],
  ["oneHot", (i) => nn.oneHot(i.add(4).remainder(4), 4), [pairs], [none]],
  ["crossEntropy, labels", (a, i) => nn.crossEntropy(a, i), [none, labels], [logits.slice(0), none]],
  [
    "crossEntropy, logits",
    (a, i) => nn.crossEntropy(a, i, { reduction: "sum" }),
    [logits, none],
    [none, labels.slice(1)],
  ],
  [
    "crossEntropy, both",
    (a, i) => nn.crossEntropy(a, i, { reduction: "none" }),
    [logits, labels],
    [none, none],
  ],
  [
    "crossEntropy, one label each",
    (a, i) => nn.crossEntropy(a, i),
    [randomTensor([2, 4], 7), int([3, 1])],
    [none, none],
  ],
];

/** Every argument of a case for one element of the mapped axis. */
const at = (mapped: readonly (Tensor | null)[], fixed: readonly (Tensor | null)[], k: number): Tensor[] =>
  mapped.map((m, i) => (m === null ? fixed[i]! : m.slice(k)));

const isFloat = (t: Tensor): boolean => t.dtype === "float64";

function expectLikeLoop(f: (...xs: Tensor[]) => Tensor, [, , mapped, fixed]: Case): void {
  const args = mapped.map((m, i) => m ?? fixed[i]!);
  const loop = stack([0, 1].map((k) => f(...at(mapped, fixed, k))));
  const inAxes = mapped.map((m) => (m === null ? null : 0));
  const found = vmap(f, { inAxes })(...args);
  expect(found.dtype).toBe(loop.dtype);
  expectClose(found, loop.toArray(), 1e-13);
  // The same with the mapped axis last, and with the result's axis last.
  const moved = args.map((a, i) => (mapped[i] === null ? a : a.moveAxis(0, -1)));
  const lastAxes = mapped.map((m) => (m === null ? null : -1));
  expectClose(vmap(f, { inAxes: lastAxes, outAxes: -1 })(...moved), loop.moveAxis(0, -1).toArray(), 1e-13);
}

describe("index arguments under vmap", () => {
  test.each(cases)("%s", (...sample) => expectLikeLoop(sample[1], sample));

  test.each(cases.filter(([, f, mapped, fixed]) => isFloat(f(...at(mapped, fixed, 0)))))(
    "%s: gradients and tangents",
    (...sample) => {
      const [, f, mapped, fixed] = sample;
      const floats = at(mapped, fixed, 0).flatMap((a, i) => (isFloat(a) ? [i] : []));
      if (floats.length === 0) return;
      const [first] = floats;
      expectLikeLoop(
        (...args) =>
          grad(
            (...ys: Tensor[]) =>
              f(...ys)
                .sin()
                .sum(),
            { argnums: first },
          )(...args),
        sample,
      );
      expectLikeLoop((...args) => {
        const along = (a: Tensor): Tensor => f(...args.map((b, i) => (i === first ? a : b))).sin();
        return jvp(along, [args[first]], [args[first].cos()])[1];
      }, sample);
    },
  );

  test("an index out of range names the operation that was called", () => {
    for (const [name, call] of [
      ["take", (i: Tensor) => ad.take(x, i)],
      ["takeAlongAxis", (i: Tensor) => ad.takeAlongAxis(x, i.reshape([1, 1]))],
      ["scatterAdd", (i: Tensor) => ad.scatterAdd(x, i.reshape([1, 1]), 1)],
      ["oneHot", (i: Tensor) => nn.oneHot(i, 3)],
      ["crossEntropy", (i: Tensor) => nn.crossEntropy([1, 2, 3], i)],
    ] as const)
      expect(() => vmap(call)(int([0, 5]))).toThrow(new RegExp(`^${name}: .*5`));
  });

  test("a probability out of range, too", () => {
    const quantile = vmap((q) => ad.quantile([1, 2, 3], q));
    expect(() => quantile([0.5, 2])).toThrow(/^quantile: q is 2, expected a number from 0 to 1/);
    expect(() => vmap(quantile)([[0.5], [Number.NaN]])).toThrow(/^quantile: q is NaN/);
    expect(() => grad((q) => ad.quantile([1, 2, 3], q))(-0.1)).toThrow(/^quantile: q is -0.1/);
    expect(() => jvp((q) => ad.quantile([1, 2, 3], q).sum(), [[0.5, 1.1]], [[1, 1]])).toThrow(
      /^quantile: q is 1.1/,
    );
    expect(() => ad.quantile([1, 2, 3], [2])).toThrow(/^quantile: q is 2/);
  });
});
