import { Tensor, type TensorLike } from "../tensor.js";
import type { Primitive } from "./primitive.js";

/** Every primitive by name: what documentation and tests enumerate. */
export const primitives = new Map<string, Primitive>();

export function register<P, T extends Primitive<P>>(primitive: T): T {
  if (primitives.has(primitive.name)) throw new Error(`adjoint: two primitives named ${primitive.name}`);
  primitives.set(primitive.name, primitive as Primitive);
  return primitive;
}

type Operation = (x: TensorLike, ...rest: never[]) => unknown;
type AnyOperation = (x: TensorLike, ...rest: unknown[]) => unknown;

function install(
  name: string,
  operation: AnyOperation,
  method: (this: Tensor, ...rest: unknown[]) => unknown,
): void {
  // Stack traces and the console show names; functions that are made by other functions have none.
  for (const f of [operation, method]) Object.defineProperty(f, "name", { value: name });
  Object.defineProperty(Tensor.prototype, name, { value: method, writable: true, configurable: true });
}

/** Makes functions whose first argument is the tensor methods of `Tensor`; at most four arguments follow it. */
export function methods(operations: Record<string, Operation>): void {
  for (const [name, operation] of Object.entries(operations as Record<string, AnyOperation>))
    install(name, operation, function (this: Tensor, a: unknown, b: unknown, c: unknown, d: unknown) {
      return operation(this, a, b, c, d);
    });
}

/** The same for functions that take any number of arguments. */
export function variadicMethods(operations: Record<string, Operation>): void {
  for (const [name, operation] of Object.entries(operations as Record<string, AnyOperation>))
    install(name, operation, function (this: Tensor, ...rest: unknown[]) {
      return operation(this, ...rest);
    });
}

/** Makes functions of one tensor properties of `Tensor`. */
export function getters(properties: Record<string, (x: Tensor) => Tensor>): void {
  for (const [name, property] of Object.entries(properties))
    Object.defineProperty(Tensor.prototype, name, {
      get(this: Tensor) {
        return property(this);
      },
      configurable: true,
    });
}
