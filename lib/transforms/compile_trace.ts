import { atCallSite, callSite } from "../call_site.js";
import { listening, VARIABLES } from "../core/levels.js";
import type { Primitive } from "../core/primitive.js";
import type { Tracing } from "../core/tracing.js";
import type { Trace, Wrapper } from "../core/wrapper.js";
import { ArgumentError, GradientError } from "../errors.js";
import type { Input } from "../program/program.js";
import { Recording } from "../program/recording.js";
import { rowMajorStrides, type Shape } from "../shape.js";
import type { Storage } from "../storage.js";
import { Tensor, type TensorLike, withNode, wrap } from "../tensor.js";
import type { Variable } from "../variable.js";

/** A value that a program will compute, or be given. */
class Traced implements Wrapper {
  constructor(
    readonly trace: CompileTrace,
    /** Shape, layout and a storage without memory. */
    readonly value: Tensor,
    readonly weak: boolean,
  ) {}
  concrete(operation: string): never {
    throw new ArgumentError(
      operation,
      `inside compile a value is not known yet and cannot be read${atCallSite()}; where(condition, x, y) chooses by value` +
        (this.weak ? ", and an argument named in staticArgnums is a plain number" : ""),
    );
  }
  describe(): string {
    return "of a program";
  }
}

/** The lowest element that strides reach from the one at index (0, 0, …), and how many lie between it and the highest. */
function span(shape: Shape, strides: readonly number[]): { low: number; count: number } {
  let low = 0;
  let high = 0;
  shape.forEach((extent, axis) => {
    const reach = (extent - 1) * strides[axis];
    if (reach < 0) low += reach;
    else high += reach;
  });
  return { low, count: shape.includes(0) ? 0 : high - low + 1 };
}

/** Values that somebody looks at after each run. */
export interface Inspection {
  readonly tensors: readonly Tensor[];
  readonly look: (values: readonly Tensor[]) => void;
  readonly site: string;
}

interface VariableUse {
  current: Tensor;
  assigned: boolean;
}

/** One making of a program: operations on its tensors are taken down instead of run. */
export class CompileTrace implements Trace, Tracing {
  readonly standsForMemory = true;
  readonly recording = new Recording();
  readonly inputs: Input[] = [];
  readonly variables = new Map<Variable, VariableUse>();
  readonly inspections: Inspection[] = [];
  /** What each input's storage stands for. */
  readonly inputOf = new Map<Storage, number>();
  private ended = false;

  constructor(readonly depth: number) {}

  end(): void {
    this.ended = true;
  }

  traced(value: Tensor, weak = false): Tensor {
    return wrap(value.shape, value.element, new Traced(this, value, weak));
  }

  /** A tensor that every run brings, in the layout of `like`. */
  input(like: Tensor, weak = false): Tensor {
    const { low, count } = span(like.shape, like.strides);
    const bytes = count * like.element.bytes;
    const storage = this.recording.reserve(bytes);
    this.inputOf.set(storage, this.inputs.length);
    this.inputs.push({ storage, bytes, low });
    const { element, shape, size } = like;
    // Strides of 0 would claim an element, which something empty may lack.
    const layout = size === 0 ? { strides: rowMajorStrides(shape), contiguous: true } : like;
    const { strides, contiguous } = layout;
    return this.traced(new Tensor(element, shape, size, strides, -low, contiguous, storage), weak);
  }

  /** The value that stands for memory: a traced one of this trace, or a constant. */
  valueOf(operation: string, x: Tensor): Tensor {
    const { wrapper } = x;
    if (wrapper instanceof Traced && wrapper.trace === this) return wrapper.value;
    const outer = listening & ((1 << this.depth) - 1) & ~VARIABLES;
    if (wrapper !== null || (x.node !== null && (x.node.levels & outer) !== 0))
      throw new GradientError(
        operation,
        `the compiled function closes over a tensor that is being differentiated or mapped, or that belongs to another program${atCallSite()}; pass it as an argument`,
      );
    // The program reads it in every run: neither a map nor a walk that made it may end it.
    if (x.storage !== null) x.storage.shared = true;
    return x;
  }

  process<P>(primitive: Primitive<P>, inputs: readonly Tensor[], params: P): readonly Tensor[] {
    if (this.ended)
      throw new GradientError(
        primitive.name,
        "a value of compile was used after the program had been made; return it instead",
      );
    if (primitive.composite === true) return primitive.evaluate(inputs, params);
    const values = inputs.map((x) => this.valueOf(primitive.name, x));
    const outputs = this.recording.operation(() => primitive.evaluate(values, params));
    return outputs.map((y) => this.traced(y));
  }

  inspect(tensors: readonly Tensor[], look: Inspection["look"]): void {
    this.inspections.push({ tensors, look, site: callSite() });
  }

  read(variable: Variable): Tensor {
    const known = this.variables.get(variable);
    if (known !== undefined) return known.current;
    const current = withNode(this.input(variable), variable.node);
    this.variables.set(variable, { current, assigned: false });
    return current;
  }

  assign(variable: Variable, value: TensorLike): void {
    this.read(variable);
    const use = this.variables.get(variable)!;
    use.current = withNode(value as Tensor, variable.node);
    use.assigned = true;
  }
}
