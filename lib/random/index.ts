export {
  type ChoiceOptions,
  Generator,
  generator,
  type IntegersOptions,
  type NormalOptions,
  type UniformOptions,
} from "./generator.js";
export { RandomState, randomState } from "./random_state.js";
export type { Seed } from "./seed_sequence.js";
