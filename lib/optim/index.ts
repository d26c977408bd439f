export { Adam, type AdamOptions, AdamW, type AdamWOptions, adam, adamw } from "./adam.js";
export type { GradientPair, Loss, Optimizer, OptimizerState } from "./optimizer.js";
export { Rmsprop, type RmspropOptions, rmsprop } from "./rmsprop.js";
export { Sgd, type SgdOptions, sgd } from "./sgd.js";
