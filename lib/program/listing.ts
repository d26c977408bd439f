import { native } from "../native.js";
import type { Storage } from "../storage.js";
import type { Step, Temporary, Work } from "./fuse.js";

type Memory = Storage | Temporary;

/** A program as text: a line for each instruction, indented where several run block by block. */
export function listing(steps: readonly Step[], fixed: ReadonlyMap<Memory, string>): string {
  const names = new Map<Memory, string>(fixed);
  let count = 0;
  const nameOf = (memory: Memory): string => {
    const known = names.get(memory);
    if (known !== undefined) return known;
    const name = `%${count++}`;
    names.set(memory, name);
    return name;
  };
  const show = ({ instruction, dims, places }: Work): string => {
    const operands = places.map(({ memory }) => nameOf(memory));
    const params = instruction.params.length > 0 ? ` {${instruction.params.join(", ")}}` : "";
    return `${operands[operands.length - 1]} = ${native.kernels[instruction.kernel]}[${dims.join(", ")}] ${operands.slice(0, -1).join(" ")}${params}`;
  };
  const lines = steps.flatMap(({ works, splitAxis, chunk }) => {
    if (splitAxis < 0) return works.map(show);
    const [{ dims }] = works;
    const block = [chunk, ...dims.slice(splitAxis + 1)].join(", ");
    return [`for blocks [${block}] of [${dims.join(", ")}]:`, ...works.map((work) => `  ${show(work)}`)];
  });
  return lines.join("\n");
}
