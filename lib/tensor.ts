import type { Node } from "./core/graph.js";
import type { Wrapper } from "./core/wrapper.js";
import {
  type DType,
  type ElementType,
  type ElementValue,
  partOf,
  type TypedArray,
  type TypedArrayOf,
} from "./dtype.js";
import { ArgumentError, DisposedError, DTypeError, showValue } from "./errors.js";
import { executeBroadcast, kernel, kernelFor } from "./instruction.js";
import { checkOptions } from "./options.js";
import { formatArray, formatTensor } from "./print.js";
import { recorder } from "./recorder.js";
import { note, scope } from "./scope.js";
import { isRowMajor, normalizeAxis, rowMajorStrides, type Shape, showShape, sizeOf } from "./shape.js";
import { adopt, allocate, recycle, type Storage } from "./storage.js";

/** Nested plain arrays, as a tensor reads out. */
export type NestedArray<T> = T | readonly NestedArray<T>[];
/** What `tensor()` takes, and every operation in a tensor's place. */
export type TensorLike = Tensor | NestedArray<ElementValue> | TypedArray;

/** A tensor as plain data that can cross to another thread. */
export interface Transferable {
  dtype: DType;
  shape: number[];
  data: TypedArray;
}

export interface MoveOptions {
  /** Whether memory is given away rather than copied, where it can be. */
  move?: boolean;
}

/** The parts of a public function's type that its method has: all but the first argument. */
export type Method<F> = F extends (x: never, ...rest: infer R) => infer T ? (...rest: R) => T : never;

const copyKernel = kernel("copy");

/**
 * An immutable n-dimensional array of one dtype, a view of some storage.
 *
 * Operations are methods and functions alike: `x.add(y)` is `add(x, y)`. Nothing needs to be freed.
 */
export class Tensor {
  /** What the tape knows of this value; null when nobody listens. @internal */
  node: Node | null = null;
  constructor(
    /** @internal */ readonly element: ElementType,
    /** The extent of each axis. */
    readonly shape: Shape,
    /** The number of elements. */
    readonly size: number,
    /** In elements. @internal */ readonly strides: Shape,
    /** In elements, from the start of the storage. @internal */ readonly offset: number,
    /** Whether the elements lie in row-major order without gaps. @internal */ readonly contiguous: boolean,
    /** Null where a transform stands in for memory. @internal */ public storage: Storage | null,
    /** Present while a transform interprets operations on this tensor, and after `dispose`. @internal */
    public wrapper: Wrapper | null = null,
  ) {}

  get dtype(): DType {
    return this.element.name;
  }
  get ndim(): number {
    return this.shape.length;
  }

  /** The immutable tensor that operations see; a variable answers with its current value. @internal */
  snapshot(): Tensor {
    return this;
  }

  /** The values themselves, past any transform. @internal */
  concrete(operation: string): Tensor {
    let x: Tensor = this.snapshot();
    while (x.wrapper !== null) x = x.wrapper.concrete(operation);
    return x;
  }

  /** The single element: a number, a boolean for bool, `{ re, im }` for complex. Leaves the derivative behind. */
  item(): ElementValue {
    const x = this.concrete("item");
    if (x.size !== 1)
      throw new ArgumentError(
        "item",
        `expected a tensor of one element, got ${x.element.name}${showShape(x.shape)}`,
      );
    return x.elementAt(0);
  }

  /** The element at an index, as `item` gives it. Leaves the derivative behind; `slice` keeps it. */
  at(...index: number[]): ElementValue {
    const x = this.concrete("at");
    if (index.length !== x.ndim)
      throw new ArgumentError(
        "at",
        `expected ${x.ndim} indices for shape ${showShape(x.shape)}, got ${index.length}`,
      );
    let position = 0;
    for (const [axis, i] of index.entries()) {
      const extent = x.shape[axis];
      if (!Number.isInteger(i) || i < -extent || i >= extent)
        throw new ArgumentError(
          "at",
          `index ${showValue(i)} is out of range for axis ${axis} of shape ${showShape(x.shape)}`,
        );
      position += (i < 0 ? i + extent : i) * x.strides[axis];
    }
    return x.elementAt(position);
  }

  private elementAt(position: number): ElementValue {
    return this.storage!.get(this.element, this.offset + position);
  }

  /**
   * A copy of the elements in row-major order; bool gives a Uint8Array of 0 and 1, complex64 and complex128 give the
   * real and imaginary part of each element in turn.
   */
  toTypedArray(): TypedArray;
  toTypedArray<D extends DType>(dtype: D): TypedArrayOf[D];
  toTypedArray(dtype?: DType): TypedArray {
    if (dtype !== undefined && dtype !== this.dtype)
      throw new DTypeError(
        "toTypedArray",
        `expected a ${showValue(dtype)} tensor, got ${this.dtype}; cast converts`,
      );
    const x = rowMajor(this.concrete("toTypedArray"));
    return x.storage!.copyTo(x.element, x.offset, x.size);
  }

  /** The elements as nested arrays of what `item` gives; a 0-d tensor gives its element. */
  toArray(): NestedArray<ElementValue> {
    // Without elements a tensor may be longer than any array.
    if (this.size === 0 && this.shape.some((extent) => extent >= 2 ** 32))
      throw new ArgumentError("toArray", `no array is as long as an axis of shape ${showShape(this.shape)}`);
    const values = this.toTypedArray();
    const { name, complex } = this.element;
    let position = 0;
    const level = (axis: number): NestedArray<ElementValue> => {
      if (axis === this.ndim) {
        const value = values[position++];
        if (complex) return { re: value, im: values[position++] };
        return name === "bool" ? value !== 0 : value;
      }
      return Array.from({ length: this.shape[axis] }, () => level(axis + 1));
    };
    return level(0);
  }

  toJSON(): NestedArray<ElementValue> {
    return this.toArray();
  }

  /**
   * What can cross to another thread: `tensor()` accepts it on the other side. To `move` is to dispose of this tensor
   * as well: where it is large and alone has its memory, that memory is given and nothing copied.
   * @example tensor(ones([2]).toTransferable({ move: true }), { move: true }) // [1, 1]
   */
  toTransferable(options?: MoveOptions): Transferable {
    checkOptions("toTransferable", options, ["move"]);
    const { dtype, element, shape, size, storage, wrapper, offset, contiguous } = this;
    const message = { dtype, shape: [...shape] };
    if (options?.move !== true) return { ...message, data: this.toTypedArray() };
    const alone = wrapper === null && storage !== null && !storage.shared && offset === 0 && contiguous;
    const data = alone ? storage.surrender(element, size) : this.toTypedArray();
    if (alone) this.storage = null;
    this.dispose();
    return { ...message, data };
  }

  /** The values as NumPy's `str` prints them; `console.log` adds shape and dtype. */
  toString(): string {
    const x = this.concrete("toString");
    return formatArray((position) => x.valueAt(position), x.shape, x.element.name);
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    if (this.wrapper !== null)
      return `tensor(${this.wrapper.describe()}, shape=${showShape(this.shape)}, ${this.dtype})`;
    const x = this.snapshot();
    return formatTensor((position) => x.valueAt(position), x.shape, x.element.name);
  }

  /** The element at a flat row-major position, whatever the layout. */
  private valueAt(position: number): ElementValue {
    let rest = position;
    let index = this.offset;
    for (let axis = this.ndim - 1; axis >= 0; axis--) {
      index += (rest % this.shape[axis]) * this.strides[axis];
      rest = Math.floor(rest / this.shape[axis]);
    }
    return this.storage!.get(this.element, index);
  }

  /** Keeps `x + y`, `x < y` and `+x` from silently computing with a printed tensor. */
  [Symbol.toPrimitive](hint: "string" | "number" | "default"): string {
    if (hint === "string") return this.toString();
    if (this.wrapper?.weak) this.concrete("Tensor");
    throw new ArgumentError(
      "Tensor",
      "JavaScript's operators do not work on tensors: use add, sub, mul, div for + - * /, less or greater for < >, and item() for the number",
    );
  }

  /** Iterates over the first axis. */
  *[Symbol.iterator](): IterableIterator<Tensor> {
    if (this.ndim === 0)
      throw new ArgumentError("Tensor", "a 0-d tensor is not iterable; item() gives its value");
    normalizeAxis("Tensor", 0, this.ndim);
    for (let i = 0; i < this.shape[0]; i++) yield this.slice(i);
  }

  /** Ends this handle early. Views, derivatives and copies of it stay valid; using it again is a DisposedError. */
  dispose(): void {
    if (this.wrapper instanceof Disposed) return;
    this.wrapper = new Disposed(this.wrapper, this.node);
    this.node = null;
    if (this.storage === null || this.storage.shared) return;
    recycle(this.storage);
    this.storage = null;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** What a tensor carries after `dispose()`: every use is refused, but the tape can still read what it saved. */
class Disposed implements Wrapper {
  readonly trace = {
    depth: Number.POSITIVE_INFINITY,
    process: (primitive: { name: string }) => refuse(primitive.name),
  };
  constructor(
    readonly wrapper: Wrapper | null,
    readonly node: Node | null,
  ) {}
  concrete(operation: string): never {
    return refuse(operation);
  }
  describe(): string {
    return "disposed";
  }
}

function refuse(operation: string): never {
  throw new DisposedError(operation, "the tensor was used after dispose()");
}

export const isDisposed = (x: Tensor): boolean => x.wrapper instanceof Disposed;

/** A saved value as it was when it was saved, whether or not its handle has been disposed since. */
export function saved(x: Tensor): Tensor {
  if (!(x.wrapper instanceof Disposed)) return x;
  const y = new Tensor(
    x.element,
    x.shape,
    x.size,
    x.strides,
    x.offset,
    x.contiguous,
    x.storage,
    x.wrapper.wrapper,
  );
  y.node = x.wrapper.node;
  return y;
}

function made(x: Tensor): Tensor {
  if (scope !== null) note(x);
  return x;
}

/** An uninitialised row-major tensor. */
export function empty(operation: string, shape: Shape, element: ElementType): Tensor {
  const size = sizeOf(shape);
  const bytes = size * element.bytes;
  const storage = recorder === null ? allocate(operation, bytes) : recorder.plan(bytes);
  const offset = storage.take(bytes) / element.bytes;
  return made(new Tensor(element, shape, size, rowMajorStrides(shape), offset, true, storage));
}

/** A row-major tensor on the memory of its values, which have none any more; null where that cannot be. */
export function adopted(values: TypedArray, shape: Shape, element: ElementType): Tensor | null {
  const size = sizeOf(shape);
  // Whatever stands for true there, a boolean is 0 or 1.
  if (element.name === "bool" || !(values instanceof element.array)) return null;
  if (values.length !== (element.complex ? 2 * size : size)) return null;
  const storage = adopt(values);
  return storage && made(new Tensor(element, shape, size, rowMajorStrides(shape), 0, true, storage));
}

/** An uninitialised row-major tensor with the layout of one that is at hand, for the cost of no new shape. */
export function emptyLike(operation: string, x: Tensor, element: ElementType): Tensor {
  // A broadcast view without elements has strides 0, which would claim an element that a new storage lacks.
  if (x.size === 0) return empty(operation, x.shape, element);
  const bytes = x.size * element.bytes;
  const storage = allocate(operation, bytes);
  const offset = storage.take(bytes) / element.bytes;
  return made(new Tensor(element, x.shape, x.size, x.strides, offset, true, storage));
}

/** An uninitialised tensor whose elements lie in the order that `strides` says, without gaps. */
export function emptyStrided(operation: string, shape: Shape, strides: Shape, element: ElementType): Tensor {
  const size = sizeOf(shape);
  const bytes = size * element.bytes;
  const storage = recorder === null ? allocate(operation, bytes) : recorder.plan(bytes);
  const offset = storage.take(bytes) / element.bytes;
  return made(new Tensor(element, shape, size, strides, offset, isRowMajor(shape, strides), storage));
}

/** Other shape and strides over the same storage. */
export function view(x: Tensor, shape: Shape, strides: Shape, offset: number): Tensor {
  x.storage!.shared = true;
  return passingView(x, shape, strides, offset);
}

/** The same for an operand of an instruction that nobody keeps: x has its storage alone if it had before. */
export const passingView = (x: Tensor, shape: Shape, strides: Shape, offset: number): Tensor =>
  new Tensor(x.element, shape, sizeOf(shape), strides, offset, isRowMajor(shape, strides), x.storage);

/** The real or the imaginary part of complex numbers, over the same storage. */
export function partView(x: Tensor, part: "re" | "im"): Tensor {
  x.storage!.shared = true;
  const strides = x.strides.map((stride) => 2 * stride);
  const offset = 2 * x.offset + (part === "im" ? 1 : 0);
  const contiguous = isRowMajor(x.shape, strides);
  return new Tensor(partOf(x.element), x.shape, x.size, strides, offset, contiguous, x.storage);
}

/** The same value with another node: null takes it off the tape. */
export function withNode(x: Tensor, node: Node | null): Tensor {
  if (x.storage !== null) x.storage.shared = true;
  const y = new Tensor(x.element, x.shape, x.size, x.strides, x.offset, x.contiguous, x.storage, x.wrapper);
  y.node = node;
  return y;
}

/**
 * Another handle on the same value: what ends one of them leaves the other alone. Whatever is handed out that somebody
 * else may hold as well, like an argument to which there was nothing to do, is handed out as one of these.
 */
export const ownHandle = (x: Tensor): Tensor => withNode(x, x.node);

/** A tensor that stands for what a transform's wrapper holds. */
export function wrap(shape: Shape, element: ElementType, wrapper: Wrapper): Tensor {
  return new Tensor(element, shape, sizeOf(shape), scalarStrides, 0, false, null, wrapper);
}
const scalarStrides: Shape = [];

/** The same values in row-major order, copied only where they are not. */
export function rowMajor(x: Tensor): Tensor {
  if (x.contiguous) return x;
  const y = empty("copy", x.shape, x.element);
  executeBroadcast("copy", kernelFor("copy", copyKernel, x.element), x.shape, [x, y]);
  return y;
}
