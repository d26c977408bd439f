import { throwFailure } from "../failure.js";
import { native } from "../native.js";
import { allocate, allocateResident, type Storage } from "../storage.js";
import type { Tensor } from "../tensor.js";
import { withWarnings } from "../warnings.js";
import { type Address, encode } from "./code.js";
import { flopsOf } from "./cost.js";
import { fuse, type Step, type Temporary } from "./fuse.js";
import { arenaFor } from "./layout.js";
import { listing } from "./listing.js";
import type { Recording } from "./recording.js";
import { removeCommon, removeDead } from "./simplify.js";

/** A tensor that a run brings, in a layout that every run shares. */
export interface Input {
  /** What stood for its memory while it was recorded. */
  readonly storage: Storage;
  /** The bytes from its first element in memory to its last. */
  readonly bytes: number;
  /** The first element in memory, relative to the one at index (0, 0, …): negative where strides are. */
  readonly low: number;
}

/** Memory that a run has filled. */
export interface Filled {
  readonly storage: Storage;
  /** In bytes. */
  readonly start: number;
}

/** Slots of a run's bindings: see native/program.h. */
const STATUS = 0;
const INFO = 1;
const BATCH = 2;
const STEP = 3;
const CANCELLED = 4;
const EIGENVALUE = 5;
const MEASURES = 8;
const MEASURE_SLOTS = 4;
const STATUS_CANCELLED = -1;

/** Programs that may occupy the thread pool at once: the rest of it stays free for files and sockets. */
const MOST_RUNNING = Math.max(1, Number(process.env.UV_THREADPOOL_SIZE ?? 4) - 1);
let running = 0;
const waiting: (() => void)[] = [];

async function withTurn<T>(body: () => Promise<T>): Promise<T> {
  if (running >= MOST_RUNNING) await new Promise<void>((resolve) => waiting.push(resolve));
  else running++;
  try {
    return await body();
  } finally {
    const next = waiting.shift();
    if (next !== undefined) next();
    else running--;
  }
}

/** A recording made ready to run in one native call. */
export class Program {
  /** A line for each instruction. */
  readonly text: string;
  readonly flops: number;
  /** Of temporaries, which a run reuses. */
  readonly bytes: number;
  private readonly steps: readonly Step[];
  private readonly handle: unknown;
  private readonly bindings: Float64Array;
  private readonly address: number;
  /** Where the pairs (address, byteLength) of inputs and results begin in the bindings. */
  private readonly inputSlot: number;
  private readonly resultSlot: number;
  private readonly arenaSlot: number;
  private readonly resultBytes: readonly number[];
  /** Memory that the bindings point to. */
  private readonly held: Storage[] = [];

  constructor(
    recording: Recording,
    private readonly inputs: readonly Input[],
    results: readonly Storage[],
  ) {
    const { planned } = recording;
    const common = removeCommon(recording.operations);
    const wanted = results.map((storage) => common.standIn.get(storage) ?? storage);
    const distinct = [...new Set(wanted)];
    this.resultOf = wanted.map((storage) => distinct.indexOf(storage));
    this.resultBytes = distinct.map((storage) => planned.get(storage)!);
    const operations = removeDead(common.operations, distinct);
    this.steps = fuse(operations, new Set(distinct));

    const buffers = new Map<Storage | Temporary, number>();
    const lengths: number[] = [0];
    const constants: Storage[] = [];
    const addBuffer = (storage: Storage, bytes: number): void => {
      buffers.set(storage, lengths.length);
      lengths.push(bytes);
    };
    for (const { storage, bytes } of inputs) addBuffer(storage, bytes);
    for (const [i, storage] of distinct.entries()) addBuffer(storage, this.resultBytes[i]);
    for (const { works } of this.steps)
      for (const { places } of works)
        for (const { memory } of places)
          if (!("name" in memory) && !planned.has(memory) && !buffers.has(memory)) {
            constants.push(memory);
            addBuffer(memory, memory.byteLength);
          }
    const arena = arenaFor(this.steps, (memory) => {
      if (buffers.has(memory)) return null;
      return "name" in memory ? memory.bytes : planned.get(memory)!;
    });
    lengths[0] = arena.bytes;
    this.bytes = arena.bytes;
    const addressOf = (memory: Storage | Temporary): Address => {
      const buffer = buffers.get(memory);
      return buffer === undefined ? { buffer: 0, start: arena.places.get(memory)! } : { buffer, start: 0 };
    };
    const code = encode(this.steps, addressOf, lengths);
    this.handle = native.createProgram(code);

    this.arenaSlot = MEASURES + MEASURE_SLOTS * this.steps.filter(({ measured }) => measured).length;
    this.inputSlot = this.arenaSlot + 2;
    this.resultSlot = this.inputSlot + 2 * inputs.length;
    const constantSlot = this.resultSlot + 2 * distinct.length;
    this.bindings = new Float64Array(constantSlot + 2 * constants.length);
    this.address = native.addressOf(this.bindings.buffer as ArrayBuffer);
    constants.forEach((storage, i) => {
      storage.shared = true;
      this.held.push(storage);
      this.bindings[constantSlot + 2 * i] = storage.address;
      this.bindings[constantSlot + 2 * i + 1] = storage.byteLength;
    });
    this.flops = this.steps
      .flatMap(({ works }) => works)
      .reduce((sum, { instruction }) => sum + flopsOf(instruction), 0);
    const named = (storages: readonly Storage[], letter: string): [Storage, string][] =>
      storages.map((storage, i) => [storage, `${letter}${i}`]);
    const inputStorages = inputs.map(({ storage }) => storage);
    this.text = listing(
      this.steps,
      new Map([...named(constants, "constant"), ...named(inputStorages, "in"), ...named(distinct, "out")]),
    );
  }

  /** For each storage that was asked for: which of a run's results it is. */
  readonly resultOf: readonly number[];

  /** Whether a run does anything at all. */
  get empty(): boolean {
    return this.steps.length === 0;
  }

  private bindArena(bindings: Float64Array): Storage {
    const arena = allocateResident("compile", this.bytes);
    bindings[this.arenaSlot] = arena.address + arena.take(this.bytes);
    bindings[this.arenaSlot + 1] = this.bytes;
    return arena;
  }

  private bindInputs(bindings: Float64Array, values: readonly Tensor[]): void {
    let slot = this.inputSlot;
    for (let i = 0; i < values.length; i++) {
      const { storage, offset, element } = values[i];
      const start = (offset + this.inputs[i].low) * element.bytes;
      bindings[slot] = storage!.address + start;
      bindings[slot + 1] = storage!.byteLength - start;
      slot += 2;
    }
  }

  private bindResults(bindings: Float64Array): Filled[] {
    const results = new Array<Filled>(this.resultBytes.length);
    let slot = this.resultSlot;
    for (let i = 0; i < this.resultBytes.length; i++) {
      const bytes = this.resultBytes[i];
      const storage = allocate("compile", bytes);
      const start = storage.take(bytes);
      bindings[slot] = storage.address + start;
      bindings[slot + 1] = bytes;
      slot += 2;
      results[i] = { storage, start };
    }
    return results;
  }

  /** Runs now. Values come in the order and layout of the inputs. */
  run(values: readonly Tensor[]): readonly Filled[] {
    const { bindings } = this;
    if (this.empty) return this.bindResults(bindings);
    if (this.bytes > 0 && bindings[this.arenaSlot] === 0) this.held.push(this.bindArena(bindings));
    this.bindInputs(bindings, values);
    const results = this.bindResults(bindings);
    // The arguments behind the address keep alive what the bindings point to.
    native.runProgram(this.handle, this.address, values, results, this);
    if (bindings[STATUS] !== 0) this.fail(bindings);
    if (this.arenaSlot > MEASURES) this.deliver(bindings);
    return results;
  }

  /** Runs on the thread pool, in memory of its own. */
  runAsync(values: readonly Tensor[], signal?: AbortSignal): Promise<readonly Filled[]> {
    const bindings = this.bindings.slice();
    if (this.empty) return Promise.resolve(this.bindResults(bindings));
    const arena = this.bindArena(bindings);
    this.bindInputs(bindings, values);
    const results = this.bindResults(bindings);
    const cancel = (): void => {
      bindings[CANCELLED] = 1;
    };
    signal?.addEventListener("abort", cancel, { once: true });
    return withTurn(async () => {
      try {
        if (signal?.aborted !== true)
          await native.runProgramAsync(this.handle, bindings, [values, results, arena, this]);
        signal?.throwIfAborted();
      } finally {
        signal?.removeEventListener("abort", cancel);
      }
      if (bindings[STATUS] !== 0) this.fail(bindings);
      this.deliver(bindings);
      return results;
    });
  }

  private fail(bindings: Float64Array): never {
    const { operation, works } = this.steps[bindings[STEP]] ?? this.steps[0];
    const { instruction } = works[0];
    if (bindings[STATUS] === STATUS_CANCELLED) throw new Error("adjoint: a run was cancelled");
    throwFailure(
      {
        status: bindings[STATUS],
        info: bindings[INFO],
        batch: bindings[BATCH],
        re: bindings[EIGENVALUE],
        im: bindings[EIGENVALUE + 1],
      },
      { ...instruction, site: operation.site },
    );
  }

  /** The warnings of eager code, each at the line that recorded it. */
  private deliver(bindings: Float64Array): void {
    let slot = MEASURES;
    for (const { operation, measured } of this.steps) {
      if (!measured) continue;
      const found = {
        info: bindings[slot],
        failed: bindings[slot + 1],
        rcond: bindings[slot + 2],
        batch: bindings[slot + 3],
      };
      slot += MEASURE_SLOTS;
      withWarnings(() => operation.look!(found), operation.site);
    }
  }
}
