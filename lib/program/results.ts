import type { ElementType } from "../dtype.js";
import type { Shape } from "../shape.js";
import { allocate, allocateResident, type Storage } from "../storage.js";
import { Tensor } from "../tensor.js";

/** What a program is asked for: a tensor as it was recorded. */
export interface Result {
  readonly tensor: Tensor;
  /** Whether it is to outlive the temporaries of eager code. */
  readonly lasting: boolean;
}

/** Small results share what is allocated: this many bytes of it, so that it is one of the chunks. */
const SHARED_BYTES = 4096;
const ALIGNMENT = 64;

/** A tensor in memory that is allocated for it and others. */
interface Placed {
  readonly index: number;
  readonly element: ElementType;
  readonly shape: Shape;
  readonly size: number;
  readonly strides: Shape;
  /** In elements, from where the memory begins. */
  readonly offset: number;
  readonly contiguous: boolean;
}

/** Memory that is allocated at once. */
interface Group {
  bytes: number;
  readonly lasting: boolean;
  /** What is bound to it: the slot, and the distance from where the memory begins. */
  readonly bound: { readonly slot: number; readonly start: number }[];
  readonly tensors: Placed[];
}

/** An array to be filled: a literal is allocated in place, which for one or two results takes half the time. */
const places = (count: number): Tensor[] =>
  (count === 1 ? [null] : count === 2 ? [null, null] : new Array(count)) as unknown as Tensor[];

/** The memory of a program's results, and the tensors in it. */
export class Results {
  private readonly groups: Group[] = [];
  private readonly count: number;

  constructor(
    results: readonly Result[],
    storageOf: (result: Result) => Storage,
    bytesOf: ReadonlyMap<Storage, number>,
    slotOf: (storage: Storage) => number,
  ) {
    this.count = results.length;
    const places = new Map<Storage, { group: Group; start: number }>();
    // Lasting ones first: what is wanted both ways is to outlive temporaries.
    const order = [...results.entries()].sort(([, a], [, b]) => Number(b.lasting) - Number(a.lasting));
    for (const [index, result] of order) {
      const storage = storageOf(result);
      const { element, shape, size, strides, offset, contiguous } = result.tensor;
      const place = places.get(storage) ?? this.place(bytesOf.get(storage)!, result.lasting, slotOf(storage));
      places.set(storage, place);
      const { group, start } = place;
      group.tensors.push({
        index,
        element,
        shape,
        size,
        strides,
        offset: start / element.bytes + offset,
        contiguous,
      });
    }
  }

  private place(bytes: number, lasting: boolean, slot: number): { group: Group; start: number } {
    const room = Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
    let group = this.groups.find((own) => own.lasting === lasting && own.bytes + room <= SHARED_BYTES);
    if (group === undefined) {
      group = { bytes: 0, lasting, bound: [], tensors: [] };
      this.groups.push(group);
    }
    const start = group.bytes;
    group.bytes += room;
    group.bound.push({ slot, start });
    return { group, start };
  }

  /** Allocates them for a run, and binds them. */
  allocate(bindings: Float64Array): Tensor[] {
    const { groups } = this;
    const results = places(this.count);
    for (let i = 0; i < groups.length; i++) {
      const { bytes, lasting, bound, tensors } = groups[i];
      const storage = lasting ? allocateResident("compile", bytes) : allocate("compile", bytes);
      const place = storage.take(bytes);
      for (let k = 0; k < bound.length; k++) {
        const { slot, start } = bound[k];
        bindings[slot] = storage.address + place + start;
      }
      if (tensors.length > 1) storage.shared = true;
      for (let k = 0; k < tensors.length; k++) {
        const { index, element, shape, size, strides, offset, contiguous } = tensors[k];
        results[index] = new Tensor(
          element,
          shape,
          size,
          strides,
          place / element.bytes + offset,
          contiguous,
          storage,
        );
      }
    }
    return results;
  }
}
