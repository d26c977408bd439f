export type { Format, FormatOf, Loaded } from "./format.js";
export { type Bytes, load, metadata, parse, type ReadOptions } from "./load.js";
export { type NamedTensors, save, serialize, type WriteOptions } from "./save.js";
export type { WideIntegers } from "./stored_elements.js";
