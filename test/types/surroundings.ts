// Compiled by tsc, never run: random numbers, optimisers, variables and settings.
import type * as ad from "adjoint";
import { optim, type random, type Tensor, type TensorLike, type Variable } from "adjoint";
import { check, none, type Same } from "./same.js";

type Size = number | readonly number[];

interface OfGenerator {
  normal: (size?: Size | random.NormalOptions, options?: random.NormalOptions) => Tensor;
  uniform: (size?: Size | random.UniformOptions, options?: random.UniformOptions) => Tensor;
  integers: (
    low: number,
    high: number,
    size?: Size | random.IntegersOptions,
    options?: random.IntegersOptions,
  ) => Tensor;
  permutation: (x: number | TensorLike) => Tensor;
  choice: (
    x: number | TensorLike,
    size?: Size | random.ChoiceOptions,
    options?: random.ChoiceOptions,
  ) => Tensor;
  categorical: (logits: TensorLike, size?: Size) => Tensor;
  multivariateNormal: (mean: TensorLike, covariance: TensorLike, size?: Size) => Tensor;
}
interface OfRandomState {
  randn: (...dims: number[]) => Tensor;
  rand: (...dims: number[]) => Tensor;
  multivariateNormal: (mean: TensorLike, covariance: TensorLike, size?: Size) => Tensor;
}
interface OfOptimizer {
  readonly learningRate: number;
  init: optim.Optimizer["init"];
  update: optim.Optimizer["update"];
  computeGradients: (loss: optim.Loss, variables: readonly Variable[]) => optim.GradientPair[];
  applyGradients: (pairs: Iterable<optim.GradientPair>) => void;
  minimize: (loss: optim.Loss, variables: readonly Variable[]) => Tensor;
}
interface Settings {
  info: () => ad.Info;
  memory: () => ad.Memory;
  getNumThreads: () => number;
  setNumThreads: (count: number) => void;
  getPrintOptions: () => ad.PrintOptions;
  setPrintOptions: (options: Partial<ad.PrintOptions>) => void;
  onWarning: (handler: (warning: ad.AdjointWarning) => void) => () => void;
  tidy: <T>(body: () => T) => T;
  variable: (x: TensorLike, options?: ad.VariableOptions) => Variable;
}

/** Names of members that are missing, that are more, or that have another type. */
type Different<Actual, Expected> =
  | Exclude<keyof Actual, keyof Expected>
  | {
      [K in keyof Expected]: K extends keyof Actual
        ? Same<Actual[K], Expected[K]> extends true
          ? never
          : K
        : K;
    }[keyof Expected];

none<Different<random.Generator, OfGenerator>>();
none<Different<random.RandomState, OfRandomState>>();
check<Same<typeof random.generator, (seed: random.Seed) => random.Generator>>();
check<Same<typeof random.randomState, (seed: number) => random.RandomState>>();
check<Same<random.Seed, number | bigint | readonly (number | bigint)[]>>();

none<Different<optim.Optimizer, OfOptimizer>>();
check<Same<typeof optim.sgd, (options?: optim.SgdOptions) => optim.Sgd>>();
check<Same<typeof optim.adam, (options?: optim.AdamOptions) => optim.Adam>>();
check<Same<typeof optim.adamw, (options?: optim.AdamWOptions) => optim.AdamW>>();
check<Same<typeof optim.rmsprop, (options?: optim.RmspropOptions) => optim.Rmsprop>>();
const state = optim.adam().init({ w: [1, 2], b: 0 });
check<Same<typeof state.moments, Readonly<Record<string, { w: Tensor; b: Tensor }>>>>();

none<Different<Pick<typeof ad, keyof Settings>, Settings>>();
check<Same<Exclude<keyof Variable, keyof Tensor>, "name" | "read" | "assign">>();
check<
  Same<
    typeof ad.testing.assertAllClose,
    (actual: TensorLike, expected: TensorLike, options?: ad.testing.AssertCloseOptions) => void
  >
>();
check<
  Same<
    typeof ad.testing.assertNoLeak,
    (body: () => unknown, options?: ad.testing.NoLeakOptions) => Promise<void>
  >
>();
