import { backward } from "../core/backward.js";
import { demand } from "../core/refusal.js";
import { ArgumentError, GradientError, showValue } from "../errors.js";
import { zeros } from "../ops/creation.js";
import { checkOptions } from "../options.js";
import { showOperand } from "../shape.js";
import { isDisposed, Tensor } from "../tensor.js";
import { Variable } from "../variable.js";
import { checkedCotangent, ended, seed } from "./reverse.js";

export interface GradientsOptions<U extends "error" | "zero" | "null" = "error"> {
  /** Cotangents of the ys: ones by default. */
  gradYs?: Tensor | readonly Tensor[];
  /** What an x gives that no y depends on. "error" by default. */
  unconnected?: U;
}

type Result<U> = U extends "null" ? Tensor | null : Tensor;

const describe = (x: Tensor, i: number): string =>
  x instanceof Variable ? `${x.name}, ${showOperand(x)}` : `xs[${i}], ${showOperand(x)}`;

/**
 * The gradient of the sum of all elements of the ys with respect to each x, after the fact: for values computed
 * from variables (at any time and inside any transform), or from the arguments of a transform that still runs.
 * Walking consumes nothing: `gradients` may be called again, and on its own results.
 * @throws GradientError for an x that no y depends on, unless `unconnected` says otherwise
 * @example const x = variable([1, 2]); gradients(x.square(), x) // [2, 4]
 */
export function gradients<U extends "error" | "zero" | "null" = "error">(
  ys: Tensor | readonly Tensor[],
  xs: Tensor,
  options?: GradientsOptions<U>,
): Result<U>;
export function gradients<const X extends readonly Tensor[], U extends "error" | "zero" | "null" = "error">(
  ys: Tensor | readonly Tensor[],
  xs: X,
  options?: GradientsOptions<U>,
): { -readonly [K in keyof X]: Result<U> };
export function gradients(
  ys: Tensor | readonly Tensor[],
  xs: Tensor | readonly Tensor[],
  options: GradientsOptions<"error" | "zero" | "null"> = {},
): Tensor | null | (Tensor | null)[] {
  checkOptions("gradients", options, ["gradYs", "unconnected"]);
  const { unconnected = "error", gradYs } = options;
  if (!["error", "zero", "null"].includes(unconnected))
    throw new ArgumentError(
      "gradients",
      `unconnected is ${showValue(unconnected)}, expected "error", "zero", "null"`,
    );
  const outputs = listOf("ys", ys);
  const inputs = listOf("xs", xs);
  const given = gradYs === undefined ? undefined : listOf("gradYs", gradYs as Tensor);
  if (given !== undefined && given.length !== outputs.length)
    throw new ArgumentError("gradients", `${outputs.length} ys but ${given.length} gradYs`);
  const cotangents = outputs.map((y, k) => {
    demand(y);
    if (given === undefined && y.element.complex)
      throw new GradientError(
        "gradients",
        `ys[${k}] is complex, ${showOperand(y)}, and has no gradient; real, imag and abs have, or give gradYs`,
      );
    return given === undefined ? seed(y) : checkedCotangent("gradients", y, given[k]);
  });
  const connected = inputs.filter((x) => x.node !== null);
  const found = backward(
    outputs.map((y) => y.node),
    cotangents,
    connected.map((x) => x.node!),
  );
  let next = 0;
  const results = inputs.map((x, i) => {
    const g = x.node === null ? null : ended(found[next++]);
    if (g !== null) return g;
    if (unconnected === "error")
      throw new GradientError(
        "gradients",
        `the ys do not depend on ${describe(x, i)}; unconnected: "zero" or "null" allows it`,
      );
    return unconnected === "zero" ? zeros(x.shape, { dtype: x.dtype }) : null;
  });
  return Array.isArray(xs) ? results : results[0];
}

function listOf(name: string, value: Tensor | readonly Tensor[]): Tensor[] {
  const list = value instanceof Tensor ? [value] : value;
  if (!Array.isArray(list))
    throw new ArgumentError("gradients", `expected ${name} to be a tensor or an array of tensors`);
  // Of an array with holes, too, every place is looked at.
  return Array.from(list, (x, i) => {
    if (!(x instanceof Tensor)) throw new ArgumentError("gradients", `${name}[${i}] is no tensor`);
    if (isDisposed(x)) x.concrete("gradients");
    return x;
  });
}
