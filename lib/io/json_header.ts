import { isUtf8 } from "node:buffer";
import { showValue } from "../errors.js";
import type { Cursor } from "./reading.js";

/** A JSON object as JSON.parse gives it: own properties, whatever their names. */
export type JsonObject = Readonly<Record<string, unknown>>;

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const UNSIGNED = /^(?:0|[1-9]\d*)$/;

/** Where a string ends that begins at `start`. */
function endOfString(text: string, start: number): number {
  let end = start + 1;
  while (text[end] !== '"') end += text[end] === "\\" ? 2 : 1;
  return end + 1;
}

function endOfNumber(text: string, start: number): number {
  let end = start;
  while (/[-+.eE\d]/.test(text[end])) end++;
  return end;
}

/**
 * Refuses, in text that is JSON, what JSON.parse passes over: keys that occur twice, and numbers that are not written
 * as unsigned integers.
 */
function checkTokens(cursor: Cursor, text: string, start: number): void {
  const refuse = (message: string, at: number): never =>
    cursor.fail(`the header holds ${message}`, start + Buffer.byteLength(text.slice(0, at)));
  const objects: Set<string>[] = [];
  let string = "";
  let stringAt = 0;
  for (let at = 0; at < text.length; ) {
    const character = text[at];
    let end = at + 1;
    if (character === "{") objects.push(new Set());
    else if (character === "}") objects.pop();
    else if (character === '"') {
      end = endOfString(text, at);
      string = text.slice(at, end);
      stringAt = at;
    } else if (character === ":") {
      const key = JSON.parse(string) as string;
      const known = objects.at(-1)!;
      if (known.has(key)) refuse(`the key ${showValue(key)} twice`, stringAt);
      known.add(key);
    } else if (/[-\d]/.test(character)) {
      end = endOfNumber(text, at);
      const number = text.slice(at, end);
      if (!UNSIGNED.test(number) || !Number.isSafeInteger(Number(number)))
        refuse(`the number ${number} where only unsigned integers are expected`, at);
    }
    at = end;
  }
}

/** The object that a header is, which begins at `start`. */
export function readJsonHeader(cursor: Cursor, bytes: Uint8Array, start: number): JsonObject {
  if (!isUtf8(bytes)) cursor.fail("the header is not UTF-8", start);
  const text = Buffer.from(bytes).toString();
  let value: unknown;
  if (!text.startsWith("{"))
    cursor.fail(`the header begins with ${showValue(text.slice(0, 8))}, expected "{"`, start);
  try {
    value = JSON.parse(text);
  } catch (error) {
    cursor.fail(`the header is not JSON: ${(error as Error).message}`, start);
  }
  checkTokens(cursor, text, start);
  return value as JsonObject;
}
