import { floating, lift, liftPair, scalar } from "../convert.js";
import { leadingAxes } from "../core/batching.js";
import { bindOne } from "../core/bind.js";
import { define } from "../core/define.js";
import type { Primitive } from "../core/primitive.js";
import { methods } from "../core/registry.js";
import { complexOf, type ElementType, partOf } from "../dtype.js";
import { DTypeError } from "../errors.js";
import { executeBroadcast, kernel, kernelFor } from "../instruction.js";
import { broadcastShapes, showOperand } from "../shape.js";
import { empty, type Method, ownHandle, partView, type Tensor, type TensorLike } from "../tensor.js";

// The rules are transposes with respect to Re Σ g t, without a conjugate: see `backward`.

const conjKernel = kernel("conj");
const copyKernel = kernel("copy");

const conjPrimitive: Primitive<null> = define({
  name: "conj",
  inputs: ["x"],
  outputs: ["y"],
  shape: ([x], _params: null) => [{ shape: x.shape, element: x.element }],
  run([x], [{ shape, element }]) {
    const y = empty("conj", shape, element);
    if (y.size > 0) executeBroadcast("conj", kernelFor("conj", conjKernel, element), shape, [x, y]);
    return [y];
  },
  // Re(g t̄) = Re(ḡ t)
  derivative: { transpose: (g) => g.conj() },
  batch: leadingAxes(),
});

const realPrimitive: Primitive<null> = define({
  name: "real",
  inputs: ["x"],
  outputs: ["y"],
  shape: ([x], _params: null) => [{ shape: x.shape, element: partOf(x.element) }],
  run: ([x]) => [partView(x, "re")],
  derivative: { transpose: (g, x) => g.cast(x.element.name) },
  batch: leadingAxes(),
});

const imagPrimitive: Primitive<null> = define({
  name: "imag",
  inputs: ["x"],
  outputs: ["y"],
  shape: ([x], _params: null) => [{ shape: x.shape, element: partOf(x.element) }],
  run: ([x]) => [partView(x, "im")],
  // g Im t = Re(−i g t)
  derivative: { transpose: (g) => complex(0, g.neg()) },
  batch: leadingAxes(),
});

const complexPrimitive: Primitive<ElementType> = define<"re" | "im", "z", ElementType>({
  name: "complex",
  inputs: ["re", "im"],
  outputs: ["z"],
  shape: ([re, im], element) => [{ shape: broadcastShapes("complex", re.shape, im.shape), element }],
  run([re, im], [{ shape, element }]) {
    const z = empty("complex", shape, element);
    const id = kernelFor("complex", copyKernel, partOf(element));
    executeBroadcast("complex", id, shape, [re, partView(z, "re")]);
    executeBroadcast("complex", id, shape, [im, partView(z, "im")]);
    return [z];
  },
  derivative: {
    saves: {},
    // Re(g (a + i b)) = Re(g) a − Im(g) b
    vjp: ([g], _values, [wantsRe, wantsIm]) => [wantsRe && g!.real(), wantsIm && g!.imag().neg()],
    jvp: ([a, b], [, , z]) => [complex(a ?? 0, b ?? 0).broadcastTo(z.shape)],
  },
  batch: leadingAxes(),
});

/**
 * Complex numbers of their real and imaginary parts, which broadcast: float32 gives complex64, all else complex128.
 * @throws DTypeError for parts that are complex, ShapeError where they do not broadcast
 * @example complex([1, 2], [0, 3]) // [{ re: 1, im: 0 }, { re: 2, im: 3 }]
 */
export function complex(re: TensorLike, im: TensorLike): Tensor {
  const parts = liftPair("complex", re, im);
  for (const x of parts)
    if (x.element.complex) throw new DTypeError("complex", `expected real parts, got ${showOperand(x)}`);
  const element = complexOf(parts[0].element);
  const [a, b] = parts.map(floating);
  return bindOne(complexPrimitive, [a, b], element);
}

/** The real part, as a view; a real tensor is its own. @example real({ re: 1, im: 2 }) // 1 */
export function real(x: TensorLike): Tensor {
  const z = lift("real", x);
  return z.element.complex ? bindOne(realPrimitive, [z], null) : ownHandle(z);
}

/** The imaginary part, as a view; zeros for a real tensor. @example imag({ re: 1, im: 2 }) // 2 */
export function imag(x: TensorLike): Tensor {
  const z = lift("imag", x);
  return z.element.complex ? bindOne(imagPrimitive, [z], null) : scalar(0, z.element).broadcastTo(z.shape);
}

/** The complex conjugate; a real tensor is its own. @example conj({ re: 1, im: 2 }) // { re: 1, im: -2 } */
export function conj(x: TensorLike): Tensor {
  const z = lift("conj", x);
  return z.element.complex ? bindOne(conjPrimitive, [z], null) : ownHandle(z);
}

/**
 * The angle in (−π, π] between a number and the positive real axis; 0 or π for real numbers.
 * @example angle({ re: 0, im: 2 }) // 1.5707963267948966
 */
export function angle(x: TensorLike): Tensor {
  const z = lift("angle", x);
  return z.imag().atan2(z.real());
}

methods({ real, imag, conj, angle });

declare module "../tensor.js" {
  interface Tensor {
    real: Method<typeof real>;
    imag: Method<typeof imag>;
    conj: Method<typeof conj>;
    angle: Method<typeof angle>;
  }
}
