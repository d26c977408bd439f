import { ArgumentError, FormatError, showValue } from "../errors.js";
import type { Tensor } from "../tensor.js";
import { type ElementOptions, LONGEST_NPY_HEADER, npyByteLength, npyBytes, readNpy } from "./npy.js";
import { about, type Origin, type Reading } from "./reading.js";
import { chosen, type Named } from "./selection.js";
import { readZipDirectory, readZipMember, type ZipMember } from "./zip_reader.js";
import { type Writing, ZipWriter } from "./zip_writer.js";

const EXTENSION = ".npy";

/** An archive of npy files, as `np.savez` and `np.savez_compressed` write them; names go without their extension. */
export function* readNpz(
  origin: Origin,
  fileSize: number,
  names: readonly string[] | undefined,
  options: ElementOptions,
): Reading<Named<Tensor>> {
  const members: Named<ZipMember> = new Map();
  for (const member of yield* readZipDirectory(origin, fileSize)) {
    const name = member.name.endsWith(EXTENSION) ? member.name.slice(0, -EXTENSION.length) : member.name;
    if (members.has(name))
      throw new FormatError(
        origin.operation,
        about(origin, `two members are called ${showValue(name)}`),
        member.position,
      );
    members.set(name, member);
  }
  const tensors: Named<Tensor> = new Map();
  for (const [name, member] of chosen(origin, members, names))
    tensors.set(name, yield* readMember(origin, member, options));
  return tensors;
}

function* readMember(origin: Origin, member: ZipMember, options: ElementOptions): Reading<Tensor> {
  const { operation } = origin;
  const own = { operation, subject: about(origin, `member ${showValue(member.name)}`) };
  // What is inflated takes memory before its header is known.
  if (member.deflated && !options.budget.allows(member.size - LONGEST_NPY_HEADER))
    throw new ArgumentError(
      operation,
      about(own, `it holds ${member.size} bytes, more than maxBytes leaves for it`),
    );
  return yield* readZipMember(own, member, (cursor) => readNpy(cursor, options));
}

/** The archive that `np.savez` would write, or `np.savez_compressed`. */
export function* writeNpz(tensors: Named<Tensor>, compress: boolean): Writing {
  const archive = new ZipWriter(compress);
  for (const [name, x] of tensors)
    yield* archive.add(`${name}${EXTENSION}`, npyByteLength(x), () => npyBytes(x));
  yield* archive.end();
}
