import { type ElementType, elementTypes } from "../dtype.js";
import { native } from "../native.js";
import type { Storage } from "../storage.js";
import {
  type Instruction,
  isElementwise,
  type Operand,
  type Operation,
  readsOf,
  resultOf,
} from "./operation.js";

/** A kernel of real numbers, by the name of what it computes and the type that it computes with. */
interface RealKernel {
  readonly name: string;
  readonly element: ElementType;
}

function realKernel({ kernel }: Instruction): RealKernel | null {
  const full = native.kernels[kernel];
  const place = full.lastIndexOf("_");
  const element = elementTypes.find(({ suffix }) => suffix === full.slice(place + 1))!;
  return element.floating && !element.complex ? { name: full.slice(0, place), element } : null;
}

const kernelId = (name: string, { suffix }: ElementType): number =>
  native.kernels.indexOf(`${name}_${suffix}`);

/** The instruction of an operation that is nothing but an elementwise one. */
function elementwiseOf({ instructions }: Operation): Instruction | null {
  const [instruction] = instructions;
  return instructions.length === 1 && isElementwise(instruction) ? instruction : null;
}

const sameStrides = (a: Operand, b: Operand, dims: readonly number[]): boolean =>
  dims.every((dim, axis) => dim === 1 || a.strides[axis] === b.strides[axis]);

/** An equation between elements at equal indices: those of `result` are those of `source`. */
interface Equation {
  readonly dims: readonly number[];
  readonly result: Operand;
  readonly source: Operand;
}

/** The same elements read from the source, if that is possible where `operand` is read. */
function readThrough(
  { dims, result, source }: Equation,
  operand: Operand,
  reader: Instruction,
): Operand | null {
  const isLaidOutAlike = sameStrides(source, result, dims);
  if (isLaidOutAlike)
    return { ...operand, storage: source.storage, offset: operand.offset - result.offset + source.offset };
  // Kernels of matrices may ask for the layout that they were given, and sums are rounded in its order.
  const takesAny = isElementwise(reader);
  const isSameIndex =
    operand.offset === result.offset &&
    dims.length === reader.dims.length &&
    dims.every((dim, axis) => dim === reader.dims[axis]) &&
    sameStrides(operand, result, dims);
  return takesAny && isSameIndex ? { ...operand, ...source } : null;
}

/**
 * Arithmetic that costs nothing: x · 1, x / 1, x − 0, x + (−0), copies and double negations are x; a negation that is
 * added is subtracted. Only what is exact for every x: x + 0 is not, at −0, and x · 0 is not.
 */
class Arithmetic {
  readonly operations: Operation[] = [];
  private readonly equal = new Map<Storage, Equation>();
  /** Of results of `neg`: what they are the negatives of. */
  private readonly negated = new Map<Storage, Equation>();
  /** What equations read: it has more readers than it was recorded with. */
  private readonly sources = new Set<Storage>();
  /** Where products and quotients are in `operations`. */
  private readonly products = new Map<Storage, number>();

  constructor(
    /** What a run brings or fills: not constants. */
    private readonly planned: ReadonlyMap<Storage, number>,
    private readonly readers: ReadonlyMap<Storage, number>,
    private readonly results: ReadonlySet<Storage>,
  ) {}

  take(operation: Operation): void {
    const instructions = operation.instructions.map((instruction) =>
      this.substituted(instruction, operation),
    );
    const own = { ...operation, instructions };
    const instruction = elementwiseOf(own);
    const kernel = instruction && realKernel(instruction);
    if (!instruction || !kernel) {
      this.operations.push(own);
      return;
    }
    const changed = this.rewritten(instruction, kernel);
    this.note(changed, realKernel(changed)!);
    this.operations.push(changed === instruction ? own : { ...own, instructions: [changed] });
  }

  private substituted(instruction: Instruction, { writes }: Operation): Instruction {
    const operands = instruction.operands.map((operand) => {
      const known = writes.includes(operand.storage) ? undefined : this.equal.get(operand.storage);
      return (known && readThrough(known, operand, instruction)) ?? operand;
    });
    return operands.every((operand, i) => operand === instruction.operands[i])
      ? instruction
      : { ...instruction, operands };
  }

  /** The number that an operand is everywhere; undefined if it is not known, or not one. */
  private constant(
    { storage, offset, strides }: Operand,
    { dims }: Instruction,
    { element }: RealKernel,
  ): number | undefined {
    if (this.planned.has(storage) || dims.includes(0)) return undefined;
    return dims.every((dim, axis) => dim === 1 || strides[axis] === 0)
      ? (storage.get(element, offset) as number)
      : undefined;
  }

  /** What an operand is the negative of. */
  private negative(operand: Operand, instruction: Instruction): Operand | null {
    const known = this.negated.get(operand.storage);
    return known === undefined ? null : readThrough(known, operand, instruction);
  }

  private rewritten(instruction: Instruction, kernel: RealKernel): Instruction {
    const { operands } = instruction;
    const result = resultOf(instruction);
    const as = (name: string, ...inputs: Operand[]): Instruction => ({
      ...instruction,
      kernel: kernelId(name, kernel.element),
      operands: [...inputs, result],
    });
    const [x, y] = operands;
    switch (kernel.name) {
      case "mul":
        if (this.constant(x, instruction, kernel) === -1) return as("neg", y);
        if (this.constant(y, instruction, kernel) === -1) return as("neg", x);
        return instruction;
      case "add": {
        const left = this.negative(x, instruction) ?? this.turned(x, instruction);
        if (left !== null) return as("sub", y, left);
        const right = this.negative(y, instruction) ?? this.turned(y, instruction);
        return right === null ? instruction : as("sub", x, right);
      }
      case "sub": {
        const right = this.negative(y, instruction) ?? this.turned(y, instruction);
        return right === null ? instruction : as("add", x, right);
      }
      default:
        return instruction;
    }
  }

  /**
   * A product with a negated factor changes its sign where nobody else reads it: the operand that stands for the
   * negative then.
   */
  private turned(operand: Operand, reader: Instruction): Operand | null {
    const { storage } = operand;
    const place = this.products.get(storage);
    if (place === undefined || this.readers.get(storage) !== 1) return null;
    if (this.results.has(storage) || this.sources.has(storage)) return null;
    if (reader.operands.filter((other) => other.storage === storage).length > 1) return null;
    const operation = this.operations[place];
    const [instruction] = operation.instructions;
    const factors = instruction.operands.slice(0, -1);
    for (const [i, factor] of factors.entries()) {
      const positive = this.negative(factor, instruction);
      if (positive === null) continue;
      const operands = instruction.operands.map((other, k) => (k === i ? positive : other));
      this.operations[place] = { ...operation, instructions: [{ ...instruction, operands }] };
      this.products.delete(storage);
      return operand;
    }
    return null;
  }

  private note(instruction: Instruction, kernel: RealKernel): void {
    const { dims, operands } = instruction;
    const result = resultOf(instruction);
    const source = this.equalOperand(instruction, kernel);
    if (source !== null) {
      this.sources.add(source.storage);
      this.equal.set(result.storage, { dims, result, source });
    } else if (kernel.name === "neg") {
      this.sources.add(operands[0].storage);
      this.negated.set(result.storage, { dims, result, source: operands[0] });
    } else if (kernel.name === "mul" || kernel.name === "div")
      this.products.set(result.storage, this.operations.length);
  }

  /** An operand that the result equals at each index. */
  private equalOperand(instruction: Instruction, kernel: RealKernel): Operand | null {
    const [x, y] = instruction.operands;
    const is = (operand: Operand, value: number): boolean =>
      Object.is(this.constant(operand, instruction, kernel), value);
    switch (kernel.name) {
      case "copy":
        return x;
      case "neg":
        return this.negative(x, instruction);
      case "mul":
        return is(x, 1) ? y : is(y, 1) ? x : null;
      case "div":
        return is(y, 1) ? x : null;
      case "add":
        return is(x, -0) ? y : is(y, -0) ? x : null;
      case "sub":
        return is(y, 0) ? x : null;
      default:
        return null;
    }
  }
}

/** Leaves out arithmetic whose result is known without it. What nobody reads any more is left to `removeDead`. */
export function simplifyArithmetic(
  operations: readonly Operation[],
  planned: ReadonlyMap<Storage, number>,
  results: ReadonlySet<Storage>,
): readonly Operation[] {
  const readers = new Map<Storage, number>();
  for (const operation of operations)
    for (const storage of new Set(readsOf(operation))) readers.set(storage, (readers.get(storage) ?? 0) + 1);
  const arithmetic = new Arithmetic(planned, readers, results);
  for (const operation of operations) arithmetic.take(operation);
  return arithmetic.operations;
}
