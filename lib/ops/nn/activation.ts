import { floating, lift } from "../../convert.js";
import { methods } from "../../core/registry.js";
import { ArgumentError, showValue } from "../../errors.js";
import { checkOptions } from "../../options.js";
import type { Method, Tensor, TensorLike } from "../../tensor.js";

/**
 * log(1 + eˣ) without overflow; integers give float64.
 * @example nn.softplus([0, 1000]) // [0.6931471805599453, 1000]
 */
export const softplus = (x: TensorLike): Tensor => floating(lift("softplus", x)).logaddexp(0);

/**
 * log(1/(1 + e⁻ˣ)) without overflow; integers give float64.
 * @example nn.logSigmoid([0, -1000]) // [-0.6931471805599453, -1000]
 */
export const logSigmoid = (x: TensorLike): Tensor => floating(lift("logSigmoid", x)).neg().logaddexp(0).neg();

/**
 * max(x, 0); its derivative at 0 is 0. Integers stay integers.
 * @example nn.relu([-1, 2]) // [0, 2]
 */
export function relu(input: TensorLike): Tensor {
  const x = lift("relu", input);
  return x.lessEqual(0).where(0, x);
}

export interface EluOptions {
  /** The negative of the limit at −∞. 1 by default. */
  alpha?: number;
}

/**
 * x where it is positive, else α(eˣ − 1); integers give float64. The derivative at 0 is that of the second branch.
 * @see Clevert, Unterthiner and Hochreiter, "Fast and accurate deep network learning by exponential linear units", 2016
 * @example nn.elu([-1, 2]) // [-0.6321205588285577, 2]
 */
export function elu(input: TensorLike, options?: EluOptions): Tensor {
  checkOptions("elu", options, ["alpha"]);
  const alpha = options?.alpha ?? 1;
  if (typeof alpha !== "number" || Number.isNaN(alpha))
    throw new ArgumentError("elu", `alpha is ${showValue(alpha)}, expected a number`);
  const x = floating(lift("elu", input));
  const positive = x.greater(0);
  // The branch that is not taken must not overflow: its derivative would be 0 · ∞.
  const y = positive.where(0, x).expm1();
  return positive.where(x, alpha === 1 ? y : y.mul(alpha));
}

/**
 * x Φ(x), where Φ is the distribution function of the standard normal distribution, by the error function and not by
 * an approximation; integers give float64.
 * @see Hendrycks and Gimpel, "Gaussian error linear units (GELUs)", 2016
 * @example nn.gelu([0, 1]) // [0, 0.841344746068543]
 */
export function gelu(input: TensorLike): Tensor {
  const x = floating(lift("gelu", input));
  // Beyond 39 the density is less than the least number; at ±∞ derivatives would be ∞ · 0.
  const y = x.clip(-40, 40);
  return x.greater(39).where(x, y.mul(y.mul(-Math.SQRT1_2).erfc()).mul(0.5));
}

/**
 * x/(1 + e⁻ˣ), also known as swish; integers give float64.
 * @see Elfwing, Uchibe and Doya, "Sigmoid-weighted linear units", 2018
 * @example nn.silu([0, 1]) // [0, 0.7310585786300049]
 */
export function silu(input: TensorLike): Tensor {
  const x = floating(lift("silu", input));
  // Beyond 750 e⁻ˣ is less than the least number; at ±∞ derivatives would be ∞ · 0.
  const y = x.clip(-800, 800);
  return x.greater(750).where(x, y.mul(y.sigmoid()));
}

methods({ softplus, logSigmoid, relu, elu, gelu, silu });

declare module "../../tensor.js" {
  interface Tensor {
    softplus: Method<typeof softplus>;
    logSigmoid: Method<typeof logSigmoid>;
    relu: Method<typeof relu>;
    elu: Method<typeof elu>;
    gelu: Method<typeof gelu>;
    silu: Method<typeof silu>;
  }
}
