export { Adam, adam, type AdamOptions } from "./adam.js";
export type { GradientPair, Loss, Optimizer } from "./optimizer.js";
