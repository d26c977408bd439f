import { matmul as operation } from "./ops/linalg/matmul.js";
import { withAsync } from "./transforms/asynchronous.js";

export const matmul = withAsync(operation);
