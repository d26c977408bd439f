import type { Tensor } from "adjoint";
import { expect, test } from "vitest";
import { numbersOf } from "./load.js";

test("gradients have the shapes of what was broadcast", async () => {
  const { dx, dy, dz } = await numbersOf<Record<"dx" | "dy" | "dz", Tensor>>("broadcast_matmul");
  expect(dx.toArray()).toEqual([
    [
      [-22, 18],
      [-22, 18],
    ],
    [
      [32, -16],
      [32, -16],
    ],
  ]);
  expect(dy.toArray()).toEqual([
    [66, -8],
    [80, -8],
  ]);
  expect(dz.toArray()).toEqual([
    [
      [5, 5],
      [-1, -1],
    ],
    [
      [18, 18],
      [-10, -10],
    ],
  ]);
});
