import { callSite } from "../call_site.js";
import { type RecordedInstruction, type Recorder, recordingWith } from "../recorder.js";
import { placeholder, type Storage } from "../storage.js";
import { canFail, type Instruction, type Look, type Operation } from "./operation.js";

/** Operations taken down one after another, and the storages that they were promised. */
export class Recording implements Recorder {
  readonly operations: Operation[] = [];
  /** The bytes of every storage that has no memory yet. */
  readonly planned = new Map<Storage, number>();
  private instructions: Instruction[] = [];
  private writes: Storage[] = [];
  private look: Look | null = null;

  /** Takes down what `body` does to memory, as one operation. */
  operation<T>(body: () => T): T {
    this.instructions = [];
    this.writes = [];
    this.look = null;
    const result = recordingWith(this, body);
    const { instructions, writes, look } = this;
    if (instructions.length > 0)
      this.operations.push({
        instructions,
        writes,
        look,
        site: instructions.some(canFail) ? callSite() : "",
      });
    return result;
  }

  /** A storage that a run binds to memory from outside. */
  reserve(bytes: number): Storage {
    const storage = placeholder();
    this.planned.set(storage, bytes);
    return storage;
  }

  plan(bytes: number): Storage {
    const storage = this.reserve(bytes);
    this.writes.push(storage);
    return storage;
  }

  instruct({ dims, operands, params, ...instruction }: RecordedInstruction): void {
    this.instructions.push({
      ...instruction,
      dims: [...dims],
      operands: operands.map(([x, strides]) => ({
        storage: x.storage!,
        offset: x.offset,
        strides: [...strides],
        itemSize: x.element.bytes,
      })),
      params: [...params],
    });
  }

  measure(look: Look): void {
    this.look = look;
  }
}
