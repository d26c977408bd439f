import { float64 } from "../dtype.js";
import { executeBroadcast, executeFlatBinary, executeFlatUnary, kernelFor } from "../instruction.js";
import { closeFor, restoreScope } from "../scope.js";
import { broadcastShapes, sameShape } from "../shape.js";
import { empty, emptyLike, type Tensor } from "../tensor.js";
import type { ElementwisePrimitive } from "./elementwise.js";
import { listenedTo, record, recordBinary, recordUnary } from "./graph.js";
import { FEW } from "./handful.js";
import { below, DEEPEST, listening, listenOnlyTo, restoreListeners, VARIABLES } from "./levels.js";
import type { Primitive } from "./primitive.js";
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
  const listeners = listenOnlyTo(outer);
  const surrounding = closeFor(trace.depth);
  let outputs: readonly Tensor[];
  try {
    outputs = trace.process(primitive, inputs, params);
  } finally {
    restoreScope(surrounding);
    restoreListeners(listeners);
  }
  record(primitive, inputs, outputs, params, listening & (~outer | VARIABLES));
  return outputs;
}

/** Whether derivatives follow what is computed from x. */
export function isTracked(x: Tensor): boolean {
  if (listenedTo(x.node) !== null) return true;
  if (x.wrapper === null) return false;
  return x.wrapper.mapped === undefined || isTracked(x.wrapper.mapped);
}

/** Whether a transform follows x itself, the making of a program around it apart. */
export const isFollowed = (x: Tensor): boolean =>
  (x.wrapper !== null && !isPartOfProgram(x)) || listenedTo(x.node) !== null;

/** `bind` for an elementwise primitive of one input, without arrays on the way. */
export function bindUnary(primitive: ElementwisePrimitive, x: Tensor): Tensor {
  if (x.wrapper !== null) return bindOne(primitive, [x], null);
  const y = evaluateUnary(primitive, x);
  if (x.node !== null) recordUnary(primitive, x, y);
  return y;
}

/** `bind` for an elementwise primitive of two inputs, without arrays on the way. */
export function bindBinary(primitive: ElementwisePrimitive, x: Tensor, y: Tensor): Tensor {
  if (x.wrapper !== null || y.wrapper !== null) return bindOne(primitive, [x, y], null);
  const z = evaluateBinary(primitive, x, y);
  if (x.node !== null || y.node !== null) recordBinary(primitive, x, y, z);
  return z;
}

// What V8 inlines into one function is limited: what is called for every operation leaves to others what it can.

export function evaluateUnary(primitive: ElementwisePrimitive, x: Tensor): Tensor {
  if (!x.contiguous) return evaluateBroadcast(primitive, [x]);
  const y = emptyLike(primitive.name, x, primitive.result ?? x.element);
  const { onFew } = primitive;
  if (onFew !== null && y.size <= FEW && y.element === float64) onFew(x, x, y);
  else callUnary(primitive, x, y);
  return y;
}

function callUnary({ name, kernels }: ElementwisePrimitive, x: Tensor, y: Tensor): void {
  const id = kernelFor(name, kernels, x.element);
  if (y.size > 0) executeFlatUnary(name, id, x, y);
}

export function evaluateBinary(primitive: ElementwisePrimitive, x: Tensor, y: Tensor): Tensor {
  if (!x.contiguous || !y.contiguous || !sameShape(x.shape, y.shape))
    return evaluateBroadcast(primitive, [x, y]);
  const z = emptyLike(primitive.name, x, primitive.result ?? x.element);
  const { onFew } = primitive;
  if (onFew !== null && z.size <= FEW && z.element === float64) onFew(x, y, z);
  else callBinary(primitive, x, y, z);
  return z;
}

function callBinary({ name, kernels }: ElementwisePrimitive, x: Tensor, y: Tensor, z: Tensor): void {
  const id = kernelFor(name, kernels, x.element);
  if (z.size > 0) executeFlatBinary(name, id, x, y, z);
}

export function evaluateBroadcast(primitive: ElementwisePrimitive, inputs: readonly Tensor[]): Tensor {
  const { name, kernels, result } = primitive;
  let { shape, element } = inputs[0];
  for (let i = 1; i < inputs.length; i++) {
    shape = broadcastShapes(name, shape, inputs[i].shape);
    element = inputs[i].element;
  }
  const id = kernelFor(name, kernels, element);
  const y = empty(name, shape, result ?? element);
  if (y.size > 0) executeBroadcast(name, id, shape, [...inputs, y]);
  return y;
}
