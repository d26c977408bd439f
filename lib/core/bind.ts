import { float64 } from "../dtype.js";
import { executeBroadcast, executeFlatBinary, executeFlatUnary, kernelFor } from "../instruction.js";
import { interpreting } from "../scope.js";
import { broadcastShapes, type Shape, sameShape } from "../shape.js";
import { empty, emptyLike, type Tensor } from "../tensor.js";
import type { ElementwisePrimitive } from "./elementwise.js";
import { Node, record, recordBinary } from "./graph.js";
import { below, DEEPEST, listening, listeningOnlyTo, VARIABLES } from "./levels.js";
import type { MaybeTensor, Primitive } from "./primitive.js";
import { innermostTrace, isPartOfProgram, type Trace } from "./wrapper.js";

/**
 * Applies a primitive: the innermost trace among the inputs interprets it, or else its kernel runs; then, if an
 * input has a node that somebody listens to, the tape records.
 */
export function bind<P>(primitive: Primitive<P>, inputs: readonly Tensor[], params: P): readonly Tensor[] {
  const trace = innermostTrace(inputs);
  if (trace !== null) return interpret(trace, primitive, inputs, params);
  const outputs = primitive.evaluate(inputs, params);
  record(primitive, inputs, outputs, params, listening);
  return outputs;
}

/** `bind` for a primitive with a single result. */
export const bindOne = <P>(primitive: Primitive<P>, inputs: readonly Tensor[], params: P): Tensor =>
  bind(primitive, inputs, params)[0];

/**
 * A trace of depth d sees the levels below it inside; what it returns is recorded for the levels above it, and for
 * variables, which record at every depth. The deepest stands in for other tensors and binds those.
 */
function interpret<P>(
  trace: Trace,
  primitive: Primitive<P>,
  inputs: readonly Tensor[],
  params: P,
): readonly Tensor[] {
  if (trace.depth === DEEPEST) return trace.process(primitive, inputs, params);
  const outer = below(trace.depth);
  const outputs = listeningOnlyTo(outer, () =>
    interpreting(trace.depth, () => trace.process(primitive, inputs, params)),
  );
  record(primitive, inputs, outputs, params, listening & (~outer | VARIABLES));
  return outputs;
}

/** Whether derivatives follow what is computed from x. */
export function isTracked(x: Tensor): boolean {
  if (x.node !== null && (x.node.levels & listening) !== 0) return true;
  if (x.wrapper === null) return false;
  return x.wrapper.mapped === undefined || isTracked(x.wrapper.mapped);
}

/** Whether a transform follows x itself, the making of a program around it apart. */
export const isFollowed = (x: Tensor): boolean =>
  (x.wrapper !== null && !isPartOfProgram(x)) || (x.node !== null && (x.node.levels & listening) !== 0);

const NONE: readonly never[] = [];

/** `bind` for an elementwise primitive of one input, without arrays on the way. */
export function bindUnary(primitive: ElementwisePrimitive, x: Tensor): Tensor {
  if (x.wrapper !== null) return bindOne(primitive, [x], null);
  const y = evaluateUnary(primitive, x);
  const { node } = x;
  if (node !== null) {
    const levels = node.levels & listening;
    if (levels !== 0 && primitive.refused === null) {
      const mask = primitive.savedForInput[0];
      let saved: readonly MaybeTensor[] = NONE;
      if (mask !== 0) {
        if ((mask & 1) !== 0) x.storage!.shared = true;
        if ((mask & 2) !== 0) y.storage!.shared = true;
        saved = [(mask & 1) !== 0 ? x : null, (mask & 2) !== 0 ? y : null];
      }
      y.node = new Node(levels, primitive, null, [node], saved, y.shape, y.element);
    }
  }
  return y;
}

/** `bind` for an elementwise primitive of two inputs, without arrays on the way. */
export function bindBinary(primitive: ElementwisePrimitive, x: Tensor, y: Tensor): Tensor {
  if (x.wrapper !== null || y.wrapper !== null) return bindOne(primitive, [x, y], null);
  const z = evaluateBinary(primitive, x, y);
  recordBinary(primitive, x, y, z);
  return z;
}

export function evaluateUnary(primitive: ElementwisePrimitive, x: Tensor): Tensor {
  const id = kernelFor(primitive.name, primitive.kernels, x.element);
  const element = primitive.result ?? x.element;
  if (x.contiguous) {
    const y = emptyLike(primitive.name, x, element);
    const { onScalars } = primitive;
    if (y.size === 1 && onScalars !== null && element === float64)
      y.storage!.float64[y.offset] = onScalars(x.storage!.float64[x.offset], 0);
    else if (y.size > 0) executeFlatUnary(primitive.name, id, x, y);
    return y;
  }
  const y = empty(primitive.name, x.shape, element);
  if (y.size > 0) executeBroadcast(primitive.name, id, x.shape, [x, y]);
  return y;
}

export function evaluateBinary(primitive: ElementwisePrimitive, x: Tensor, y: Tensor): Tensor {
  const id = kernelFor(primitive.name, primitive.kernels, x.element);
  const element = primitive.result ?? x.element;
  if (x.contiguous && y.contiguous && sameShape(x.shape, y.shape)) {
    const z = emptyLike(primitive.name, x, element);
    const { onScalars } = primitive;
    if (z.size === 1 && onScalars !== null && element === float64)
      z.storage!.float64[z.offset] = onScalars(x.storage!.float64[x.offset], y.storage!.float64[y.offset]);
    else if (z.size > 0) executeFlatBinary(primitive.name, id, x, y, z);
    return z;
  }
  return evaluateBroadcast(primitive, id, [x, y], broadcastShapes(primitive.name, x.shape, y.shape));
}

export function evaluateBroadcast(
  primitive: ElementwisePrimitive,
  id: number,
  inputs: readonly Tensor[],
  shape: Shape,
): Tensor {
  const y = empty(primitive.name, shape, primitive.result ?? inputs[inputs.length - 1].element);
  if (y.size > 0) executeBroadcast(primitive.name, id, shape, [...inputs, y]);
  return y;
}
