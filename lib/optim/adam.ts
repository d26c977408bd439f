import type { Tensor } from "../tensor.js";
import {
  notNegative,
  Optimizer,
  type OptimizerOptions,
  positive,
  shortfall,
  unitInterval,
} from "./optimizer.js";

export interface AdamOptions extends OptimizerOptions {
  /** Decay of the running mean of gradients. 0.9 by default. */
  beta1?: number;
  /** Decay of the running mean of squared gradients. 0.999 by default. */
  beta2?: number;
  /** Added to the root of the second moment. 1e-8 by default. */
  epsilon?: number;
}

const ADAM = ["learningRate", "beta1", "beta2", "epsilon"];

/** Adam (Kingma and Ba 2015, algorithm 1) with bias correction. */
export class Adam extends Optimizer {
  private readonly beta1: number;
  private readonly beta2: number;
  private readonly epsilon: number;
  protected override readonly kept = ["first", "second"];

  constructor(options: AdamOptions, name = "adam", known: readonly string[] = ADAM) {
    super(name, options, known, 0.001);
    this.beta1 = unitInterval(name, "beta1", options.beta1 ?? 0.9);
    this.beta2 = unitInterval(name, "beta2", options.beta2 ?? 0.999);
    this.epsilon = positive(name, "epsilon", options.epsilon ?? 1e-8);
  }

  protected override next(
    x: Tensor,
    gradient: Tensor,
    [m, v]: readonly Tensor[],
    steps: Tensor,
  ): readonly [Tensor, readonly Tensor[]] {
    const first = m.mul(this.beta1).add(gradient.mul(1 - this.beta1));
    const second = v.mul(this.beta2).add(gradient.square().mul(1 - this.beta2));
    const mean = first.div(shortfall(this.beta1, steps));
    const root = second.div(shortfall(this.beta2, steps)).sqrt();
    return [x.sub(mean.mul(this.learningRate).div(root.add(this.epsilon))), [first, second]];
  }
}

/**
 * An Adam optimiser.
 * @see Kingma and Ba, "Adam: A method for stochastic optimization", 2015
 * @example const x = variable(1); optim.adam({ learningRate: 0.1 }).minimize(() => x.square(), [x])
 */
export const adam = (options: AdamOptions = {}): Adam => new Adam(options);

export interface AdamWOptions extends AdamOptions {
  /** The share of each parameter, times the learning rate, that a step takes off. 0.01 by default. */
  weightDecay?: number;
}

/** Adam with decoupled weight decay. */
export class AdamW extends Adam {
  private readonly weightDecay: number;

  constructor(options: AdamWOptions) {
    super(options, "adamw", [...ADAM, "weightDecay"]);
    this.weightDecay = notNegative("adamw", "weightDecay", options.weightDecay ?? 0.01);
  }

  protected override next(
    x: Tensor,
    gradient: Tensor,
    moments: readonly Tensor[],
    steps: Tensor,
  ): readonly [Tensor, readonly Tensor[]] {
    return super.next(x.mul(1 - this.learningRate * this.weightDecay), gradient, moments, steps);
  }
}

/**
 * An Adam optimiser whose weight decay does not pass through the moments.
 * @see Loshchilov and Hutter, "Decoupled weight decay regularization", 2019, algorithm 2
 * @example const x = variable(1); optim.adamw({ weightDecay: 0.1 }).minimize(() => x.square(), [x])
 */
export const adamw = (options: AdamWOptions = {}): AdamW => new AdamW(options);
