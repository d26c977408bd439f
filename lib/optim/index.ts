export { Adam, type AdamOptions, adam } from "./adam.js";
export type { GradientPair, Loss, Optimizer } from "./optimizer.js";
