// Compiled by tsc, never run: what files hold follows from their names, or from the format that is asked for.
import { type FormatError, io, type Tensor, type TensorLike } from "adjoint";
import { check, type Same } from "./same.js";

type Named = Record<string, Tensor>;
declare const path: string;
declare const url: URL;
declare const bytes: Uint8Array;
declare const buffer: ArrayBuffer;
declare const options: io.ReadOptions;

const byName = {
  npy: io.load("x.npy"),
  npz: io.load("folder/x.npz", { names: ["a"] }),
  safetensors: io.load("x.safetensors", { maxBytes: 1e6 }),
  template: io.load(`${path}.npz`),
  unknown: io.load(path),
  url: io.load(url),
};
check<Same<typeof byName.npy, Promise<Tensor>>>();
check<Same<typeof byName.npz, Promise<Named>>>();
check<Same<typeof byName.safetensors, Promise<Named>>>();
check<Same<typeof byName.template, Promise<Named>>>();
check<Same<typeof byName.unknown, Promise<Tensor | Named>>>();
check<Same<typeof byName.url, Promise<Tensor | Named>>>();

const byFormat = {
  npy: io.parse(bytes, { format: "npy" }),
  npz: io.parse(buffer, { format: "npz" }),
  safetensors: io.load(path, { format: "safetensors", wideIntegers: "float64" }),
  unknown: io.parse(bytes),
  given: io.parse(bytes, options),
};
check<Same<typeof byFormat.npy, Tensor>>();
check<Same<typeof byFormat.npz, Named>>();
check<Same<typeof byFormat.safetensors, Promise<Named>>>();
check<Same<typeof byFormat.unknown, Tensor | Named>>();
check<Same<typeof byFormat.given, Tensor | Named>>();

check<Same<Parameters<typeof io.save>[1], TensorLike | Readonly<Record<string, TensorLike>>>>();
check<Same<ReturnType<typeof io.save>, Promise<void>>>();
check<Same<ReturnType<typeof io.serialize>, Uint8Array>>();
check<Same<ReturnType<typeof io.metadata>, Promise<Record<string, string>>>>();
check<Same<FormatError["code"], "ERR_ADJOINT_FORMAT">>();

io.save("x.npz", { a: [1, 2], b: 3 }, { compress: true });
io.save(url, [1, 2], { format: "npy" });
// @ts-expect-error
io.save("x.npz", { a: "b" });
// @ts-expect-error
io.save(bytes, 1);
// @ts-expect-error
io.load("x.npy", { allowPickle: true });
// @ts-expect-error
io.load("x.npy", { format: "csv" });
// @ts-expect-error
io.parse("x.npy");
// @ts-expect-error
io.parse(bytes, { wideIntegers: "int64" });
// @ts-expect-error
io.serialize(1);
// @ts-expect-error
io.serialize(1, { compress: true });
