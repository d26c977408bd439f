import { isUtf8 } from "node:buffer";
import { showValue } from "../errors.js";
import type { Cursor } from "./reading.js";

/** A JSON object as JSON.parse gives it: own properties, whatever their names. */
export type JsonObject = Readonly<Record<string, unknown>>;

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const UNSIGNED = /^(?:0|[1-9]\d*)$/;
/** An object of objects that hold arrays. */
const DEEPEST = 3;
const LONGEST_SHOWN = 24;

/** Where a string ends that begins at `start`: behind the first quotation mark that is not escaped. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let escapes = end;
    while (text[escapes - 1] === "\\") escapes--;
    if ((end - escapes) % 2 === 0) return end + 1;
  }
  return text.length;
}

/**
 * Refuses what JSON.parse passes over: keys that occur twice, numbers that are not written as unsigned integers, and
 * depths for which it takes minutes and gigabytes. The text may be anything: whether it is JSON, JSON.parse says.
 */
function checkTokens(cursor: Cursor, text: string, start: number): void {
  const refuse = (message: string, at: number): never =>
    cursor.fail(`the header ${message}`, start + Buffer.byteLength(text.slice(0, at)));
  const tokens = /["{}[\]:]|[-\d][-+.eE\d]*/g;
  /** The keys of the objects around; of arrays, which have none, too. */
  const around: Set<string>[] = [];
  let key = "";
  let keyAt = 0;
  for (let match = tokens.exec(text); match !== null; match = tokens.exec(text)) {
    const { 0: token, index } = match;
    if (token === "{" || token === "[") {
      around.push(new Set());
      if (around.length > DEEPEST) refuse(`is nested more than ${DEEPEST} deep`, index);
    } else if (token === "}" || token === "]") around.pop();
    else if (token === '"') {
      tokens.lastIndex = endOfString(text, index);
      key = text.slice(index, tokens.lastIndex);
      keyAt = index;
    } else if (token === ":") {
      const name = JSON.parse(key) as string;
      if (around.at(-1)?.has(name)) refuse(`holds the key ${showValue(name)} twice`, keyAt);
      around.at(-1)?.add(name);
    } else if (!UNSIGNED.test(token) || !Number.isSafeInteger(Number(token))) {
      const shown = token.length > LONGEST_SHOWN ? `${token.slice(0, LONGEST_SHOWN)}…` : token;
      refuse(`holds the number ${shown} where only unsigned integers are expected`, index);
    }
  }
}

/** The object that a header is, which begins at `start`. */
export function readJsonHeader(cursor: Cursor, bytes: Uint8Array, start: number): JsonObject {
  if (!isUtf8(bytes)) cursor.fail("the header is not UTF-8", start);
  const text = Buffer.from(bytes).toString();
  if (!text.startsWith("{"))
    cursor.fail(`the header begins with ${showValue(text.slice(0, 8))}, expected "{"`, start);
  try {
    checkTokens(cursor, text, start);
    return JSON.parse(text) as JsonObject;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return cursor.fail(`the header is not JSON: ${error.message}`, start);
  }
}
