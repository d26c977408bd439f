import { compile, grad, jvp, stack, type Tensor, vmap } from "adjoint";
import { describe, expect, test } from "vitest";
import {
  type Case,
  callable,
  decode,
  type Encoded,
  gradientOf,
  groups,
  inPrecision,
  paired,
  resolve,
} from "./golden_cases.js";

type Mode = "forward" | "vjp" | "compiled" | "jvp" | "hvp" | "vmap";

/** Functions that the data covers and the library does not export yet. The list can only shrink. */
const notYetExported: string[] = [];

/** The largest element of the expected tensor scales the tolerance; NaN, infinities and dtypes must agree exactly. */
function expectClose(actual: Tensor, expected: Encoded, tolerance: number, single: boolean): void {
  const { shape, data } = expected.tensor;
  expect(actual.dtype).toBe(inPrecision(expected.tensor.dtype, single));
  expect([...actual.shape]).toEqual(shape);
  const a = Array.from(actual.toTypedArray());
  const b = data.map(Number);
  const scale = Math.max(1, ...b.filter(Number.isFinite).map(Math.abs));
  const wrong = b.findIndex(
    (value, i) =>
      !(
        a[i] === value ||
        (Number.isNaN(a[i]) && Number.isNaN(value)) ||
        Math.abs(a[i] - value) <= tolerance * scale
      ),
  );
  if (wrong >= 0) expect.fail(`element ${wrong} is ${a[wrong]}, expected ${b[wrong]} (scale ${scale})`);
}

function checkForward(c: Case, single: boolean): void {
  const { outputs, primals } = callable(c, single);
  const actual = outputs(...primals);
  expect(actual).toHaveLength(c.outputs.length);
  actual.forEach((y, k) => {
    expectClose(y, c.outputs[k], single ? 2e-4 : 1e-10, single);
  });
}

function checkGradient(c: Case, single: boolean): void {
  const { gradient, primals } = gradientOf(c, single);
  gradient(...primals).forEach((g, k) => {
    expectClose(g, c.vjp![k], single ? 2e-3 : 1e-9, single);
  });
}

/** The gradient as a program: what its first run gives, and a later one. */
function checkCompiled(c: Case): void {
  const { gradient, primals } = gradientOf(c, false);
  const compiled = compile(gradient);
  compiled(...primals);
  compiled(...primals).forEach((g, k) => {
    expectClose(g, c.vjp![k], 1e-9, false);
  });
}

/** The outputs that the cotangents weigh, differentiated forward. */
function checkPushforward(c: Case): void {
  const { outputs, primals } = callable(c, false);
  const weighed = Object.keys(c.cotangents!).map(Number);
  const tangents = c.tangents!.map((t) => decode(t, false));
  const [, found] = jvp((...xs: Tensor[]) => weighed.map((k) => outputs(...xs)[k]), primals, tangents);
  found.forEach((t, j) => {
    expectClose(t, c.jvp![weighed[j]], 1e-9, false);
  });
}

/** Mapped over a stack, every element is what the function gives for it alone; gradients too. */
function checkMapped(c: Case): void {
  const { outputs, primals } = callable(c, false);
  const other = primals.map((x) => x.mul(0.99));
  const stacked = primals.map((x, k) => stack([x, other[k], x]));
  const compare = (f: (...xs: Tensor[]) => Tensor[], tolerance: number): void => {
    const alone = [primals, other, primals].map((xs) => f(...xs));
    vmap(f)(...stacked).forEach((y, k) => {
      alone.forEach((expected, i) => {
        const { dtype, shape } = expected[k];
        const data = Array.from(expected[k].toTypedArray());
        expectClose(y.slice(i), { tensor: { dtype, shape: [...shape], data } }, tolerance, false);
      });
    });
  };
  compare(outputs, 1e-10);
  if (c.vjp) compare(gradientOf(c, false).gradient, 1e-9);
}

/** Reverse over reverse (the gradient of the gradient's product with the tangents), and forward over reverse. */
function checkSecond(c: Case): void {
  const { gradient, primals, argnums } = gradientOf(c, false);
  const tangents = c.tangents!.map((t) => decode(t, false));
  const [, forward] = jvp(gradient, primals, tangents);
  forward.forEach((h, k) => {
    expectClose(h, c.hvp![k], 1e-8, false);
  });
  const along = (...xs: Tensor[]): Tensor =>
    gradient(...xs)
      .map((g, k) => paired(tangents[k], g))
      .reduce((total, term) => total.add(term));
  const found = grad(along, { argnums })(...primals) as Tensor[];
  found.forEach((h, k) => {
    expectClose(h, c.hvp![k], 1e-8, false);
  });
}

const checks: Record<Mode, (c: Case, single: boolean) => void> = {
  forward: checkForward,
  vjp: checkGradient,
  compiled: checkCompiled,
  jvp: checkPushforward,
  hvp: checkSecond,
  vmap: checkMapped,
};

/** Single precision cannot represent what an order of a matrix norm tells apart. */
const needsDouble = (c: Case): boolean => c.fn === "linalg.matrixNorm" && Boolean(c.args[1]);

test("functions listed as not yet exported are not exported", () => {
  const exported = notYetExported.filter((name) => typeof resolve(name) === "function");
  expect(exported, "remove these from the list").toEqual([]);
});

test("every other function of the golden data is exported", () => {
  const names = new Set(groups.flatMap(({ cases }) => cases.map(({ fn }) => fn)));
  const missing = [...names].filter(
    (name) => typeof resolve(name) !== "function" && !notYetExported.includes(name),
  );
  expect(missing).toEqual([]);
  expect(notYetExported.filter((name) => !names.has(name))).toEqual([]);
});

for (const { group, cases } of groups)
  describe(`golden ${group}`, () => {
    for (const [index, c] of cases.entries()) {
      if (notYetExported.includes(c.fn)) continue;
      const modes: Mode[] = [
        "forward",
        ...(c.vjp ? (["vjp", "compiled"] as const) : []),
        ...(c.jvp ? ["jvp" as const] : []),
        ...(c.hvp ? ["hvp" as const] : []),
        ...(c.diff?.length ? ["vmap" as const] : []),
      ];
      for (const mode of modes) {
        test(`${index} ${c.fn} ${mode}`, () => checks[mode](c, false));
        if ((mode === "forward" || mode === "vjp") && !needsDouble(c))
          test(`${index} ${c.fn} ${mode} in float32`, () => checks[mode](c, true));
      }
    }
  });
