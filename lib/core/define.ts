import type { Tensor } from "../tensor.js";
import { bind } from "./bind.js";
import type { Linear, MaybeTensor, Primitive, PrimitiveDefinition, Rules } from "./primitive.js";
import { register } from "./registry.js";

/** Makes a primitive of its definition: derives the mode that was not written, and resolves names to masks. */
export function define<I extends string, O extends string, P>(
  definition: PrimitiveDefinition<I, O, P>,
): Primitive<P> {
  const { name, inputs, outputs, derivative } = definition;
  const names: readonly string[] = [...inputs, ...outputs];
  const rules = (): Pick<Rules<string, P>, "saves" | "vjp" | "jvp"> => {
    if ("transpose" in derivative) return linear(derivative, () => primitive);
    if ("vjp" in derivative) return derivative as Rules<string, P>;
    return { saves: {}, vjp: () => inputs.map(() => null), jvp: () => outputs.map(() => null) };
  };
  const { saves, vjp, jvp } = rules();
  const maskOf = (key: string): number =>
    ((saves as Record<string, readonly string[] | undefined>)[key] ?? []).reduce(
      (mask, saved) => mask | (1 << names.indexOf(saved)),
      0,
    );
  const primitive: Primitive<P> = {
    name,
    ...("transpose" in derivative && { linear: true as const }),
    refused: "refused" in derivative ? derivative.refused : null,
    outputCount: outputs.length,
    savedForInput: inputs.map(maskOf),
    savedForOutput: outputs.map(maskOf),
    evaluate: (x, params) => definition.run(x, definition.shape(x, params), params),
    composite: definition.composite ?? false,
    vjp,
    jvp,
    batch: definition.batch,
  };
  return register<P, Primitive<P>>(primitive);
}

/** A linear operation's pushforward is the operation itself. */
function linear<P>({ transpose }: Linear<P>, self: () => Primitive<P>): Rules<string, P> {
  return {
    saves: {},
    vjp: ([g], _values, [input], params) => [transpose(g as Tensor, input!, params)],
    jvp: ([t], _values, params): readonly MaybeTensor[] => [t === null ? null : bind(self(), [t], params)[0]],
  };
}
