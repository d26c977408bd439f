import { describe, expect, test } from "vitest";
import { expectAll } from "./checks.js";
import { samples } from "./samples.js";
import { variants } from "./variants.js";

test("variants are of operations that there are", () => {
  const names = new Set(Object.values(samples).flatMap((operations) => Object.keys(operations)));
  expect(Object.keys(variants).filter((name) => !names.has(name))).toEqual([]);
});

describe.each(Object.entries(variants))("%s", (_name, rows) => {
  test.each(Object.entries(rows))("%s", (_what, sample) => expectAll(sample));
});
