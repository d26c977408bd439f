import { type Complex, type DType, type ElementValue, isComplex } from "./dtype.js";
import { ArgumentError, showValue } from "./errors.js";
import { checkOptions } from "./options.js";

/** How tensors print. The names and defaults are NumPy's. */
export interface PrintOptions {
  /** The most digits after the point of a floating-point number; fewer where fewer tell it apart. */
  precision: number;
  /** Tensors of more elements than this are summarised: `...` stands for the middle of each long axis. */
  threshold: number;
  /** How many elements a summary shows at both ends of an axis. */
  edgeItems: number;
  /** Always print in fixed point, except numbers of 1e8 and beyond; what is too small for that is zero. */
  suppress: boolean;
}

/** What surrounds a printed array. */
export interface ArrayLayout {
  /** What stands between two elements. */
  separator: string;
  /** What the caller puts before the array: continuation lines are indented by its length. */
  prefix: string;
  /** What the caller puts after the array: lines are shorter by its length. */
  suffix: string;
  lineWidth: number;
}

/** Elements in row-major order, or a function from a row-major index to the element. Booleans may be 0 and 1. */
export type ElementSource = ArrayLike<ElementValue> | ((index: number) => ElementValue);

const lineWidth = 75;
const printOptions: PrintOptions = { precision: 8, threshold: 1000, edgeItems: 3, suppress: false };

/** The options that printing uses now: a copy. @example getPrintOptions().precision // 8 */
export function getPrintOptions(): PrintOptions {
  return { ...printOptions };
}

/**
 * Changes how tensors print from here on. What is left out stays as it is.
 * @example setPrintOptions({ precision: 8, suppress: false })
 */
export function setPrintOptions(options: Partial<PrintOptions>): void {
  if (options === undefined)
    throw new ArgumentError("setPrintOptions", "expected an options object, got undefined");
  checkOptions("setPrintOptions", options, Object.keys(printOptions));
  Object.assign(printOptions, checkedOptions("setPrintOptions", options));
}

function checkedOptions(operation: string, options: Partial<PrintOptions>): PrintOptions {
  const {
    precision = printOptions.precision,
    threshold = printOptions.threshold,
    edgeItems = printOptions.edgeItems,
    suppress = printOptions.suppress,
  } = options;
  const refuse = (name: string, expected: string, value: unknown) => {
    throw new ArgumentError(operation, `${name} must be ${expected}, got ${showValue(value)}`);
  };
  if (!Number.isInteger(precision) || precision < 0) refuse("precision", "an integer from 0 up", precision);
  if (typeof threshold !== "number" || !(threshold >= 0))
    refuse("threshold", "a number from 0 up", threshold);
  if (!Number.isInteger(edgeItems) || edgeItems < 1) refuse("edgeItems", "an integer from 1 up", edgeItems);
  if (typeof suppress !== "boolean") refuse("suppress", "true or false", suppress);
  return { precision, threshold, edgeItems, suppress };
}

/** A tensor as `console.log` shows it: `tensor([1., 2.], shape=[2], float64)`. */
export function formatTensor(source: ElementSource, shape: readonly number[], dtype: DType): string {
  const prefix = "tensor(";
  const text = prefix + formatArray(source, shape, dtype, { separator: ", ", prefix, suffix: ")" });
  const description = `shape=[${shape.join(", ")}], ${dtype})`;
  const lastLine = text.length - (text.lastIndexOf("\n") + 1);
  const fits = lastLine + 2 + description.length <= lineWidth;
  return `${text},${fits ? " " : `\n${" ".repeat(prefix.length)}`}${description}`;
}

/**
 * An array as NumPy's `array2string` prints it, which is `str(array)` except for an array of no axes. Only elements
 * that are printed are read.
 */
export function formatArray(
  source: ElementSource,
  shape: readonly number[],
  dtype: DType,
  options: Partial<PrintOptions & ArrayLayout> = {},
): string {
  const print = checkedOptions("formatArray", options);
  const size = shape.reduce((product, extent) => product * extent, 1);
  if (size === 0) return "[]";
  const at = typeof source === "function" ? source : (index: number) => source[index];
  const edge = size > print.threshold ? print.edgeItems : Number.POSITIVE_INFINITY;
  const values = visibleValues(at, shape, edge);
  const words = formatValues(values, dtype, shape.length, print);
  const { separator = " ", prefix = "", suffix = "" } = options;
  const width = (options.lineWidth ?? lineWidth) - suffix.length;
  return layOut(words, shape, edge, { separator, indent: " ".repeat(prefix.length + 1), width });
}

// Summaries. Both walks, over the values and over the words, visit the same elements in the same order.

function visibleValues(
  at: (index: number) => ElementValue,
  shape: readonly number[],
  edge: number,
): ElementValue[] {
  const values: ElementValue[] = [];
  const visit = (axis: number, offset: number) => {
    if (axis === shape.length) {
      values.push(at(offset));
      return;
    }
    const extent = shape[axis]!;
    for (let i = 0; i < extent; i++) {
      if (i === edge && extent > 2 * edge) i = extent - edge;
      visit(axis + 1, offset * extent + i);
    }
  };
  visit(0, 0);
  return values;
}

interface Place {
  readonly separator: string;
  readonly indent: string;
  readonly width: number;
}

function layOut(words: readonly string[], shape: readonly number[], edge: number, outermost: Place): string {
  let next = 0;
  const block = (axis: number, place: Place): string => {
    if (axis === shape.length) return words[next++]!;
    const extent = shape[axis]!;
    const inner = { ...place, indent: `${place.indent} `, width: place.width - 1 };
    const parts: string[] = [];
    for (let i = 0; i < extent; i++) {
      if (i === edge && extent > 2 * edge) {
        parts.push("...");
        i = extent - edge;
      }
      parts.push(block(axis + 1, inner));
    }
    const axesLeft = shape.length - axis;
    const joined =
      axesLeft === 1
        ? fillLines(parts, place)
        : parts.join(place.separator.trimEnd() + "\n".repeat(axesLeft - 1) + place.indent);
    return `[${joined}]`;
  };
  return block(0, outermost);
}

/** Joins words and breaks the line before each that would reach the last column, which is the bracket's. */
function fillLines(words: readonly string[], { separator, indent, width }: Place): string {
  const room = width - Math.max(separator.trimEnd().length, 1);
  const lines: string[] = [];
  let line = indent;
  for (const [index, word] of words.entries()) {
    if (line.length + word.length > room && line.length > indent.length) {
      lines.push(line.trimEnd());
      line = indent;
    }
    line += index === words.length - 1 ? word : word + separator;
  }
  lines.push(line);
  return lines.join("\n").slice(indent.length);
}

// Elements: all words of an array have one width and one notation.

function formatValues(
  values: readonly ElementValue[],
  dtype: DType,
  rank: number,
  options: PrintOptions,
): string[] {
  switch (dtype) {
    case "bool":
      return values.map((value) => (Number(value) !== 0 ? (rank > 0 ? " True" : "True") : "False"));
    case "int32":
      return alignRight(values.map(String));
    case "complex64":
    case "complex128":
      return formatComplex(
        values.map((value) => (isComplex(value) ? value : { re: Number(value), im: 0 })),
        dtype === "complex64" ? "float32" : "float64",
        options,
      );
    default:
      return formatFloats(values.map(Number), dtype, options);
  }
}

/** Both parts side by side, each formatted as an array of its own; the imaginary ones always have a sign. */
function formatComplex(
  values: readonly Complex[],
  part: "float32" | "float64",
  options: PrintOptions,
): string[] {
  const real = formatFloats(
    values.map(({ re }) => re),
    part,
    options,
  );
  const imaginary = formatFloats(
    values.map(({ im }) => im),
    part,
    options,
    "+",
  );
  return real.map((word, i) => {
    const digits = imaginary[i].trimEnd();
    return `${word}${digits}j${imaginary[i].slice(digits.length)}`;
  });
}

function alignRight(words: readonly string[]): string[] {
  const width = longest(words);
  return words.map((word) => word.padStart(width));
}

const longest = (words: readonly string[]): number =>
  words.reduce((length, word) => Math.max(length, word.length), 0);

function formatFloats(
  values: readonly number[],
  dtype: "float32" | "float64",
  { precision, suppress }: PrintOptions,
  plus: "" | "+" = "",
): string[] {
  const format = needsExponent(values, dtype, suppress) ? scientific : positional;
  const signed = (word: string): string => (word.startsWith("-") ? word : plus + word);
  const finite = format(values.filter(Number.isFinite), dtype, precision).map(signed);
  let next = 0;
  return alignRight(
    values.map((value) => {
      if (Number.isNaN(value)) return signed("nan");
      if (!Number.isFinite(value)) return signed(value > 0 ? "inf" : "-inf");
      return finite[next++]!;
    }),
  );
}

function needsExponent(values: readonly number[], dtype: "float32" | "float64", suppress: boolean): boolean {
  let largest = 0;
  let smallest = Number.POSITIVE_INFINITY;
  for (const value of values) {
    const magnitude = Math.abs(value);
    if (!Number.isFinite(value) || magnitude === 0) continue;
    largest = Math.max(largest, magnitude);
    smallest = Math.min(smallest, magnitude);
  }
  if (largest === 0) return false;
  if (largest >= 1e8) return true;
  const ratio = dtype === "float32" ? Math.fround(largest / smallest) : largest / smallest;
  return !suppress && (smallest < 1e-4 || ratio > 1000);
}

function scientific(values: readonly number[], dtype: "float32" | "float64", precision: number): string[] {
  const shortest = values.map((value) => shortestDecimal(Math.abs(value), dtype));
  const rounded = shortest.map((decimal, index) =>
    decimal.digits.length - 1 > precision
      ? roundedDecimal(values[index]!, precision, decimal.exponent)
      : decimal,
  );
  const places = longest(rounded.map(({ digits }) => withoutTrailingZeros(digits.slice(1))));
  // Where others need more digits NumPy goes on with the number's exact digits, not with zeros.
  const decimals = shortest.map((decimal, index) =>
    decimal.digits.length - 1 === places ? decimal : roundedDecimal(values[index]!, places, decimal.exponent),
  );
  const exponents = decimals.map(({ exponent }) => String(Math.abs(exponent)));
  const exponentWidth = Math.max(2, longest(exponents));
  return decimals.map(({ digits, exponent }, index) => {
    const sign = exponent < 0 ? "-" : "+";
    const power = exponents[index]!.padStart(exponentWidth, "0");
    return `${signOf(values[index]!)}${digits[0]}.${digits.slice(1)}e${sign}${power}`;
  });
}

function positional(values: readonly number[], dtype: "float32" | "float64", precision: number): string[] {
  const parts = values.map((value) => {
    const { digits, exponent } = shortestDecimal(Math.abs(value), dtype);
    const decimals = digits.length - 1 - exponent;
    const places = Math.min(Math.max(decimals, 0), precision);
    // Before the point NumPy prints all digits of the number, also where fewer tell a float32 apart.
    const scaled = decimals > 0 && decimals <= precision ? digits : roundedDigits(value, places);
    const padded = scaled.padStart(places + 1, "0");
    const point = padded.length - places;
    return { whole: padded.slice(0, point), fraction: withoutTrailingZeros(padded.slice(point)) };
  });
  const width = longest(parts.map(({ fraction }) => fraction));
  return parts.map(
    ({ whole, fraction }, index) => `${signOf(values[index]!)}${whole}.${fraction.padEnd(width)}`,
  );
}

const signOf = (value: number): string => (value < 0 || Object.is(value, -0) ? "-" : "");

const withoutTrailingZeros = (digits: string): string => digits.replace(/0+$/, "");

// Digits. A magnitude is d.ddd times ten to the exponent.

interface Decimal {
  readonly digits: string;
  readonly exponent: number;
}

/** The fewest digits that tell the number apart from all others of its dtype. */
function shortestDecimal(magnitude: number, dtype: "float32" | "float64"): Decimal {
  return dtype === "float32" ? shortestFloat32(magnitude) : parseDecimal(magnitude.toExponential());
}

function shortestFloat32(magnitude: number): Decimal {
  const isExact = (decimal: Decimal) => Math.fround(toNumber(decimal)) === magnitude;
  for (let places = 0; places < 8; places++) {
    const nearest = parseDecimal(magnitude.toExponential(places));
    // At a power of two the gap below is half the gap above: the next decimal up may do where the nearest does not.
    const above = { ...nearest, digits: String(Number(nearest.digits) + 1) };
    if (!isExact(nearest) && (above.digits.length > nearest.digits.length || !isExact(above))) continue;
    const even = roundedDecimal(magnitude, places, nearest.exponent);
    return [even, nearest, above].find(isExact)!;
  }
  return parseDecimal(magnitude.toExponential(8));
}

function parseDecimal(text: string): Decimal {
  const [mantissa, exponent] = text.split("e") as [string, string];
  return { digits: mantissa.replace(".", ""), exponent: Number(exponent) };
}

const toNumber = ({ digits, exponent }: Decimal): number =>
  Number(`${digits}e${exponent - digits.length + 1}`);

/** The number with so many places after its leading digit, which its shortest digits put at `exponent`. */
function roundedDecimal(value: number, places: number, exponent: number): Decimal {
  if (value === 0) return { digits: "0".repeat(places + 1), exponent };
  const digits = roundedDigits(value, places - exponent);
  if (digits.length > places + 1) return { digits: digits.slice(0, -1), exponent: exponent + 1 };
  if (/^10*$/.test(digits) || digits.length <= places) {
    // The shortest digits name a power of ten, and the number may be just below it.
    const finer = roundedDigits(value, places - exponent + 1);
    if (finer.length === places + 1) return { digits: finer, exponent: exponent - 1 };
  }
  return { digits, exponent };
}

/** The digits of `|value| * 10 ** decimals` as an integer: exact, ties to even, unlike `toFixed`. */
function roundedDigits(value: number, decimals: number): string {
  let shift = 0n;
  let scaled = Math.abs(value);
  for (; !Number.isInteger(scaled); shift++) scaled *= 2;
  let numerator = BigInt(scaled);
  let denominator = 1n << shift;
  if (decimals >= 0) numerator *= 10n ** BigInt(decimals);
  else denominator *= 10n ** BigInt(-decimals);
  const quotient = numerator / denominator;
  const twice = 2n * (numerator - quotient * denominator);
  const up = twice > denominator || (twice === denominator && quotient % 2n === 1n);
  return String(up ? quotient + 1n : quotient);
}
