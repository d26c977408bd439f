import { isUtf8 } from "node:buffer";
import { showValue } from "../errors.js";
import { type Cursor, PAUSE, type Reading } from "./reading.js";

/** A JSON object as JSON.parse gives it: own properties, whatever their names. */
export type JsonObject = Readonly<Record<string, unknown>>;

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const UNSIGNED = /^(?:0|[1-9]\d*)$/;
/** An object of objects that hold arrays. */
const DEEPEST = 3;
const LONGEST_SHOWN = 24;
/** Brackets, strings, colons and numbers: 200,000 tensors take as many. What a header holds takes more than its bytes. */
const MOST_TOKENS = 2 ** 22;
/** How many characters are parsed at once, or a little more. */
const PIECE = 2 ** 16;

/** Where a string ends that begins at `start`: behind the first quotation mark that is not escaped. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let escapes = end;
    while (text[escapes - 1] === "\\") escapes--;
    if ((end - escapes) % 2 === 0) return end + 1;
  }
  return text.length;
}

/** The string that a token stands for. */
const stringOf = (token: string): string =>
  token.includes("\\") ? (JSON.parse(token) as string) : token.slice(1, -1);

/**
 * Cuts the text of an object into pieces of whole entries, and refuses what JSON.parse passes over: keys that occur
 * twice, numbers that are not written as unsigned integers, depths and numbers of entries for which it takes minutes
 * and gigabytes. The text may be anything: whether it is JSON, JSON.parse says of each piece.
 */
function* checkedPieces(
  text: string,
  refuse: (message: string, at: number) => never,
): Generator<[number, number]> {
  const tokens = /["{}[\]:,]|[-\d][-+.eE\d]*/g;
  /** The keys of the objects around; of arrays, which have none, too. */
  const around: Set<string>[] = [];
  let key = "";
  let keyAt = 0;
  let count = 0;
  let from = 0;
  for (let match = tokens.exec(text); match !== null; match = tokens.exec(text)) {
    const { 0: token, index } = match;
    if (token === ",") {
      if (around.length === 1 && index - from >= PIECE) {
        yield [from, index];
        from = index + 1;
      }
      continue;
    }
    if (++count > MOST_TOKENS) refuse(`has more than ${MOST_TOKENS} parts`, index);
    if (token === "{" || token === "[") {
      around.push(new Set());
      if (around.length > DEEPEST) refuse(`is nested more than ${DEEPEST} deep`, index);
    } else if (token === "}" || token === "]") around.pop();
    else if (token === '"') {
      tokens.lastIndex = endOfString(text, index);
      key = text.slice(index, tokens.lastIndex);
      keyAt = index;
    } else if (token === ":") {
      const name = stringOf(key);
      if (around.at(-1)?.has(name)) refuse(`holds the key ${showValue(name)} twice`, keyAt);
      around.at(-1)?.add(name);
    } else if (!UNSIGNED.test(token) || !Number.isSafeInteger(Number(token))) {
      const shown = token.length > LONGEST_SHOWN ? `${token.slice(0, LONGEST_SHOWN)}…` : token;
      refuse(`holds the number ${shown} where only unsigned integers are expected`, index);
    }
  }
  yield [from, text.length];
}

/** The entries of the object that a header is, which begins at `start`. */
export function* readJsonHeader(
  cursor: Cursor,
  bytes: Uint8Array,
  start: number,
): Reading<[name: string, value: unknown][]> {
  if (!isUtf8(bytes)) cursor.fail("the header is not UTF-8", start);
  const text = Buffer.from(bytes).toString();
  if (!text.startsWith("{"))
    cursor.fail(`the header begins with ${showValue(text.slice(0, 8))}, expected "{"`, start);
  const refuse = (message: string, at: number): never =>
    cursor.fail(`the header ${message}`, start + Buffer.byteLength(text.slice(0, at)));
  const entries: [string, unknown][] = [];
  try {
    for (const [from, to] of checkedPieces(text, refuse)) {
      const [opened, closed] = [from === 0 ? "" : "{", to === text.length ? "" : "}"];
      const own = Object.entries(JSON.parse(opened + text.slice(from, to) + closed) as JsonObject);
      if (own.length === 0 && from > 0) refuse("is not JSON: it ends with a comma", from);
      for (const entry of own) entries.push(entry);
      yield PAUSE;
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    cursor.fail(`the header is not JSON: ${error.message}`, start);
  }
  return entries;
}
