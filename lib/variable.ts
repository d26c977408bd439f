import { fromData } from "./convert.js";
import { Node } from "./core/graph.js";
import { VARIABLES } from "./core/levels.js";
import type { Recordable } from "./core/primitive.js";
import { tracing } from "./core/tracing.js";
import { isPartOfProgram } from "./core/wrapper.js";
import { type DType, elementTypeOf } from "./dtype.js";
import { DTypeError, ShapeError } from "./errors.js";
import { executeBroadcast, kernel, kernelFor } from "./instruction.js";
import { checkOptions } from "./options.js";
import { rowMajorStrides, sameShape, showOperand } from "./shape.js";
import { allocateResident, recycle } from "./storage.js";
import { Tensor, type TensorLike, withNode } from "./tensor.js";

export interface VariableOptions {
  dtype?: DType;
  /** For messages. */
  name?: string;
}

const copyKernel = kernel("copy");

/** What a variable's node stands for: nothing lies behind it. */
const leaf: Recordable = { name: "variable", outputCount: 1, savedForInput: [], vjp: () => [] };

/** A copy in memory of its own that no temporary shares. */
function resident(x: Tensor): Tensor {
  const { shape, element, size } = x;
  const storage = allocateResident("variable", size * element.bytes);
  const offset = storage.take(size * element.bytes) / element.bytes;
  const copy = new Tensor(element, shape, size, rowMajorStrides(shape), offset, true, storage);
  if (size > 0) executeBroadcast("variable", kernelFor("variable", copyKernel, element), shape, [x, copy]);
  return copy;
}

/**
 * The one mutable value: a leaf that `gradients` and the optimisers know, with every method of a tensor.
 * Operations see its value at the time they run.
 */
export class Variable extends Tensor {
  readonly name: string;
  private value: Tensor;

  constructor(value: Tensor, name: string) {
    // Only the value has memory: whatever reads elements goes through `snapshot`.
    super(value.element, value.shape, value.size, value.strides, 0, value.contiguous, null);
    this.name = name;
    this.node = new Node(VARIABLES, leaf, null, [], [], value.shape, value.element);
    this.value = value;
    this.value.node = this.node;
  }

  /** @internal */
  override snapshot(): Tensor {
    if (this.wrapper !== null) return this;
    if (tracing !== null) return tracing.read(this);
    // Whoever sees the value may keep it.
    this.value.storage!.shared = true;
    return this.value;
  }

  /** The current value for a run of a program, which keeps nothing. @internal */
  borrow(operation: string): Tensor {
    if (this.wrapper !== null) this.concrete(operation);
    return this.value;
  }

  /** The current value, detached: what is computed from it is not connected to the variable. */
  read(): Tensor {
    if (tracing !== null) return withNode(tracing.read(this), null);
    const x = this.snapshot().concrete("read");
    return new Tensor(x.element, x.shape, x.size, x.strides, x.offset, x.contiguous, x.storage);
  }

  /**
   * Replaces the value; results that were computed before keep the old one.
   * @throws ShapeError, DTypeError if the new value has another shape or dtype
   */
  assign(x: TensorLike): this {
    const given =
      x instanceof Tensor ? storable("assign", x.snapshot()) : fromData("assign", x, { dtype: this.dtype });
    if (!sameShape(given.shape, this.shape))
      throw new ShapeError("assign", `${this.name} is ${showOperand(this)}, got ${showOperand(given)}`);
    if (given.element !== this.element)
      throw new DTypeError(
        "assign",
        `${this.name} is ${this.dtype}, got ${given.dtype}; cast(x, "${this.dtype}") converts`,
      );
    if (tracing !== null) tracing.assign(this, given);
    else {
      this.concrete("assign");
      this.adopt(resident(given));
    }
    return this;
  }

  /** The same for what was computed to be the value: where nobody else has its memory nothing is copied. @internal */
  become(x: Tensor): void {
    const alone = x.wrapper === null && x.contiguous && !x.storage!.shared;
    if (tracing === null && alone && x.element === this.element) this.adopt(x);
    else this.assign(x);
  }

  /** Makes a tensor that nobody else has the value. @internal */
  adopt(value: Tensor): void {
    value.node = this.node;
    recycle(this.value.storage!);
    this.value = value;
  }
}

/** What a variable may keep of a tensor: its values, or while a program is made, what it will compute. */
export function storable(operation: string, x: Tensor): Tensor {
  return tracing !== null && isPartOfProgram(x) ? x : x.concrete(operation);
}

let count = 0;

/**
 * A variable with a starting value: a tensor (its value alone), numbers, nested arrays or typed arrays.
 * @example const x = variable(2); gradients(x.mul(x), [x]) // [4]
 */
export function variable(x: TensorLike, options?: VariableOptions): Variable {
  checkOptions("variable", options, ["dtype", "name"]);
  const given = x instanceof Tensor ? x.concrete("variable") : fromData("variable", x);
  const cast =
    options?.dtype === undefined ? given : given.cast(elementTypeOf("variable", options.dtype).name);
  return new Variable(resident(cast), options?.name ?? `variable${++count}`);
}
