import { withWarnings } from "../warnings.js";

/** Errors of this library carry the operation's name. */
const isOwn = (error: unknown): error is Error => error instanceof Error && "operation" in error;

/** Looks at what a run has found: its warnings and errors belong to the line that recorded the operation. */
export function blaming(site: string, look: () => void): void {
  withWarnings(() => {
    try {
      look();
    } catch (error) {
      if (isOwn(error) && site !== "") {
        const { message, stack } = error;
        error.message = `${message}, recorded at ${site.trim()}`;
        error.stack = stack?.replace(message, () => error.message);
      }
      throw error;
    }
  }, site);
}
