// The golden data, and its cases as functions.
import { readdirSync, readFileSync } from "node:fs";
import * as ad from "adjoint";
import { abs, grad, sum, type Tensor, tensor } from "adjoint";

export type Encoded = { tensor: { dtype: ad.DType; shape: number[]; data: (number | string | boolean)[] } };
export interface Case {
  fn: string;
  args: unknown[];
  spread?: boolean;
  options?: object;
  outputs_named?: string[];
  outputs: Encoded[];
  post?: Record<number, "abs">;
  diff?: number[];
  cotangents?: Record<number, Encoded>;
  vjp?: Encoded[];
  tangents?: Encoded[];
  jvp?: Encoded[];
  hvp?: Encoded[];
}
export interface Group {
  group: string;
  cases: Case[];
}

const folder = new URL("golden/", import.meta.url);
export const groups: Group[] = readdirSync(folder)
  .filter((file) => file.endsWith(".json"))
  .map((file) => JSON.parse(readFileSync(new URL(file, folder), "utf8")));

export const resolve = (name: string): unknown =>
  name.split(".").reduce<unknown>((scope, key) => (scope as Record<string, unknown> | undefined)?.[key], ad);

const isEncoded = (value: unknown): value is Encoded =>
  typeof value === "object" && value !== null && "tensor" in value;

export const inPrecision = (dtype: ad.DType, single: boolean): ad.DType =>
  single ? (({ float64: "float32", complex128: "complex64" } as const)[dtype as "float64"] ?? dtype) : dtype;

/** Re Σ ā b, of real tensors Σ a b: how cotangents pair with values and gradients with directions. */
export const paired = (a: Tensor, b: Tensor): Tensor => sum(a.conj().mul(b)).real();

export function decode({ tensor: { dtype, shape, data } }: Encoded, single: boolean): Tensor {
  return tensor(Float64Array.from(data, Number), { shape, dtype: inPrecision(dtype, single) });
}

/** A case as a function of the arguments that are differentiated. */
export function callable(c: Case, single: boolean) {
  const f = resolve(c.fn) as (...args: unknown[]) => unknown;
  const args = c.args.map((value) => (isEncoded(value) ? decode(value, single) : value));
  const differentiated = c.diff ?? [];
  const outputs = (...xs: Tensor[]): Tensor[] => {
    const full = [...args];
    differentiated.forEach((position, k) => {
      full[position] = xs[k];
    });
    const result = c.spread ? f(full, ...(c.options ? [c.options] : [])) : f(...full);
    const named = c.outputs_named?.map((name) => (result as Record<string, Tensor>)[name]);
    const list = named ?? (Array.isArray(result) ? (result as Tensor[]) : [result as Tensor]);
    return list.map((y, k) => (c.post?.[k] === "abs" ? abs(y) : y));
  };
  return { outputs, primals: differentiated.map((position) => args[position] as Tensor) };
}

/** The gradient of the loss that the cotangents weigh, as a function of the same arguments. */
export function gradientOf(c: Case, single: boolean) {
  const { outputs, primals } = callable(c, single);
  const cotangents = Object.entries(c.cotangents!).map(([k, ct]) => [Number(k), decode(ct, single)] as const);
  const loss = (...xs: Tensor[]): Tensor => {
    const ys = outputs(...xs);
    return cotangents.map(([k, ct]) => paired(ct, ys[k])).reduce((total, term) => total.add(term));
  };
  const argnums = primals.map((_, k) => k);
  return { gradient: grad(loss, { argnums }) as (...xs: Tensor[]) => Tensor[], primals, argnums };
}
