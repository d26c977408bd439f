export { RandomState, randomState } from "./random_state.js";
