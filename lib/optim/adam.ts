import { checkOptions } from "../convert.js";
import { zeros } from "../ops/creation.js";
import type { Tensor } from "../tensor.js";
import type { Variable } from "../variable.js";
import { Optimizer, type OptimizerOptions, positive, unitInterval } from "./optimizer.js";

export interface AdamOptions extends OptimizerOptions {
  /** Decay of the running mean of gradients. 0.9 by default. */
  beta1?: number;
  /** Decay of the running mean of squared gradients. 0.999 by default. */
  beta2?: number;
  /** Added to the root of the second moment. 1e-8 by default. */
  epsilon?: number;
}

interface Moments {
  steps: number;
  first: Tensor;
  second: Tensor;
}

/** Adam (Kingma and Ba 2015, algorithm 1) with bias correction. */
export class Adam extends Optimizer {
  private readonly beta1: number;
  private readonly beta2: number;
  private readonly epsilon: number;
  private readonly moments = new WeakMap<Variable, Moments>();

  constructor(options: AdamOptions) {
    super("adam", options, 0.001);
    checkOptions("adam", options, ["learningRate", "beta1", "beta2", "epsilon"]);
    this.beta1 = unitInterval("adam", "beta1", options.beta1 ?? 0.9);
    this.beta2 = unitInterval("adam", "beta2", options.beta2 ?? 0.999);
    this.epsilon = positive("adam", "epsilon", options.epsilon ?? 1e-8);
  }

  protected override step(variable: Variable, gradient: Tensor): Tensor {
    const zero = () => zeros(variable.shape, { dtype: variable.dtype });
    const state = this.moments.get(variable) ?? { steps: 0, first: zero(), second: zero() };
    state.steps += 1;
    state.first = state.first.mul(this.beta1).add(gradient.mul(1 - this.beta1));
    state.second = state.second.mul(this.beta2).add(gradient.square().mul(1 - this.beta2));
    this.moments.set(variable, state);
    const mean = state.first.div(1 - this.beta1 ** state.steps);
    const root = state.second.div(1 - this.beta2 ** state.steps).sqrt();
    return variable.read().sub(mean.mul(this.learningRate).div(root.add(this.epsilon)));
  }
}

/**
 * An Adam optimiser.
 * @see Kingma and Ba, "Adam: A method for stochastic optimization", 2015
 * @example const x = variable(1); optim.adam({ learningRate: 0.1 }).minimize(() => x.square(), [x])
 */
export const adam = (options: AdamOptions = {}): Adam => new Adam(options);
