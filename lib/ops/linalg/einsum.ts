import { lift } from "../../convert.js";
import { promote } from "../../dtype.js";
import { ArgumentError, ShapeError, showValue, underName } from "../../errors.js";
import { showOperand } from "../../shape.js";
import type { Tensor, TensorLike } from "../../tensor.js";

/** A tensor with a label per axis. */
interface Labelled {
  readonly x: Tensor;
  readonly labels: readonly string[];
}

interface Equation {
  readonly inputs: readonly (readonly string[])[];
  readonly output: readonly string[];
}

/** Labels of the axes that "..." stands for, aligned from the right: "…1" is the last of them. */
const ellipsisLabels = (count: number): string[] => Array.from({ length: count }, (_, i) => `…${count - i}`);

function parseTerm(term: string, equation: string, covered: number | null): string[] {
  const [before, after] = term.split("...");
  const letters = [before, after ?? ""].map((part) => [...part]);
  for (const letter of letters.flat())
    if (!/[A-Za-z]/.test(letter))
      throw new ArgumentError(
        "einsum",
        `unexpected ${showValue(letter)} in "${equation}": labels are letters`,
      );
  if (after === undefined) return letters[0];
  return [...letters[0], ...ellipsisLabels(covered ?? 0), ...letters[1]];
}

function parse(equation: string, operands: readonly Tensor[]): Equation {
  const compact = equation.replaceAll(/\s/g, "");
  const [left, right, ...more] = compact.split("->");
  if (more.length > 0) throw new ArgumentError("einsum", `more than one "->" in "${equation}"`);
  const terms = left.split(",");
  if (terms.length !== operands.length)
    throw new ArgumentError("einsum", `"${equation}" names ${terms.length} operands, got ${operands.length}`);
  for (const term of [...terms, right ?? ""])
    if (term.split("...").length > 2)
      throw new ArgumentError("einsum", `two ellipses in "${term}" of "${equation}"`);
  let widest = 0;
  const inputs = terms.map((term, i) => {
    const x = operands[i];
    const named = term.replace("...", "").length;
    const covered = x.ndim - named;
    if (term.includes("...") ? covered < 0 : covered !== 0)
      throw new ShapeError("einsum", `"${term}" of "${equation}" does not fit ${showOperand(x)}`);
    widest = Math.max(widest, term.includes("...") ? covered : 0);
    return parseTerm(term, equation, covered);
  });
  const counts = new Map<string, number>();
  for (const label of inputs.flat()) counts.set(label, (counts.get(label) ?? 0) + 1);
  if (right === undefined) {
    const single = [...counts]
      .filter(([label, count]) => count === 1 && !label.startsWith("…"))
      .map(([l]) => l);
    return { inputs, output: [...ellipsisLabels(widest), ...single.sort()] };
  }
  const output = parseTerm(right, equation, widest);
  for (const label of output) {
    if (!counts.has(label))
      throw new ArgumentError("einsum", `output label "${label}" of "${equation}" is in no operand`);
    if (output.indexOf(label) !== output.lastIndexOf(label))
      throw new ArgumentError("einsum", `output label "${label}" of "${equation}" appears twice`);
  }
  return { inputs, output };
}

/** The extent of each label; labels of an ellipsis broadcast. */
function extentsOf(equation: string, terms: readonly Labelled[]): Map<string, number> {
  const extents = new Map<string, number>();
  for (const { x, labels } of terms)
    labels.forEach((label, axis) => {
      const extent = x.shape[axis];
      const known = extents.get(label);
      const broadcasts = label.startsWith("…") && (known === 1 || extent === 1);
      if (known !== undefined && known !== extent && !broadcasts)
        throw new ShapeError(
          "einsum",
          `label "${label}" of "${equation}" has extents ${known} and ${extent}`,
        );
      extents.set(label, known === undefined || known === 1 ? extent : known);
    });
  return extents;
}

/** Repeated labels within one operand read a diagonal. */
function withoutRepeats({ x, labels }: Labelled): Labelled {
  const label = labels.find((l, axis) => labels.indexOf(l) !== axis);
  if (label === undefined) return { x, labels };
  const first = labels.indexOf(label);
  const second = labels.indexOf(label, first + 1);
  const rest = labels.filter((_, axis) => axis !== first && axis !== second);
  return withoutRepeats({ x: x.moveAxis([first, second], [-2, -1]).diagonal(), labels: [...rest, label] });
}

/** Sums the axes whose labels nothing else needs. */
function withoutUnneeded({ x, labels }: Labelled, needed: ReadonlySet<string>): Labelled {
  const axes = labels.flatMap((label, axis) => (needed.has(label) ? [] : [axis]));
  return axes.length === 0
    ? { x, labels }
    : { x: x.sum(axes), labels: labels.filter((label) => needed.has(label)) };
}

const permuted = ({ x, labels }: Labelled, order: readonly string[]): Tensor =>
  x.transpose(order.map((label) => labels.indexOf(label)));

const extent = (labels: readonly string[], extents: ReadonlyMap<string, number>): number =>
  labels.reduce((product, label) => product * extents.get(label)!, 1);

/** Two operands into one by a batched matrix product: batch, rows of a, contracted, columns of b. */
function contract(
  a: Labelled,
  b: Labelled,
  needed: ReadonlySet<string>,
  extents: ReadonlyMap<string, number>,
): Labelled {
  const ownA = withoutUnneeded(a, new Set([...needed, ...b.labels]));
  const ownB = withoutUnneeded(b, new Set([...needed, ...a.labels]));
  // An axis of extent 1 on one side broadcasts: it belongs to the batch, where matmul broadcasts.
  const shared = ownA.labels.filter((label) => ownB.labels.includes(label));
  const summed = shared.filter((label) => !needed.has(label));
  const batch = shared.filter((label) => needed.has(label));
  const rows = ownA.labels.filter((label) => !shared.includes(label));
  const columns = ownB.labels.filter((label) => !shared.includes(label));
  const k = extent(summed, extents);
  // An axis that only one operand has keeps its extent, which for an ellipsis may be 1.
  const sizes = (t: Labelled, list: readonly string[]): number[] =>
    list.map((label) => t.x.shape[t.labels.indexOf(label)]);
  const product = (list: readonly number[]): number => list.reduce((n, size) => n * size, 1);
  const spread = (t: Labelled): Labelled => ({
    x: t.x.broadcastTo(t.labels.map((l, axis) => (summed.includes(l) ? extents.get(l)! : t.x.shape[axis]))),
    labels: t.labels,
  });
  const left = permuted(spread(ownA), [...batch, ...rows, ...summed]);
  const right = permuted(spread(ownB), [...batch, ...summed, ...columns]);
  const height = sizes(ownA, rows);
  const width = sizes(ownB, columns);
  const y = underName("einsum", () =>
    left
      .reshape([...sizes(ownA, batch), product(height), k])
      .matmul(right.reshape([...sizes(ownB, batch), k, product(width)])),
  );
  const outer = y.shape.slice(0, batch.length);
  return { x: y.reshape([...outer, ...height, ...width]), labels: [...batch, ...rows, ...columns] };
}

/** The pair whose product is smallest. */
function cheapestPair(
  terms: readonly Labelled[],
  output: readonly string[],
  extents: ReadonlyMap<string, number>,
): [number, number] {
  let best: [number, number] = [0, 1];
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < terms.length; i++)
    for (let j = i + 1; j < terms.length; j++) {
      const others = new Set([
        ...output,
        ...terms.filter((_, k) => k !== i && k !== j).flatMap((t) => t.labels),
      ]);
      const labels = new Set([...terms[i].labels, ...terms[j].labels].filter((label) => others.has(label)));
      const size = extent([...labels], extents);
      if (size < least) [least, best] = [size, [i, j]];
    }
  return best;
}

/**
 * Einstein summation: `"ij,jk->ik"` multiplies matrices. Labels are letters, "..." stands for axes that broadcast,
 * a label repeated in one operand reads its diagonal, and without "->" the output has the labels that appear once,
 * in alphabetical order. Contractions run as batched matrix products, the smallest result first.
 * @throws ArgumentError for an equation that does not parse, ShapeError for extents that differ
 * @example einsum("ij,j->i", [[1, 2], [3, 4]], [1, 1]) // [3, 7]
 */
export function einsum(equation: string, ...xs: TensorLike[]): Tensor {
  if (typeof equation !== "string")
    throw new ArgumentError("einsum", `expected an equation like "ij,jk->ik", got ${showValue(equation)}`);
  const lifted = Array.from(xs, (x) => lift("einsum", x));
  if (lifted.length === 0) throw new ArgumentError("einsum", "expected at least one operand");
  const { name } = lifted.map((x) => x.element).reduce(promote);
  const { inputs, output } = parse(equation, lifted);
  let terms = lifted.map((x, i): Labelled => withoutRepeats({ x: x.cast(name), labels: inputs[i] }));
  const extents = extentsOf(equation, terms);
  while (terms.length > 1) {
    const [i, j] = cheapestPair(terms, output, extents);
    const others = terms.filter((_, k) => k !== i && k !== j);
    const needed = new Set([...output, ...others.flatMap((t) => t.labels)]);
    const product = underName("einsum", () => contract(terms[i], terms[j], needed, extents));
    terms = [...others, product];
  }
  const last = withoutUnneeded(terms[0], new Set(output));
  return permuted(last, output);
}
