import type { QrOptions, QrResult, TriangleOfQrResult } from "./ops/linalg/index.js";
import * as operations from "./ops/linalg/index.js";
import type { TensorLike } from "./tensor.js";
import { withAsync } from "./transforms/asynchronous.js";

export { matmul } from "./matmul.js";
export * from "./ops/linalg/index.js";

/** A promise for each signature of `qr`. */
interface AsyncQr {
  (a: TensorLike, options: QrOptions<"r"> & { mode: "r" }): Promise<TriangleOfQrResult>;
  (a: TensorLike, options?: QrOptions<"reduced" | "complete">): Promise<QrResult>;
}

/** Those that take long enough to be worth a thread of their own also have a form `f.async(...)`. */
export const eigh = withAsync(operations.eigh);
export const svd = withAsync(operations.svd);
export const inv = withAsync(operations.inv);
export const solve = withAsync(operations.solve);
export const cholesky = withAsync(operations.cholesky);
export const qr = withAsync(operations.qr) as typeof operations.qr & { readonly async: AsyncQr };
