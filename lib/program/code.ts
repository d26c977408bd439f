import { collapse } from "./collapse.js";
import type { Step, Work } from "./fuse.js";
import { isElementwise } from "./operation.js";

/** Buffers lie in address ranges of this size while native code checks a program. */
const SPAN = 2 ** 38;

/** A place in one of the buffers that a run binds. */
export interface Address {
  readonly buffer: number;
  /** In bytes. */
  readonly start: number;
}

/** The fewest axes that an elementwise instruction can do with: kernels take short ways for one. */
function flattened(work: Work): Work {
  if (!isElementwise(work.instruction)) return work;
  const { dims, strides } = collapse(
    work.dims,
    work.places.map(({ strides }) => strides),
  );
  return { ...work, dims, places: work.places.map((place, i) => ({ ...place, strides: strides[i] })) };
}

function emitWork(
  code: number[],
  { instruction, dims, places }: Work,
  addressOf: (memory: Work["places"][number]["memory"]) => Address,
  lengths: readonly number[],
): void {
  code.push(instruction.kernel);
  for (const { motion } of places) code.push(motion.kind, motion.step);
  code.push(instruction.kernel, dims.length, ...dims);
  for (const { memory, offset, strides, itemSize } of places) {
    const { buffer, start } = addressOf(memory);
    code.push((buffer + 1) * SPAN, lengths[buffer], start / itemSize + offset, ...strides);
  }
  code.push(...instruction.params);
}

/** A program as native code reads it: see native/program.cc. The first `fixed` buffers are the same in every run. */
export function encode(
  steps: readonly Step[],
  addressOf: (memory: Work["places"][number]["memory"]) => Address,
  lengths: readonly number[],
  fixed: number,
): Float64Array {
  const measures = steps.filter(({ measured }) => measured).length;
  const code: number[] = [lengths.length, fixed, steps.length, measures, ...lengths];
  let measure = 0;
  for (const { works, splitAxis, chunk, measured } of steps) {
    code.push(works.length, measured ? measure++ : -1, splitAxis, chunk);
    for (const work of works) emitWork(code, splitAxis < 0 ? flattened(work) : work, addressOf, lengths);
  }
  return Float64Array.from(code);
}
