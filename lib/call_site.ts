import { dirname, sep } from "node:path";

/** The folder of this library's files. */
const own = dirname(__filename) + sep;

/** The first stack frame outside of this library: the line of the user's that called it. */
export function callSite(): string {
  const { stackTraceLimit, prepareStackTrace } = Error;
  Error.stackTraceLimit = 50;
  Error.prepareStackTrace = (error, sites) => `${error}\n${sites.join("\n")}`;
  const frames = String(new Error().stack).split("\n").slice(1);
  Object.assign(Error, { stackTraceLimit, prepareStackTrace });
  const isOwn = (frame: string): boolean =>
    frame.includes(own) || frame.includes("node:") || frame.endsWith("(<anonymous>)");
  return frames.find((frame) => !isOwn(frame)) ?? "";
}

/** The same for a message: empty where there is none. */
export function atCallSite(): string {
  const site = callSite().trim();
  return site === "" ? "" : ` (${site})`;
}
