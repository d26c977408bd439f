import { listeningOnlyTo, VARIABLES } from "../core/levels.js";
import { tracing } from "../core/tracing.js";
import { flatten, leavesLike, type TreeDefinition, unflatten } from "../core/tree.js";
import type { Cotangent } from "../core/tree_types.js";
import { ArgumentError, DTypeError, GradientError, ShapeError, showValue } from "../errors.js";
import { tensor, zeros } from "../ops/creation.js";
import { checkOptions } from "../options.js";
import { sameShape, showOperand } from "../shape.js";
import { Tensor } from "../tensor.js";
import { compile } from "../transforms/compile.js";
import { gradients } from "../transforms/gradients.js";
import { variable as makeVariable, storable, Variable } from "../variable.js";

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

/** What an optimiser knows after some steps: a tree, like the parameters that it belongs to. */
export interface OptimizerState<P> {
  /** How many steps there were, a 0-d tensor. */
  readonly steps: Tensor;
  /** Running means and their kind by name, each of them like the parameters. */
  readonly moments: Readonly<Record<string, Cotangent<P>>>;
}

const isPair = (pair: unknown): pair is GradientPair =>
  typeof pair === "object" &&
  pair !== null &&
  (pair as GradientPair).gradient instanceof Tensor &&
  (pair as GradientPair).variable instanceof Variable;

/** The next value of a parameter, the next number of steps and the next moments. */
type Move = (x: Tensor, gradient: Tensor, steps: Tensor, ...moments: Tensor[]) => Tensor[];

/** What is kept of one variable: the number of steps, then the moments. */
interface Memory {
  readonly kept: readonly Variable[];
  readonly move: Move;
}

/**
 * What all optimisers share: from a loss to gradient and variable pairs, from pairs to new values; and the same steps
 * as functions of trees, without variables.
 */
export abstract class Optimizer {
  private readonly memories = new WeakMap<Variable, Memory>();
  private readonly moves = new Map<string, Move>();
  private readonly rate: number;
  constructor(
    private readonly name: string,
    options: OptimizerOptions,
    known: readonly string[],
    learningRate: number,
  ) {
    checkOptions(name, options, known);
    this.rate = positive(name, "learningRate", options.learningRate ?? learningRate);
  }

  /** Fixed, as all options are: programs are made with it. */
  get learningRate(): number {
    return this.rate;
  }

  /** The names of what is kept of each parameter, which starts at zero. */
  protected abstract readonly kept: readonly string[];

  /** The next value of a parameter and of what is kept of it. This is step number `steps`, from 1 on. */
  protected abstract next(
    x: Tensor,
    gradient: Tensor,
    moments: readonly Tensor[],
    steps: Tensor,
  ): readonly [value: Tensor, moments: readonly Tensor[]];

  private memoryOf(variable: Variable): Memory {
    const known = this.memories.get(variable);
    if (known !== undefined) return known;
    const { name, shape, dtype } = variable;
    const steps = makeVariable(0, { name: `steps of ${name}` });
    const moments = this.kept.map((moment) =>
      makeVariable(zeros(shape, { dtype }), { name: `${moment} of ${name}` }),
    );
    const own = { kept: [steps, ...moments], move: this.moveOf(showOperand(variable)) };
    this.memories.set(variable, own);
    return own;
  }

  /** One program serves all variables of a shape and a dtype: a step is one native call. */
  private moveOf(kind: string): Move {
    const known = this.moves.get(kind);
    if (known !== undefined) return known;
    const move = compile((x: Tensor, gradient: Tensor, steps: Tensor, ...moments: Tensor[]): Tensor[] => {
      const count = steps.add(1);
      // Beside a float32 parameter the number of steps is a number like any other.
      const [value, after] = this.next(x, gradient, moments, count.cast(x.dtype));
      return [value, count, ...after];
    });
    this.moves.set(kind, move);
    return move;
  }

  /**
   * The state before the first step, for `update`: zeros like each parameter.
   * @throws DTypeError for parameters that are not float32 or float64
   */
  init<P>(params: P): OptimizerState<P> {
    const leaves: Tensor[] = [];
    const definition = flatten(this.name, params, leaves);
    for (const x of leaves)
      if (!x.element.floating || x.element.complex)
        throw new DTypeError(this.name, `expected float32 or float64 parameters, got ${showOperand(x)}`);
    const moments = this.kept.map(() => leaves.map((x) => zeros(x.shape, { dtype: x.dtype })));
    return { steps: tensor(0), moments: this.named(definition, moments) as OptimizerState<P>["moments"] };
  }

  private named(
    definition: TreeDefinition,
    moments: readonly (readonly Tensor[])[],
  ): Record<string, unknown> {
    return Object.fromEntries(this.kept.map((name, i) => [name, unflatten(definition, moments[i])]));
  }

  /**
   * One step without variables: the next parameters and the next state, from gradients like the parameters and from
   * the state that `init` or the last step gave. Pure: nothing is changed, and derivatives go through it.
   * @throws ArgumentError for trees that differ, ShapeError for gradients of another shape
   * @example
   * const sgd = optim.sgd({ learningRate: 0.1 });
   * const params = { w: tensor([3, 4]) };
   * const gradients = { w: grad((w) => w.square().sum())(params.w) };
   * const [next, state] = sgd.update(gradients, sgd.init(params), params);
   * next // { w: [2.4, 3.2] }
   */
  update<P>(
    gradients: P | Cotangent<P>,
    state: OptimizerState<P>,
    params: P,
  ): [params: Cotangent<P>, state: OptimizerState<P>] {
    const leaves: Tensor[] = [];
    const definition = flatten(this.name, params, leaves);
    const slopes = leavesLike(this.name, definition, gradients);
    if (typeof state !== "object" || state === null || !("moments" in state) || !("steps" in state))
      throw new ArgumentError(this.name, "expected the state that init or the last update gave");
    const before = this.kept.map((name) => leavesLike(this.name, definition, state.moments[name]));
    const steps = tensor(state.steps).add(1);
    const after = leaves.map((x, i) => {
      if (!sameShape(x.shape, slopes[i].shape))
        throw new ShapeError(
          this.name,
          `a parameter ${showOperand(x)} has a gradient ${showOperand(slopes[i])}`,
        );
      const moments = before.map((moment) => moment[i]);
      return this.next(x, slopes[i], moments, steps.cast(x.dtype));
    });
    const moments = this.named(
      definition,
      this.kept.map((_, k) => after.map(([, kept]) => kept[k])),
    );
    const values = after.map(([value]) => value);
    return [
      unflatten(definition, values) as Cotangent<P>,
      { steps, moments: moments as OptimizerState<P>["moments"] },
    ];
  }

  private evaluate(loss: Loss): Tensor {
    const y = typeof loss === "function" ? loss() : loss;
    if (!(y instanceof Tensor))
      throw new GradientError(this.name, `the loss must be a tensor, got ${showValue(y)}`);
    if (y.size !== 1) throw new GradientError(this.name, `the loss must be a scalar, got ${showOperand(y)}`);
    return y;
  }

  private pairs(y: Tensor, variables: readonly Variable[]): GradientPair[] {
    if (!Array.isArray(variables) || variables.some((v) => !(v instanceof Variable)))
      throw new ArgumentError(this.name, `expected an array of variables, got ${showValue(variables)}`);
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

  /** The value now, for a run that keeps nothing. */
  private current(variable: Variable): Tensor {
    return tracing === null ? variable.borrow(this.name) : variable.read();
  }

  /**
   * Moves each variable along its gradient: all of them, or none where one cannot be. One that occurs twice is moved
   * twice.
   * @throws ShapeError, DTypeError for a gradient of another shape or a higher dtype than its variable's
   */
  applyGradients(pairs: Iterable<GradientPair>): void {
    const given: unknown[] =
      typeof pairs === "object" && pairs !== null && Symbol.iterator in pairs ? [...pairs] : [pairs];
    if (!given.every(isPair))
      throw new ArgumentError(
        this.name,
        `expected pairs { gradient, variable } of a tensor and a variable, got ${showValue(pairs)}`,
      );
    const next = new Map<Variable, Tensor>();
    const now = (variable: Variable): Tensor => next.get(variable) ?? this.current(variable);
    for (const { gradient, variable } of given) {
      const both = () =>
        `${variable.name} is ${showOperand(variable)}, its gradient ${showOperand(gradient)}`;
      if (!sameShape(gradient.shape, variable.shape)) throw new ShapeError(this.name, both());
      const g = storable(this.name, gradient);
      const { kept, move } = this.memoryOf(variable);
      const [steps, ...moments] = kept.map(now);
      const moved = move(now(variable), g.node === null ? g : g.stopGradient(), steps, ...moments);
      [variable, ...kept].forEach((own, i) => {
        if (moved[i].element !== own.element) throw new DTypeError(this.name, both());
        next.set(own, moved[i]);
      });
    }
    for (const [variable, value] of next) variable.become(value);
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
  if (typeof value !== "number" || !(value > 0 && value < Number.POSITIVE_INFINITY))
    throw new ArgumentError(operation, `${name} is ${showValue(value)}, expected a positive number`);
  return value;
}

export function unitInterval(operation: string, name: string, value: number): number {
  if (!(value >= 0 && value < 1))
    throw new ArgumentError(operation, `${name} is ${showValue(value)}, expected a number in [0, 1)`);
  return value;
}

/** 1 − βᵗ, by which a running mean that started at zero falls short of a mean. */
export const shortfall = (beta: number, steps: Tensor): Tensor => steps.mul(Math.log(beta)).expm1().neg();

export function notNegative(operation: string, name: string, value: number): number {
  if (!(value >= 0 && value < Number.POSITIVE_INFINITY))
    throw new ArgumentError(
      operation,
      `${name} is ${showValue(value)}, expected a number that is not negative`,
    );
  return value;
}
