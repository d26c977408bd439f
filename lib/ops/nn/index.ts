export { sigmoid } from "../special.js";
export { type EluOptions, elu, gelu, logSigmoid, relu, silu, softplus } from "./activation.js";
export { type CrossEntropyOptions, crossEntropy, type OneHotOptions, oneHot } from "./cross_entropy.js";
export { logSoftmax, softmax } from "./softmax.js";
