import { expect, test } from "vitest";
import { MT19937 } from "../../lib/random/mt19937.js";

/** From NumPy's RandomState(seed): the first four 32-bit integers, and the last three of 2000. */
const streams = [
  {
    seed: 0,
    first: [2357136044, 2546248239, 3071714933, 3626093760],
    last: [2525299565, 2908299069, 3856691381],
  },
  {
    seed: 100,
    first: [2333906440, 2882591512, 1195587395, 1769725799],
    last: [2785250148, 2568234703, 4064065248],
  },
  {
    seed: 123,
    first: [2991312382, 3062119789, 1228959102, 1840268610],
    last: [301088998, 1266563120, 3623448910],
  },
  {
    seed: 5489,
    first: [3499211612, 581869302, 3890346734, 3586334585],
    last: [2697422981, 3722662433, 3949147603],
  },
  {
    seed: 4294967295,
    first: [419326371, 479346978, 3918654476, 2416749639],
    last: [1284623406, 2390694165, 1762272365],
  },
];

test.each(streams)("32-bit integers of seed $seed", ({ seed, first, last }) => {
  const bits = new MT19937(seed);
  const values = Array.from({ length: 2000 }, () => bits.nextUint32());
  expect(values.slice(0, 4)).toEqual(first);
  expect(values.slice(-3)).toEqual(last);
});

test("a double takes 27 bits of one integer and 26 of the next", () => {
  const bits = new MT19937(100);
  const doubles = new MT19937(100);
  for (let i = 0; i < 1000; i++) {
    const high = bits.nextUint32() >>> 5;
    const low = bits.nextUint32() >>> 6;
    expect(doubles.nextDouble()).toBe((high * 67108864 + low) / 9007199254740992);
  }
});
