import { isTypedArray } from "../convert.js";
import { Tensor } from "../tensor.js";
import { type Compiled, compile } from "./compile.js";

// biome-ignore lint/suspicious/noExplicitAny: the arguments are each function's own
type AnyFunction = (...args: any[]) => unknown;

/** The same function with a form that runs in the background. */
export type WithAsync<F extends AnyFunction> = F & {
  /** The same in the background: a promise, while the event loop stays free. Results and errors arrive by it. */
  readonly async: (...args: Parameters<F>) => Promise<ReturnType<F>>;
};

const isOperand = (value: unknown): boolean =>
  value instanceof Tensor || typeof value === "number" || Array.isArray(value) || isTypedArray(value);

/** Gives a function of tensors, and then options, a form that runs in the background. */
export function withAsync<F extends AnyFunction>(f: F): WithAsync<F> {
  const programs = new Map<string, Compiled<(...operands: Tensor[]) => unknown>>();
  const async = (...args: unknown[]): Promise<unknown> => {
    const options = args.filter((arg) => !isOperand(arg));
    const key = JSON.stringify(options);
    let own = programs.get(key);
    if (own === undefined) {
      own = compile((...operands: Tensor[]) => f(...operands, ...options));
      programs.set(key, own);
    }
    return own.async(...(args.filter(isOperand) as Tensor[]));
  };
  return Object.assign(f, { async }) as WithAsync<F>;
}
