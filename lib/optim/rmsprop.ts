import type { Tensor } from "../tensor.js";
import { Optimizer, type OptimizerOptions, positive, unitInterval } from "./optimizer.js";

export interface RmspropOptions extends OptimizerOptions {
  /** Decay of the running mean of squared gradients. 0.99 by default. */
  decay?: number;
  /** The share of the last step that is kept. 0 by default. */
  momentum?: number;
  /** Added to the root of the running mean. 1e-8 by default. */
  epsilon?: number;
}

/** RMSprop: gradients over the root of a running mean of their squares, which starts at zero. */
export class Rmsprop extends Optimizer {
  private readonly decay: number;
  private readonly momentum: number;
  private readonly epsilon: number;
  protected override readonly kept: readonly string[];

  constructor(options: RmspropOptions) {
    super("rmsprop", options, ["learningRate", "decay", "momentum", "epsilon"], 0.01);
    this.decay = unitInterval("rmsprop", "decay", options.decay ?? 0.99);
    this.momentum = unitInterval("rmsprop", "momentum", options.momentum ?? 0);
    this.epsilon = positive("rmsprop", "epsilon", options.epsilon ?? 1e-8);
    this.kept = this.momentum === 0 ? ["second"] : ["second", "velocity"];
  }

  protected override next(
    x: Tensor,
    gradient: Tensor,
    [v, last]: readonly Tensor[],
  ): readonly [Tensor, readonly Tensor[]] {
    const second = v.mul(this.decay).add(gradient.square().mul(1 - this.decay));
    const direction = gradient.div(second.sqrt().add(this.epsilon));
    if (this.momentum === 0) return [x.sub(direction.mul(this.learningRate)), [second]];
    const velocity = last.mul(this.momentum).add(direction);
    return [x.sub(velocity.mul(this.learningRate)), [second, velocity]];
  }
}

/**
 * An RMSprop optimiser.
 * @see Tieleman and Hinton, "Neural networks for machine learning", lecture 6.5, 2012
 * @example const x = variable(1); optim.rmsprop({ learningRate: 0.1 }).minimize(() => x.square(), [x])
 */
export const rmsprop = (options: RmspropOptions = {}): Rmsprop => new Rmsprop(options);
