import { ArgumentError } from "../errors.js";
import type { Tensor } from "../tensor.js";
import { Optimizer, type OptimizerOptions, unitInterval } from "./optimizer.js";

export interface SgdOptions extends OptimizerOptions {
  /** The share of the last step's velocity that is kept. 0 by default. */
  momentum?: number;
  /** Whether the gradient counts as if it were taken one step further on; needs momentum. False by default. */
  nesterov?: boolean;
}

/** Gradient descent, with momentum if asked for: v ← μv + g, x ← x − ηv, or by Nesterov x ← x − η(g + μv). */
export class Sgd extends Optimizer {
  private readonly momentum: number;
  private readonly nesterov: boolean;
  protected override readonly kept: readonly string[];

  constructor(options: SgdOptions) {
    super("sgd", options, ["learningRate", "momentum", "nesterov"], 0.01);
    this.momentum = unitInterval("sgd", "momentum", options.momentum ?? 0);
    this.nesterov = options.nesterov ?? false;
    if (this.nesterov && this.momentum === 0)
      throw new ArgumentError("sgd", "nesterov needs a momentum greater than 0");
    this.kept = this.momentum === 0 ? [] : ["velocity"];
  }

  protected override next(
    x: Tensor,
    gradient: Tensor,
    [last]: readonly Tensor[],
  ): readonly [Tensor, readonly Tensor[]] {
    if (this.momentum === 0) return [x.sub(gradient.mul(this.learningRate)), []];
    const velocity = last.mul(this.momentum).add(gradient);
    const direction = this.nesterov ? velocity.mul(this.momentum).add(gradient) : velocity;
    return [x.sub(direction.mul(this.learningRate)), [velocity]];
  }
}

/**
 * Gradient descent: stochastic if the loss is that of a random sample.
 * @see Sutskever, Martens, Dahl and Hinton, "On the importance of initialization and momentum in deep learning", 2013
 * @example const x = variable(1); optim.sgd({ learningRate: 0.1 }).minimize(() => x.square(), [x])
 */
export const sgd = (options: SgdOptions = {}): Sgd => new Sgd(options);
