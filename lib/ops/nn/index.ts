export { sigmoid } from "../special.js";
export { logSoftmax, softmax } from "./softmax.js";
