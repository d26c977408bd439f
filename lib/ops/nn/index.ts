export { logSoftmax, softmax } from "./softmax.js";
export { sigmoid } from "../special.js";
