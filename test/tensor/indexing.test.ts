import { concat, flip, type SliceIndex, slice, stack, type Tensor, tensor } from "adjoint";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

type Nested = number | Nested[];
const counted = (shape: readonly number[]): Tensor => {
  const size = shape.reduce((product, n) => product * n, 1);
  return tensor(
    Float64Array.from({ length: size }, (_, i) => i),
    { shape },
  );
};
const nested = (x: Tensor): Nested => x.toArray() as Nested;

/** Python's rules for start:stop:step over n entries, as `range(n)[start:stop:step]`. */
function pythonRange(n: number, [start, stop, step]: readonly (number | null | undefined)[]): number[] {
  const by = step ?? 1;
  const resolve = (bound: number, low: number, high: number): number => {
    const from = bound < 0 ? bound + n : bound;
    return from < low ? low : from > high ? high : from;
  };
  const picked: number[] = [];
  if (by > 0) {
    const first = start == null ? 0 : resolve(start, 0, n);
    const end = stop == null ? n : resolve(stop, 0, n);
    for (let i = first; i < end; i += by) picked.push(i);
  } else {
    const first = start == null ? n - 1 : resolve(start, -1, n - 1);
    const end = stop == null ? -1 : resolve(stop, -1, n - 1);
    for (let i = first; i > end; i += by) picked.push(i);
  }
  return picked;
}

function naiveSlice(value: Nested, shape: readonly number[], indices: readonly SliceIndex[]): Nested {
  const at = indices.indexOf("...");
  const missing = shape.length - indices.length + (at < 0 ? 0 : 1);
  const filler = Array<null>(missing).fill(null);
  const full =
    at < 0 ? [...indices, ...filler] : [...indices.slice(0, at), ...filler, ...indices.slice(at + 1)];
  const walk = (entry: Nested, axis: number): Nested => {
    if (axis === shape.length) return entry;
    const index = full[axis] as number | null | readonly (number | null)[];
    const list = entry as Nested[];
    if (typeof index === "number") return walk(list[index < 0 ? index + shape[axis] : index], axis + 1);
    return pythonRange(shape[axis], index ?? []).map((i) => walk(list[i], axis + 1));
  };
  return walk(value, 0);
}

const bound = fc.oneof(fc.constant(null), fc.integer({ min: -8, max: 8 }));
const step = fc.oneof(fc.constant(null), fc.integer({ min: 1, max: 4 }), fc.integer({ min: -4, max: -1 }));
const range = fc.tuple(bound, bound, step);
const indexFor = (extent: number): fc.Arbitrary<SliceIndex> =>
  extent === 0
    ? fc.oneof(fc.constant(null), range)
    : fc.oneof(fc.constant(null), range, fc.integer({ min: -extent, max: extent - 1 }));
const shapes = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 4 });
const shapeWithIndices = shapes.chain((shape) =>
  fc.tuple(fc.constant(shape), fc.tuple(...shape.map(indexFor)), fc.nat(shape.length), fc.boolean()),
);

describe("slicing", () => {
  test("any slice, against Python's rules", () => {
    fc.assert(
      fc.property(shapeWithIndices, ([shape, indices, cut, ellipsis]) => {
        const given: SliceIndex[] = ellipsis
          ? [...indices.slice(0, cut).map(() => null), "...", ...indices.slice(cut)]
          : indices.slice(0, cut);
        const x = counted(shape);
        const kept =
          ellipsis && cut < shape.length ? [...Array(cut).fill(null), "...", ...indices.slice(cut)] : given;
        expect(nested(slice(x, ...kept))).toEqual(naiveSlice(nested(x), shape, kept));
      }),
      { numRuns: 500, seed: 1 },
    );
  });

  test("slices of slices of transposed views", () => {
    fc.assert(
      fc.property(shapeWithIndices, range, ([shape, indices], again) => {
        const x = counted(shape).T;
        const reversed = [...indices].reverse();
        const y = slice(x, ...reversed);
        const first = naiveSlice(nested(x), x.shape, reversed);
        expect(nested(y)).toEqual(first);
        if (y.ndim > 0) {
          expect(nested(y.slice(again))).toEqual(naiveSlice(first, y.shape, [again]));
          expect(nested(y.slice("...", again).add(0))).toEqual(naiveSlice(first, y.shape, ["...", again]));
          expect(y.slice(again).sum().item()).toBe(
            ([naiveSlice(first, y.shape, [again])].flat(9) as number[]).reduce((total, v) => total + v, 0),
          );
        }
      }),
      { numRuns: 300, seed: 2 },
    );
  });

  test("an index drops its axis, a range keeps it", () => {
    const x = counted([3, 4]);
    expect(x.slice(1).shape).toEqual([4]);
    expect(x.slice([1, 2]).shape).toEqual([1, 4]);
    expect(x.slice(1, 2).shape).toEqual([]);
    expect(x.slice().toArray()).toEqual(x.toArray());
    expect(x.slice([5, 9]).shape).toEqual([0, 4]);
    expect(slice(x, "...", -1).toArray()).toEqual([3, 7, 11]);
    expect(x.slice([]).shape).toEqual([3, 4]);
  });

  test("a view of a view sees the same values, and a result does not change with later work", () => {
    const x = counted([4, 6]);
    const y = x.slice([null, null, 2], [null, null, -3]).T.slice([null, null, -1]);
    expect(y.toArray()).toEqual([
      [2, 14],
      [5, 17],
    ]);
    expect(y.mul(1).toArray()).toEqual([
      [2, 14],
      [5, 17],
    ]);
    expect(y.reshape([4]).toArray()).toEqual([2, 14, 5, 17]);
    expect(y.toTypedArray()).toEqual(Float64Array.of(2, 14, 5, 17));
  });
});

describe("rearranging", () => {
  test("reshape of any view is the reshape of its copy", () => {
    fc.assert(
      fc.property(shapes, fc.boolean(), fc.boolean(), (shape, transposed, flipped) => {
        let x = counted(shape);
        if (transposed) x = x.T;
        if (flipped) x = flip(x, 0);
        const flat = [nested(x)].flat(9) as number[];
        expect(nested(x.reshape([-1].filter(() => x.size > 0).concat(x.size > 0 ? [] : [0])))).toEqual(flat);
        expect([nested(x.reshape([...x.shape, 1]))].flat(9)).toEqual(flat);
        expect(x.expandDims(0).squeeze(0).shape).toEqual(x.shape);
      }),
      { numRuns: 200, seed: 3 },
    );
  });

  test("transposes invert each other", () => {
    const x = counted([2, 3, 4]);
    for (const axes of [
      [0, 1, 2],
      [1, 2, 0],
      [2, 0, 1],
      [-1, 0, 1],
    ]) {
      const inverse = axes.map((_, i) => axes.map((axis) => (axis + 3) % 3).indexOf(i));
      expect(x.transpose(axes).transpose(inverse).toArray()).toEqual(x.toArray());
    }
    expect(x.moveAxis(0, -1).shape).toEqual([3, 4, 2]);
    expect(x.mT.shape).toEqual([2, 4, 3]);
    expect(x.T.at(3, 2, 1)).toBe(23);
  });

  test("joining without an axis", () => {
    const parts = [
      [
        [1, 2],
        [3, 4],
      ],
      5,
      [],
    ];
    expect(concat(parts, null).toArray()).toEqual([1, 2, 3, 4, 5]);
    expect(concat(parts, { axis: null }).shape).toEqual([5]);
  });

  test("joining undoes slicing", () => {
    fc.assert(
      fc.property(shapes, fc.nat(6), (shape, at) => {
        const x = counted(shape);
        const axis = at % shape.length;
        const place = Array<null>(axis).fill(null);
        const cut = at % (shape[axis] + 1);
        const parts = [x.slice(...place, [0, cut]), x.slice(...place, [cut, null])];
        expect(concat(parts, axis).toArray()).toEqual(x.toArray());
        const rows = Array.from({ length: shape[axis] }, (_, i) => x.slice(...place, i));
        if (rows.length > 0) expect(stack(rows, axis).toArray()).toEqual(x.toArray());
      }),
      { numRuns: 200, seed: 4 },
    );
  });

  test("triangles and diagonals", () => {
    const x = counted([3, 3]).add(1);
    expect(x.tril().toArray()).toEqual([
      [1, 0, 0],
      [4, 5, 0],
      [7, 8, 9],
    ]);
    expect(x.triu({ k: 1 }).toArray()).toEqual([
      [0, 2, 3],
      [0, 0, 6],
      [0, 0, 0],
    ]);
    expect(x.diagonal().toArray()).toEqual([1, 5, 9]);
    expect(x.diagonal({ offset: -1 }).toArray()).toEqual([4, 8]);
    expect(x.diagonal({ offset: 5 }).shape).toEqual([0]);
    expect(x.slice(0).diag().toArray()).toEqual([
      [1, 0, 0],
      [0, 2, 0],
      [0, 0, 3],
    ]);
    expect(
      tensor([
        [Number.NaN, Number.NaN],
        [1, Number.NaN],
      ])
        .tril({ k: -1 })
        .toArray(),
    ).toEqual([
      [0, 0],
      [1, 0],
    ]);
  });
});
