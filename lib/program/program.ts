import { availableParallelism } from "node:os";
import { throwFailure } from "../failure.js";
import { native } from "../native.js";
import type { Report } from "../recorder.js";
import { allocate, recycle, type Storage } from "../storage.js";
import type { Tensor } from "../tensor.js";
import { arenaFor } from "./arena.js";
import { simplifyArithmetic } from "./arithmetic.js";
import { blaming } from "./blaming.js";
import { type Address, encode } from "./code.js";
import { flopsOf } from "./cost.js";
import { fuse, type Step, type Temporary } from "./fuse.js";
import { placesFor } from "./layout.js";
import { listing } from "./listing.js";
import type { Recording } from "./recording.js";
import { removeCommon, removeDead, standIn } from "./redundancy.js";
import { type Result, Results } from "./results.js";

/** A tensor that a run brings, in a layout that every run shares. */
export interface Input {
  /** What stood for its memory while it was recorded. */
  readonly storage: Storage;
  /** The bytes from its first element in memory to its last. */
  readonly bytes: number;
  /** The first element in memory, relative to the one at index (0, 0, …): negative where strides are. */
  readonly low: number;
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

/** More programs at once would not end sooner, and the event loop would wait for its turn among them. */
const MOST_RUNNING = availableParallelism();

/** A recording made ready to run in one native call. */
export class Program {
  /** A line for each instruction. */
  readonly text: string;
  readonly flops: number;
  /** Of temporaries, which a run reuses. */
  readonly bytes: number;
  private readonly steps: readonly Step[];
  private readonly results: Results;
  private readonly handle: unknown;
  private readonly bindings: Float64Array;
  /** Where the pairs (address, byteLength) begin in the bindings: temporaries, constants, inputs, results. */
  private readonly arenaSlot: number;
  private readonly inputSlot: number;
  /** Memory that the bindings point to in every run. */
  private readonly held: Storage[] = [];
  private execute: ((...alive: unknown[]) => void) | null = null;

  constructor(
    recording: Recording,
    private readonly inputs: readonly Input[],
    results: readonly Result[],
  ) {
    const { planned } = recording;
    const common = removeCommon(recording.operations);
    const asked = new Set(results.map(({ tensor }) => standIn(common, tensor.storage!)));
    const simple = removeCommon(simplifyArithmetic(common.operations, planned, asked));
    const resultOf = ({ tensor }: Result): Storage => standIn(simple, standIn(common, tensor.storage!));
    const distinct = [...new Set(results.map(resultOf))];
    this.steps = fuse(removeDead(simple.operations, distinct), new Set(distinct));

    const constants: Storage[] = [];
    const bound = new Set<Storage | Temporary>([...inputs.map(({ storage }) => storage), ...distinct]);
    for (const { works } of this.steps)
      for (const { places } of works)
        for (const { memory } of places)
          if (!("name" in memory) && !planned.has(memory) && !bound.has(memory)) {
            constants.push(memory);
            bound.add(memory);
          }
    const temporaries = placesFor(this.steps, (memory) => {
      if (bound.has(memory)) return null;
      return "name" in memory ? memory.bytes : planned.get(memory)!;
    });
    this.bytes = temporaries.bytes;

    const buffers = new Map<Storage | Temporary, number>();
    const lengths: number[] = [this.bytes];
    const addBuffer = (storage: Storage, bytes: number): void => {
      buffers.set(storage, lengths.length);
      lengths.push(bytes);
    };
    for (const storage of constants) addBuffer(storage, storage.byteLength);
    for (const { storage, bytes } of inputs) addBuffer(storage, bytes);
    for (const storage of distinct) addBuffer(storage, planned.get(storage)!);
    const addressOf = (memory: Storage | Temporary): Address => {
      const buffer = buffers.get(memory);
      return buffer === undefined
        ? { buffer: 0, start: temporaries.places.get(memory)! }
        : { buffer, start: 0 };
    };
    this.handle = native.createProgram(encode(this.steps, addressOf, lengths, 1 + constants.length));

    this.arenaSlot = MEASURES + MEASURE_SLOTS * this.steps.filter(({ measured }) => measured).length;
    const constantSlot = this.arenaSlot + 2;
    this.inputSlot = constantSlot + 2 * constants.length;
    const resultSlot = this.inputSlot + 2 * inputs.length;
    this.bindings = new Float64Array(resultSlot + 2 * distinct.length);
    constants.forEach((storage, i) => {
      // What an operation brought itself was not shared yet.
      storage.shared = true;
      this.held.push(storage);
      this.bindings[constantSlot + 2 * i] = storage.address;
      this.bindings[constantSlot + 2 * i + 1] = storage.byteLength;
    });
    distinct.forEach((storage, i) => {
      this.bindings[resultSlot + 2 * i + 1] = planned.get(storage)!;
    });
    this.results = new Results(
      results,
      resultOf,
      planned,
      (storage) => resultSlot + 2 * distinct.indexOf(storage),
    );
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

  /** Whether a run does anything at all. */
  get empty(): boolean {
    return this.steps.length === 0;
  }

  /** Synchronous runs have their temporaries in common: none of them begins before another has ended. */
  private bind(): (...alive: unknown[]) => void {
    if (this.empty) return () => undefined;
    if (this.bytes > 0) {
      const arena = arenaFor(this.bytes);
      this.held.push(arena);
      this.bindings[this.arenaSlot] = arena.address;
      this.bindings[this.arenaSlot + 1] = arena.byteLength;
    }
    this.execute = native.bindProgram(this.handle, this.bindings);
    return this.execute;
  }

  private bindInputs(bindings: Float64Array, values: readonly Tensor[]): void {
    for (let i = 0; i < values.length; i++) this.bindInput(i, values[i], bindings);
  }

  /** Where a run finds an input, which comes in the input's layout. */
  bindInput(i: number, { storage, offset, element }: Tensor, bindings = this.bindings): void {
    const start = (offset + this.inputs[i].low) * element.bytes;
    const slot = this.inputSlot + 2 * i;
    bindings[slot] = storage!.address + start;
    bindings[slot + 1] = storage!.byteLength - start;
  }

  /** Runs now. Values come in the order of the inputs; results as they were asked for. */
  run(values: readonly Tensor[]): Tensor[] {
    this.bindInputs(this.bindings, values);
    return this.runBound(values);
  }

  /** The same over inputs that are bound already, since which nothing has run; `alive` keeps them alive. */
  runBound(alive: readonly unknown[]): Tensor[] {
    const { bindings } = this;
    const execute = this.execute ?? this.bind();
    const results = this.results.allocate(bindings);
    // The arguments keep alive what the bindings point to.
    execute(alive, results, this);
    if (bindings[STATUS] !== 0 || this.arenaSlot > MEASURES) this.report(bindings);
    return results;
  }

  /** Runs in the background, in memory of its own. */
  async runAsync(values: readonly Tensor[], signal?: AbortSignal): Promise<readonly Tensor[]> {
    const bindings = this.bindings.slice();
    if (this.empty) return this.results.allocate(bindings);
    const arena = allocate("compile", this.bytes);
    bindings[this.arenaSlot] = arena.address + arena.take(this.bytes);
    bindings[this.arenaSlot + 1] = this.bytes;
    // Whoever held an input alone no longer does.
    for (const { storage } of values) storage!.shared = true;
    this.bindInputs(bindings, values);
    const results = this.results.allocate(bindings);
    const cancel = (): void => {
      bindings[CANCELLED] = 1;
    };
    signal?.addEventListener("abort", cancel, { once: true });
    try {
      await native.runProgramAsync(this.handle, bindings, MOST_RUNNING, [values, results, arena, this]);
      signal?.throwIfAborted();
    } finally {
      signal?.removeEventListener("abort", cancel);
      recycle(arena);
    }
    this.report(bindings);
    return results;
  }

  /** The errors and warnings of eager code, each at the line that recorded it. */
  private report(bindings: Float64Array): void {
    const failure = {
      status: bindings[STATUS],
      info: bindings[INFO],
      batch: bindings[BATCH],
      re: bindings[EIGENVALUE],
      im: bindings[EIGENVALUE + 1],
    };
    if (failure.status === STATUS_CANCELLED) throw new Error("adjoint: a run was cancelled");
    const done = failure.status === 0 ? this.steps.length : bindings[STEP];
    const found: Report[] = [];
    // Handlers may run this program again: everything is read before the first of them.
    for (let slot = MEASURES; slot < this.arenaSlot; slot += MEASURE_SLOTS)
      found.push({
        info: bindings[slot],
        failed: bindings[slot + 1],
        rcond: bindings[slot + 2],
        batch: bindings[slot + 3],
      });
    let next = 0;
    for (const { operation, measured } of this.steps.slice(0, done))
      if (measured) blaming(operation.site, () => operation.look!(found[next++]));
    if (failure.status === 0) return;
    const { operation, works } = this.steps[done];
    throwFailure(failure, { ...works[0].instruction, site: operation.site });
  }
}
