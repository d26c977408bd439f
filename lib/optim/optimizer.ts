import { listeningOnlyTo, VARIABLES } from "../core/levels.js";
import { ArgumentError, GradientError } from "../errors.js";
import { showOperand } from "../shape.js";
import { Tensor } from "../tensor.js";
import { gradients } from "../transforms/gradients.js";
import { Variable } from "../variable.js";

export interface OptimizerOptions {
  learningRate?: number;
}

/** A gradient beside the variable it belongs to. */
export interface GradientPair {
  readonly gradient: Tensor;
  readonly variable: Variable;
}

/** A loss: a scalar computed from the variables, or a function that computes it now. */
export type Loss = Tensor | (() => Tensor);

/** What all optimisers share: from a loss to gradient and variable pairs, from pairs to new values. */
export abstract class Optimizer {
  readonly learningRate: number;
  constructor(
    private readonly name: string,
    options: OptimizerOptions,
    learningRate: number,
  ) {
    this.learningRate = positive(name, "learningRate", options.learningRate ?? learningRate);
  }

  /** The variable's next value. */
  protected abstract step(variable: Variable, gradient: Tensor): Tensor;

  private evaluate(loss: Loss): Tensor {
    const y = typeof loss === "function" ? loss() : loss;
    if (!(y instanceof Tensor)) throw new GradientError(this.name, "the loss must be a tensor");
    if (y.size !== 1) throw new GradientError(this.name, `the loss must be a scalar, got ${showOperand(y)}`);
    return y;
  }

  private pairs(y: Tensor, variables: readonly Variable[]): GradientPair[] {
    if (!Array.isArray(variables) || variables.some((v) => !(v instanceof Variable)))
      throw new ArgumentError(this.name, "expected an array of variables");
    const found = gradients(y, variables);
    return found.map((gradient, i) => ({ gradient, variable: variables[i] }));
  }

  /**
   * The gradient of the loss for each variable, each with its variable.
   * @throws GradientError for a loss that is no scalar, or that does not depend on a variable
   */
  computeGradients(loss: Loss, variables: readonly Variable[]): GradientPair[] {
    return this.pairs(this.evaluate(loss), variables);
  }

  /** Moves each variable along its gradient. */
  applyGradients(pairs: Iterable<GradientPair>): void {
    const next = [...pairs].map(({ gradient, variable }) => {
      const g = gradient.concrete(this.name);
      return { variable, value: this.step(variable, g.node === null ? g : g.stopGradient()) };
    });
    for (const { variable, value } of next) variable.assign(value);
  }

  /** One step; gives the loss before it. */
  minimize(loss: Loss, variables: readonly Variable[]): Tensor {
    const y = this.evaluate(loss);
    // Nobody sees these gradients, so that their own derivatives need not be recorded.
    this.applyGradients(listeningOnlyTo(~VARIABLES, () => this.pairs(y, variables)));
    return y.stopGradient();
  }
}

export function positive(operation: string, name: string, value: number): number {
  if (!(value > 0 && value < Number.POSITIVE_INFINITY))
    throw new ArgumentError(operation, `${name} is ${value}, expected a positive number`);
  return value;
}

export function unitInterval(operation: string, name: string, value: number): number {
  if (!(value >= 0 && value < 1))
    throw new ArgumentError(operation, `${name} is ${value}, expected a number in [0, 1)`);
  return value;
}
