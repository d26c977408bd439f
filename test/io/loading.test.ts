import { compile, io, type Tensor } from "adjoint";
import { expect, test } from "vitest";

test("errors name the line of the user's, not of a part of the library", () => {
  const save = (x: Tensor): Tensor => {
    io.serialize(x, { format: "npy" });
    return x;
  };
  expect(() => compile(save)([1, 2])).toThrow(/loading\.test\.ts/);
});
