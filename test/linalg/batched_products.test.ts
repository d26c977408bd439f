import { complex, stack, type Tensor, vmap } from "adjoint";
import { test } from "vitest";
import { randomTensor } from "../random_values.js";
import { expectClose } from "./close.js";

/** The products of a batch, one by one. */
const oneByOne = (count: number, product: (i: number) => Tensor): Tensor =>
  stack(Array.from({ length: count }, (_, i) => product(i)));

const batch = 5;
const sizes = [
  [1, 1, 1],
  [1, 3, 4],
  [3, 1, 4],
  [12, 1, 20],
  [1, 12, 20],
  [10, 11, 12],
] as const;

/** The same numbers with the axes of the matrix in another order in memory, or from back to front. */
const layouts: readonly ((x: Tensor) => Tensor)[] = [
  (x) => x,
  (x) => x.mT.add(0).mT,
  (x) => x.flip(0).add(0).flip(0),
  (x) => x.flip(-1).add(0).flip(-1),
  (x) => x.moveAxis(0, -1).add(0).moveAxis(-1, 0),
];

for (const [m, n, k] of sizes)
  test(`a matrix that the whole batch shares, [${m},${k}] @ [${k},${n}]`, () => {
    const a = randomTensor([m, k], 1);
    const b = randomTensor([batch, k, n], 2);
    const c = randomTensor([batch, m, k], 3);
    const d = randomTensor([k, n], 4);
    const left = oneByOne(batch, (i) => a.matmul(b.slice(i)));
    const right = oneByOne(batch, (i) => c.slice(i).matmul(d));
    for (const layout of layouts) {
      expectClose(a.matmul(layout(b)), left);
      expectClose(layout(c).matmul(d), right);
    }
    const repeated = b.slice(0).broadcastTo([batch, k, n]);
    expectClose(a.matmul(repeated), left.slice([0, 1]).broadcastTo(left.shape));
  });

test("mapped products with a vector are those of each vector", () => {
  const a = randomTensor([7, 9], 1);
  const x = randomTensor([batch, 9], 2);
  const y = randomTensor([batch, 7], 3);
  const columns = vmap((v: Tensor) => a.matmul(v))(x);
  const rows = vmap((v: Tensor) => v.matmul(a))(y);
  for (let i = 0; i < batch; i++) {
    expectClose(columns.slice(i), a.matmul(x.slice(i)));
    expectClose(rows.slice(i), y.slice(i).matmul(a));
  }
  const z = complex(x, x.neg());
  const products = vmap((v: Tensor) => a.cast("complex128").matmul(v))(z);
  expectClose(products, complex(columns, columns.neg()));
});
